//! Floors: what is forgotten is never left out in silence.

use crate::support::{START, World, all, ids, in_thread, owner, spec, sync};
use highwater::testing::Point;
use highwater::{Error, Millis, Mode, Replica, State, Timestamp};

/// Rule: a base run replaces what the client holds.
#[test]
fn a_device_away_for_longer_than_tombstones_live_forgets_what_was_deleted() {
    let world = World::new();
    world.put(r#"{"id":"a"}"#);
    world.put(r#"{"id":"b"}"#);
    let mut device = Replica::default();
    sync(&world.store, &mut device, "all", all());
    world.delete("a");
    world.expire_after(20_000);
    world.store.compact().expect("a compaction");
    sync(&world.store, &mut device, "all", all());
    assert_eq!(ids(&device), ["b"]);
}

/// Rule: floors start at the table's creation.
#[test]
fn a_table_made_again_knows_nothing_of_the_old_ones_clients() {
    let world = World::new();
    world.put(r#"{"id":"old"}"#);
    let mut device = Replica::default();
    sync(&world.store, &mut device, "all", all());
    sync(&world.store, &mut device, "mine", owner("ann"));
    world.store.drop_table("notes").expect("a drop");
    world.store.create_table(spec()).expect("a table");
    world.time.advance(Millis(10));
    world.put(r#"{"id":"new","owner":"ann"}"#);
    world.time.advance(Millis(10));
    sync(&world.store, &mut device, "all", all());
    sync(&world.store, &mut device, "mine", owner("ann"));
    assert_eq!(ids(&device), ["new"]);
}

fn five_changes(world: &World) -> Millis {
    let seen = world.store.sync(&all()).expect("a page").started_at;
    for id in ["a", "b", "c", "d", "e"] {
        world.put(&format!(r#"{{"id":"{id}"}}"#));
    }
    world.time.advance(Millis(10));
    seen
}

/// Rule: every page checks the floors of its mode before it reads.
#[test]
fn a_delta_that_expires_between_two_pages_gives_up() {
    let world = World::new();
    let seen = five_changes(&world);
    let page = world.store.sync(&all().last_sync(seen)).expect("a page");
    assert_eq!(page.mode, Mode::Delta);
    world.expire_after(3_000);
    let next = world.store.sync(&all().next_token(page.next_token.expect("more pages")));
    assert!(matches!(next, Err(Error::Expired { .. })), "{next:?}");
    // The way out: a new sync, which catches up over base.
    let again = world.store.sync(&all().last_sync(seen).limit(100)).expect("a page");
    assert_eq!((again.mode, again.items.len(), again.reset), (Mode::CatchUp, 5, false));
}

/// Rule: ... and after it has read: expiry may run at any moment.
#[test]
fn a_delta_that_expires_while_a_page_is_read_gives_up() {
    let world = World::new();
    let seen = five_changes(&world);
    world.hooks.once(Point::PagePlanned, {
        let (store, time) = (world.store.clone(), std::sync::Arc::clone(&world.time));
        move || {
            time.advance(Millis(3_000));
            store.expire().map_err(|e| e.to_string()).map(drop)
        }
    });
    let page = world.store.sync(&all().last_sync(seen));
    assert!(matches!(page, Err(Error::Expired { .. })), "{page:?}");
}

/// Rule: ... and at every moment in between: a page read while expiry has deleted a part of the log,
/// and done nothing else yet.
#[test]
fn a_page_read_in_the_middle_of_an_expiry_gives_up_or_is_whole() {
    let world = World::new();
    let seen = five_changes(&world);
    let (tell, told) = std::sync::mpsc::channel();
    world.hooks.once(Point::PagePlanned, {
        let (store, time, hooks) = (
            world.store.clone(),
            std::sync::Arc::clone(&world.time),
            std::sync::Arc::clone(&world.hooks),
        );
        move || {
            time.advance(Millis(3_000));
            let (reached, is_reached) = std::sync::mpsc::channel::<()>();
            let (release, is_released) = std::sync::mpsc::channel::<()>();
            hooks.once(Point::LogCut, move || {
                reached.send(()).map_err(|e| e.to_string())?;
                is_released.recv().map_err(|e| e.to_string())
            });
            let expiry = in_thread(move || store.expire());
            is_reached.recv().map_err(|e| e.to_string())?;
            tell.send((release, expiry)).map_err(|e| e.to_string())
        }
    });
    let page = world.store.sync(&all().last_sync(seen).limit(100));
    let (release, expiry) = told.recv().expect("the page met the hook");
    release.send(()).expect("the expiry waits");
    expiry.join().expect("no panic").expect("an expiry");
    match page {
        Err(Error::Expired { .. }) => {}
        Ok(page) => assert_eq!(page.items.len(), 5),
        Err(other) => panic!("{other}"),
    }
}

/// An expiry whose batch RocksDB held back is as if it had not been, for readers and for commits.
#[test]
fn an_expiry_that_was_held_back_raises_nothing_and_is_done_again_at_once() {
    let world = World::new();
    five_changes(&world);
    let floors = || world.store.stats().expect("stats").tables[0].floors;
    let before = floors();
    world.time.advance(Millis(3_000));
    world.hooks.once(Point::FloorsRaised, || Err("held back".to_owned()));
    let refused = world.store.expire().expect_err("a refusal");
    assert!(matches!(refused, Error::Busy), "{refused}");
    assert_eq!(floors(), before);
    // Takes the item's entry out of the log, which is still there.
    world.put(r#"{"id":"a","text":"new"}"#);
    let report = world.store.verify().expect("a verification");
    assert!(report.is_clean() && report.log_entries == 5, "{report:?}");
    assert_eq!(world.store.expire().expect("an expiry").floors_raised, 1);
    assert!(floors().delta > before.delta);
}

/// ... also for a page that is read just while they are raised.
#[test]
fn an_expiry_that_is_held_back_while_a_page_is_read_hides_nothing_from_it() {
    for (away, mode) in [(3_000, Mode::Delta), (20_000, Mode::CatchUp)] {
        for deleting in [false, true] {
            let world = World::new();
            let seen = five_changes(&world);
            if deleting {
                ["a", "b", "c", "d", "e"].into_iter().for_each(|id| world.delete(id));
            }
            world.time.advance(Millis(10));
            if mode == Mode::CatchUp {
                world.expire_after(3_000);
            }
            held_back_amid_a_page(&world, Millis(away));
            let page = world.store.sync(&all().last_sync(seen).limit(100)).expect("a page");
            assert_eq!((page.mode, page.items.len()), (mode, 5), "deleting: {deleting}");
        }
    }
}

/// The next page finds the floors raised when it reads, and as they were when it has read.
fn held_back_amid_a_page(world: &World, away: Millis) {
    let (store, time) = (world.store.clone(), std::sync::Arc::clone(&world.time));
    let hooks = std::sync::Arc::clone(&world.hooks);
    world.hooks.once(Point::PagePlanned, move || {
        time.advance(away);
        let (raised, are_raised) = std::sync::mpsc::channel::<()>();
        let (read, is_read) = std::sync::mpsc::channel::<()>();
        hooks.once(Point::FloorsRaised, move || {
            raised.send(()).map_err(|e| e.to_string())?;
            is_read.recv().map_err(|e| e.to_string())?;
            Err("held back".to_owned())
        });
        let expiry = in_thread(move || store.expire());
        are_raised.recv().map_err(|e| e.to_string())?;
        hooks.once(Point::PageRead, move || {
            read.send(()).map_err(|e| e.to_string())?;
            let refused = expiry.join().expect("no panic");
            assert!(matches!(refused, Err(Error::Busy)), "{refused:?}");
            Ok(())
        });
        Ok(())
    });
}

/// A page all of which is in memory reads none, and keeps none.
#[test]
fn files_of_the_log_stay_while_a_page_that_began_before_is_read() {
    let world = World::new();
    let seen = five_changes(&world);
    world.hooks.once(Point::PagePlanned, {
        let (store, time) = (world.store.clone(), std::sync::Arc::clone(&world.time));
        move || {
            time.advance(Millis(3_000));
            let report = store.expire().map_err(|e| e.to_string())?;
            assert_eq!(report.files_deferred, super::RECENT_BYTES == 0, "files under a reader");
            Ok(())
        }
    });
    world.store.sync(&all().last_sync(seen)).expect_err("expired");
    assert!(!world.store.expire().expect("an expiry").files_deferred);
}

/// The same for a table that is dropped under a page: its rows went, and the page must not say there
/// were none.
#[test]
fn a_table_dropped_while_a_page_is_read_is_an_error() {
    let world = World::new();
    let seen = five_changes(&world);
    world.hooks.once(Point::PagePlanned, {
        let store = world.store.clone();
        move || store.drop_table("notes").map_err(|e| e.to_string())
    });
    let page = world.store.sync(&all().last_sync(seen));
    assert!(matches!(page, Err(Error::UnknownTable { .. })), "{page:?}");
}

/// A base run of a scope may read on above its floor what has sunk below it meanwhile: a tombstone is then absent,
/// and what lives is not.
#[test]
fn a_tombstone_that_expires_between_two_pages_is_absent_and_nothing_else_is() {
    let world = World::new();
    let request = owner("ann").tombstones(true);
    world.store.sync(&request).expect("a page after which the scope is kept in memory");
    for id in ["a", "b", "c"] {
        world.put(&format!(r#"{{"id":"{id}","owner":"ann"}}"#));
    }
    world.delete("b");
    world.time.advance(Millis(10));
    let whole = world.store.sync(&request.clone().limit(100)).expect("a page");
    assert_eq!(whole.items.len(), 3, "a tombstone above the floor is told");
    let first = world.store.sync(&request.clone().limit(1)).expect("a page");
    world.expire_after(10_000);
    let token = first.next_token.expect("more pages");
    let rest = world.store.sync(&request.limit(100).next_token(token)).expect("a page");
    let rest: Vec<_> = rest.items.into_iter().map(|item| item.key).collect();
    assert_eq!(rest, ["c".into()]);
}

/// Who knows everything below the floor is told of what lies at it.
#[test]
fn a_delete_at_the_very_floor_is_told() {
    let world = World::new();
    world.store.sync(&owner("ann")).expect("a page after which the scope is kept in memory");
    world.put(r#"{"id":"a","owner":"ann"}"#);
    world.put(r#"{"id":"b","owner":"ann"}"#);
    // The first moment of a bucket.
    world.time.advance(Millis(38));
    world.delete("a");
    world.expire_after(5_000);
    let floor = world.store.stats().expect("statistics").tables[0].floors.tombstone;
    assert_eq!(floor, Timestamp::first_of(Millis(START.0 + 50)));
    let since = owner("ann").last_sync(START.after(Millis(49)));
    let page = world.store.sync(&since).expect("a page");
    let told: Vec<_> = page.items.iter().map(|item| (item.state, item.changed_at)).collect();
    assert_eq!((page.mode, told), (Mode::Delta, vec![(State::Deleted, floor)]));
}
