//! Incarnations: a store that may have lost commits resets every client.

use crate::support::{START, World, all, ids, sync};
use highwater::{Error, Millis, Replica, TablesRequest, TokenProblem};

/// A device holds a commit that the store then loses.
fn lost_commit(world: &mut World, device: &mut Replica) {
    world.put(r#"{"id":"kept","n":1}"#);
    world.put(r#"{"id":"changed","n":1}"#);
    let older = world.crashed_copy();
    world.put(r#"{"id":"lost"}"#);
    world.put(r#"{"id":"changed","n":2}"#);
    world.time.advance(Millis(20));
    sync(&world.store, device, "all", all());
    world.time.advance(Millis(100_000));
    world.continue_with(older, true);
}

/// Rule: with a new incarnation all floors rise to the opening clock.
#[test]
fn a_device_that_holds_a_lost_commit_is_reset() {
    let mut world = World::new();
    let mut device = Replica::default();
    lost_commit(&mut world, &mut device);
    assert_eq!(ids(&device), ["changed", "kept", "lost"]);

    let seen = device.last_sync("all").expect("a whole run");
    assert!(world.store.sync(&all().last_sync(seen)).expect("a page").reset);
    sync(&world.store, &mut device, "all", all());
    assert_eq!(ids(&device), ["changed", "kept"]);
    let key = "changed".into();
    let (held, stored) = (device.get(&key), world.store.get("notes", key.clone()).expect("a read"));
    assert_eq!(held.map(|item| &item.document), stored.as_ref().map(|item| &item.document));
}

/// ... and stay there: a device that comes only after the next opening is reset too.
#[test]
fn a_device_that_comes_after_the_next_opening_is_reset_too() {
    let mut world = World::new();
    let mut device = Replica::default();
    lost_commit(&mut world, &mut device);
    let copy = world.crashed_copy();
    world.continue_with(copy, false);
    world.time.advance(Millis(100_000));
    sync(&world.store, &mut device, "all", all());
    assert_eq!(ids(&device), ["changed", "kept"]);
}

#[test]
fn tokens_and_cursors_of_a_lost_incarnation_do_not_go_on() {
    let mut world = World::new();
    for id in ["a", "b", "c"] {
        world.put(&format!(r#"{{"id":"{id}"}}"#));
    }
    let page = world.store.sync(&all()).expect("a page");
    let whole = world.store.sync(&all().limit(1000)).expect("a page");
    let copy = world.crashed_copy();
    world.time.advance(Millis(100_000));
    world.continue_with(copy, true);

    let resumed = world.store.sync(&all().next_token(page.next_token.expect("more pages")));
    let is_other =
        matches!(resumed, Err(Error::Token { problem: TokenProblem::OtherIncarnation, .. }));
    assert!(is_other, "{resumed:?}");
    let again =
        world.store.sync(&all().cursor(whole.cursor.expect("a last page"))).expect("a page");
    assert!(again.reset);
}

/// A killed process of a `Sync` store renews nothing: its clients go on with what they have.
#[test]
fn a_crash_of_a_sync_store_keeps_tokens_and_resets_nobody() {
    let mut world = World::new();
    for id in ["a", "b", "c"] {
        world.put(&format!(r#"{{"id":"{id}"}}"#));
    }
    let page = world.store.sync(&all()).expect("a page");
    let copy = world.crashed_copy();
    world.continue_with(copy, false);
    let resumed = world.store.sync(&all().next_token(page.next_token.expect("more pages")));
    assert_eq!(resumed.expect("a page").items.len(), 1);
}

/// However far the wall is from the backup: what was handed out since lies below the floors.
#[test]
fn a_backup_of_long_ago_resets_who_synced_since() {
    let mut world = World::new();
    world.put(r#"{"id":"kept"}"#);
    let older = world.crashed_copy();
    world.time.advance(Millis(200 * 86_400_000));
    world.put(r#"{"id":"lost"}"#);
    world.time.advance(Millis(1_000));
    let mut device = Replica::default();
    sync(&world.store, &mut device, "all", all());
    world.time.advance(Millis(1_000));
    world.continue_with(older, true);
    world.time.advance(Millis(1_000));
    world.store.confirm_clock_leap().expect("a clock");
    let seen = device.last_sync("all").expect("a whole run");
    assert!(world.store.sync(&all().last_sync(seen)).expect("a page").reset);
    sync(&world.store, &mut device, "all", all());
    assert_eq!(ids(&device), ["kept"]);
}

/// A machine whose wall is behind reaches again what was handed out before: there only the incarnation tells.
#[test]
fn a_cursor_of_a_lost_incarnation_tells_nothing_at_its_own_time_either() {
    let mut world = World::new();
    world.put(r#"{"id":"kept"}"#);
    let older = world.crashed_copy();
    let year = Millis(365 * 86_400_000);
    world.time.advance(year);
    world.put(r#"{"id":"lost"}"#);
    let cursor = world.store.sync(&all()).expect("a page").cursor.expect("a last page");
    let tables = TablesRequest::new([all()]);
    let of_tables = world.store.sync_tables(&tables).expect("a page").cursor.expect("a last page");
    world.time.set_wall(START);
    world.continue_with(older, true);
    world.time.advance(year.after(year));
    world.put(r#"{"id":"new"}"#);
    let page = world.store.sync(&all().cursor(cursor)).expect("a page");
    assert!(page.reset, "{page:?}");
    let page = world.store.sync_tables(&tables.cursor(of_tables)).expect("a page");
    assert!(page.parts[0].reset, "{page:?}");
}
