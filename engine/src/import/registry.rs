//! The bulk imports of an open store: one for each table.

use super::error::ImportError;
use crate::error::Result;
use crate::lock::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Which tables are being imported, and whether they may still be written to.
#[derive(Debug, Default)]
pub(crate) struct Imports {
    running: Mutex<BTreeMap<String, bool>>,
    /// How many tables may not be written to: what a commit looks at first.
    frozen: AtomicUsize,
}

/// The right to import a table; ends when dropped.
#[derive(Debug)]
pub(super) struct Claim {
    imports: Arc<Imports>,
    table: String,
}

impl Imports {
    /// Claims a table for one import.
    pub(super) fn claim(self: &Arc<Self>, table: &str) -> Result<Claim> {
        let mut running = self.running.lock();
        if running.contains_key(table) {
            return Err(ImportError::Running { table: table.to_owned() }.into());
        }
        running.insert(table.to_owned(), false);
        Ok(Claim { imports: Arc::clone(self), table: table.to_owned() })
    }

    /// Refuses a commit on a table whose imported rows have their timestamps already.
    ///
    /// Whoever synced such a commit would hold a change that is newer than the item that replaces it, and
    /// would keep it for ever.
    pub(crate) fn check_writable(&self, table: &str) -> Result<()> {
        if self.frozen.load(Ordering::SeqCst) == 0 || self.running.lock().get(table) != Some(&true)
        {
            return Ok(());
        }
        Err(ImportError::Running { table: table.to_owned() }.into())
    }
}

impl Claim {
    /// From now on no commit on the table begins. The caller has seen to it that none is on its way.
    pub(super) fn freeze(&self) {
        if self.imports.running.lock().insert(self.table.clone(), true) == Some(false) {
            self.imports.frozen.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if self.imports.running.lock().remove(&self.table) == Some(true) {
            self.imports.frozen.fetch_sub(1, Ordering::SeqCst);
        }
    }
}
