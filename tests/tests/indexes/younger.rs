//! Clients that are older than the index that could answer them.

use crate::support::{World, ids, scope, spec, sync, verified};
use highwater::testing::Point;
use highwater::{Filter, IndexChange, Millis, Mode, Projection, Replica, SyncRequest, parse_json};

fn red() -> SyncRequest {
    let filter = parse_json(r#"{"team":{"eq":"red"}}"#).expect("JSON");
    SyncRequest::new("t").filter(Filter::from_amplify(&filter).expect("a filter"))
}

fn by_team() -> [IndexChange; 1] {
    [scope("byTeam", "team", Projection::All)]
}

fn held(device: &Replica) -> Vec<String> {
    ids(device).into_iter().collect()
}

/// A device that holds `a`, `b` and `c` by a filter.
fn device(world: &World) -> Replica {
    for id in ["a", "b", "c"] {
        world.put(&format!(r#"{{"id":"{id}","team":"red"}}"#));
    }
    world.time.advance(Millis(10));
    let mut device = Replica::default();
    sync(&world.store, &mut device, "red", red());
    assert_eq!(held(&device), ["a", "b", "c"]);
    device
}

/// Rule: a filter that pins an indexed attribute but is older than the index is answered by catch-up
/// over base. The index has no marker of what left before it was there.
#[test]
fn what_left_before_the_index_was_made_is_heard_of_by_an_older_filter() {
    let world = World::new(spec());
    let mut device = device(&world);
    world.put(r#"{"id":"a","team":"blue"}"#);
    world.change(&by_team());
    world.put(r#"{"id":"b","team":"blue"}"#);
    let since = device.last_sync("red").expect("synced");
    let page = world.store.sync(&red().last_sync(since)).expect("a page");
    assert_eq!((page.mode, page.reset), (Mode::CatchUp, false));
    sync(&world.store, &mut device, "red", red());
    assert_eq!(held(&device), ["c"]);
    // From then on the index knows.
    world.put(r#"{"id":"c","team":"blue"}"#);
    let since = device.last_sync("red").expect("synced");
    assert_eq!(world.store.sync(&red().last_sync(since)).expect("a page").mode, Mode::Delta);
    sync(&world.store, &mut device, "red", red());
    assert!(held(&device).is_empty());
}

/// Rule: ... never by the log, which may have forgotten that time.
#[test]
fn an_older_filter_is_answered_when_the_log_has_expired_too() {
    let world = World::new(spec());
    let mut device = device(&world);
    world.put(r#"{"id":"a","team":"blue"}"#);
    world.change(&by_team());
    world.time.advance(Millis(5_000));
    world.store.expire().expect("an expiry");
    let since = device.last_sync("red").expect("synced");
    let page = world.store.sync(&red().last_sync(since)).expect("a page");
    assert_eq!((page.mode, page.reset, page.items.len()), (Mode::CatchUp, false, 1));
    sync(&world.store, &mut device, "red", red());
    assert_eq!(held(&device), ["b", "c"]);
}

/// An index's floor is its completion: what left while it was built has no marker either.
#[test]
fn what_leaves_while_the_index_is_built_is_heard_of() {
    let world = World::new(spec());
    let mut device = device(&world);
    let (store, time) = (world.store.clone(), std::sync::Arc::clone(&world.time));
    let (tell, told) = std::sync::mpsc::channel();
    world.hooks.at(Point::IndexChunk, move || {
        // A sync in the middle of the build, and after it an item leaves that the build has not come to.
        time.advance(Millis(10));
        sync(&store, &mut device, "red", red());
        time.advance(Millis(10));
        crate::support::put(&store, r#"{"id":"b","team":"blue"}"#);
        time.advance(Millis(10));
        tell.send(device.clone()).map_err(|e| e.to_string())
    });
    world.change(&by_team());
    let mut device = told.recv().expect("the build met the hook");
    verified(&world.store);
    sync(&world.store, &mut device, "red", red());
    assert_eq!(held(&device), ["a", "c"]);
}

/// Rule: a scope older than the index itself resets.
#[test]
fn a_scope_that_is_older_than_its_index_is_reset() {
    let world = World::new(spec());
    world.change(&by_team());
    for id in ["a", "b", "c"] {
        world.put(&format!(r#"{{"id":"{id}","team":"red"}}"#));
    }
    let scope = || SyncRequest::new("t").index("byTeam", "red");
    let mut device = Replica::default();
    sync(&world.store, &mut device, "red", scope());
    assert_eq!(held(&device), ["a", "b", "c"]);
    world.change(&[IndexChange::Drop("byTeam".to_owned())]);
    // Nobody notes that it leaves the scope.
    world.put(r#"{"id":"a","team":"blue"}"#);
    world.change(&by_team());
    let since = device.last_sync("red").expect("synced");
    let page = world.store.sync(&scope().last_sync(since)).expect("a page");
    assert_eq!((page.mode, page.reset), (Mode::Base, true));
    sync(&world.store, &mut device, "red", scope());
    assert_eq!(held(&device), ["b", "c"]);
}
