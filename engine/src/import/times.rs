//! Timestamps for imported rows.

use crate::clock::Clock;
use crate::error::Result;
use highwater_format::Timestamp;

/// How many are reserved at a time: a sixteenth of a millisecond's, so that the clock does not run ahead of
/// what a machine can import.
const CHUNK: u64 = 4096;

/// Ascending timestamps that nobody else has.
pub(super) struct Times<'a> {
    clock: &'a Clock,
    next: Timestamp,
    left: u64,
    first: Option<Timestamp>,
}

impl<'a> Times<'a> {
    pub(super) fn of(clock: &'a Clock) -> Self {
        Self { clock, next: Timestamp::ZERO, left: 0, first: None }
    }

    pub(super) fn next(&mut self) -> Result<Timestamp> {
        if self.left == 0 {
            self.next = self.clock.reserve(CHUNK)?;
            self.left = CHUNK;
        }
        let next = self.next;
        self.first.get_or_insert(next);
        self.next = next.plus(1);
        self.left -= 1;
        Ok(next)
    }

    /// The first that was given.
    pub(super) fn first(&self) -> Option<Timestamp> {
        self.first
    }
}
