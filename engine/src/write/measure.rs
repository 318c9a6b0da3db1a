//! Numbers and spans around a commit.

use super::commit::Outcome;
use crate::error::{Error, Result};
use crate::metrics::{Counter, Histogram};
use crate::store::Inner;

impl Inner {
    /// Carries out a commit of so many mutations within a span, and counts what came of it.
    pub(super) fn measured_commit<T>(
        &self,
        mutations: usize,
        commit: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let span = tracing::debug_span!("commit", mutations).entered();
        let timer = self.timer(&span);
        let done = commit();
        let took = self.took(timer);
        self.metrics.observe_time(Histogram::CommitSeconds, None, took);
        if let Err(error) = &done {
            tracing::debug!(%error, ?took, "not committed");
            match error {
                Error::Conflict(conflict) => {
                    self.metrics.count(Counter::Conflicts, Some(&conflict.table), 1);
                }
                Error::Busy => self.metrics.count(Counter::Stalls, None, 1),
                Error::WriteFailed { .. } => self.metrics.count(Counter::FailedWrites, None, 1),
                _ => {}
            }
        }
        done
    }

    /// Counts what a commit wrote.
    pub(super) fn count_written(&self, outcomes: &[Outcome]) {
        let written = outcomes.iter().filter(|outcome| outcome.written).count();
        let merged = outcomes.iter().filter(|outcome| outcome.merged).count();
        self.metrics.count(Counter::Commits, None, u64::from(written > 0));
        self.metrics.count(Counter::Versions, None, written as u64);
        self.metrics.count(Counter::Merges, None, merged as u64);
        if written > 0 {
            self.metrics.observe(Histogram::CommitVersions, None, written);
        }
    }
}
