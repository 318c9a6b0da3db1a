//! What a store says about itself.

use crate::clock::Leap;
use crate::error::Result;
use crate::indexing::IndexStats;
use crate::store::Inner;
use highwater_format::meta::Floors;
use highwater_format::{Family, Incarnation, Millis, Timestamp};

/// A store's state and sizes.
///
/// ```
/// use highwater::{TableSpec, TableSpecExt, testing::memory_store};
/// let store = memory_store()?;
/// store.create_table(TableSpec::new("notes", "id"))?;
/// let stats = store.stats()?;
/// assert_eq!(stats.tables[0].name, "notes");
/// assert!(stats.read_only.is_none() && !stats.write_stopped);
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// The line of commits that tokens are bound to.
    pub incarnation: Incarnation,
    /// The clock.
    pub clock: ClockStats,
    /// Each column family.
    pub families: Vec<FamilyStats>,
    /// Each table.
    pub tables: Vec<TableStats>,
    /// RocksDB's own numbers.
    pub rocksdb: RocksStats,
    /// Why the store is read-only, if it is.
    pub read_only: Option<String>,
    /// RocksDB is holding writers back.
    pub write_stopped: bool,
    /// Errors that RocksDB met in the background.
    pub background_errors: u64,
}

/// The clock's state.
///
/// ```
/// use highwater::{Document, TableSpec, TableSpecExt, testing::memory_store};
/// # let store = memory_store()?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// let written = store.put("notes", Document::from_json(r#"{"id":"n1"}"#)?)?.item.unwrap();
/// let clock = store.stats()?.clock;
/// assert!(clock.in_flight == 0 && clock.leap.is_none());
/// assert!(written.changed_at <= clock.safe_point);
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockStats {
    /// The store's time.
    pub now: Millis,
    /// By what logs, tombstones, history and receipts age: the store's time without the leaps that it has followed.
    pub aged: Millis,
    /// Everything up to and with this is visible.
    pub safe_point: Timestamp,
    /// Commits on their way.
    pub in_flight: usize,
    /// The wall clock is too far away to be followed; see [`crate::Store::confirm_clock_leap`].
    pub leap: Option<Leap>,
}

/// A column family's sizes; the number of keys is RocksDB's estimate.
///
/// ```
/// use highwater::{Document, TableSpec, TableSpecExt, testing::memory_store};
/// let store = memory_store()?;
/// store.create_table(TableSpec::new("notes", "id"))?;
/// store.put("notes", Document::from_json(r#"{"id":"n1"}"#)?)?;
/// let families = store.stats()?.families;
/// let base = families.iter().find(|family| family.name == "base").unwrap();
/// assert!(base.keys >= 1 && base.memory_bytes > 0);
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FamilyStats {
    /// Its name.
    pub name: &'static str,
    /// About how many keys.
    pub keys: u64,
    /// Bytes of data files.
    pub file_bytes: u64,
    /// Bytes not yet in files.
    pub memory_bytes: u64,
}

/// What RocksDB says of its caches and of the work that it has before it.
///
/// ```
/// let store = highwater::testing::memory_store()?;
/// let rocksdb = store.stats()?.rocksdb;
/// assert_eq!((rocksdb.running_compactions, rocksdb.delayed_write_rate), (0, 0));
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RocksStats {
    /// Bytes of the block cache in use; write buffers are charged to it.
    pub block_cache_bytes: u64,
    /// Bytes that compactions have yet to rewrite.
    pub pending_compaction_bytes: u64,
    /// Compactions running now.
    pub running_compactions: u64,
    /// Flushes running now.
    pub running_flushes: u64,
    /// Bytes a second that writers are slowed down to; zero while they are not.
    pub delayed_write_rate: u64,
}

/// A table's state.
///
/// ```
/// use highwater::{IndexPhase, Projection, TableSpec, TableSpecExt, testing::memory_store};
/// let store = memory_store()?;
/// store.create_table(TableSpec::new("notes", "id").index("byOwner", "owner", Projection::All))?;
/// let table = &store.stats()?.tables[0];
/// assert!(table.indexes.iter().all(|index| index.phase == IndexPhase::Ready));
/// // Nothing has expired yet: the log goes as far back as the deletes do.
/// assert_eq!(table.floors.delta, table.floors.tombstone);
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableStats {
    /// Its name.
    pub name: String,
    /// How far back its past can be told.
    pub floors: Floors,
    /// Each of its indexes, whether finished or not.
    pub indexes: Vec<IndexStats>,
}

impl Inner {
    pub(crate) fn stats(&self) -> Result<Stats> {
        let families = Family::ALL
            .into_iter()
            .map(|family| {
                Ok(FamilyStats {
                    name: family.name(),
                    keys: self.storage.property(family, "rocksdb.estimate-num-keys")?,
                    file_bytes: self.storage.property(family, "rocksdb.total-sst-files-size")?,
                    memory_bytes: self
                        .storage
                        .property(family, "rocksdb.cur-size-all-mem-tables")?,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let tables = self
            .catalog
            .all()
            .iter()
            .map(|table| {
                let (name, floors) = (table.name().to_owned(), table.floors());
                Ok(TableStats { name, floors, indexes: self.index_stats(table)? })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Stats {
            incarnation: self.incarnation,
            clock: self.clock.status(),
            families,
            tables,
            rocksdb: self.rocksdb_stats()?,
            read_only: self.health.failure().map(str::to_owned),
            write_stopped: self.storage.is_write_stopped()?,
            background_errors: self.storage.background_errors()?,
        })
    }

    pub(crate) fn rocksdb_stats(&self) -> Result<RocksStats> {
        let of_all = |name| self.storage.property(Family::Base, name);
        let pending = Family::ALL.into_iter().try_fold(0_u64, |sum, family| {
            let bytes =
                self.storage.property(family, "rocksdb.estimate-pending-compaction-bytes")?;
            Ok::<_, crate::Error>(sum.saturating_add(bytes))
        })?;
        Ok(RocksStats {
            block_cache_bytes: of_all("rocksdb.block-cache-usage")?,
            pending_compaction_bytes: pending,
            running_compactions: of_all("rocksdb.num-running-compactions")?,
            running_flushes: of_all("rocksdb.num-running-flushes")?,
            delayed_write_rate: of_all("rocksdb.actual-delayed-write-rate")?,
        })
    }
}
