//! Moving the floors and dropping the log below them.
//!
//! 1. The floors that readers look at rise: a page that reads below them finds out when it is done.
//!    After the next step would be too late: a page could read, and check, in between.
//! 2. One synced batch raises the floors in `meta` and range-deletes whole buckets of the log. What is
//!    only found by compaction stays until a sweep has put these floors into files.
//! 3. When everybody who was reading then has finished, the files go. Not earlier: dropping files
//!    ignores snapshots, and an iterator opened afterwards loses rows without an error.

use super::CompactReport;
use super::floors::target;
use super::readers::Mark;
use crate::catalog::Table;
use crate::error::{Error, Result};
use crate::fault::Point;
use crate::log::bucket_ranges;
use crate::metrics::Histogram;
use crate::storage::{Batch, View};
use crate::store::Inner;
use highwater_format::meta::{self, Floors, ReceiptsFloor, floors_key};
use highwater_format::{BucketId, Family, Millis, Timestamp, keys};

/// What retention remembers between its runs.
#[derive(Debug, Default)]
pub(crate) struct Retention {
    /// Every bucket before this has been range-deleted for all tables.
    cut: Option<BucketId>,
    /// Files before this bucket go once the mark is passed.
    files: Option<(Mark, BucketId)>,
}

/// A table's floors, and where they rise to.
struct Move<'a> {
    table: &'a Table,
    held: Floors,
    to: Floors,
}

impl Inner {
    pub(crate) fn expire(&self) -> Result<CompactReport> {
        self.expire_while(&|| true)
    }

    /// The same, ending early once nothing `goes_on`.
    pub(super) fn expire_while(&self, goes_on: &dyn Fn() -> bool) -> Result<CompactReport> {
        let done = self.measured_retention(Histogram::ExpirySeconds, |report| {
            self.expire_now(report)?;
            self.expire_items(&mut report.items_expired, goes_on)
        });
        self.tell_states()?;
        done
    }

    fn expire_now(&self, report: &mut CompactReport) -> Result<()> {
        self.health.check()?;
        let mut retention = self.retention.lock();
        // What the last round left first: a new round would put it off again.
        self.drop_files(&mut retention, report)?;
        self.raise_floors(&mut retention, report)?;
        self.drop_files(&mut retention, report)
    }

    fn raise_floors(&self, retention: &mut Retention, report: &mut CompactReport) -> Result<()> {
        let seen = self.clock.observe()?;
        let aged = self.clock.aged();
        let width = self.bucket_width;
        // A write that has to wait would make every commit wait for it.
        if self.storage.is_write_stopped()? {
            return Err(Error::Busy);
        }
        // Commits read the delta floor to know which log entries are theirs to remove.
        let _alone = self.ddl.write();
        let tables = self.catalog.all();
        let moves: Vec<Move> = tables
            .iter()
            .map(|table| {
                let held = table.floors();
                Move {
                    table,
                    held,
                    to: target(held, &table.record.spec.ttls, aged, seen.safe, width),
                }
            })
            .collect();
        let lowest = moves.iter().map(|one| one.to.delta.bucket(width)).min();

        let view = self.storage.latest();
        let mut batch = Batch::default();
        let (mut raised, mut log_ranges) = (0, 0);
        for Move { table, held, to: floors } in &moves {
            if floors == held {
                continue;
            }
            raised += 1;
            batch.put(Family::Meta, floors_key(table.id()), &floors.encode()?);
            // Buckets that all tables are past go below; those that only this one is past go here.
            let from =
                lowest.map_or(held.delta, |bucket| held.delta.max(bucket_start(bucket, width)));
            let ranges = bucket_ranges(&view, table.id(), from, floors.delta.prev(), width)?;
            log_ranges += ranges.len() as u64;
            for (start, end) in ranges {
                batch.delete_range(Family::Delta, start, end);
            }
        }
        if let Some(bucket) = lowest.max(retention.cut) {
            let from = retention.cut.map(keys::delta_bucket).unwrap_or_default();
            let to = keys::delta_bucket(bucket);
            if view.last_key(Family::Delta, &from, to.clone())?.is_some() {
                batch.delete_range(Family::Delta, from, to);
                log_ranges += 1;
            }
        }
        let receipts = self.receipts_floor(&view, aged)?;
        if receipts > self.rules.receipts_floor() {
            batch.put(Family::Meta, meta::RECEIPTS.to_vec(), &ReceiptsFloor(receipts).encode()?);
        }
        if batch.is_empty() {
            return Ok(());
        }
        self.write_raised(&moves, receipts, batch)?;
        report.floors_raised += raised;
        report.log_ranges += log_ranges;
        let _ = self.faults.hit(Point::LogCut);
        if let Some(bucket) = lowest {
            retention.cut = retention.cut.max(Some(bucket));
            retention.files = Some((self.readers.mark(), bucket));
        }
        Ok(())
    }

    /// Raises the floors that are gone by and writes them. The caller keeps commits out: one that went by
    /// floors that are taken back would leave entries in the log below them.
    fn write_raised(&self, moves: &[Move<'_>], receipts: Millis, batch: Batch) -> Result<()> {
        let held_receipts = self.rules.receipts_floor();
        moves.iter().for_each(|Move { table, to, .. }| table.floors.raise(*to));
        self.rules.raise_receipts(receipts);
        let held_back = self.faults.hit(Point::FloorsRaised).map_err(|_| Error::Busy);
        let written = held_back.and_then(|()| self.write_meta(batch));
        if matches!(written, Err(Error::Busy)) {
            // Certainly not written. A page goes by the floors that it looked at first: one that saw these was
            // reset too early, and nothing else.
            moves.iter().for_each(|Move { table, held, .. }| table.floors.take_back(*held));
            self.rules.take_back_receipts(held_receipts);
        }
        written
    }

    /// The floor that receipts should have at `aged`: at the start of a bucket, as those of tables, and
    /// where it is as long as there are none.
    fn receipts_floor(&self, view: &View<'_>, aged: Millis) -> Result<Millis> {
        let held = self.rules.receipts_floor();
        if view.last_key(Family::Receipts, &[], Vec::new())?.is_none() {
            return Ok(held);
        }
        let moment = aged.before(self.options.receipt_ttl);
        Ok(held.max(Millis(moment.0 - moment.0 % self.bucket_width.0.max(1))))
    }

    pub(super) fn drop_files(
        &self,
        retention: &mut Retention,
        report: &mut CompactReport,
    ) -> Result<()> {
        let Some((mark, bucket)) = retention.files else {
            return Ok(());
        };
        self.health.check()?;
        if !self.readers.have_passed(mark) {
            report.files_deferred = true;
            return Ok(());
        }
        report.files_deferred = false;
        let before = self.storage.property(Family::Delta, "rocksdb.total-sst-files-size")?;
        self.storage.drop_delta_files_before(&keys::delta_bucket(bucket))?;
        let after = self.storage.property(Family::Delta, "rocksdb.total-sst-files-size")?;
        report.file_bytes_dropped += before.saturating_sub(after);
        retention.files = None;
        Ok(())
    }
}

fn bucket_start(bucket: BucketId, width: Millis) -> Timestamp {
    Timestamp::first_of(Millis(bucket.0.saturating_mul(width.0)))
}
