//! A change that is kept in memory, for all who will ask for it: nobody reads its entry again.

use crate::error::Result;
use bytes::{Buf, Bytes};
use highwater_format::{Document, FormatError, IndexEvent, LogEntry, Record, RecordRef, Timestamp};

/// A change, as the log or an index tells it.
#[derive(Debug, Clone)]
pub(crate) struct TailChange {
    pub(crate) head: Head,
    /// The item key and the record, encoded. Of what left, only the key and the version are told.
    entry: Bytes,
}

/// What is told of a change beside its entry; copied in one piece.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub(crate) at: Timestamp,
    pub(crate) version: u64,
    /// How long the item key is, and from where on the document lies.
    item: u32,
    document: u32,
    pub(crate) event: IndexEvent,
    deleted: bool,
}

impl TailChange {
    /// Of an entry of the log that holds `record`.
    pub(crate) fn new(event: IndexEvent, entry: &Bytes, record: &Record) -> Result<Self> {
        let (item, rest) = LogEntry::split(entry)?;
        let (item, length) = (item.len(), item.len() + rest.len());
        let document = place(length - record.document.as_bytes().len())?;
        let Record { version, changed_at: at, deleted, .. } = *record;
        let head = Head { at, version, item: place(item)?, document, event, deleted };
        Ok(Self { head, entry: entry.slice(entry.len() - length..) })
    }

    /// The same change, as a scope tells it.
    pub(crate) fn told_as(&self, event: IndexEvent) -> Self {
        Self { head: Head { event, ..self.head }, entry: self.entry.clone() }
    }

    /// The encoded item key.
    pub(crate) fn item(&self) -> &[u8] {
        self.entry.get(..self.head.item as usize).unwrap_or_default()
    }

    /// The record; none of what left.
    pub(crate) fn record(&self) -> Option<RecordRef<'_>> {
        let Head { at, version, deleted, document, event, .. } = self.head;
        let document = self.entry.get(document as usize..).unwrap_or_default();
        let record = RecordRef { version, changed_at: at, deleted, document };
        (event != IndexEvent::Left).then_some(record)
    }

    /// The document, which shares the memory of the tail. Nothing is left of it here: a share that is handed on
    /// is not counted twice.
    pub(crate) fn take_document(&mut self) -> Document {
        let mut entry = std::mem::take(&mut self.entry);
        entry.advance(entry.len().min(self.head.document as usize));
        Document::from_trusted_bytes(entry)
    }

    /// The bytes of its entry.
    pub(super) fn bytes(&self) -> usize {
        self.entry.len()
    }
}

/// A place in an entry; no value of RocksDB is longer.
fn place(bytes: usize) -> Result<u32> {
    u32::try_from(bytes).map_err(|_| FormatError::Malformed { what: "log entry" }.into())
}
