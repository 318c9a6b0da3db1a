//! A change that is kept in memory: its entry is read once, when it is made, for all who will ask for it.

use crate::error::Result;
use bytes::{Buf, Bytes};
use highwater_format::{Document, FormatError, IndexEvent, LogEntry, RecordRef, Timestamp};

/// A change, as the log or an index tells it.
#[derive(Debug, Clone)]
pub(crate) struct TailChange {
    pub(crate) head: Head,
    /// An entry of the log: item and record. Of what left, only the key and the version are told.
    entry: Bytes,
}

/// What was read of an entry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub(crate) at: Timestamp,
    pub(crate) version: u64,
    /// Where in the entry the encoded item key lies, and from where on the document.
    item: u32,
    item_end: u32,
    document: u32,
    pub(crate) event: IndexEvent,
    deleted: bool,
}

impl TailChange {
    /// Reads an entry of the log.
    pub(crate) fn read((at, event): (Timestamp, IndexEvent), entry: &Bytes) -> Result<Self> {
        let (item, record) = LogEntry::split(entry)?;
        let RecordRef { version, deleted, document, .. } = RecordRef::decode(record)?;
        // The item ends where the record begins, and the document where the entry does.
        let end = entry.len() - record.len();
        let (item, item_end) = (place(end - item.len())?, place(end)?);
        let (document, entry) = (place(entry.len() - document.len())?, entry.clone());
        Ok(Self { head: Head { at, version, item, item_end, document, event, deleted }, entry })
    }

    /// The encoded item key.
    pub(crate) fn item(&self) -> &[u8] {
        let Head { item, item_end, .. } = self.head;
        self.entry.get(item as usize..item_end as usize).unwrap_or_default()
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
