//! What was promised to clients, and whether commits keep to it.

use highwater::{Millis, Timestamp};

/// The newest of everything that was handed out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Promises {
    /// No later commit may land in this millisecond or before it.
    started_at: Millis,
    /// No later commit may have this timestamp or an earlier one.
    safe_point: Timestamp,
    /// The newest commit.
    last: Timestamp,
}

impl Promises {
    /// A client was told this `startedAt`.
    pub fn started(&mut self, at: Millis) {
        self.started_at = self.started_at.max(at);
    }

    /// The store said that everything up to this is visible.
    pub fn safe(&mut self, at: Timestamp) {
        self.safe_point = self.safe_point.max(at);
    }

    /// The store was opened again. A safe point was only ever shown to an operator, without a lease;
    /// every `startedAt` had one.
    pub fn opened(&mut self) {
        self.safe_point = Timestamp::ZERO;
    }

    /// The newest `startedAt`.
    pub fn newest_started_at(&self) -> Millis {
        self.started_at
    }

    /// A commit got these timestamps, in the order of its mutations. Everything that was handed out
    /// before it was finished is known.
    pub fn committed(&mut self, timestamps: &[Timestamp]) {
        for (place, at) in timestamps.iter().enumerate() {
            let started = self.started_at;
            assert!(at.millis() > started, "{at:?} is at or below the startedAt {started:?}");
            let safe = self.safe_point;
            assert!(*at > safe, "a commit at {at:?}, at or below the safe point {safe:?}");
            let last = self.last;
            assert!(*at > last, "a commit at {at:?} after one at {last:?}");
            let gap = place > 0 && *at != last.plus(1);
            assert!(!gap, "a batch has {at:?} right after {last:?}");
            self.last = *at;
        }
    }
}
