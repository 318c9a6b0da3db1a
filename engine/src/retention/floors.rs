//! How far back a table's past reaches.

use highwater_format::meta::{Floors, Ttls};
use highwater_format::{Millis, Timestamp};

/// The floors that a table should have at `aged`, given those it has.
///
/// None goes back, and none passes `safe`. They stand at the start of a bucket, for the log is
/// forgotten by whole buckets, and move no more often than that. The tombstone floor never passes the
/// delta floor, so that no delete is forgotten before the log is.
pub(super) fn target(
    held: Floors,
    ttls: &Ttls,
    aged: Millis,
    safe: Timestamp,
    width: Millis,
) -> Floors {
    let raise = |held: Timestamp, ttl: Option<Millis>| {
        ttl.map_or(held, |ttl| {
            let moment = aged.before(ttl).min(safe.millis());
            held.max(Timestamp::first_of(Millis(moment.0 - moment.0 % width.0.max(1))))
        })
    };
    let delta = raise(held.delta, ttls.delta);
    Floors {
        delta,
        tombstone: raise(held.tombstone, ttls.tombstone).min(delta.max(held.tombstone)),
        history: raise(held.history, ttls.history),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn floors(delta: u64, tombstone: u64) -> Floors {
        let at = |ms| Timestamp::first_of(Millis(ms));
        Floors { delta: at(delta), tombstone: at(tombstone), history: at(0) }
    }

    fn ttls(delta: Option<u64>, tombstone: Option<u64>) -> Ttls {
        Ttls { delta: delta.map(Millis), tombstone: tombstone.map(Millis), history: None }
    }

    fn move_to(held: Floors, ttls: &Ttls, aged: u64, safe: u64) -> Floors {
        target(held, ttls, Millis(aged), Timestamp::first_of(Millis(safe)), Millis(100))
    }

    #[test]
    fn they_follow_the_clock_by_whole_buckets_and_never_go_back() {
        let ttls = ttls(Some(500), Some(2000));
        assert_eq!(move_to(floors(0, 0), &ttls, 1250, 1250), floors(700, 0));
        assert_eq!(move_to(floors(700, 0), &ttls, 1100, 1250), floors(700, 0));
        assert_eq!(move_to(floors(700, 0), &ttls, 9999, 9999), floors(9400, 7900));
    }

    #[test]
    fn none_passes_the_safe_point_or_the_log() {
        let ttls = ttls(Some(10), Some(10));
        assert_eq!(move_to(floors(0, 0), &ttls, 9999, 1250), floors(1200, 1200));
        assert_eq!(move_to(floors(0, 0), &ttls, 1255, 9999), floors(1200, 1200));
    }

    #[test]
    fn without_a_ttl_they_stay() {
        assert_eq!(move_to(floors(5, 5), &ttls(None, None), 9999, 9999), floors(5, 5));
    }
}
