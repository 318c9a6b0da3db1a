//! The document: a map of attributes in bytes that can be read in place.
//!
//! ```text
//! document := count, { name, value }*        names ascending, no name twice
//! value    := tag, content
//!   00 null    01 false    02 true           no content
//!   03 number  04 string   05 binary         length, bytes
//!   06 list                                  length, ( count, value* )
//!   07 map                                   length, ( document )
//!   08 string set  09 number set  0a binary set   length, ( count, { length, bytes }* ascending )
//! count, length := varint    name := length, UTF-8
//! ```
//!
//! Every content carries its length, so a reader looking for one attribute steps over the others.

mod encode;
mod read;

pub use read::{ListRef, MapRef, SetRef, ValueRef};

use crate::MAX_DEPTH;
use crate::error::FormatError;
use crate::value::Value;
use bytes::Bytes;
use std::collections::BTreeMap;

pub(crate) mod tag {
    pub(crate) const NULL: u8 = 0;
    pub(crate) const FALSE: u8 = 1;
    pub(crate) const TRUE: u8 = 2;
    pub(crate) const NUMBER: u8 = 3;
    pub(crate) const STRING: u8 = 4;
    pub(crate) const BINARY: u8 = 5;
    pub(crate) const LIST: u8 = 6;
    pub(crate) const MAP: u8 = 7;
    pub(crate) const STRING_SET: u8 = 8;
    pub(crate) const NUMBER_SET: u8 = 9;
    pub(crate) const BINARY_SET: u8 = 10;
}

/// The depth inside a list or map that stands at `depth`, where 0 is the document itself.
pub(crate) fn deeper(depth: usize) -> Result<usize, FormatError> {
    if depth >= MAX_DEPTH {
        return Err(FormatError::TooDeep { limit: MAX_DEPTH });
    }
    Ok(depth + 1)
}

/// An item's attributes, encoded. Cheap to clone, read in place, turned into a tree on request.
///
/// Documents of one page may lie in the same memory, which stays until the last of them goes: at most 16 KiB for one
/// that is kept. Who keeps few of many takes [`Document::detached`] ones.
///
/// Two documents are equal exactly when their bytes are: attributes and set members are sorted.
///
/// ```
/// use highwater_format::{Document, ValueRef};
/// let doc = Document::from_json(r#"{"id": "a", "stars": 4.50}"#)?;
/// assert!(matches!(doc.as_map().get("id")?, Some(ValueRef::String("a"))));
/// assert_eq!(doc.to_json()?, r#"{"id":"a","stars":4.5}"#);
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    bytes: Bytes,
}

impl Document {
    /// Encodes a map of attributes.
    ///
    /// # Errors
    /// [`FormatError::TooDeep`] past [`crate::MAX_DEPTH`], [`FormatError::EmptySet`].
    pub fn from_map(map: &BTreeMap<String, Value>) -> Result<Self, FormatError> {
        encode::document(map).map(Self::from_trusted_bytes)
    }

    /// Encodes a value that must be a map.
    ///
    /// # Errors
    /// [`FormatError::NotAnObject`], and those of [`Document::from_map`].
    pub fn from_value(value: &Value) -> Result<Self, FormatError> {
        match value {
            Value::Map(map) => Self::from_map(map),
            other => Err(FormatError::NotAnObject { found: other.type_name() }),
        }
    }

    /// Reads plain JSON: objects, lists, strings, numbers, booleans and null.
    ///
    /// # Errors
    /// [`FormatError::Json`] with the byte offset, and those of [`Document::from_value`].
    pub fn from_json(text: &str) -> Result<Self, FormatError> {
        Self::from_value(&crate::json::parse_json(text)?)
    }

    /// Reads DynamoDB's typed JSON, `{"id":{"S":"a"},"stars":{"N":"4.5"}}`.
    ///
    /// # Errors
    /// [`FormatError::Json`], [`FormatError::Typed`] with the path.
    pub fn from_typed_json(text: &str) -> Result<Self, FormatError> {
        Self::from_map(&crate::json::parse_typed_json(text)?)
    }

    /// Takes bytes that were a document before, checking that they still are one.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] at the first thing that does not fit.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, FormatError> {
        MapRef::new(&bytes)?.validate()?;
        Ok(Self::from_trusted_bytes(bytes))
    }

    /// Takes bytes whose checksum has just been verified; reading them still checks every step. A part of shared
    /// [`bytes::Bytes`] keeps the whole.
    #[must_use]
    pub fn from_trusted_bytes(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into() }
    }

    /// The same document in memory of its own.
    ///
    /// ```
    /// use highwater_format::Document;
    /// let document = Document::from_json(r#"{"id": "a"}"#)?;
    /// let kept = document.detached();
    /// assert_eq!(kept, document);
    /// assert_ne!(kept.as_bytes().as_ptr(), document.as_bytes().as_ptr());
    /// # Ok::<(), highwater_format::FormatError>(())
    /// ```
    #[must_use]
    pub fn detached(&self) -> Self {
        Self { bytes: Bytes::copy_from_slice(&self.bytes) }
    }

    /// The encoded bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A reader over the attributes.
    #[must_use]
    pub fn as_map(&self) -> MapRef<'_> {
        MapRef::of_document(&self.bytes)
    }

    /// The attributes as a tree.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] if the bytes are not a document.
    pub fn to_map(&self) -> Result<BTreeMap<String, Value>, FormatError> {
        self.as_map().to_map()
    }

    /// The document as plain JSON. Sets become arrays and binary base64, as AppSync shows them;
    /// [`crate::write_typed_json`] keeps the types.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] if the bytes are not a document.
    pub fn to_json(&self) -> Result<String, FormatError> {
        let mut out = String::new();
        crate::json::write_json(self.as_map(), &mut out)?;
        Ok(out)
    }
}

impl Default for Document {
    /// The document without attributes.
    fn default() -> Self {
        Self { bytes: Bytes::from_static(&[0]) }
    }
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.to_json() {
            Ok(json) => f.write_str(&json),
            Err(e) => write!(f, "<{e}>"),
        }
    }
}
