//! One steady clock out of two untrusted ones.
//!
//! It advances by monotonic time and is slewed towards the wall, at most one part in sixteen faster
//! or slower than true. So after the wall steps back it goes on ticking, and a small step forward is
//! absorbed without a jump. A difference beyond the limit is a leap: it is reported and not followed
//! until somebody confirms it, and even then nothing ages by it. An opening after a loss sets it ahead, to where
//! nothing was handed out for certain: that is no leap, and is given back by and by.

use crate::options::ClockLimits;
use highwater_format::Millis;
use std::time::Duration;

const SLEW: u32 = 16;

/// So far ahead of the wall it is no leap, whatever the limit: openings after losses set the clock ahead
/// ([`super::lease::BOUND_AHEAD`]).
const LEAD: Duration = Duration::from_secs(300);

/// The wall clock is further from the store's than the limit allows.
///
/// ```
/// use highwater::testing::{ManualTime, MemoryDisk};
/// use highwater::Millis;
/// use std::sync::Arc;
/// let time = Arc::new(ManualTime::at(Millis(1_700_000_000_000)));
/// let store = MemoryDisk::default().builder().time_source(time.clone()).open()?;
/// time.set_wall(Millis(1_900_000_000_000));
/// let leap = store.stats()?.clock.leap.unwrap();
/// assert_eq!(leap.wall, Millis(1_900_000_000_000));
/// assert!(leap.clock < Millis(1_700_000_001_000), "not believed");
/// // An operator has looked and found that the wall is right.
/// assert_eq!(store.confirm_clock_leap()?, Some(leap));
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leap {
    /// What the wall shows.
    pub wall: Millis,
    /// What the store's clock shows, and goes on from.
    pub clock: Millis,
}

/// The steady clock.
#[derive(Debug)]
pub(super) struct Physical {
    now: Duration,
    seen: Duration,
    limits: ClockLimits,
    leap: Option<Leap>,
    /// How much of `now` came from leaps that were followed: age that nothing has lived.
    leapt: Duration,
}

/// What is known of the time before an opening.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Before {
    /// The last lease that is on disk.
    pub(super) lease: Option<Millis>,
    /// After a loss: no lease was ever above it.
    pub(super) bound: Option<Millis>,
    /// What was persisted of [`Physical::leapt`].
    pub(super) leapt: Millis,
    /// How far all this lies back is known by the wall alone.
    pub(super) is_old: bool,
}

fn duration(ms: Millis) -> Duration {
    Duration::from_millis(ms.0)
}

fn millis(duration: Duration) -> Millis {
    Millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)).min(Millis::MAX)
}

impl Physical {
    /// Begins at the latest of the wall, the lease and the bound; at one of these two where the wall has leapt since
    /// they were taken and need not be believed.
    pub(super) fn open(
        wall: Duration,
        monotonic: Duration,
        before: Before,
        limits: ClockLimits,
    ) -> Self {
        let Before { lease, bound, leapt, is_old } = before;
        let mut clock =
            Self { now: wall, seen: monotonic, limits, leap: None, leapt: duration(leapt) };
        if let Some(least) = lease.max(bound).map(duration) {
            let has_leapt = wall > least.saturating_add(duration(limits.closed));
            clock.now = if has_leapt && !is_old { least } else { wall.max(least) };
            if has_leapt {
                clock.leapt = clock.leapt.saturating_add(clock.now - least);
            }
            clock.note_leap_at(wall, clock.now);
        }
        clock
    }

    /// Reads both clocks and moves on. Never goes back.
    pub(super) fn read(&mut self, wall: Duration, monotonic: Duration) -> Millis {
        let elapsed = monotonic.saturating_sub(self.seen);
        self.seen = monotonic.max(self.seen);
        let straight = self.now.saturating_add(elapsed);
        let bound = elapsed / SLEW;
        self.now = if self.note_leap_at(wall, straight) {
            straight
        } else if wall >= straight {
            straight.saturating_add((wall - straight).min(bound))
        } else {
            straight.saturating_sub((straight - wall).min(bound))
        };
        self.millis()
    }

    /// Whether the wall is too far off to be followed; the first sighting is logged.
    fn note_leap_at(&mut self, wall: Duration, clock: Duration) -> bool {
        let lead = if wall < clock { LEAD } else { Duration::ZERO };
        if wall.abs_diff(clock) <= duration(self.limits.running).max(lead) {
            self.leap = None;
            return false;
        }
        let leap = Leap { wall: millis(wall), clock: millis(clock) };
        if self.leap.replace(leap).is_none() {
            tracing::warn!(
                wall_ms = leap.wall.0,
                clock_ms = leap.clock.0,
                "the wall clock has leapt; the store keeps its own time until the leap is confirmed"
            );
        }
        true
    }

    pub(super) fn millis(&self) -> Millis {
        millis(self.now)
    }

    pub(super) fn leap(&self) -> Option<Leap> {
        self.leap
    }

    /// The moment by which things age: the clock without its leaps.
    pub(super) fn aged(&self) -> Millis {
        millis(self.now.saturating_sub(self.leapt))
    }

    /// What [`Physical::leapt`] would be after the reported leap forward was confirmed.
    pub(super) fn leapt_after_confirming(&self) -> Option<Millis> {
        let leap = self.leap.filter(|leap| leap.wall > leap.clock)?;
        Some(self.leapt().after(leap.wall.before(leap.clock)))
    }

    pub(super) fn leapt(&self) -> Millis {
        millis(self.leapt)
    }

    /// Follows the reported leap forward; its span must already be on disk as `leapt`.
    pub(super) fn confirm(&mut self, leapt: Millis) {
        let more = duration(leapt).saturating_sub(self.leapt);
        self.leapt = duration(leapt);
        self.now = self.now.saturating_add(more);
        self.leap = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;

    fn clock(wall: u64) -> Physical {
        let limits = ClockLimits { running: Millis(HOUR), closed: Millis(1000 * HOUR) };
        Physical::open(duration(Millis(wall)), Duration::ZERO, Before::default(), limits)
    }

    fn read(clock: &mut Physical, wall: u64, monotonic: u64) -> u64 {
        clock.read(duration(Millis(wall)), duration(Millis(monotonic))).0
    }

    #[test]
    fn after_a_step_back_it_goes_on_ticking() {
        let mut clock = clock(100 * HOUR);
        // Half an hour back: slewed, a sixteenth slower than true.
        assert_eq!(read(&mut clock, 100 * HOUR - HOUR / 2, 1600), 100 * HOUR + 1500);
        assert_eq!(clock.leap(), None);
        // Three hours back: a leap, reported; the clock ticks at the true rate.
        assert_eq!(read(&mut clock, 97 * HOUR, 2600), 100 * HOUR + 2500);
        assert!(clock.leap().is_some());
    }

    #[test]
    fn a_small_step_forward_is_absorbed_slowly() {
        let mut clock = clock(100 * HOUR);
        assert_eq!(read(&mut clock, 100 * HOUR + 10_000, 1600), 100 * HOUR + 1700);
        assert_eq!(clock.leap(), None);
        // What is less than a sixteenth is made up for at once, and no more than that.
        assert_eq!(read(&mut clock, 100 * HOUR + 3340, 3200), 100 * HOUR + 3340);
        assert_eq!(read(&mut clock, 100 * HOUR + 4900, 4800), 100 * HOUR + 4900);
    }

    #[test]
    fn a_leap_forward_waits_for_a_confirmation_and_ages_nothing() {
        let mut clock = clock(100 * HOUR);
        assert_eq!(read(&mut clock, 9000 * HOUR, 1000), 100 * HOUR + 1000);
        let leapt = clock.leapt_after_confirming().unwrap();
        clock.confirm(leapt);
        assert_eq!(clock.millis(), Millis(9000 * HOUR));
        assert_eq!(clock.aged(), Millis(100 * HOUR + 1000));
        assert_eq!(clock.leap(), None);
    }

    #[test]
    fn opening_starts_at_the_later_of_wall_and_lease() {
        let open = |wall: u64, lease: u64| {
            let limits = ClockLimits { running: Millis(HOUR), closed: Millis(10 * HOUR) };
            let before = Before { lease: Some(Millis(lease)), ..Before::default() };
            Physical::open(duration(Millis(wall)), Duration::ZERO, before, limits)
        };
        assert_eq!(open(105 * HOUR, 100 * HOUR).millis(), Millis(105 * HOUR));
        assert_eq!(open(99 * HOUR, 100 * HOUR).millis(), Millis(100 * HOUR));
        let leapt = open(200 * HOUR, 100 * HOUR);
        assert_eq!(leapt.millis(), Millis(100 * HOUR));
        assert!(leapt.leap().is_some());
    }

    #[test]
    fn where_the_past_is_old_a_leap_is_followed_and_ages_nothing() {
        let limits = ClockLimits { running: Millis(HOUR), closed: Millis(10 * HOUR) };
        let [lease, bound] = [100, 101].map(|hour| Some(Millis(hour * HOUR)));
        let before = Before { lease, bound, leapt: Millis(7), is_old: true };
        for (wall, aged) in [(105, 105), (200, 101), (100, 101)] {
            let wall = duration(Millis(wall * HOUR));
            let clock = Physical::open(wall, Duration::ZERO, before, limits);
            assert_eq!(clock.millis(), millis(wall).max(Millis(101 * HOUR)));
            assert_eq!((clock.aged(), clock.leap()), (Millis(aged * HOUR - 7), None));
        }
    }

    #[test]
    fn after_a_loss_it_is_ahead_and_comes_back_whatever_the_limit() {
        let limits = ClockLimits { running: Millis(1_000), closed: Millis(10 * HOUR) };
        let lead = millis(LEAD).0;
        for (lease, bound) in [(100 * HOUR - 5, Some(100 * HOUR + lead)), (100 * HOUR + lead, None)]
        {
            let (lease, bound) = (Some(Millis(lease)), bound.map(Millis));
            let before = Before { lease, bound, leapt: Millis(7), is_old: false };
            let wall = duration(Millis(100 * HOUR));
            let mut clock = Physical::open(wall, Duration::ZERO, before, limits);
            assert_eq!((clock.millis(), clock.leap()), (Millis(100 * HOUR + lead), None));
            assert_eq!(read(&mut clock, 116 * HOUR, 16 * HOUR), 116 * HOUR);
            read(&mut clock, 116 * HOUR - lead - 1, 16 * HOUR);
            assert!(clock.leap().is_some());
        }
    }
}
