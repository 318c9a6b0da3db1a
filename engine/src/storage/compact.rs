//! Flushes and compaction by hand, and dropping whole files of the log.

use super::{Storage, StorageError};
use highwater_format::Family;
use rocksdb::{BottommostLevelCompaction, CompactOptions, FlushOptions};

impl Storage {
    /// Puts everything that was written so far into files: no damage to the log takes it back.
    ///
    /// All families at once, for a flush by hand takes those that it names and no others. Were one in
    /// files and another in the log alone, a damaged log would leave a hole.
    pub(crate) fn flush(&self) -> Result<(), StorageError> {
        let families = Family::ALL.into_iter().map(|family| self.handle(family));
        let families = families.collect::<Result<Vec<_>, _>>()?;
        let families: Vec<_> = families.iter().collect();
        self.db.flush_cfs_opt(&families, &FlushOptions::default()).map_err(StorageError::from)
    }

    /// Rewrites a family from top to bottom, so that every entry meets the filter once.
    pub(crate) fn compact(&self, family: Family) -> Result<(), StorageError> {
        let handle = self.handle(family)?;
        let mut options = CompactOptions::default();
        options.set_exclusive_manual_compaction(false);
        options.set_bottommost_level_compaction(BottommostLevelCompaction::ForceOptimized);
        // Compaction would flush, too, and keeps every error to itself.
        self.flush()?;
        let before = self.background_errors()?;
        self.db.compact_range_cf_opt(handle, None::<&[u8]>, None::<&[u8]>, &options);
        // What failed beside it, of its own accord, counts as well: nobody can tell them apart.
        if self.background_errors()? == before {
            return Ok(());
        }
        Err(StorageError::Io(format!(
            "a compaction of {} failed; see RocksDB's LOG",
            family.name()
        )))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;
    use crate::storage::{Batch, ExpiryRules, Files, Recovery};
    use std::path::Path;
    use std::sync::Arc;

    fn open(path: &Path) -> Storage {
        let rules = Arc::new(ExpiryRules::default());
        Storage::open(
            &Files::Folder(path.to_owned()),
            true,
            &Options::default(),
            Recovery::TornTailOnly,
            &rules,
        )
        .unwrap()
    }

    fn write_to_all(storage: &Storage) {
        let mut batch = Batch::default();
        Family::ALL.into_iter().for_each(|family| batch.put(family, b"key".to_vec(), b"value"));
        storage.write(batch, true).unwrap();
    }

    fn families_in_memory(storage: &Storage) -> usize {
        let held = |family: &Family| {
            ["rocksdb.num-entries-active-mem-table", "rocksdb.num-entries-imm-mem-tables"]
                .into_iter()
                .any(|name| storage.property(*family, name).unwrap() > 0)
        };
        Family::ALL.iter().filter(|family| held(family)).count()
    }

    #[test]
    fn a_flush_takes_all_families() {
        let dir = tempfile::tempdir().unwrap();
        let storage = open(dir.path());
        write_to_all(&storage);
        assert_eq!(families_in_memory(&storage), Family::ALL.len());
        storage.flush().unwrap();
        assert_eq!(families_in_memory(&storage), 0);
    }

    /// The floors that an opening finds are in files: compaction may go by them at once.
    #[test]
    fn an_opening_puts_the_log_into_files() {
        let dir = tempfile::tempdir().unwrap();
        write_to_all(&open(dir.path()));
        let storage = open(dir.path());
        assert!(storage.latest().get(Family::Base, b"key", |_| Ok(())).unwrap().is_some());
        assert_eq!(families_in_memory(&storage), 0);
    }
}
