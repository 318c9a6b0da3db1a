//! Time: what is in flight, what failed, what is read first, what outlives a crash.

use crate::support::{World, all, ids, in_thread, sync};
use highwater::testing::Point;
use highwater::{Document, Error, Millis, Replica};
use std::sync::mpsc;

fn document(id: &str) -> Document {
    Document::from_json(&format!(r#"{{"id":"{id}"}}"#)).expect("a document")
}

/// Rule: a commit registers as in flight in the step that gives it its timestamp.
#[test]
fn a_device_that_syncs_past_a_slow_commit_does_not_miss_it() {
    let world = World::new();
    let (reached, is_reached) = mpsc::channel();
    let (release, is_released) = mpsc::channel();
    world.hooks.once(Point::BeforeWrite, move || {
        reached.send(()).map_err(|e| e.to_string())?;
        is_released.recv().map_err(|e| e.to_string())
    });
    let slow = in_thread({
        let store = world.store.clone();
        move || store.put("notes", document("slow"))
    });
    is_reached.recv().expect("the slow commit has its timestamp");
    world.time.advance(Millis(5));
    world.put(r#"{"id":"fast"}"#);
    world.time.advance(Millis(5));

    let mut device = Replica::default();
    sync(&world.store, &mut device, "all", all());
    release.send(()).expect("the commit waits");
    slow.join().expect("no panic").expect("a commit");

    world.time.advance(Millis(5));
    sync(&world.store, &mut device, "all", all());
    assert_eq!(ids(&device), ["fast", "slow"]);
}

/// Rule: a commit whose write failed stays in flight: it may be found present at the next opening.
#[test]
fn no_started_at_passes_a_commit_whose_outcome_is_unknown() {
    for point in [Point::BeforeWrite, Point::AfterWrite] {
        let world = World::new();
        world.hooks.once(point, || Err("the disk says no".to_owned()));
        let begun = world.time.wall_millis();
        let failed = world.store.put("notes", document("unknown"));
        assert!(matches!(failed, Err(Error::WriteFailed { .. })), "{failed:?}");
        // Read-only from here on, and says so.
        let refused = world.store.put("notes", document("next"));
        assert!(matches!(refused, Err(Error::ReadOnly { .. })), "{refused:?}");

        world.time.advance(Millis(1_000));
        let page = world.store.sync(&all()).expect("reading goes on");
        assert!(page.started_at < begun, "{:?} {:?}", page.started_at, begun);
    }
}

/// Rule: the same, to its end: the commit is there after reopening, and the device hears of it.
#[test]
fn a_commit_that_failed_and_is_there_after_all_reaches_the_device() {
    let mut world = World::new();
    world.put(r#"{"id":"a"}"#);
    let mut device = Replica::default();
    world.hooks.once(Point::AfterWrite, || Err("the answer was lost".to_owned()));
    world.store.put("notes", document("b")).expect_err("an unknown outcome");
    world.time.advance(Millis(20));
    sync(&world.store, &mut device, "all", all());
    let copy = world.crashed_copy();
    world.continue_with(copy, false);
    sync(&world.store, &mut device, "all", all());
    assert_eq!(ids(&device), ["a", "b"]);
}

/// Rule: a base page shows a commit before it has landed. Who has read it has a copy that no digest of what
/// has landed is of.
#[test]
fn no_digest_leaves_out_a_commit_that_a_base_page_has_shown() {
    let world = World::new();
    world.put(r#"{"id":"a"}"#);
    let mut device = Replica::default();
    world.hooks.once(Point::AfterWrite, || Err("the answer was lost".to_owned()));
    world.store.put("notes", document("b")).expect_err("an unknown outcome");
    world.time.advance(Millis(20));
    sync(&world.store, &mut device, "all", all());
    assert_eq!(ids(&device), ["a", "b"]);
    let last = device.last_sync("all").expect("a finished sync");
    let page = world.store.sync(&all().last_sync(last)).expect("a page");
    assert!(page.next_token.is_none(), "{page:?}");
    let told = page.digest;
    device.restart("all");
    device.apply("all", &page);
    assert!(told.is_none_or(|told| told == device.digest("all")), "{told:?}");
}

/// Rule: page 1 computes the safe point first and opens its iterator after.
#[test]
fn a_commit_between_the_safe_point_and_the_iterator_is_seen_or_newer() {
    let world = World::new();
    world.put(r#"{"id":"a"}"#);
    let mut device = Replica::default();
    sync(&world.store, &mut device, "all", all());
    world.hooks.once(Point::PagePlanned, {
        let (store, time) = (world.store.clone(), std::sync::Arc::clone(&world.time));
        move || {
            store.put("notes", document("b")).map_err(|e| e.to_string())?;
            time.advance(Millis(5));
            Ok(())
        }
    });
    sync(&world.store, &mut device, "all", all());
    sync(&world.store, &mut device, "all", all());
    assert_eq!(ids(&device), ["a", "b"]);
}

/// Rule: the clock survives: a `startedAt` was handed out, then a crash, then the wall is an hour back.
#[test]
fn after_a_crash_with_the_wall_an_hour_back_no_commit_lands_below_a_started_at() {
    let mut world = World::new();
    world.put(r#"{"id":"a"}"#);
    world.time.advance(Millis(2_000));
    let mut device = Replica::default();
    sync(&world.store, &mut device, "all", all());

    let copy = world.crashed_copy();
    world.time.set_wall(Millis(world.time.wall_millis().0 - 3_600_000));
    world.continue_with(copy, false);
    world.put(r#"{"id":"b"}"#);
    // Not before the clock has passed what was handed out: until then a `lastSync` from the future would
    // be answered with a reset, and hide the loss.
    world.time.advance(Millis(7_200_000));
    sync(&world.store, &mut device, "all", all());
    assert_eq!(ids(&device), ["a", "b"]);
}

/// The same across a clean close, which hands the rest of the lease back, and no more than that.
#[test]
fn a_clean_close_hands_back_only_what_was_not_used() {
    let mut world = World::new();
    world.put(r#"{"id":"a"}"#);
    let mut device = Replica::default();
    world.time.advance(Millis(100));
    sync(&world.store, &mut device, "all", all());
    let before = world.store.stats().expect("stats").clock.now;
    world.store.clone().close().expect("a clean close");
    let copy = world.crashed_copy();
    world.time.set_wall(Millis(before.0 - 3_600_000));
    world.continue_with(copy, false);
    let after = world.store.stats().expect("stats").clock.now;
    assert!(after >= before && after.0 < before.0 + 1_000, "{before:?} {after:?}");
    world.put(r#"{"id":"b"}"#);
    world.time.advance(Millis(10));
    sync(&world.store, &mut device, "all", all());
    assert_eq!(ids(&device), ["a", "b"]);
}

/// A closed store hands out no time and takes no commit, also through other handles.
#[test]
fn other_handles_of_a_closed_store_are_refused() {
    let world = World::new();
    let other = world.store.clone();
    world.store.clone().close().expect("a clean close");
    assert!(matches!(other.put("notes", document("x")), Err(Error::ReadOnly { .. })));
    assert!(matches!(other.sync(&all()), Err(Error::ReadOnly { .. })));
}
