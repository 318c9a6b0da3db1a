//! Checkpoints and copies: a second store folder, made while the first goes on.

use crate::error::{Error, Result};
use crate::options::Options;
use crate::storage::Files;
use crate::store::{Inner, Store, StoreDir, folder_size};
use highwater_format::meta::{self, ClockRecord};
use highwater_format::{Family, Millis};
use std::path::Path;

/// What a checkpoint or a copy is made of.
///
/// ```
/// use highwater::Store;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let store = Store::open(dir.path().join("store"))?;
/// let report = store.checkpoint(dir.path().join("checkpoint"))?;
/// assert!(report.files > 0 && report.bytes > 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyReport {
    /// How many data files it has.
    pub files: u64,
    /// Their bytes. On the file system of the original most of them are shared with it.
    pub bytes: u64,
}

impl Inner {
    /// Writes a folder whose first opening renews the incarnation, and makes new keys if `new_keys`.
    pub(crate) fn copy_to(&self, to: &Path, new_keys: bool) -> Result<CopyReport> {
        self.check_has_folder()?;
        let _stays_open = self.copying.lock();
        self.health.check()?;
        let dir = StoreDir::claim(to, self.bucket_width, self.lease()?)?;
        let data = dir.data();
        let failed = |e: &dyn ToString| {
            Error::io(format!("copying the store to {}", to.display()), &e.to_string())
        };
        self.storage.checkpoint(&data).map_err(|e| failed(&e))?;
        let (files, bytes) = folder_size(&data).map_err(|e| failed(&e))?;
        // Read again: by now the lease covers all that is in the copy.
        dir.finish_copy(new_keys, self.lease()?)?;
        Ok(CopyReport { files, bytes })
    }

    /// A store of its own, opened once, so that none of its files holds a key of this one.
    pub(crate) fn copy_with_new_keys(&self, to: &Path) -> Result<CopyReport> {
        let report = self.copy_to(to, true)?;
        let options = Options { create_if_missing: false, worker: None, ..self.options.clone() };
        let copy = Store::builder(to).options(options).time_source(self.clock.source()).open()?;
        copy.close()?;
        Ok(report)
    }

    /// What is in memory alone cannot be linked, nor opened from anywhere else.
    pub(super) fn check_has_folder(&self) -> Result<()> {
        match self.dir.files() {
            Files::Folder(_) => Ok(()),
            #[cfg(feature = "testing")]
            Files::Elsewhere(..) => Ok(()),
            #[cfg(feature = "testing")]
            Files::Memory(_) => Err(Error::out_of_range("store", "in memory", "a folder")),
        }
    }

    /// No time at or after this was handed out so far.
    pub(super) fn lease(&self) -> Result<Millis> {
        let record = self.storage.latest().get(Family::Meta, meta::CLOCK, ClockRecord::decode)?;
        Ok(record.map(|record| record.lease).unwrap_or_default())
    }
}
