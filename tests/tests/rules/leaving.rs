//! Leaving: an item that goes out of a view goes from the device.

use crate::support::{World, filtered, ids, owner, sync};
use highwater::{Expect, Leavers, Millis, Mutation, Replica, State, Update, Value};

/// Rule: also when a deleted item is created anew elsewhere, its old scope gets a *left* marker.
#[test]
fn an_item_deleted_and_made_anew_in_another_scope_leaves_the_first() {
    let world = World::new();
    world.put(r#"{"id":"x","owner":"ann"}"#);
    let mut device = Replica::default();
    sync(&world.store, &mut device, "ann", owner("ann"));
    world.delete("x");
    world.put(r#"{"id":"x","owner":"bob"}"#);
    world.time.advance(Millis(10));
    sync(&world.store, &mut device, "ann", owner("ann"));
    assert_eq!(ids(&device), Vec::<String>::new());
}

#[test]
fn an_item_that_moves_leaves_one_scope_and_enters_the_other() {
    let world = World::new();
    let mut devices = ["ann", "bob"].map(|name| (name, Replica::default()));
    world.put(r#"{"id":"x","owner":"ann","state":"open"}"#);
    for holder in ["ann", "bob", "ann", "nobody"] {
        let update = match holder {
            "nobody" => Update::new().remove("owner"),
            name => Update::new().set("owner", Value::from(name)),
        };
        world.store.apply(Mutation::update("notes", "x", update)).expect("a commit");
        world.time.advance(Millis(10));
        for (name, device) in &mut devices {
            sync(&world.store, device, name, owner(name));
            let expected: Vec<&str> = if *name == holder { vec!["x"] } else { vec![] };
            assert_eq!(ids(device), expected, "{name} while {holder} has it");
        }
    }
    assert!(world.store.verify().expect("a verification").is_clean());
}

/// However often an item comes and goes, a scope names it once.
#[test]
fn a_scope_names_an_item_once_however_often_it_comes_and_goes() {
    let world = World::new();
    for round in 0..20 {
        let name = if round % 2 == 0 { "ann" } else { "bob" };
        world.put(&format!(r#"{{"id":"x","owner":"{name}","n":{round}}}"#));
    }
    world.time.advance(Millis(10));
    for (name, state) in [("ann", State::Left), ("bob", State::Live)] {
        let since = Millis(crate::support::START.0 + 11);
        let page = world.store.sync(&owner(name).limit(100).last_sync(since)).expect("a page");
        let states: Vec<State> = page.items.iter().map(|item| item.state).collect();
        assert_eq!(states, [state], "{name}");
    }
}

/// Rule: what changed and does not pass the filter is reported as left unless it is at version 1.
#[test]
fn an_item_that_leaves_a_filter_leaves_the_device() {
    for filter in [r#"{"n":{"lt":10}}"#, r#"{"owner":{"eq":"ann"},"n":{"lt":10}}"#] {
        let world = World::new();
        world.put(r#"{"id":"x","owner":"ann","n":1}"#);
        let mut device = Replica::default();
        sync(&world.store, &mut device, "few", filtered(filter));
        assert_eq!(ids(&device), ["x"]);
        world.put(r#"{"id":"x","owner":"ann","n":50}"#);
        world.time.advance(Millis(10));
        sync(&world.store, &mut device, "few", filtered(filter));
        assert_eq!(ids(&device), Vec::<String>::new(), "{filter}");
    }
}

/// ... and catch-up says so too; and version 1 is not worth a word.
#[test]
fn leaving_a_filter_is_told_in_catch_up_and_never_for_version_1() {
    let world = World::new();
    world.put(r#"{"id":"x","n":1}"#);
    let seen = world.store.sync(&filtered(r#"{"n":{"lt":10}}"#)).expect("a page").started_at;
    world.time.advance(Millis(10));
    world.put(r#"{"id":"x","n":50}"#);
    world.put(r#"{"id":"y","n":50}"#);
    for wait in [10, 3_000] {
        world.expire_after(wait);
        let request = filtered(r#"{"n":{"lt":10}}"#).last_sync(seen).limit(100);
        let page = world.store.sync(&request).expect("a page");
        let told: Vec<_> = page.items.iter().map(|i| (i.key.to_string(), i.state)).collect();
        assert_eq!(told, [("\"x\"".to_owned(), State::Left)], "{:?}", page.mode);
    }
}

/// An item made again after its tombstone expired is a new item: version 1, in every place.
#[test]
fn after_its_tombstone_a_key_is_a_new_item() {
    let world = World::new();
    world.put(r#"{"id":"x","owner":"ann"}"#);
    world.delete("x");
    world.expire_after(20_000);
    let created = world.store.apply(
        Mutation::put(
            "notes",
            highwater::Document::from_json(r#"{"id":"x","owner":"bob"}"#).expect("JSON"),
        )
        .expect(Expect::Absent),
    );
    let item = created.expect("a commit").item.expect("an item");
    assert_eq!(item.version, 1);
    assert!(world.store.verify().expect("a verification").is_clean());
    let page = world.store.sync(&owner("ann").limit(100)).expect("a page");
    assert!(page.items.is_empty(), "{:?}", page.items);
}

/// A client that removes nothing by absence is told of leavers also when their markers have expired.
#[test]
fn a_base_run_that_reports_leavers_does_not_forget_them() {
    let world = World::new();
    world.put(r#"{"id":"x","owner":"ann"}"#);
    world.put(r#"{"id":"x","owner":"bob"}"#);
    world.expire_after(20_000);
    world.store.compact().expect("a compaction");
    let request = filtered(r#"{"owner":{"eq":"ann"}}"#).leavers(Leavers::ReportInBase);
    let page = world.store.sync(&request).expect("a page");
    let told: Vec<State> = page.items.iter().map(|item| item.state).collect();
    assert_eq!(told, [State::Left]);
}

/// Versions begin at 1 again: a device that removes nothing by absence may hold an item of an earlier life.
#[test]
fn a_base_run_that_reports_leavers_tells_of_items_made_anew_too() {
    let world = World::new();
    world.put(r#"{"id":"x","owner":"ann"}"#);
    let request = || filtered(r#"{"owner":{"eq":"ann"}}"#).leavers(Leavers::ReportInBase);
    let mut device = Replica::default();
    sync(&world.store, &mut device, "anns", request());
    assert_eq!(ids(&device), ["x"]);
    world.delete("x");
    world.expire_after(20_000);
    world.store.compact().expect("a compaction");
    world.put(r#"{"id":"x","owner":"bob"}"#);
    let page = world.store.sync(&request()).expect("a page");
    let told: Vec<_> = page.items.iter().map(|item| (item.version, item.state)).collect();
    assert_eq!(told, [(1, State::Left)]);
}

/// A filter that is a permission keeps the last words of what it does not permit.
#[test]
fn a_permission_hides_deleted_items_too() {
    let world = World::new();
    world.put(r#"{"id":"open","n":1}"#);
    world.put(r#"{"id":"secret","n":50}"#);
    world.delete("open");
    world.delete("secret");
    let request = filtered(r#"{"n":{"lt":10}}"#).leavers(Leavers::Hide).limit(100);
    let page = world.store.sync(&request).expect("a page");
    let told: Vec<String> = page.items.iter().map(|item| item.key.to_string()).collect();
    assert_eq!(told, ["\"open\""]);
}
