//! Dropping an index: it is gone at once, and whatever ran through it says so.

use crate::support::{World, document, every_kind, everything_agrees, scope, spec, sync, verified};
use highwater::testing::Point;
use highwater::{
    Error, Filter, IndexChange, Limits, Millis, Projection, QueryRequest, Replica, SyncRequest,
    parse_json,
};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

fn drop_of(name: &str) -> [IndexChange; 1] {
    [IndexChange::Drop(name.to_owned())]
}

fn built() -> World {
    let world = World::new(spec());
    world.fill(30);
    world.change(&every_kind());
    world
}

fn pinned() -> SyncRequest {
    let filter = parse_json(r#"{"owner":{"eq":"o1"}}"#).expect("JSON");
    SyncRequest::new("t").filter(Filter::from_amplify(&filter).expect("a filter")).limit(3)
}

fn mine() -> SyncRequest {
    SyncRequest::new("t").index("byOwner", "o1").limit(3)
}

fn ranked() -> QueryRequest {
    QueryRequest::new("t", "ranked", "o1").limit(3)
}

#[test]
fn nothing_of_a_dropped_index_is_left() {
    let world = built();
    world.store.delete("t", "n0001").expect("a commit");
    world.put(r#"{"id":"n0002","owner":"o0","team":"t0","rank":7,"until":7}"#);
    world.change(&drop_of("byOwner"));
    world.change(&drop_of("byTeam"));
    world.change(&drop_of("ranked"));
    world.change(&[IndexChange::ExpireBy(None)]);
    let report = world.store.verify().expect("a verification");
    assert!(report.is_clean(), "{:?}", report.problems);
    assert_eq!((report.index_entries, report.lookup_entries), (0, 0));
    assert!(world.phases().is_empty());
    // Old records still name it; nobody minds.
    world.fill(30);
    world.change(&every_kind());
    everything_agrees(&world);
}

/// What was allowed when it was made is in nobody's way to having less.
#[test]
fn a_limit_lowered_since_refuses_another_index_and_no_drop() {
    let world = built().under(Limits { indexes: 1, ..Limits::default() });
    let before = world.store.tables();
    let another = scope("again", "owner", Projection::All);
    let error = world.store.change_indexes("t", &[another]);
    assert!(matches!(error, Err(Error::BadSpec { .. })), "{error:?}");
    assert_eq!(world.store.tables(), before);
    world.change(&drop_of("byOwner"));
    verified(&world.store);
}

/// A store that takes no writes any more is read all the same.
#[test]
fn a_drop_that_a_read_only_store_refuses_leaves_the_index_readable() {
    let world = built();
    world.hooks.at(Point::BeforeWrite, || Err("down".to_owned()));
    let failed = world.store.put("t", document(1, 1, 1, 1));
    assert!(matches!(failed, Err(Error::WriteFailed { .. })), "{failed:?}");
    for name in ["byOwner", "ranked"] {
        let refused = world.store.change_indexes("t", &drop_of(name));
        assert!(matches!(refused, Err(Error::ReadOnly { .. })), "{refused:?}");
    }
    world.store.sync(&mine()).expect("a page");
    world.store.query(&ranked()).expect("a page");
}

#[test]
fn a_scope_or_query_of_a_dropped_index_is_unknown() {
    let world = built();
    let page = world.store.sync(&mine()).expect("a page");
    let (token, started_at) = (page.next_token.expect("more"), page.started_at);
    let query_token = world.store.query(&ranked()).expect("a page").next_token.expect("more");
    world.change(&drop_of("byOwner"));
    world.change(&drop_of("ranked"));
    for request in [mine(), mine().next_token(&*token), mine().last_sync(started_at)] {
        let error = world.store.sync(&request).expect_err("dropped");
        assert!(matches!(error, Error::UnknownIndex { .. }), "{error}");
    }
    let error = world.store.query(&ranked().next_token(&*query_token)).expect_err("dropped");
    assert!(matches!(error, Error::UnknownIndex { .. }), "{error}");
    // Made anew under the same names, they are others.
    world.change(&[every_kind()[0].clone(), every_kind()[2].clone()]);
    let error = world.store.sync(&mine().next_token(token)).expect_err("another index's");
    assert!(matches!(error, Error::Token { .. }), "{error}");
    let error = world.store.query(&ranked().next_token(query_token)).expect_err("another index's");
    assert!(error.to_string().contains("dropped"), "{error}");
    let page = world.store.sync(&mine().last_sync(started_at)).expect("a page");
    assert!(page.reset);
}

#[test]
fn a_filters_run_through_a_dropped_index_begins_anew() {
    let world = built();
    let page = world.store.sync(&pinned()).expect("a page");
    world.change(&drop_of("byOwner"));
    let next = pinned().next_token(page.next_token.expect("more"));
    let error = world.store.sync(&next).expect_err("dropped");
    assert!(matches!(error, Error::IndexDropped { .. }), "{error}");
    assert_eq!(error.kind(), highwater::ErrorKind::SyncAgain);
    let mut device = Replica::default();
    sync(&world.store, &mut device, "mine", pinned());
    assert_eq!(device.live().count(), 10);
}

#[test]
fn an_index_dropped_while_a_page_of_it_is_read_is_an_error_and_no_empty_page() {
    for (point, is_query) in
        [(Point::PagePlanned, false), (Point::PageRead, false), (Point::PageRead, true)]
    {
        for request in [mine(), pinned()] {
            let world = built();
            let store = world.store.clone();
            let mut left = 1;
            world.hooks.at(point, move || {
                left -= 1;
                if left < 0 {
                    return Ok(());
                }
                let changes = [
                    IndexChange::Drop("byOwner".to_owned()),
                    IndexChange::Drop("ranked".to_owned()),
                ];
                store.change_indexes("t", &changes).map_err(|e| e.to_string())
            });
            let error = match is_query {
                true => world.store.query(&ranked()).expect_err("dropped"),
                false => world.store.sync(&request).expect_err("dropped"),
            };
            assert!(matches!(error, Error::IndexDropped { .. }), "{error}");
            verified(&world.store);
        }
    }
}

#[test]
fn an_index_can_be_dropped_while_it_is_built() {
    let world = World::new(spec());
    world.fill(200);
    let store = world.store.clone();
    let mut chunk = 0;
    world.hooks.at(Point::IndexChunk, move || {
        chunk += 1;
        if chunk == 2 {
            let changes = [IndexChange::Drop("byOwner".to_owned())];
            store.change_indexes("t", &changes).map_err(|e| e.to_string())?;
        }
        Ok(())
    });
    world.change(&every_kind());
    assert_eq!(world.phases().len(), 3);
    verified(&world.store);
    world.change(&[scope("byOwner", "owner", Projection::All)]);
    everything_agrees(&world);
}

/// Time for somebody to come to a lock: that he waits for it cannot be seen from here. Where it is too short
/// the others come in another order, which must do as well.
fn let_come() {
    let (_kept, never) = channel::<()>();
    let _ = never.recv_timeout(Duration::from_millis(100));
}

/// A commit holds an item of the last chunk, so that the drop comes between that chunk and the finishing.
#[test]
fn an_index_that_is_dropped_while_its_build_comes_to_an_end_stays_dropped() {
    let world = World::new(spec());
    world.fill(10);
    let (committing, is_committing) = channel();
    let (go_on, may_go_on) = channel();
    let (store, hooks) = (world.store.clone(), Arc::clone(&world.hooks));
    let mut held = Some((committing, may_go_on));
    world.hooks.at(Point::IndexChunk, move || {
        let Some((committing, may_go_on)) = held.take() else { return Ok(()) };
        let (reached, is_reached) = channel();
        hooks.at(Point::BeforeWrite, move || {
            let _ = reached.send(());
            let _ = may_go_on.recv();
            Ok(())
        });
        let store = store.clone();
        let commit = move || store.put("t", document(0, 0, 0, 0)).map(drop);
        committing.send(in_thread(commit)).map_err(|e| e.to_string())?;
        is_reached.recv().map_err(|e| e.to_string())
    });
    let (building, dropping) = (world.store.clone(), world.store.clone());
    let build = in_thread(move || building.change_indexes("t", &every_kind()));
    let commit = is_committing.recv().expect("the build is at its only chunk");
    let_come();
    let drop = in_thread(move || dropping.change_indexes("t", &drop_of("byOwner")));
    let_come();
    go_on.send(()).expect("the commit waits");
    commit.join().expect("no panic").expect("a commit");
    drop.join().expect("no panic").expect("dropped");
    build.join().expect("no panic").expect("built");
    assert_eq!(world.phases().len(), 3, "{:?}", world.phases());
    verified(&world.store);
    world.change(&[scope("byOwner", "owner", Projection::All)]);
    everything_agrees(&world);
}

fn in_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> std::thread::JoinHandle<T> {
    std::thread::Builder::new().spawn(work).expect("a thread")
}

#[test]
fn a_table_can_be_dropped_while_its_indexes_are_built() {
    let world = World::new(spec());
    world.fill(200);
    let store = world.store.clone();
    let mut chunk = 0;
    world.hooks.at(Point::IndexChunk, move || {
        chunk += 1;
        if chunk == 2 { store.drop_table("t").map_err(|e| e.to_string()) } else { Ok(()) }
    });
    world.change(&every_kind());
    verified(&world.store);
    world.store.create_table(spec()).expect("a table");
    world.time.advance(Millis(10));
    world.hooks.at(Point::IndexChunk, || Ok(()));
    world.fill(10);
    world.change(&every_kind());
    everything_agrees(&world);
}
