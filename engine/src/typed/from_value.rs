//! From a document, or a value inside it, to any type; in place, without a tree between them.

use super::access::{Attributes, Elements, Variant};
use super::failure::{Failure, ROOT};
use super::number;
use crate::error::Result;
use highwater_format::{Document, FormatError, MAX_DEPTH, MapRef, Number, ValueRef};
use serde::de::value::SeqDeserializer;
use serde::de::{Deserialize, Deserializer, Error, Expected, Unexpected, Visitor};

/// Reads a document as a `T`, which may borrow strings and bytes from it.
///
/// # Errors
/// [`crate::Error::Typed`] with the path to what does not fit the type.
///
/// ```
/// use highwater::{Document, typed::from_document};
/// #[derive(serde::Deserialize)]
/// struct Note<'a> { id: &'a str, due: Option<u64> }
/// let document = Document::from_json(r#"{"id":"n1","colour":"blue"}"#)?;
/// let note: Note = from_document(&document)?;
/// assert_eq!((note.id, note.due), ("n1", None));
///
/// let wrong = Document::from_json(r#"{"id":"n1","due":"soon"}"#)?;
/// let error = from_document::<Note>(&wrong).err().ok_or("refused")?;
/// assert_eq!(error.to_string(), r#"at `$.due`: invalid type: string "soon", expected u64"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn from_document<'de, T: Deserialize<'de>>(document: &'de Document) -> Result<T> {
    read_document(document).map_err(|failure| failure.into_error(ROOT))
}

/// Reads one value of a document as a `T`.
///
/// # Errors
/// Those of [`from_document`].
///
/// ```
/// use highwater::{Document, typed::from_value};
/// let document = Document::from_json(r#"{"id":"n1","tags":["sky","dawn"]}"#)?;
/// let tags = document.as_map().get("tags")?.ok_or("it is there")?;
/// assert_eq!(from_value::<Vec<&str>>(tags)?, ["sky", "dawn"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn from_value<'de, T: Deserialize<'de>>(value: ValueRef<'de>) -> Result<T> {
    T::deserialize(Reader { value, depth: 0 }).map_err(|failure| failure.into_error(ROOT))
}

pub(super) fn read_document<'de, T: Deserialize<'de>>(
    document: &'de Document,
) -> Result<T, Failure> {
    T::deserialize(Reader { value: ValueRef::Map(document.as_map()), depth: 0 })
}

/// Reads one value that stands inside `depth` lists and maps.
#[derive(Clone, Copy)]
pub(super) struct Reader<'de> {
    pub(super) value: ValueRef<'de>,
    pub(super) depth: usize,
}

impl<'de> Reader<'de> {
    /// The depth of what stands in this list or map.
    fn deeper(self) -> Result<usize, Failure> {
        if self.depth >= MAX_DEPTH {
            return Err(Failure::too_deep());
        }
        Ok(self.depth + 1)
    }

    fn mismatch<T>(self, expected: &dyn Expected) -> Result<T, Failure> {
        let found = match self.value {
            ValueRef::Null => Unexpected::Unit,
            ValueRef::Bool(value) => Unexpected::Bool(value),
            ValueRef::Number(number) => return number::mismatch(number, expected),
            ValueRef::String(text) => Unexpected::Str(text),
            ValueRef::Binary(_) => Unexpected::Other("binary"),
            ValueRef::List(_) => Unexpected::Other("list"),
            ValueRef::Map(_) => Unexpected::Map,
            ValueRef::StringSet(_) | ValueRef::NumberSet(_) | ValueRef::BinarySet(_) => {
                Unexpected::Other(self.value.type_name())
            }
        };
        Err(Failure::invalid_type(found, expected))
    }

    fn elements<V: Visitor<'de>>(
        self,
        values: impl Iterator<Item = Result<ValueRef<'de>, FormatError>>,
        depth: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let mut elements = Elements::new(values, depth);
        let read = visitor.visit_seq(&mut elements)?;
        elements.finish()?;
        Ok(read)
    }

    fn attributes<V: Visitor<'de>>(
        self,
        map: MapRef<'de>,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_map(Attributes::new(map.iter(), self.deeper()?))
    }
}

/// Each method takes a number, and refuses the rest by name.
macro_rules! read_numbers {
    ($($method:ident => $visit:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            match self.value {
                ValueRef::Number(number) => number::$visit(number, visitor),
                _ => self.mismatch(&visitor),
            }
        }
    )*};
}

/// Each method takes a string, and refuses the rest by name.
macro_rules! read_strings {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            match self.value {
                ValueRef::String(text) => visitor.visit_borrowed_str(text),
                _ => self.mismatch(&visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Failure;

    read_numbers! {
        deserialize_i8 => visit_integer
        deserialize_i16 => visit_integer
        deserialize_i32 => visit_integer
        deserialize_i64 => visit_integer
        deserialize_i128 => visit_i128
        deserialize_u8 => visit_integer
        deserialize_u16 => visit_integer
        deserialize_u32 => visit_integer
        deserialize_u64 => visit_integer
        deserialize_u128 => visit_u128
        deserialize_f32 => visit_f32
        deserialize_f64 => visit_f64
    }

    read_strings! { deserialize_char deserialize_str deserialize_string deserialize_identifier }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.value {
            ValueRef::Null => visitor.visit_unit(),
            ValueRef::Bool(value) => visitor.visit_bool(value),
            ValueRef::Number(number) => number::visit_any(number, visitor),
            ValueRef::String(text) => visitor.visit_borrowed_str(text),
            ValueRef::Binary(bytes) => visitor.visit_borrowed_bytes(bytes),
            ValueRef::List(list) => self.elements(list.iter(), self.deeper()?, visitor),
            ValueRef::Map(map) => self.attributes(map, visitor),
            // A set is no level of its own: its members are leaves.
            ValueRef::StringSet(set) => {
                let text = |bytes| std::str::from_utf8(bytes).ok().map(ValueRef::String);
                self.elements(set.iter().map(|m| member(m?, text)), self.depth, visitor)
            }
            ValueRef::NumberSet(set) => {
                let number = |bytes| Number::decode(bytes).map(ValueRef::Number);
                self.elements(set.iter().map(|m| member(m?, number)), self.depth, visitor)
            }
            ValueRef::BinarySet(set) => {
                let members = set.iter().map(|m| m.map(ValueRef::Binary));
                self.elements(members, self.depth, visitor)
            }
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.value {
            ValueRef::Bool(value) => visitor.visit_bool(value),
            _ => self.mismatch(&visitor),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.value {
            ValueRef::Null => visitor.visit_unit(),
            _ => self.mismatch(&visitor),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.value {
            // A string is refused: it may be base64 or not, and nothing tells which.
            ValueRef::Binary(_) | ValueRef::List(_) => self.deserialize_any(visitor),
            _ => self.mismatch(&visitor),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.value {
            // A type that takes byte by byte, as `Vec<u8>` does, may have binary too.
            ValueRef::Binary(bytes) => {
                let mut bytes = SeqDeserializer::<_, Failure>::new(bytes.iter().copied());
                let value = visitor.visit_seq(&mut bytes)?;
                // An array of another length takes what it needs, and leaves the rest.
                bytes.end()?;
                Ok(value)
            }
            ValueRef::List(_)
            | ValueRef::StringSet(_)
            | ValueRef::NumberSet(_)
            | ValueRef::BinarySet(_) => self.deserialize_any(visitor),
            _ => self.mismatch(&visitor),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.value {
            ValueRef::Map(map) => self.attributes(map, visitor),
            _ => self.mismatch(&visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.value {
            ValueRef::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        match self.value {
            ValueRef::Number(n) if name == Number::NEWTYPE => visitor.visit_string(n.to_string()),
            _ if name == Number::NEWTYPE => self.mismatch(&visitor),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        match self.value {
            ValueRef::String(name) => visitor.visit_enum(Variant { name, content: None }),
            ValueRef::Map(map) => {
                let mut entries = map.iter();
                let (Some(entry), None) = (entries.next(), entries.next()) else {
                    return Err(Failure::new(format!(
                        "a variant is a map of one attribute, found {}",
                        map.len()
                    )));
                };
                let (name, value) = entry?;
                let content = Some(Reader { value, depth: self.deeper()? });
                visitor.visit_enum(Variant { name, content })
            }
            _ => self.mismatch(&visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }
}

fn member<'de>(
    bytes: &'de [u8],
    read: impl Fn(&'de [u8]) -> Option<ValueRef<'de>>,
) -> Result<ValueRef<'de>, FormatError> {
    read(bytes).ok_or(FormatError::Malformed { what: "set member" })
}
