//! The disk budget: asked each few commits, for the question costs more than the answer changes.

use crate::error::{Error, Result};
use crate::storage::Storage;
use std::sync::atomic::{AtomicU64, Ordering};

const EVERY: u64 = 64;

/// The budget of a store.
#[derive(Debug, Default)]
pub(crate) struct DiskBudget {
    limit: Option<u64>,
    commits: AtomicU64,
    used: AtomicU64,
}

impl DiskBudget {
    pub(super) fn new(limit: Option<u64>) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Refuses if so many bytes more would bring the store above its budget.
    pub(crate) fn check_with(&self, storage: &Storage, more: u64) -> Result<()> {
        let Some(limit) = self.limit else {
            return Ok(());
        };
        let used = storage.disk_bytes()?.saturating_add(more);
        if used > limit { Err(Error::DiskBudget { used, limit }) } else { Ok(()) }
    }

    /// Refuses while the store is above its budget.
    pub(crate) fn check(&self, storage: &Storage) -> Result<()> {
        let Some(limit) = self.limit else {
            return Ok(());
        };
        let over = self.used.load(Ordering::Relaxed) > limit;
        // Once over, each commit asks anew: room may have been made.
        if over || self.commits.fetch_add(1, Ordering::Relaxed).is_multiple_of(EVERY) {
            self.used.store(storage.disk_bytes()?, Ordering::Relaxed);
        }
        let used = self.used.load(Ordering::Relaxed);
        if used > limit { Err(Error::DiskBudget { used, limit }) } else { Ok(()) }
    }
}
