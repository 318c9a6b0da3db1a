//! The record: one version of an item, as `base` holds it and the log repeats it.
//!
//! ```text
//! record  := flags:1, version, changed_at:8 big-endian, count, { index, value }*, document
//! flags   := bit 0 deleted; all others 0
//! version, count, index := varint     value := length, bytes (an encoded key value)
//! ```
//!
//! The index values stand beside the document so that the next write can remove the item's index
//! entries without asking what the table's specification was when they were made.

use crate::codec::{Reader, put_bytes, put_varint};
use crate::document::{Document, MapRef};
use crate::error::FormatError;
use crate::ids::IndexId;
use crate::time::Timestamp;

const DELETED: u8 = 1;

/// The value an item has in one declared index.
///
/// ```
/// use highwater_format::{IndexId, IndexedValue, KeyValue};
/// let scope = |index, owner: &str| IndexedValue {
///     index: IndexId(index),
///     value: KeyValue::from(owner).encode(),
/// };
/// // Ascending by index first: the order in which a record holds them.
/// assert!(scope(1, "zoe") < scope(2, "ann"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IndexedValue {
    /// The index.
    pub index: IndexId,
    /// The encoded [`crate::KeyValue`]: the scope that the item lies in.
    pub value: Vec<u8>,
}

/// One version of an item.
///
/// ```
/// use highwater_format::{Document, Record, Timestamp};
/// let record = Record {
///     version: 2,
///     changed_at: Timestamp(9),
///     deleted: true,
///     indexed: Vec::new(),
///     document: Document::from_json(r#"{"id":"a","n":1}"#)?,
/// };
/// let bytes = record.encode();
/// assert_eq!(Record::decode(&bytes)?, record);
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// 1 for a new item, one more with each change; a delete is a version too.
    pub version: u64,
    /// The commit that made this version.
    pub changed_at: Timestamp,
    /// Whether this version is a tombstone.
    pub deleted: bool,
    /// The scopes that the item lies in (a tombstone: lay in), ascending by index.
    pub indexed: Vec<IndexedValue>,
    /// The attributes; a tombstone keeps its last ones.
    pub document: Document,
}

impl Record {
    /// The encoding.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(32 + self.document.as_bytes().len());
        out.push(if self.deleted { DELETED } else { 0 });
        put_varint(&mut out, self.version);
        out.extend_from_slice(&self.changed_at.0.to_be_bytes());
        put_varint(&mut out, self.indexed.len() as u64);
        for entry in &self.indexed {
            put_varint(&mut out, u64::from(entry.index.0));
            put_bytes(&mut out, &entry.value);
        }
        out.extend_from_slice(self.document.as_bytes());
        out
    }

    /// Reads a record that must fill `bytes` exactly.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] at the first part that does not fit. The document's inside is
    /// checked when it is read.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut indexed = Vec::new();
        let record = RecordRef::read(bytes, |index, value| {
            indexed.push(IndexedValue { index, value: value.to_vec() });
        })?;
        let RecordRef { version, changed_at, deleted, document } = record;
        let document = Document::from_trusted_bytes(document.to_vec());
        Ok(Self { version, changed_at, deleted, indexed, document })
    }

    /// The value this version has in `index`.
    #[must_use]
    pub fn value_in(&self, index: IndexId) -> Option<&[u8]> {
        self.indexed.iter().find(|e| e.index == index).map(|e| e.value.as_slice())
    }
}

/// A record that is read where it lies, without its scopes: nothing is copied.
///
/// ```
/// use highwater_format::{Document, Record, RecordRef, Timestamp};
/// let document = Document::from_json(r#"{"id":"a"}"#)?;
/// let (version, changed_at) = (2, Timestamp(9));
/// let record = Record { version, changed_at, deleted: true, indexed: Vec::new(), document };
/// let bytes = record.encode();
/// let found = RecordRef::decode(&bytes)?;
/// assert_eq!((found.version, found.changed_at, found.deleted), (2, Timestamp(9), true));
/// assert_eq!(found.document, record.document.as_bytes());
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordRef<'a> {
    /// As [`Record::version`].
    pub version: u64,
    /// As [`Record::changed_at`].
    pub changed_at: Timestamp,
    /// As [`Record::deleted`].
    pub deleted: bool,
    /// The encoded document.
    pub document: &'a [u8],
}

impl<'a> RecordRef<'a> {
    /// Reads a record that must fill `bytes` exactly.
    ///
    /// # Errors
    /// Those of [`Record::decode`].
    #[inline(always)]
    pub fn decode(bytes: &'a [u8]) -> Result<Self, FormatError> {
        Self::read(bytes, |_, _| ())
    }

    #[inline(always)]
    fn read(bytes: &'a [u8], mut see: impl FnMut(IndexId, &'a [u8])) -> Result<Self, FormatError> {
        let mut reader = Reader::new(bytes, "record");
        let flags = reader.byte()?;
        if flags & !DELETED != 0 {
            return Err(reader.error());
        }
        let version = reader.varint()?;
        let changed_at = Timestamp(u64::from_be_bytes(reader.fixed()?));
        for _ in 0..reader.varint()? {
            let index = u32::try_from(reader.varint()?).map_err(|_| reader.error())?;
            see(IndexId(index), reader.bytes()?);
        }
        let deleted = flags & DELETED != 0;
        Ok(Self { version, changed_at, deleted, document: reader.rest() })
    }

    /// A reader over the attributes.
    #[must_use]
    pub fn as_map(&self) -> MapRef<'a> {
        MapRef::of_document(self.document)
    }
}
