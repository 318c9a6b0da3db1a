//! Entries of the change log and of its index.
//!
//! ```text
//! log entry    := item length, item, record
//! index entry  := event:1, version, item length, item, [ record ]
//! event        := 0 changed, 1 deleted, 2 left
//! marker place := changed_at:8 big-endian
//! ```
//!
//! An index entry carries the record where the index projects everything, and never for *left*:
//! the item belongs to another scope then.

use crate::codec::{Reader, put_bytes, put_varint};
use crate::error::FormatError;
use crate::record::Record;
use crate::time::Timestamp;

/// An entry of `delta`: which item changed, and the whole record it became.
///
/// ```
/// use highwater_format::{Document, ItemKey, LogEntry, Record, Timestamp};
/// let document = Document::from_json(r#"{"id":"a","n":1}"#)?;
/// let (version, changed_at) = (1, Timestamp(1));
/// let record = Record { version, changed_at, deleted: false, indexed: Vec::new(), document };
/// let item = ItemKey::from("a").encode();
/// let bytes = LogEntry::encode(&item, &record.encode());
/// assert_eq!(LogEntry::decode(&bytes)?, LogEntry { item, record });
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// The encoded item key.
    pub item: Vec<u8>,
    /// The record that this change made.
    pub record: Record,
}

impl LogEntry {
    /// The encoding, from parts that the caller already has.
    #[must_use]
    pub fn encode(item: &[u8], record: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(4 + item.len() + record.len());
        put_bytes(&mut out, item);
        out.extend_from_slice(record);
        out
    }

    /// Reads an entry that must fill `bytes` exactly.
    ///
    /// # Errors
    /// [`FormatError::Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let (item, record) = Self::split(bytes)?;
        Ok(Self { item: item.to_vec(), record: Record::decode(record)? })
    }

    /// The encoded item key and the encoded record, where they lie.
    ///
    /// # Errors
    /// [`FormatError::Malformed`].
    pub fn split(bytes: &[u8]) -> Result<(&[u8], &[u8]), FormatError> {
        let mut reader = Reader::new(bytes, "log entry");
        Ok((reader.bytes()?, reader.rest()))
    }
}

/// What happened to an item in a scope.
///
/// ```
/// use highwater_format::{IndexEntry, IndexEvent};
/// let entry = IndexEntry::encode(IndexEvent::Left, 3, b"item", None);
/// assert_eq!(IndexEntry::peek(&entry)?, IndexEvent::Left);
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexEvent {
    /// The item is in the scope, and this is its newest change.
    Changed,
    /// The item was deleted while it was in the scope.
    Deleted,
    /// The item is no longer in the scope.
    Left,
}

/// An entry of `delta_index`.
///
/// ```
/// use highwater_format::{IndexEntry, IndexEvent};
/// // Who has left belongs to another scope now: its record is not told here.
/// let bytes = IndexEntry::encode(IndexEvent::Left, 3, b"item", Some(b"a record"));
/// let entry = IndexEntry::decode(&bytes)?;
/// assert_eq!((entry.version, entry.record), (3, None));
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    /// What happened.
    pub event: IndexEvent,
    /// The item's version by this change.
    pub version: u64,
    /// The encoded item key.
    pub item: Vec<u8>,
    /// The record, if the index projects everything and the item did not leave.
    pub record: Option<Record>,
}

impl IndexEntry {
    /// The encoding, from parts that the caller already has.
    #[must_use]
    pub fn encode(event: IndexEvent, version: u64, item: &[u8], record: Option<&[u8]>) -> Vec<u8> {
        let record = record.filter(|_| event != IndexEvent::Left).unwrap_or_default();
        let mut out = Vec::with_capacity(16 + item.len() + record.len());
        out.push(match event {
            IndexEvent::Changed => 0,
            IndexEvent::Deleted => 1,
            IndexEvent::Left => 2,
        });
        put_varint(&mut out, version);
        put_bytes(&mut out, item);
        out.extend_from_slice(record);
        out
    }

    /// Reads only what happened: all that expiry asks.
    ///
    /// # Errors
    /// [`FormatError::Malformed`].
    pub fn peek(bytes: &[u8]) -> Result<IndexEvent, FormatError> {
        match bytes.first() {
            Some(0) => Ok(IndexEvent::Changed),
            Some(1) => Ok(IndexEvent::Deleted),
            Some(2) => Ok(IndexEvent::Left),
            _ => Err(FormatError::malformed("index entry")),
        }
    }

    /// Reads an entry that must fill `bytes` exactly.
    ///
    /// # Errors
    /// [`FormatError::Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let IndexEntryRef { event, version, item, record } = IndexEntryRef::decode(bytes)?;
        let record = record.map(Record::decode).transpose()?;
        Ok(Self { event, version, item: item.to_vec(), record })
    }
}

/// An index entry that is read where it lies.
///
/// ```
/// use highwater_format::{IndexEntry, IndexEntryRef, IndexEvent};
/// let bytes = IndexEntry::encode(IndexEvent::Deleted, 3, b"item", None);
/// let entry = IndexEntryRef::decode(&bytes)?;
/// assert_eq!((entry.version, entry.item, entry.record), (3, &b"item"[..], None));
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexEntryRef<'a> {
    /// As [`IndexEntry::event`].
    pub event: IndexEvent,
    /// As [`IndexEntry::version`].
    pub version: u64,
    /// As [`IndexEntry::item`].
    pub item: &'a [u8],
    /// The encoded record, where [`IndexEntry::record`] is there.
    pub record: Option<&'a [u8]>,
}

impl<'a> IndexEntryRef<'a> {
    /// Reads an entry that must fill `bytes` exactly; its record is not looked into.
    ///
    /// # Errors
    /// [`FormatError::Malformed`].
    pub fn decode(bytes: &'a [u8]) -> Result<Self, FormatError> {
        let event = IndexEntry::peek(bytes)?;
        let mut reader = Reader::new(bytes, "index entry");
        reader.byte()?;
        let (version, item) = (reader.varint()?, reader.bytes()?);
        let record = match reader.rest() {
            [] => None,
            _ if event == IndexEvent::Left => return Err(reader.error()),
            rest => Some(rest),
        };
        Ok(Self { event, version, item, record })
    }
}

/// Where an item's marker in a scope stands: the time part of the entry's key.
///
/// ```
/// use highwater_format::{MarkerEntry, Millis, Timestamp};
/// let [first, second] = [1, 2].map(|ms| MarkerEntry(Timestamp::first_of(Millis(ms))).encode());
/// assert!(first < second);
/// assert_eq!(MarkerEntry::decode(&first)?.0.millis(), Millis(1));
/// assert!(MarkerEntry::decode(b"short").is_err());
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkerEntry(pub Timestamp);

impl MarkerEntry {
    /// The encoding.
    #[must_use]
    pub fn encode(self) -> Vec<u8> {
        self.0.0.to_be_bytes().to_vec()
    }

    /// Reads a marker place that must fill `bytes` exactly.
    ///
    /// # Errors
    /// [`FormatError::Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let at = <[u8; 8]>::try_from(bytes).map_err(|_| FormatError::malformed("marker place"))?;
        Ok(Self(Timestamp(u64::from_be_bytes(at))))
    }
}
