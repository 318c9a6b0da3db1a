//! What a store says about itself.

use crate::clock::Leap;
use crate::error::Result;
use crate::store::Inner;
use highwater_format::meta::Floors;
use highwater_format::{Family, Incarnation, Millis, Timestamp};

/// A store's state and sizes.
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
    /// Why the store is read-only, if it is.
    pub read_only: Option<String>,
    /// RocksDB is holding writers back.
    pub write_stopped: bool,
    /// Errors that RocksDB met in the background.
    pub background_errors: u64,
}

/// The clock's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockStats {
    /// The store's time.
    pub now: Millis,
    /// Everything up to and with this is visible.
    pub safe_point: Timestamp,
    /// Commits on their way.
    pub in_flight: usize,
    /// The wall clock is too far away to be followed; see [`crate::Store::confirm_clock_leap`].
    pub leap: Option<Leap>,
}

/// A column family's sizes; the number of keys is RocksDB's estimate.
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

/// A table's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableStats {
    /// Its name.
    pub name: String,
    /// How far back its past can be told.
    pub floors: Floors,
}

impl Inner {
    pub(crate) fn stats(&self) -> Result<Stats> {
        let (now, in_flight, leap) = self.clock.status();
        let safe_point = self.clock.safe_point();
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
            .map(|table| TableStats { name: table.name().to_owned(), floors: table.floors() })
            .collect();
        Ok(Stats {
            incarnation: self.incarnation,
            clock: ClockStats { now, safe_point, in_flight, leap },
            families,
            tables,
            read_only: self.health.failure().map(str::to_owned),
            write_stopped: self.storage.is_write_stopped()?,
            background_errors: self.storage.property(Family::Base, "rocksdb.background-errors")?,
        })
    }
}
