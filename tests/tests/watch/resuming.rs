//! From where a follower goes on, and when it cannot.

use crate::support::{START, World, all, ids, owner, sync};
use crate::telling::{told, watch};
use crate::waking::asleep;
use highwater::{Document, Error, Millis, Replica, SyncRequest, Timestamp, WatchRequest};

fn refusal(world: &World, request: impl Into<WatchRequest>) -> Error {
    world.store.watch(request.into()).expect_err("a refusal")
}

/// The store closed and opened again, as it was.
fn reopen(world: &mut World) {
    world.store.clone().close().expect("a clean close");
    let copy = world.crashed_copy();
    world.continue_with(copy, false);
}

#[test]
fn a_watcher_goes_on_from_a_syncs_cursor_and_a_sync_from_a_watchers_across_a_reopening() {
    for request in [all(), owner("ann"), SyncRequest::new("notes").partition("b")] {
        let mut world = World::new();
        world.put(r#"{"id":"a","owner":"ann"}"#);
        let page = world.store.sync(&request).expect("a page");
        world.put(r#"{"id":"b","owner":"ann"}"#);
        let mut watcher =
            watch(&world, request.clone().cursor(page.cursor.expect("the last page")));
        assert_eq!(told(&mut watcher), ["b+"]);
        let cursor = watcher.cursor().expect("a cursor");

        reopen(&mut world);
        world.put(r#"{"id":"b","owner":"ann","n":2}"#);
        let page = world.store.sync(&request.clone().cursor(&cursor)).expect("a page");
        assert_eq!((page.items.len(), page.reset), (1, false), "{request:?}");
        assert_eq!(page.items[0].version, 2);
        assert_eq!(told(&mut watch(&world, request.cursor(&cursor))), ["b+"]);
    }
}

#[test]
fn from_its_last_sync_a_watcher_misses_nothing_and_is_told_twice_of_a_millisecond_at_most() {
    let mut world = World::new();
    let mut watcher = watch(&world, all().limit(1));
    world.put(r#"{"id":"a"}"#);
    world.put(r#"{"id":"b"}"#);
    let batch = watcher.try_next().expect("readable").expect("a batch");
    reopen(&mut world);
    assert_eq!(told(&mut watch(&world, all().last_sync(batch.last_sync))), ["a+", "b+"]);
    assert_eq!(told(&mut watch(&world, WatchRequest::new("notes").after(batch.up_to))), ["b+"]);
    // And a sync, page by page, from there.
    let mut device = Replica::default();
    sync(&world.store, &mut device, "all", all().last_sync(batch.last_sync));
    assert_eq!(ids(&device), ["a", "b"]);
}

#[test]
fn from_now_on_begins_with_the_next_commit() {
    let world = World::new();
    world.put(r#"{"id":"a"}"#);
    let mut watcher = watch(&world, WatchRequest::new("notes"));
    assert_eq!(told(&mut watcher), [""; 0]);
    world.put(r#"{"id":"b"}"#);
    assert_eq!(told(&mut watcher), ["b+"]);
}

#[test]
fn one_that_was_overtaken_by_a_floor_is_told_that_it_must_sync() {
    let world = World::new();
    let mut table = watch(&world, all());
    let mut scope = watch(&world, owner("ann"));
    world.put(r#"{"id":"a","owner":"ann"}"#);
    world.expire_after(2_000);
    // The log has forgotten the change, the index has not.
    for _ in 0..2 {
        assert!(matches!(table.try_next(), Err(Error::Expired { .. })), "again and again");
    }
    assert_eq!(told(&mut scope), ["a+"]);
    world.put(r#"{"id":"a","owner":"ann","n":2}"#);
    world.expire_after(6_000);
    assert!(matches!(scope.try_next(), Err(Error::Expired { .. })));
}

#[test]
fn one_for_whom_nothing_came_is_not_overtaken() {
    let world = World::new();
    let mut watcher = watch(&world, all());
    let idle = watch(&world, owner("bob"));
    let begun = watcher.cursor().expect("a cursor");
    world.expire_after(8_000);
    world.put(r#"{"id":"a","owner":"ann"}"#);
    // Neither looked since: one is told of the change, the other's cursor has moved on.
    assert_eq!(told(&mut watcher), ["a+"]);
    let cursor = idle.cursor().expect("a cursor");
    watch(&world, owner("bob").cursor(cursor));
    assert!(matches!(refusal(&world, all().cursor(begun)), Error::Expired { .. }));
}

#[test]
fn from_before_the_floors_or_from_the_future_it_is_refused_at_once() {
    let world = World::new();
    world.put(r#"{"id":"a"}"#);
    let later = Millis(START.0 + 1_000_000);
    for since in [Millis(0), Millis(1), later] {
        let refused = refusal(&world, all().last_sync(since));
        assert!(matches!(refused, Error::Expired { .. }), "{since:?} {refused:?}");
    }
    for at in [Timestamp::ZERO, Timestamp::first_of(later)] {
        let refused = refusal(&world, WatchRequest::new("notes").after(at));
        assert!(matches!(refused, Error::Expired { .. }), "{at:?} {refused:?}");
    }
    let refused = refusal(&world, all().limit(0));
    assert!(refused.to_string().contains("limit: 0"), "{refused}");
}

#[test]
fn a_cursor_of_another_question_or_from_before_a_loss_is_refused() {
    let mut world = World::new();
    world.put(r#"{"id":"a","owner":"ann"}"#);
    let cursor = watch(&world, owner("ann")).cursor().expect("a cursor");
    for (other, what) in
        [(owner("bob"), "scope"), (all(), "scope"), (owner("ann").audience("cem"), "audience")]
    {
        let refused = refusal(&world, other.cursor(&cursor));
        assert!(refused.to_string().contains(what), "{refused}");
    }
    let copy = world.crashed_copy();
    world.continue_with(copy, true);
    assert!(matches!(refusal(&world, owner("ann").cursor(&cursor)), Error::Expired { .. }));
}

/// A name is for callers: who follows a table follows it under the next one too.
#[test]
fn a_follower_of_a_renamed_table_goes_on() {
    let world = World::new();
    let mut watcher = watch(&world, all());
    let (mut sleeper, bell) = asleep(&world, all());
    world.store.rename_table("notes", "memos").expect("a rename");
    let document = Document::from_json(r#"{"id":"a"}"#).expect("a document");
    world.store.put("memos", document).expect("a commit");
    assert_eq!(told(&mut watcher), ["a+"]);
    assert_eq!(bell.rung(), 1);
    assert_eq!(told(&mut sleeper), ["a+"]);
}
