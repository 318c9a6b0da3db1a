//! The one module that names `rocksdb`: families, batches, scans, snapshots, compaction, backups.
//!
//! Everything above speaks of families, keys and payloads. Envelopes are sealed and opened here, so
//! no payload reaches the engine whose checksum has not been verified.

mod backup;
mod batch;
mod checkpoint;
mod compact;
#[cfg(test)]
mod counted;
mod error;
mod expiry;
mod files;
mod ingest;
mod log;
#[cfg(feature = "testing")]
mod memory;
mod options;
mod scan;
mod view;

pub(crate) use backup::{BackupFile, Backups, backup_files, backup_list, forget_all_but};
pub(crate) use batch::Batch;
#[cfg(test)]
pub(crate) use counted::keys_compared;
pub(crate) use error::StorageError;
pub(crate) use expiry::{ExpiryRules, TableFloors};
pub(crate) use files::Files;
pub(crate) use ingest::{DataFiles, FileOptions};
pub(crate) use log::{LogDamage, log_damage};
#[cfg(feature = "testing")]
pub(crate) use memory::MemoryFiles;
/// RocksDB's door to the operating system: a test opens a store in one that fails, or that forgets what was
/// not synced ([`crate::StoreBuilder::environment`]).
///
/// ```
/// use highwater::testing::Environment;
/// let memory = Environment::mem_env().map_err(|e| e.to_string())?;
/// let copy = memory.clone();
/// # drop(copy);
/// # Ok::<(), String>(())
/// ```
#[cfg(feature = "testing")]
pub use rocksdb::Env as Environment;
pub(crate) use scan::{Next, Scan};
pub(crate) use view::View;

use crate::options::{Options, WriteStall};
use highwater_format::Family;
use rocksdb::{DB, ReadOptions, WriteOptions};
use std::sync::Arc;

/// How an opening treats a write-ahead log whose end, or middle, is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recovery {
    /// A torn last write is dropped; any other damage refuses to open.
    TornTailOnly,
    /// Everything from the first damage on is dropped.
    AcceptLoss,
}

/// An open RocksDB database with our families.
pub(crate) struct Storage {
    db: DB,
    stall: WriteStall,
    /// Made once: making one costs as much as a small read.
    reading: ReadOptions,
}

impl Storage {
    /// Opens the database in `files`; makes it if `create`. Missing families are made in any case.
    pub(crate) fn open(
        files: &Files,
        create: bool,
        options: &Options,
        recovery: Recovery,
        rules: &Arc<ExpiryRules>,
    ) -> Result<Self, StorageError> {
        let (mut db_options, families) = options::build(options, recovery, rules);
        db_options.create_if_missing(create);
        let path = files.locate(&mut db_options)?;
        let db = DB::open_cf_descriptors(&db_options, path, families)?;
        Ok(Self { db, stall: options.write_stall, reading: view::read_options() })
    }

    fn handle(&self, family: Family) -> Result<&rocksdb::ColumnFamily, StorageError> {
        self.db.cf_handle(family.name()).ok_or(StorageError::MissingFamily(family))
    }

    /// The newest state; each read sees what is committed when it runs.
    pub(crate) fn latest(&self) -> View<'_> {
        View::latest(self)
    }

    /// The state as of now, for reads that must agree with each other.
    pub(crate) fn snapshot(&self) -> View<'_> {
        View::snapshot(self)
    }

    /// Commits a batch: all of it or nothing.
    ///
    /// After [`StorageError::Stalled`] nothing was written. After any other error the outcome is
    /// unknown until the store is opened again.
    pub(crate) fn write(&self, batch: Batch, synced: bool) -> Result<(), StorageError> {
        let mut options = WriteOptions::default();
        options.set_sync(synced);
        options.disable_wal(false);
        options.set_no_slowdown(self.stall == WriteStall::Refuse);
        self.db.write_opt(batch.into_inner(self)?, &options).map_err(StorageError::from)
    }

    /// Writes what must not be refused by back-pressure; fsynced.
    pub(crate) fn write_patiently(&self, batch: Batch) -> Result<(), StorageError> {
        let mut options = WriteOptions::default();
        options.set_sync(true);
        options.set_no_slowdown(false);
        self.db.write_opt(batch.into_inner(self)?, &options).map_err(StorageError::from)
    }

    /// Writes work that can wait, and does so while RocksDB holds writers back; not fsynced.
    pub(crate) fn write_behind(&self, batch: Batch) -> Result<(), StorageError> {
        let mut options = WriteOptions::default();
        options.set_sync(false);
        options.set_no_slowdown(false);
        options.set_low_pri(true);
        self.db.write_opt(batch.into_inner(self)?, &options).map_err(StorageError::from)
    }

    /// Puts everything written so far on disk.
    pub(crate) fn flush_wal(&self) -> Result<(), StorageError> {
        // A synced write takes all before it along; `SyncWAL` is not there in every environment.
        self.write_patiently(Batch::default())
    }

    /// Ends flushes and compactions: from here on the files stay as they are.
    pub(crate) fn quiesce(&self) {
        self.db.cancel_all_background_work(true);
    }

    /// An integer property of one family, zero where RocksDB does not know it.
    pub(crate) fn property(&self, family: Family, name: &str) -> Result<u64, StorageError> {
        let value = self.db.property_int_value_cf(self.handle(family)?, name)?;
        Ok(value.unwrap_or_default())
    }

    /// How many flushes and compactions have failed. RocksDB counts them at the family that no one uses.
    pub(crate) fn background_errors(&self) -> Result<u64, StorageError> {
        Ok(self.db.property_int_value("rocksdb.background-errors")?.unwrap_or_default())
    }

    /// Whether RocksDB holds writers back altogether.
    pub(crate) fn is_write_stopped(&self) -> Result<bool, StorageError> {
        Ok(self.property(Family::Base, "rocksdb.is-write-stopped")? > 0)
    }

    /// Bytes of data files and of what is not in files yet, as the disk budget counts them.
    pub(crate) fn disk_bytes(&self) -> Result<u64, StorageError> {
        Family::ALL.into_iter().try_fold(0_u64, |sum, family| {
            let files = self.property(family, "rocksdb.total-sst-files-size")?;
            let memory = self.property(family, "rocksdb.cur-size-all-mem-tables")?;
            Ok(sum.saturating_add(files).saturating_add(memory))
        })
    }
}
