//! Reading a document in place: no tree, no copy, every step checked.

use super::{deeper, tag};
use crate::codec::Reader;
use crate::error::FormatError;
use crate::number::Number;
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A value inside an encoded document.
///
/// ```
/// use highwater_format::{Document, ValueRef};
/// let document = Document::from_json(r#"{"id":"a","open":true}"#)?;
/// let open = document.as_map().get("open")?;
/// assert!(matches!(open, Some(ValueRef::Bool(true))));
/// assert_eq!(open.map(|value| value.type_name()), Some("boolean"));
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub enum ValueRef<'a> {
    /// The null value.
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(&'a str),
    /// Bytes.
    Binary(&'a [u8]),
    /// A list.
    List(ListRef<'a>),
    /// A map.
    Map(MapRef<'a>),
    /// A set of strings.
    StringSet(SetRef<'a>),
    /// A set of numbers, each in its order-preserving encoding.
    NumberSet(SetRef<'a>),
    /// A set of byte strings.
    BinarySet(SetRef<'a>),
}

/// A map inside an encoded document, or the document itself.
///
/// ```
/// use highwater_format::{Document, ValueRef};
/// let document = Document::from_json(r#"{"id":"a","at":{"x":1,"y":2}}"#)?;
/// let Some(ValueRef::Map(at)) = document.as_map().get("at")? else { panic!("no map") };
/// assert_eq!(at.len(), 2);
/// let members = at.iter().collect::<Result<Vec<_>, _>>()?;
/// assert_eq!(members.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["x", "y"]);
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct MapRef<'a>(&'a [u8]);

/// A list inside an encoded document.
///
/// ```
/// use highwater_format::{Document, ValueRef};
/// let document = Document::from_json(r#"{"id":"a","points":[24,30]}"#)?;
/// let Some(ValueRef::List(points)) = document.as_map().get("points")? else { panic!("no list") };
/// assert_eq!(points.len(), 2);
/// assert!(matches!(points.iter().next(), Some(Ok(ValueRef::Number(n))) if n == 24.into()));
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ListRef<'a>(&'a [u8]);

/// A set inside an encoded document: its members as bytes, ascending.
///
/// ```
/// use highwater_format::{Document, ValueRef};
/// let document = Document::from_typed_json(r#"{"id":{"S":"a"},"tags":{"SS":["red","blue"]}}"#)?;
/// let Some(ValueRef::StringSet(tags)) = document.as_map().get("tags")? else { panic!("no set") };
/// let members: Vec<&[u8]> = tags.iter().collect::<Result<_, _>>()?;
/// assert_eq!(members, [b"blue".as_slice(), b"red"]);
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct SetRef<'a>(&'a [u8]);

/// Steps over one value, giving its bytes to a later [`value`].
fn skip(reader: &mut Reader<'_>) -> Result<(), FormatError> {
    match reader.byte()? {
        tag::NULL | tag::FALSE | tag::TRUE => Ok(()),
        tag::NUMBER..=tag::BINARY_SET => reader.bytes().map(|_| ()),
        _ => Err(reader.error()),
    }
}

fn value<'a>(reader: &mut Reader<'a>) -> Result<ValueRef<'a>, FormatError> {
    Ok(match reader.byte()? {
        tag::NULL => ValueRef::Null,
        tag::FALSE => ValueRef::Bool(false),
        tag::TRUE => ValueRef::Bool(true),
        tag::NUMBER => ValueRef::Number(
            Number::decode(reader.bytes()?).ok_or(FormatError::malformed("number"))?,
        ),
        tag::STRING => ValueRef::String(reader.str()?),
        tag::BINARY => ValueRef::Binary(reader.bytes()?),
        tag::LIST => ValueRef::List(ListRef(reader.bytes()?)),
        tag::MAP => ValueRef::Map(MapRef(reader.bytes()?)),
        tag::STRING_SET => ValueRef::StringSet(SetRef(reader.bytes()?)),
        tag::NUMBER_SET => ValueRef::NumberSet(SetRef(reader.bytes()?)),
        tag::BINARY_SET => ValueRef::BinarySet(SetRef(reader.bytes()?)),
        _ => return Err(FormatError::malformed("value tag")),
    })
}

/// Reads `count` elements from `bytes` by `read`, and insists that nothing follows them.
fn elements<'a, T: 'a>(
    bytes: &'a [u8],
    what: &'static str,
    read: impl Fn(&mut Reader<'a>) -> Result<T, FormatError> + 'a,
) -> impl Iterator<Item = Result<T, FormatError>> + 'a {
    let mut reader = Reader::new(bytes, what);
    // How many are still to come; nothing follows the last one, nor the first error.
    let mut left = Some(reader.varint());
    std::iter::from_fn(move || match left.take()? {
        Err(e) => Some(Err(e)),
        Ok(0) => reader.end().err().map(Err),
        Ok(n) => {
            let element = read(&mut reader);
            left = element.is_ok().then_some(Ok(n - 1));
            Some(element)
        }
    })
}

/// The count that `bytes` begin with, as far as it can be true: each element takes a byte or more.
fn count(bytes: &[u8]) -> usize {
    let count = Reader::new(bytes, "count").varint().unwrap_or(0);
    usize::try_from(count).map_or(bytes.len(), |n| n.min(bytes.len()))
}

impl<'a> MapRef<'a> {
    pub(crate) fn of_document(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// A reader over a document's bytes.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] if there is no readable count of attributes.
    pub fn new(bytes: &'a [u8]) -> Result<Self, FormatError> {
        Reader::new(bytes, "document").varint()?;
        Ok(Self(bytes))
    }

    /// The value of attribute `name`.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] if the bytes before it, or its own, do not fit.
    pub fn get(&self, name: &str) -> Result<Option<ValueRef<'a>>, FormatError> {
        let mut reader = Reader::new(self.0, "document");
        for _ in 0..reader.varint()? {
            // Names are ascending, so the search ends where `name` would stand.
            match reader.bytes()?.cmp(name.as_bytes()) {
                std::cmp::Ordering::Less => skip(&mut reader)?,
                std::cmp::Ordering::Equal => return value(&mut reader).map(Some),
                std::cmp::Ordering::Greater => break,
            }
        }
        Ok(None)
    }

    /// The number of attributes.
    #[must_use]
    pub fn len(&self) -> usize {
        count(self.0)
    }

    /// Whether there are no attributes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The attributes in ascending order of their names.
    pub fn iter(&self) -> impl Iterator<Item = Result<(&'a str, ValueRef<'a>), FormatError>> + 'a {
        elements(self.0, "map", |reader| Ok((reader.str()?, value(reader)?)))
    }

    /// Checks everything a reader will ever rely on, the depth too.
    pub(super) fn validate(&self) -> Result<(), FormatError> {
        ValueRef::Map(*self).validate(0)
    }

    /// The attributes as a tree.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] if the bytes do not fit, [`FormatError::TooDeep`].
    pub fn to_map(&self) -> Result<BTreeMap<String, Value>, FormatError> {
        self.tree(deeper(0)?)
    }

    fn tree(&self, depth: usize) -> Result<BTreeMap<String, Value>, FormatError> {
        self.iter().map(|e| e.and_then(|(k, v)| Ok((k.to_owned(), v.tree(depth)?)))).collect()
    }
}

impl<'a> ListRef<'a> {
    /// The elements in order.
    pub fn iter(&self) -> impl Iterator<Item = Result<ValueRef<'a>, FormatError>> + 'a {
        elements(self.0, "list", value)
    }

    /// The number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        count(self.0)
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<'a> SetRef<'a> {
    /// The members' bytes, ascending: UTF-8, order-preserving numbers, or binary.
    pub fn iter(&self) -> impl Iterator<Item = Result<&'a [u8], FormatError>> + 'a {
        elements(self.0, "set", |reader| reader.bytes())
    }

    /// The number of members.
    #[must_use]
    pub fn len(&self) -> usize {
        count(self.0)
    }

    /// Whether there are no members (a well-formed set always has one).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn strings(&self) -> impl Iterator<Item = Result<&'a str, FormatError>> + 'a {
        elements(self.0, "string set", |reader| reader.str())
    }

    fn numbers(&self) -> impl Iterator<Item = Result<Number, FormatError>> + 'a {
        elements(self.0, "number set", |reader| {
            Number::decode(reader.bytes()?).ok_or(FormatError::malformed("number set"))
        })
    }
}

impl ValueRef<'_> {
    /// The value as a tree.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] if the bytes do not fit, [`FormatError::TooDeep`].
    pub fn to_value(&self) -> Result<Value, FormatError> {
        self.tree(0)
    }

    fn tree(&self, depth: usize) -> Result<Value, FormatError> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Bool(b) => Value::Bool(*b),
            Self::Number(n) => Value::Number(*n),
            Self::String(s) => Value::String((*s).to_owned()),
            Self::Binary(b) => Value::Binary(b.to_vec()),
            Self::List(list) => {
                let depth = deeper(depth)?;
                let values = list.iter().map(|v| v?.tree(depth));
                Value::List(values.collect::<Result<_, _>>()?)
            }
            Self::Map(map) => Value::Map(map.tree(deeper(depth)?)?),
            Self::StringSet(set) => Value::StringSet(
                set.strings().map(|s| s.map(str::to_owned)).collect::<Result<BTreeSet<_>, _>>()?,
            ),
            Self::NumberSet(set) => {
                Value::NumberSet(set.numbers().collect::<Result<BTreeSet<_>, _>>()?)
            }
            Self::BinarySet(set) => Value::BinarySet(
                set.iter().map(|b| b.map(<[u8]>::to_vec)).collect::<Result<BTreeSet<_>, _>>()?,
            ),
        })
    }

    fn validate(&self, depth: usize) -> Result<(), FormatError> {
        match self {
            Self::List(list) => {
                let depth = deeper(depth)?;
                list.iter().try_for_each(|v| v?.validate(depth))
            }
            Self::Map(map) => {
                let depth = deeper(depth)?;
                let mut last = None;
                map.iter().try_for_each(|entry| {
                    let (name, value) = entry?;
                    if last.replace(name).is_some_and(|before| before >= name) {
                        return Err(FormatError::malformed("attribute order"));
                    }
                    value.validate(depth)
                })
            }
            Self::StringSet(set) => {
                set.strings().try_for_each(|s| s.map(|_| ())).and(ascending(set))
            }
            Self::NumberSet(set) => {
                set.numbers().try_for_each(|n| n.map(|_| ())).and(ascending(set))
            }
            Self::BinarySet(set) => ascending(set),
            _ => Ok(()),
        }
    }

    /// The type's name, as messages show it.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Binary(_) => "binary",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::StringSet(_) => "string set",
            Self::NumberSet(_) => "number set",
            Self::BinarySet(_) => "binary set",
        }
    }
}

fn ascending(set: &SetRef<'_>) -> Result<(), FormatError> {
    let mut last: Option<&[u8]> = None;
    for member in set.iter() {
        let member = member?;
        if last.replace(member).is_some_and(|before| before >= member) {
            return Err(FormatError::malformed("set order"));
        }
    }
    if last.is_none() { Err(FormatError::EmptySet) } else { Ok(()) }
}
