//! What the clock of a store keeps on disk, and when.

use super::lease::{AHEAD, BOUND_AHEAD};
use crate::testing::{ManualTime, MemoryDisk};
use crate::watch::Touched;
use crate::{Error, Millis, Options, Store};
use highwater_format::Family;
use highwater_format::meta::{self, ClockRecord};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

const NOW: Millis = Millis(1_800_000_000_000);

fn open(time: &Arc<ManualTime>) -> Store {
    let options = Options { worker: None, ..Options::default() };
    let builder = MemoryDisk::default().builder().options(options);
    builder.time_source(Arc::clone(time) as _).open().unwrap()
}

fn on_disk(store: &Store) -> ClockRecord {
    let view = store.inner().storage.latest();
    view.get(Family::Meta, meta::CLOCK, ClockRecord::decode).unwrap().unwrap()
}

#[test]
fn what_is_handed_out_lies_below_a_lease_on_disk_and_a_lease_serves_its_time() {
    let time = Arc::new(ManualTime::at(NOW));
    let store = open(&time);
    let clock = &store.inner().clock;
    assert!(
        clock.safe_point().millis() < on_disk(&store).lease,
        "where it stands when it is opened"
    );
    let mut leases = BTreeSet::new();
    for _ in 0..199 {
        time.advance(Millis(100));
        let at = clock.barrier().unwrap().millis();
        let lease = on_disk(&store).lease;
        assert!(at < lease && lease <= at.after(AHEAD), "{at:?} of {lease:?}");
        leases.insert(lease);
    }
    assert_eq!(leases.len(), 4, "twenty seconds: {leases:?}");
}

/// Who waits for a moment that the lease does not reach by one millisecond is given another lease.
#[test]
fn a_lease_does_not_reach_its_own_end() {
    let time = Arc::new(ManualTime::at(NOW));
    let store = open(&time);
    let clock = &store.inner().clock;
    clock.barrier().unwrap();
    let lease = on_disk(&store).lease;
    time.advance(lease.before(time.wall_millis()));
    assert_eq!(clock.observe().unwrap().started_at.after(Millis(1)), lease);
    assert_eq!(on_disk(&store).lease, lease.after(AHEAD));
}

#[test]
fn the_bound_in_the_store_file_is_above_every_lease_and_seldom_written() {
    let time = Arc::new(ManualTime::at(NOW));
    let store = open(&time);
    let mut bounds = BTreeSet::new();
    for _ in 0..3 * 60 {
        time.advance(AHEAD);
        store.inner().clock.barrier().unwrap();
        let (bound, lease) = (store.inner().dir.clock_bound(), on_disk(&store).lease);
        assert!(lease <= bound && bound <= lease.after(BOUND_AHEAD), "{lease:?} of {bound:?}");
        bounds.insert(bound);
    }
    assert!(bounds.len() <= 15, "a quarter of an hour: {bounds:?}");
    // A lease up to it needs no other.
    let bound = store.inner().dir.clock_bound();
    time.advance(bound.before(AHEAD).before(time.wall_millis()));
    store.inner().clock.observe().unwrap();
    assert_eq!((on_disk(&store).lease, store.inner().dir.clock_bound()), (bound, bound));
}

#[test]
fn the_end_of_time_is_an_error() {
    let near = Arc::new(ManualTime::at(Millis::MAX.before(AHEAD.after(Millis(1)))));
    let store = open(&near);
    near.advance(AHEAD.after(AHEAD));
    let refused = store.inner().clock.barrier().unwrap_err();
    assert!(matches!(refused, Error::OutOfRange { .. }), "{refused:?}");
}

#[test]
fn a_store_that_refuses_writes_takes_no_lease() {
    let time = Arc::new(ManualTime::at(NOW));
    let store = open(&time);
    let held = on_disk(&store);
    store.inner().health.close().unwrap();
    time.advance(AHEAD.after(AHEAD));
    assert!(store.inner().clock.barrier().is_err());
    assert_eq!(on_disk(&store), held);
}

#[test]
fn a_commit_in_flight_is_counted_and_holds_the_safe_point_back() {
    let store = open(&Arc::new(ManualTime::at(NOW)));
    let clock = &store.inner().clock;
    assert_eq!((clock.status().in_flight, clock.safe_point()), (0, clock.newest()));
    let flight = clock.begin(3).unwrap();
    assert_eq!((clock.status().in_flight, clock.safe_point()), (1, flight.first.prev()));
    assert_eq!(clock.newest(), flight.first.plus(2));
    let reserved = clock.reserve(4).unwrap();
    assert_eq!(reserved, flight.first.plus(3));
    let last = clock.newest();
    assert_eq!(last, reserved.plus(3));
    clock.finish(flight, Touched::default());
    assert_eq!((clock.status().in_flight, clock.safe_point()), (0, last));
}

#[test]
fn what_something_took_does_not_go_by_the_wall() {
    let time = Arc::new(ManualTime::at(NOW));
    let store = open(&time);
    let before = store.inner().clock.elapsed();
    time.advance(Millis(7));
    time.set_wall(Millis(0));
    assert_eq!(store.inner().clock.elapsed() - before, Duration::from_millis(7));
}

#[test]
fn a_clean_close_gives_back_what_was_not_handed_out() {
    let store = open(&Arc::new(ManualTime::at(NOW)));
    let newest = store.inner().clock.barrier().unwrap();
    let given_back = store.inner().clock.close().unwrap();
    assert_eq!(given_back, newest.millis().after(Millis(1)));
    assert_eq!(on_disk(&store).lease, given_back);
}

#[test]
fn a_confirmed_leap_is_on_disk_with_a_lease_above_it() {
    let time = Arc::new(ManualTime::at(NOW));
    let store = open(&time);
    let clock = &store.inner().clock;
    assert_eq!(clock.confirm_leap().unwrap(), None);
    let leapt_to = NOW.after(Millis(1_000_000_000));
    time.set_wall(leapt_to);
    let leap = clock.confirm_leap().unwrap().unwrap();
    let expected = ClockRecord { lease: leapt_to.after(AHEAD), leapt: leapt_to.before(leap.clock) };
    assert_eq!(on_disk(&store), expected);
    assert!(clock.newest().millis() >= leapt_to);
    let status = clock.status();
    assert_eq!((status.now, status.in_flight, status.leap), (leapt_to, 0, None));
    assert!(clock.aged() < NOW.after(Millis(1_000)));

    // Later leases keep it, and a further leap adds to it.
    time.advance(AHEAD.after(AHEAD));
    clock.barrier().unwrap();
    assert_eq!(on_disk(&store).leapt, expected.leapt);
    time.set_wall(leapt_to.after(leapt_to.before(NOW)));
    let further = clock.confirm_leap().unwrap().unwrap();
    let span = further.wall.before(further.clock);
    assert_eq!(on_disk(&store).leapt, expected.leapt.after(span));
}
