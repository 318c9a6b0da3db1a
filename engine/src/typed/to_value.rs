//! From any type to a value or a document.

use super::failure::{Failure, ROOT};
use super::list_writer::ListWriter;
use super::map_writer::MapWriter;
use super::set::SetKind;
use crate::error::Result;
use highwater_format::{Document, MAX_DEPTH, Number, Value};
use serde::ser::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt::{Display, LowerExp};

/// Turns a struct, a map or a variant with fields into a document.
///
/// # Errors
/// [`crate::Error::Typed`] with the path to what no document can hold.
///
/// ```
/// use highwater::typed::to_document;
/// #[derive(serde::Serialize)]
/// struct Note { id: &'static str, stars: Option<f64>, due: Option<u64> }
/// let document = to_document(&Note { id: "n1", stars: Some(4.5), due: None })?;
/// assert_eq!(document.to_json()?, r#"{"id":"n1","stars":4.5}"#);
/// assert!(to_document(&Note { id: "n1", stars: Some(f64::NAN), due: None }).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn to_document<T: Serialize + ?Sized>(value: &T) -> Result<Document> {
    document_of(value).map_err(|failure| failure.into_error(ROOT))
}

/// Turns anything into the value of an attribute; `None` becomes null.
///
/// # Errors
/// Those of [`to_document`].
///
/// ```
/// use highwater::{Update, typed::to_value};
/// let update = Update::new().set("tags", to_value(&["sky", "dawn"])?);
/// # Ok::<(), highwater::Error>(())
/// ```
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value> {
    // An attribute stands in a document, which is the first level.
    let written = value.serialize(Writer { depth: 1 });
    let value = written.map_err(|failure| failure.into_error(ROOT))?;
    Ok(value.unwrap_or(Value::Null))
}

pub(super) fn document_of<T: Serialize + ?Sized>(value: &T) -> Result<Document, Failure> {
    match value.serialize(Writer { depth: 0 })? {
        Some(Value::Map(map)) => Ok(Document::from_map(&map)?),
        other => {
            let found = other.as_ref().map_or("None", Value::type_name);
            Err(Failure::new(format!(
                "a document is made of a struct, a map or a variant with fields, not of a {found}"
            )))
        }
    }
}

/// Writes one value that stands inside `depth` lists and maps; a `None` writes nothing.
#[derive(Clone, Copy)]
pub(super) struct Writer {
    pub(super) depth: usize,
}

impl Writer {
    /// The writer for what stands in a list or map that this one writes.
    fn deeper(self) -> Result<Self, Failure> {
        if self.depth >= MAX_DEPTH {
            return Err(Failure::too_deep());
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

type Written = Result<Option<Value>, Failure>;

#[expect(clippy::unnecessary_wraps, reason = "what each method of a Serializer returns")]
fn write(value: impl Into<Value>) -> Written {
    Ok(Some(value.into()))
}

fn number(text: &str) -> Written {
    let number = text.parse::<Number>().map_err(|error| {
        Failure::new(format!("{error}; round it, leave it out, or keep it as a string"))
    })?;
    write(number)
}

fn integer(value: impl Display) -> Written {
    number(&value.to_string())
}

/// The shortest decimal that reads back as the same float of the same width.
fn float(value: impl LowerExp) -> Written {
    number(&format!("{value:e}"))
}

macro_rules! write_numbers {
    ($($write:ident: $($method:ident($type:ty))*;)*) => {$($(
        fn $method(self, value: $type) -> Written {
            $write(value)
        }
    )*)*};
}

impl Serializer for Writer {
    type Ok = Option<Value>;
    type Error = Failure;
    type SerializeSeq = ListWriter;
    type SerializeTuple = ListWriter;
    type SerializeTupleStruct = ListWriter;
    type SerializeTupleVariant = ListWriter;
    type SerializeMap = MapWriter;
    type SerializeStruct = MapWriter;
    type SerializeStructVariant = MapWriter;

    fn serialize_bool(self, value: bool) -> Written {
        write(value)
    }

    write_numbers! {
        integer: serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
            serialize_i128(i128) serialize_u8(u8) serialize_u16(u16) serialize_u32(u32)
            serialize_u64(u64) serialize_u128(u128);
        float: serialize_f32(f32) serialize_f64(f64);
    }

    fn serialize_char(self, value: char) -> Written {
        write(value.to_string())
    }

    fn serialize_str(self, value: &str) -> Written {
        write(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Written {
        Ok(Some(Value::Binary(value.to_vec())))
    }

    fn serialize_none(self) -> Written {
        Ok(None)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Written {
        Ok(Some(Value::Null))
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Written {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Written {
        write(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Written {
        if let Some(kind) = SetKind::named(name) {
            // A set is no level of its own, but the list is that it comes as.
            let list = Self { depth: self.depth.saturating_sub(1) };
            return kind.collect(value.serialize(list)?.unwrap_or(Value::Null));
        }
        match value.serialize(self)?.unwrap_or(Value::Null) {
            Value::String(text) if name == Number::NEWTYPE => number(&text),
            // Also null: left out, it would be missed, for serde takes only an Option's word for it.
            value => Ok(Some(value)),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Written {
        let content = value.serialize(self.deeper()?).map_err(|failure| failure.under(variant))?;
        let entry = (variant.to_owned(), content.unwrap_or(Value::Null));
        Ok(Some(Value::Map(BTreeMap::from([entry]))))
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<ListWriter, Failure> {
        Ok(ListWriter::new(None, self.deeper()?))
    }

    fn serialize_tuple(self, _len: usize) -> Result<ListWriter, Failure> {
        Ok(ListWriter::new(None, self.deeper()?))
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _len: usize,
    ) -> Result<ListWriter, Failure> {
        Ok(ListWriter::new(None, self.deeper()?))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<ListWriter, Failure> {
        Ok(ListWriter::new(Some(variant), self.deeper()?.deeper()?))
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<MapWriter, Failure> {
        Ok(MapWriter::new(None, self.deeper()?))
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<MapWriter, Failure> {
        Ok(MapWriter::new(None, self.deeper()?))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<MapWriter, Failure> {
        Ok(MapWriter::new(Some(variant), self.deeper()?.deeper()?))
    }
}
