//! What stands behind every handle: the parts of an open store.

use super::budget::DiskBudget;
use super::marker::StoreDir;
use crate::catalog::{Catalog, Table};
use crate::clock::Clock;
use crate::entropy::random;
use crate::error::{Error, Result};
use crate::fault::FaultPoints;
use crate::health::Health;
use crate::import::Imports;
use crate::lock::{Mutex, RwLock};
use crate::log::bucket_ranges;
use crate::metrics::Recorder;
use crate::options::{Durability, Options};
use crate::recent::Recent;
use crate::retention::{Readers, Retention};
use crate::storage::{Batch, ExpiryRules, Storage, StorageError};
use crate::watch::Hub;
use crate::write::{Locks, Resolvers};
use highwater_format::meta::{self, KeyRing, NameRecord, RingKey, TableSpec, Ttls, name_key};
use highwater_format::{Family, Incarnation, Millis, StoreState, Timestamp};
use std::path::PathBuf;
use std::sync::Arc;

/// How many token keys are kept: tokens of the last rotations still open.
const RING: usize = 4;

/// The parts of an open store.
pub(crate) struct Inner {
    pub(crate) options: Options,
    pub(crate) bucket_width: Millis,
    pub(crate) incarnation: Incarnation,
    pub(crate) clock: Clock,
    pub(crate) catalog: Catalog,
    pub(crate) locks: Locks,
    pub(crate) resolvers: Resolvers,
    /// Commits hold it shared; creating, altering and dropping tables, and moving floors, alone.
    pub(crate) ddl: RwLock<()>,
    pub(crate) readers: Readers,
    pub(crate) followers: Arc<Hub>,
    pub(crate) recent: Recent,
    pub(crate) retention: Mutex<Retention>,
    /// Held by whoever builds indexes: one table, one pass at a time.
    pub(crate) building: Mutex<()>,
    /// Held by a compaction by hand; closing waits for it.
    pub(crate) compacting: Mutex<()>,
    /// Held while the store is copied or backed up; closing waits for it, and an import that is being shown.
    pub(crate) copying: Mutex<()>,
    pub(crate) imports: Arc<Imports>,
    pub(crate) rules: Arc<ExpiryRules>,
    pub(crate) token_keys: RwLock<KeyRing>,
    pub(crate) health: Arc<Health>,
    pub(crate) budget: DiskBudget,
    pub(crate) faults: FaultPoints,
    pub(crate) metrics: Recorder,
    pub(crate) storage: Arc<Storage>,
    // Last: the folder's lock is let go after the data is closed.
    pub(crate) dir: Arc<StoreDir>,
}

impl Inner {
    /// Where bulk imports keep what they have accepted.
    pub(crate) fn imports_folder(&self) -> Result<PathBuf> {
        self.dir.imports().ok_or_else(|| {
            Error::io("bulk import", &"a store without a folder has no room for sorted files")
        })
    }

    pub(crate) fn synced(&self) -> bool {
        self.options.durability == Durability::Sync
    }

    /// Writes to `meta`: always on disk, whatever the store's durability.
    pub(crate) fn write_meta(&self, batch: Batch) -> Result<()> {
        self.health.check()?;
        if batch.is_empty() {
            return Ok(());
        }
        self.storage.write(batch, true).map_err(|error| match error {
            StorageError::Stalled(_) => Error::Busy,
            error => self.health.fail(&error),
        })
    }

    pub(super) fn create_table(&self, spec: TableSpec) -> Result<()> {
        self.health.check()?;
        let _alone = self.ddl.write();
        let limits = &self.options.limits;
        self.catalog.create(spec, limits, || self.clock.barrier(), |batch| self.write_meta(batch))
    }

    pub(super) fn alter_ttls(&self, table: &str, ttls: Ttls) -> Result<()> {
        let _alone = self.ddl.write();
        self.catalog.alter_ttls(table, ttls, |batch| self.write_meta(batch))
    }

    pub(super) fn rename_table(&self, table: &str, to: &str) -> Result<()> {
        let _alone = self.ddl.write();
        // Under another name it could be written to, and come back.
        self.imports.check_writable(table)?;
        self.imports.check_writable(to)?;
        let noted = self.storage.latest().get(Family::Meta, &name_key(to), NameRecord::decode)?;
        let barrier = || self.clock.barrier();
        self.catalog.rename((table, to), noted, barrier, |batch| self.write_meta(batch))
    }

    pub(super) fn drop_table(&self, table: &str) -> Result<()> {
        let _alone = self.ddl.write();
        self.health.check()?;
        let ranges = |table: &Table| self.log_ranges(table);
        let dropped = self.catalog.get(table)?;
        let done = self.catalog.drop_table(table, ranges, |batch| self.write_meta(batch));
        self.followers.wake_table(dropped.id());
        done?;
        self.recent.forget(dropped.id());
        self.forget_receipts_of(&dropped);
        Ok(())
    }

    pub(super) fn truncate_table(&self, table: &str) -> Result<()> {
        let _alone = self.ddl.write();
        self.health.check()?;
        let table = self.catalog.get(table)?;
        let replaced = (Arc::clone(&table), self.log_ranges(&table)?);
        let created_at = self.clock.barrier()?;
        let done = self.catalog.truncate(replaced, created_at, |batch| self.write_meta(batch));
        self.followers.wake_table(table.id());
        done?;
        self.recent.forget(table.id());
        self.forget_receipts_of(&table);
        Ok(())
    }

    /// Where all of a table's changes are in the log.
    pub(crate) fn log_ranges(&self, table: &Table) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let (from, to) = (table.record.created_at, Timestamp(u64::MAX));
        bucket_ranges(&self.storage.latest(), table.id(), from, to, self.bucket_width)
    }

    /// Makes a new token key and lets the oldest go. Returns the number of keys kept.
    pub(super) fn rotate_token_keys(&self) -> Result<usize> {
        let _stays_open = self.ddl.read();
        let mut held = self.token_keys.write();
        let mut ring = held.clone();
        let id = ring.0.last().map_or(1, |key| key.id.wrapping_add(1));
        let created = self.clock.status().now;
        ring.0.push(RingKey { id, secret: random()?, created });
        let surplus = ring.0.len().saturating_sub(RING);
        ring.0.drain(..surplus);
        let mut batch = Batch::default();
        batch.put(Family::Meta, meta::TOKEN_KEYS.to_vec(), &ring.encode()?);
        self.write_meta(batch)?;
        let count = ring.0.len();
        *held = ring;
        Ok(count)
    }

    /// The key that seals new tokens.
    pub(crate) fn sealing_key(&self) -> Result<RingKey> {
        let ring = self.token_keys.read();
        ring.0.last().cloned().ok_or_else(|| Error::Damaged {
            place: "meta key token_keys".to_owned(),
            reason: "there is no key".to_owned(),
        })
    }

    /// Puts everything on disk, hands the lease back and marks the store as cleanly closed.
    pub(super) fn close(&self) -> Result<()> {
        // Waited for before commits are held up: a backup takes its time.
        let _no_copy = self.copying.lock();
        // Before the tables, as expiry takes them: from here on no files are dropped.
        let _no_expiry = self.retention.lock();
        let _no_commit_on_its_way = self.ddl.write();
        self.health.close()?;
        let unused = self.clock.close()?;
        self.storage.flush_wal()?;
        // From here on the files stay as they are, so that their sizes can be written down.
        self.storage.quiesce();
        let _no_compaction = self.compacting.lock();
        let first_log = self.storage.property(Family::Meta, "rocksdb.min-log-number-to-keep")?;
        self.dir.write_state(StoreState::Closed(self.dir.log_files(first_log)?), unused)
    }
}
