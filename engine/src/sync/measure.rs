//! Numbers and spans around a page.

use crate::error::{Error, Result};
use crate::metrics::{Counter, Histogram};
use crate::store::Inner;

/// What is counted of a page.
pub(super) struct PageFacts {
    pub(super) scanned: usize,
    pub(super) returned: usize,
    /// How many runs begin with it that replace what the client holds.
    pub(super) resets: u64,
}

impl Inner {
    /// Answers a page within a span, and counts it. `table` is given where it is of one table.
    pub(super) fn measured<T>(
        &self,
        table: Option<&str>,
        page: impl FnOnce() -> Result<T>,
        facts: impl FnOnce(&T) -> PageFacts,
    ) -> Result<T> {
        let span = tracing::debug_span!("sync", table).entered();
        let timer = self.timer(&span);
        let done = page();
        let took = self.took(timer);
        match &done {
            Ok(page) => {
                let PageFacts { scanned, returned, resets } = facts(page);
                tracing::debug!(scanned, returned, resets, ?took, "a page");
                let metrics = &self.metrics;
                metrics.count(Counter::Pages, table, 1);
                metrics.count(Counter::ItemsScanned, table, scanned as u64);
                metrics.count(Counter::ItemsReturned, table, returned as u64);
                metrics.count(Counter::Resets, table, resets);
                metrics.observe_time(Histogram::PageSeconds, table, took);
                metrics.observe(Histogram::PageScanned, table, scanned);
                metrics.observe(Histogram::PageReturned, table, returned);
            }
            Err(error) => {
                tracing::debug!(%error, "no page");
                if matches!(error, Error::Expired { .. }) {
                    self.metrics.count(Counter::PagesExpired, table, 1);
                }
            }
        }
        done
    }
}
