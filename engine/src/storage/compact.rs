//! Compaction by hand, and dropping whole files of the log.

use super::{Storage, StorageError};
use highwater_format::Family;
use rocksdb::{BottommostLevelCompaction, CompactOptions};

impl Storage {
    /// Rewrites a family from top to bottom, so that every entry meets the filter once.
    pub(crate) fn compact(&self, family: Family) -> Result<(), StorageError> {
        let handle = self.handle(family)?;
        let mut options = CompactOptions::default();
        options.set_exclusive_manual_compaction(false);
        options.set_bottommost_level_compaction(BottommostLevelCompaction::ForceOptimized);
        self.db.flush_cf(handle)?;
        self.db.compact_range_cf_opt(handle, None::<&[u8]>, None::<&[u8]>, &options);
        Ok(())
    }

    /// Drops the files of the log that lie wholly before `to`.
    ///
    /// It ignores snapshots and open iterators' successors: the caller has made sure that nobody
    /// who could still read there is left. Always from the family's start, for a file in the middle
    /// may hold the tombstone that hides older data.
    pub(crate) fn drop_delta_files_before(&self, to: &[u8]) -> Result<(), StorageError> {
        let handle = self.handle(Family::Delta)?;
        self.db.delete_file_in_range_cf(handle, [].as_slice(), to).map_err(StorageError::from)
    }
}
