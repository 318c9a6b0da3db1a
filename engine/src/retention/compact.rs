//! Compaction by hand: floors, files, and a sweep of everything that is below a floor.

use super::items::is_of_the_store;
use crate::error::Result;
use crate::metrics::Histogram;
use crate::storage::StorageError;
use crate::store::Inner;
use highwater_format::Family;
use highwater_format::meta::{self, Floors, ReceiptsFloor, floors_key};
use serde::Serialize;

/// What a compaction did.
///
/// ```
/// use highwater::{Document, TableSpec, TableSpecExt, testing::memory_store};
/// # let store = memory_store()?;
/// store.create_table(TableSpec::new("notes", "id").expires_by("ttl"))?;
/// store.put("notes", Document::from_json(r#"{"id":"n1","ttl":1700000000}"#)?)?;
/// let report = store.compact()?;
/// assert_eq!((report.items_expired, report.files_deferred), (1, false));
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct CompactReport {
    /// Tables whose floors moved.
    pub floors_raised: u64,
    /// Items that were deleted because their time to live was over.
    pub items_expired: u64,
    /// Ranges of the log that were deleted: whole buckets, of all tables or of one.
    pub log_ranges: u64,
    /// Bytes of log files that were dropped whole.
    pub file_bytes_dropped: u64,
    /// Pages were being read, so the files stay until the next time.
    pub files_deferred: bool,
    /// Expired tombstones swept out of `base`.
    pub tombstones_dropped: u64,
    /// Expired markers swept out of `delta_index`.
    pub markers_dropped: u64,
    /// Expired records swept out of `history`.
    pub history_dropped: u64,
    /// Expired receipts, and what led to them from their items, swept out of `receipts`.
    pub receipts_dropped: u64,
    /// Bytes of all data files before.
    pub bytes_before: u64,
    /// Bytes of all data files after.
    pub bytes_after: u64,
}

impl Inner {
    pub(crate) fn compact(&self) -> Result<CompactReport> {
        let bytes_before = self.storage.disk_bytes()?;
        let (expired, failed) = match self.expire() {
            Ok(report) => (report, None),
            Err(error) if is_of_the_store(&error) => return Err(error),
            // What could not be expired is no reason to keep what can be swept.
            Err(error) => (CompactReport::default(), Some(error)),
        };
        let swept = self.measured_retention(Histogram::CompactionSeconds, |done| {
            self.sweep_families(done, &|| true)?;
            // The sweep took its time: pages that were being read before it have probably finished.
            if expired.files_deferred || failed.is_some() {
                self.drop_files(&mut self.retention.lock(), done)?;
            }
            // Nothing expires in these, but what was replaced or erased is still in their files, and in the
            // write-ahead log until the last family is in files.
            for family in [Family::Delta, Family::Lookup, Family::Digest, Family::Meta] {
                self.compact_family(family)?;
            }
            Ok(())
        })?;
        let bytes_after = self.storage.disk_bytes()?;
        let report = CompactReport { bytes_before, bytes_after, ..expired.with_sweep(swept) };
        failed.map_or(Ok(report), Err)
    }

    /// Puts the floors into files, and lets compaction know them. Only then: a recovery gives up the end
    /// of a damaged log, and floors that went with it would promise a past that is gone.
    fn settle_floors(&self) -> Result<()> {
        let view = self.storage.latest();
        let mut written = Vec::new();
        for table in self.catalog.all() {
            // A table that is being dropped has none any more.
            let floors = view.get(Family::Meta, &floors_key(table.id()), Floors::decode)?;
            written.extend(floors.map(|floors| (table, floors)));
        }
        let receipts = view.get(Family::Meta, meta::RECEIPTS, ReceiptsFloor::decode)?;
        self.flush()?;
        self.rules.receipts_put_in_files(receipts.unwrap_or_default().0);
        for (table, floors) in written {
            table.floors.put_in_files(floors);
        }
        Ok(())
    }

    /// Puts everything that was written so far into files. A store that is being closed waits for it.
    pub(crate) fn flush(&self) -> Result<()> {
        let _stays_open = self.compacting.lock();
        self.health.check()?;
        self.storage.flush().or_else(|error| self.unless_closed(error))
    }

    /// One family at a time: a store that is being closed waits for no more than that.
    fn compact_family(&self, family: Family) -> Result<()> {
        let _stays_open = self.compacting.lock();
        self.health.check()?;
        self.storage.compact(family).or_else(|error| self.unless_closed(error))?;
        // Closing cuts it off without a word.
        self.health.check()
    }

    /// What closing has ended is no failure of the disk.
    fn unless_closed(&self, error: StorageError) -> Result<()> {
        self.health.check()?;
        Err(error.into())
    }

    /// Rewrites the families whose expired entries only a compaction finds, ending early once nothing `goes_on`.
    pub(super) fn sweep_while(&self, goes_on: &dyn Fn() -> bool) -> Result<CompactReport> {
        self.measured_retention(Histogram::CompactionSeconds, |done| {
            self.sweep_families(done, goes_on)
        })
    }

    fn sweep_families(&self, done: &mut CompactReport, goes_on: &dyn Fn() -> bool) -> Result<()> {
        if !goes_on() {
            return Ok(());
        }
        self.settle_floors()?;
        let before = self.rules.dropped();
        let families = [Family::Base, Family::DeltaIndex, Family::History, Family::Receipts];
        let mut left = families.into_iter().take_while(|_| goes_on());
        let swept = left.try_for_each(|family| self.compact_family(family));
        let after = self.rules.dropped();
        done.tombstones_dropped += after.tombstones - before.tombstones;
        done.markers_dropped += after.markers - before.markers;
        done.history_dropped += after.history - before.history;
        done.receipts_dropped += after.receipts - before.receipts;
        swept
    }
}

impl CompactReport {
    /// What an expiry did, and a sweep after it.
    pub(super) fn with_sweep(self, sweep: Self) -> Self {
        Self {
            file_bytes_dropped: self.file_bytes_dropped + sweep.file_bytes_dropped,
            files_deferred: sweep.files_deferred,
            tombstones_dropped: sweep.tombstones_dropped,
            markers_dropped: sweep.markers_dropped,
            history_dropped: sweep.history_dropped,
            receipts_dropped: sweep.receipts_dropped,
            ..self
        }
    }
}
