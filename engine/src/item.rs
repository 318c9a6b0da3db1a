//! An item as callers see it.

use highwater_format::{Document, ItemKey, Record, Timestamp};

/// One version of an item: its key, its document and AppSync's metadata.
///
/// Source: the AppSync developer guide, "Versioned data sources": `_version`, `_lastChangedAt`
/// ([`Timestamp::millis`] of `changed_at`) and `_deleted`.
///
/// ```
/// use highwater::{Document, TableSpec, TableSpecExt, testing::memory_store};
/// # let store = memory_store()?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// store.put("notes", Document::from_json(r#"{"id":"n1","title":"Dawn"}"#)?)?;
/// store.delete("notes", "n1")?;
/// let tombstone = store.get_with_tombstone("notes", "n1")?.unwrap();
/// assert!(tombstone.deleted && tombstone.version == 2);
/// assert_eq!(tombstone.document, Document::from_json(r#"{"id":"n1","title":"Dawn"}"#)?);
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The primary key.
    pub key: ItemKey,
    /// 1 for a new item, one more with each change.
    pub version: u64,
    /// When it changed last; also its place in the order of all commits.
    pub changed_at: Timestamp,
    /// Whether this is a tombstone. Its document is the item's last.
    pub deleted: bool,
    /// The attributes, the key's among them.
    pub document: Document,
}

impl Item {
    pub(crate) fn new(key: ItemKey, record: Record) -> Self {
        Self {
            key,
            version: record.version,
            changed_at: record.changed_at,
            deleted: record.deleted,
            document: record.document,
        }
    }
}
