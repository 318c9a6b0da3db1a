//! What a client must do: three rules, each with the history that needs it.

use crate::support::{World, all, ids, owner, sync};
use highwater::{Millis, Replica};

/// Rule: a client applies only what is newer. A page that was on its way while another view's page
/// overtook it must not bring back what was there before.
#[test]
fn a_page_that_arrives_late_does_not_undo_a_newer_one() {
    let world = World::new();
    world.put(r#"{"id":"x","owner":"ann","n":1}"#);
    let late = world.store.sync(&owner("ann")).expect("a page");
    world.put(r#"{"id":"x","owner":"bob","n":2}"#);
    world.time.advance(Millis(10));

    let mut device = Replica::default();
    sync(&world.store, &mut device, "bob", owner("bob"));
    device.apply("ann", &late);
    let key = "x".into();
    assert_eq!(device.get(&key).map(|item| item.version), Some(2));
    sync(&world.store, &mut device, "ann", owner("ann"));
    sync(&world.store, &mut device, "bob", owner("bob"));
    assert_eq!(ids(&device), ["x"]);
}

/// Rule: *left* removes only a copy that is strictly older: two scopes of one table overlap.
#[test]
fn leaving_one_scope_does_not_take_what_another_has_brought() {
    let world = World::new();
    world.put(r#"{"id":"x","owner":"ann"}"#);
    let mut device = Replica::default();
    sync(&world.store, &mut device, "ann", owner("ann"));
    sync(&world.store, &mut device, "bob", owner("bob"));
    world.put(r#"{"id":"x","owner":"bob"}"#);
    world.time.advance(Millis(10));
    sync(&world.store, &mut device, "bob", owner("bob"));
    sync(&world.store, &mut device, "ann", owner("ann"));
    assert_eq!(ids(&device), ["x"]);
}

/// Rule: on reset, what the run did not mention goes, and not before the run has ended.
#[test]
fn a_reset_sweeps_at_its_end_and_not_before() {
    let world = World::new();
    for id in ["a", "b", "c", "d"] {
        world.put(&format!(r#"{{"id":"{id}"}}"#));
    }
    let mut device = Replica::default();
    sync(&world.store, &mut device, "all", all());
    world.delete("d");
    world.expire_after(20_000);

    let mut request = all().last_sync(device.last_sync("all").expect("a completed run"));
    let first = world.store.sync(&request).expect("a page");
    assert!(first.reset && first.next_token.is_some());
    device.apply("all", &first);
    assert_eq!(ids(&device), ["a", "b", "c", "d"]);
    request.next_token = first.next_token;
    let last = world.store.sync(&request).expect("a page");
    assert!(last.next_token.is_none());
    device.apply("all", &last);
    assert_eq!(ids(&device), ["a", "b", "c"]);
}

/// An item that no view holds any more goes, whichever of them said so last.
#[test]
fn an_item_that_every_view_has_lost_goes() {
    let world = World::new();
    let mut device = Replica::default();
    world.put(r#"{"id":"x","owner":"ann"}"#);
    sync(&world.store, &mut device, "ann", owner("ann"));
    world.put(r#"{"id":"x","owner":"bob"}"#);
    world.time.advance(Millis(10));
    sync(&world.store, &mut device, "bob", owner("bob"));
    world.put(r#"{"id":"x","owner":"cid"}"#);
    world.time.advance(Millis(10));
    // bob's view begins anew and does not find it; ann's hears of a leaving that is no news.
    let whole = world.store.sync(&owner("bob")).expect("a page");
    device.apply("bob", &whole);
    sync(&world.store, &mut device, "ann", owner("ann"));
    assert_eq!(ids(&device), Vec::<String>::new());
}
