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
use crate::document::Document;
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
/// assert_eq!(Record::peek(&bytes)?, (true, Timestamp(9)));
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
        let mut reader = Reader::new(bytes, "record");
        let flags = reader.byte()?;
        if flags & !DELETED != 0 {
            return Err(reader.error());
        }
        let version = reader.varint()?;
        let changed_at = Timestamp(u64::from_be_bytes(reader.fixed()?));
        let mut indexed = Vec::new();
        for _ in 0..reader.varint()? {
            let index = u32::try_from(reader.varint()?).map_err(|_| reader.error())?;
            indexed.push(IndexedValue { index: IndexId(index), value: reader.bytes()?.to_vec() });
        }
        Ok(Self {
            version,
            changed_at,
            deleted: flags & DELETED != 0,
            indexed,
            document: Document::from_trusted_bytes(reader.rest().to_vec()),
        })
    }

    /// Reads only whether the record is a tombstone and when it was made: what expiry asks.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] if the bytes end before that.
    pub fn peek(bytes: &[u8]) -> Result<(bool, Timestamp), FormatError> {
        let mut reader = Reader::new(bytes, "record");
        let deleted = reader.byte()? & DELETED != 0;
        reader.varint()?;
        Ok((deleted, Timestamp(u64::from_be_bytes(reader.fixed()?))))
    }

    /// Reads only whether the record is a tombstone and its version: what a walk through an item's past
    /// asks.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] if the bytes end before that.
    pub fn peek_version(bytes: &[u8]) -> Result<(bool, u64), FormatError> {
        let mut reader = Reader::new(bytes, "record");
        let deleted = reader.byte()? & DELETED != 0;
        Ok((deleted, reader.varint()?))
    }

    /// The value this version has in `index`.
    #[must_use]
    pub fn value_in(&self, index: IndexId) -> Option<&[u8]> {
        self.indexed.iter().find(|e| e.index == index).map(|e| e.value.as_slice())
    }
}
