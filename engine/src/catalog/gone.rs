//! What has been dropped: told to everybody who still holds the table as it was.

use highwater_format::IndexId;
use parking_lot::RwLock;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a table, or which of its indexes, is gone. Shared by every state of the table across
/// alterations, so that a page that began with an older one finds out when it is done.
#[derive(Debug, Default)]
pub(super) struct Gone {
    table: AtomicBool,
    indexes: RwLock<BTreeSet<IndexId>>,
}

impl Gone {
    pub(super) fn mark_table(&self) {
        self.table.store(true, Ordering::SeqCst);
    }

    /// It is not gone after all.
    pub(super) fn unmark_table(&self) {
        self.table.store(false, Ordering::SeqCst);
    }

    pub(super) fn table(&self) -> bool {
        self.table.load(Ordering::SeqCst)
    }

    pub(super) fn mark_indexes(&self, indexes: &[IndexId]) {
        self.indexes.write().extend(indexes);
    }

    /// They are not gone after all.
    pub(super) fn unmark_indexes(&self, indexes: &[IndexId]) {
        self.indexes.write().retain(|index| !indexes.contains(index));
    }

    pub(super) fn index(&self, index: IndexId) -> bool {
        self.indexes.read().contains(&index)
    }
}
