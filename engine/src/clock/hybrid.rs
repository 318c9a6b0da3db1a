//! Timestamps, what is in flight, the safe point and `startedAt`: one small state under one lock.
//!
//! Nothing here does I/O: where the lease does not reach, an operation answers [`NeedLease`] and
//! changes nothing that was handed out.

use super::physical::Physical;
use crate::watch::{Passed, Touched};
use highwater_format::{Millis, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The lease must reach past this moment before the operation can be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NeedLease(pub(super) Millis);

/// Consecutive timestamps of one commit, in flight until finished.
///
/// Dropping one without [`super::Clock::finish`] leaves it in flight: the commit's outcome is unknown,
/// and the safe point stays below it for as long as the store is open.
#[derive(Debug)]
#[must_use]
pub(crate) struct Flight {
    /// The first timestamp.
    pub(crate) first: Timestamp,
}

/// The present as a reader may rely on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Observation {
    /// Everything up to and with this is visible; nothing will be added to it.
    pub(crate) safe: Timestamp,
    /// The last millisecond that is wholly below `safe` and that no later commit can enter.
    pub(crate) started_at: Millis,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(super) physical: Physical,
    /// The newest timestamp handed out or passed by.
    last: Timestamp,
    in_flight: BTreeSet<Timestamp>,
    /// What commits touched that are finished and that the safe point has not passed, or nobody has
    /// taken since.
    landed: BTreeMap<Timestamp, Touched>,
    pub(super) lease: Millis,
}

impl State {
    pub(super) fn new(physical: Physical, lease: Millis) -> Self {
        let last = Timestamp::first_of(physical.millis());
        Self { physical, last, in_flight: BTreeSet::new(), landed: BTreeMap::new(), lease }
    }

    fn covered(&self, last: Timestamp) -> Result<(), NeedLease> {
        if last.millis() < self.lease { Ok(()) } else { Err(NeedLease(last.millis())) }
    }

    /// Takes `count` consecutive timestamps and registers them, in one step.
    pub(crate) fn begin(&mut self, now: Millis, count: u64) -> Result<Flight, NeedLease> {
        let first = self.reserve(now, count)?;
        self.in_flight.insert(first);
        Ok(Flight { first })
    }

    /// Takes `count` consecutive timestamps that no reader can be told of, so that none waits for them.
    pub(super) fn reserve(&mut self, now: Millis, count: u64) -> Result<Timestamp, NeedLease> {
        let first = self.last.plus(1).max(Timestamp::first_of(now));
        let last = first.plus(count.saturating_sub(1));
        self.covered(last)?;
        self.last = last;
        Ok(first)
    }

    /// The commit is visible and `touched` this; nothing if it was not written.
    pub(crate) fn finish(&mut self, flight: &Flight, touched: Touched) {
        self.in_flight.remove(&flight.first);
        if !touched.is_empty() {
            self.landed.insert(flight.first, touched);
        }
    }

    /// Hands over what the safe point has passed, once. A younger commit waits for the oldest in flight.
    pub(crate) fn pass(&mut self) -> Passed {
        let oldest = self.in_flight.first();
        let waiting = oldest.map(|oldest| self.landed.split_off(oldest)).unwrap_or_default();
        let commits = std::mem::replace(&mut self.landed, waiting);
        Passed { safe: self.safe(), commits }
    }

    /// The newest timestamp handed out or passed by.
    pub(super) fn newest(&self) -> Timestamp {
        self.last
    }

    /// The newest timestamp below every one in flight.
    pub(crate) fn safe(&self) -> Timestamp {
        self.in_flight.first().map_or(self.last, |oldest| oldest.prev())
    }

    /// The safe point and `startedAt`; the clock remembers `now`, so that no later commit enters it.
    pub(super) fn observe(&mut self, now: Millis) -> Result<Observation, NeedLease> {
        let last = self.last.max(Timestamp::first_of(now));
        self.covered(last)?;
        self.last = last;
        let oldest = self.in_flight.first().map_or(last, |oldest| *oldest);
        let started_at = last.millis().min(oldest.millis()).before(Millis(1));
        Ok(Observation { safe: self.safe(), started_at })
    }

    /// The first timestamp of a millisecond that nothing before this call has touched.
    pub(super) fn barrier(&mut self, now: Millis) -> Result<Timestamp, NeedLease> {
        let fresh = Timestamp::first_of(self.last.millis().after(Millis(1)).max(now));
        self.covered(fresh)?;
        self.last = fresh;
        Ok(fresh)
    }

    /// Follows a confirmed leap, and remembers it, as far as the lease goes: the one that a clean close hands back is
    /// above it.
    pub(super) fn follow_leap(&mut self, leapt: Millis) {
        self.physical.confirm(leapt);
        // While the lease was being written, time may have gone on beyond it.
        let leased = self.physical.millis().min(self.lease.before(Millis(1)));
        self.last = self.last.max(Timestamp::first_of(leased));
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Below this lease, nothing has been handed out: what a clean close gives back.
    pub(super) fn unused_lease(&self) -> Millis {
        self.last.millis().after(Millis(1))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::clock::physical::Before;
    use crate::options::ClockLimits;
    use crate::watch::Topic;
    use highwater_format::TableId;
    use highwater_format::token::Scope;
    use std::time::Duration;

    /// A clock at 1000, leased up to `lease`.
    pub(crate) fn state(lease: u64) -> State {
        let wall = Duration::from_millis(1000);
        let before = Before::default();
        let physical = Physical::open(wall, Duration::ZERO, before, ClockLimits::default());
        State::new(physical, Millis(lease))
    }

    #[test]
    fn the_safe_point_stays_below_the_oldest_flight() {
        let mut state = state(9999);
        let slow = state.begin(Millis(1000), 1).unwrap();
        let fast = state.begin(Millis(1005), 3).unwrap();
        state.finish(&fast, Touched::default());
        let seen = state.observe(Millis(1010)).unwrap();
        assert_eq!(seen.safe, slow.first.prev());
        assert_eq!(seen.started_at, Millis(999));
        state.finish(&slow, Touched::default());
        let seen = state.observe(Millis(1010)).unwrap();
        assert_eq!(seen.started_at, Millis(1009));
        assert!(seen.safe >= fast.first.plus(2));
    }

    #[test]
    fn a_younger_commit_passes_when_the_older_lands_and_both_pass_once() {
        let touched = |part| Touched::only(Topic::of(TableId(part), &Scope::Table));
        let mut state = state(9999);
        let older = state.begin(Millis(1000), 1).unwrap();
        let younger = state.begin(Millis(1000), 2).unwrap();
        state.finish(&younger, touched(2));
        let passed = state.pass();
        assert_eq!((passed.safe, passed.commits.len()), (older.first.prev(), 0));
        state.finish(&older, touched(1));
        let passed = state.pass();
        assert_eq!(passed.safe, younger.first.plus(1));
        let expected = [(older.first, touched(1)), (younger.first, touched(2))];
        assert_eq!(passed.commits, BTreeMap::from(expected));
        assert_eq!(state.pass().commits.len(), 0);
    }

    #[test]
    fn a_commit_that_was_not_written_lets_the_younger_pass_and_touches_nothing() {
        let mut state = state(9999);
        let older = state.begin(Millis(1000), 1).unwrap();
        let younger = state.begin(Millis(1000), 1).unwrap();
        state.finish(&younger, Touched::only(Topic::of(TableId(2), &Scope::Table)));
        state.finish(&older, Touched::default());
        let passed: Vec<_> = state.pass().commits.into_keys().collect();
        assert_eq!(passed, [younger.first]);
    }

    #[test]
    fn a_leap_is_followed_as_far_as_the_lease_goes() {
        let leapt_to = 1_000 + 1_000_000_000;
        let mut state = state(2_000);
        state.physical.read(Duration::from_millis(leapt_to), Duration::ZERO);
        let leapt = state.physical.leapt_after_confirming().unwrap();
        // The lease was long in coming, and the clock is beyond it when it is there.
        state.physical.read(Duration::from_millis(leapt_to + 9_000), Duration::from_secs(9));
        state.lease = Millis(leapt_to + 5_000);
        state.follow_leap(leapt);
        assert_eq!(state.safe(), Timestamp::first_of(Millis(leapt_to + 4_999)));
    }

    #[test]
    fn no_later_commit_enters_a_started_at_that_was_handed_out() {
        let mut state = state(9999);
        let seen = state.observe(Millis(2000)).unwrap();
        let flight = state.begin(Millis(1500), 1).unwrap(); // the physical part went back
        assert!(flight.first > Timestamp::first_of(Millis(seen.started_at.0 + 1)).prev());
    }

    #[test]
    fn nothing_is_handed_out_beyond_the_lease() {
        let mut state = state(1005);
        assert_eq!(state.begin(Millis(1005), 1).unwrap_err(), NeedLease(Millis(1005)));
        assert_eq!(state.observe(Millis(1005)), Err(NeedLease(Millis(1005))));
        assert!(state.begin(Millis(1004), 65_536 * 2).is_err());
        assert!(state.begin(Millis(1004), 1).is_ok());
    }

    #[test]
    fn reserved_timestamps_are_nobodys_and_hold_nobody_up() {
        let mut state = state(9999);
        let reserved = state.reserve(Millis(1000), 3).unwrap();
        let seen = state.observe(Millis(1005)).unwrap();
        assert!(seen.safe > reserved.plus(2));
        assert_eq!(seen.started_at, Millis(1004));
        let next = state.reserve(Millis(1005), 65_536).unwrap();
        let flight = state.begin(Millis(1005), 1).unwrap();
        assert_eq!(flight.first, next.plus(65_536));
        assert!(state.barrier(Millis(1005)).unwrap() > flight.first);
        assert_eq!(state.reserve(Millis(9998), 65_537), Err(NeedLease(Millis(9999))));
    }

    #[test]
    fn a_full_counter_moves_on_to_the_next_millisecond() {
        let mut state = state(9999);
        let first = state.begin(Millis(1000), 65_536).unwrap();
        let next = state.begin(Millis(1000), 1).unwrap();
        assert_eq!(next.first, first.first.plus(65_536));
        assert_eq!(next.first.millis(), Millis(1001));
    }
}
