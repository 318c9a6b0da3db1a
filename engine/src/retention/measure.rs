//! Numbers and spans around expiry and compaction, and the states that are told at each round.

use super::CompactReport;
use crate::error::Result;
use crate::metrics::{Counter, Gauge, Histogram};
use crate::stats::{ClockStats, RocksStats};
use crate::store::Inner;
use highwater_format::{Millis, Timestamp};

impl Inner {
    /// Runs a step of retention within a span, and counts what it dropped, also where it did not come to its end.
    pub(super) fn measured_retention(
        &self,
        histogram: Histogram,
        step: impl FnOnce(&mut CompactReport) -> Result<()>,
    ) -> Result<CompactReport> {
        let span = tracing::debug_span!("retention", step = histogram.name()).entered();
        let timer = self.timer(&span);
        let mut report = CompactReport::default();
        let done = step(&mut report);
        let took = self.took(timer);
        tracing::debug!(?report, ?took, "done");
        let metrics = &self.metrics;
        metrics.observe_time(histogram, None, took);
        metrics.count(Counter::LogRangesDropped, None, report.log_ranges);
        metrics.count(Counter::FileBytesDropped, None, report.file_bytes_dropped);
        metrics.count(Counter::ItemsExpired, None, report.items_expired);
        let swept = report.tombstones_dropped
            + report.markers_dropped
            + report.history_dropped
            + report.receipts_dropped;
        metrics.count(Counter::EntriesSwept, None, swept);
        done.map(|()| report)
    }

    /// Tells how far back each table reaches and how far syncs are behind.
    pub(super) fn tell_states(&self) -> Result<()> {
        if !self.metrics.is_on() {
            return Ok(());
        }
        let ClockStats { now, in_flight, .. } = self.clock.status();
        let seconds = |since: Timestamp| seconds(now.before(since.millis()));
        let metrics = &self.metrics;
        for table in self.catalog.all() {
            let (name, floors) = (Some(table.name()), table.floors());
            metrics.set(Gauge::DeltaFloorAge, name, seconds(floors.delta));
            metrics.set(Gauge::TombstoneFloorAge, name, seconds(floors.tombstone));
        }
        metrics.set(Gauge::LogLag, None, seconds(self.clock.safe_point()));
        metrics.set(Gauge::InFlight, None, in_flight as f64);
        let RocksStats { pending_compaction_bytes, delayed_write_rate, .. } =
            self.rocksdb_stats()?;
        metrics.set(Gauge::PendingCompactionBytes, None, pending_compaction_bytes as f64);
        metrics.set(
            Gauge::WritesStopped,
            None,
            f64::from(u8::from(self.storage.is_write_stopped()?)),
        );
        metrics.set(Gauge::DelayedWriteRate, None, delayed_write_rate as f64);
        Ok(())
    }
}

fn seconds(span: Millis) -> f64 {
    std::time::Duration::from_millis(span.0).as_secs_f64()
}
