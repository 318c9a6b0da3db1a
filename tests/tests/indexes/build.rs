//! An index on a table with data is in the end as one that was declared with it.

use crate::support::{World, document, every_kind, everything_agrees, id, scope, spec, verified};
use highwater::testing::Point;
use highwater::{IndexChange, IndexPhase, Millis, Projection, QueryRequest, SyncRequest};
use highwater_tests::model::copy_store;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

#[test]
fn several_indexes_are_built_in_one_pass_and_answer_as_if_they_had_always_been_there() {
    let world = World::new(spec());
    world.fill(300);
    for n in (0..300).step_by(7) {
        world.store.delete("t", id(n).as_str()).expect("a commit");
    }
    let chunks = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&chunks);
    world.hooks.at(Point::IndexChunk, move || {
        count.fetch_add(1, Ordering::SeqCst);
        Ok(())
    });
    world.change(&every_kind());
    // 300 items by 64: one pass for all four, not one for each.
    assert_eq!(chunks.load(Ordering::SeqCst), 5);
    everything_agrees(&world);
    let spec = world.store.tables().remove(0);
    assert_eq!((spec.indexes.len(), spec.lookups.len()), (2, 1));
    assert_eq!(spec.ttl_attribute.as_deref(), Some("until"));
}

#[test]
fn an_index_on_an_empty_table_is_ready_at_once() {
    let world = World::new(spec());
    world.change(&every_kind());
    everything_agrees(&world);
    world.fill(10);
    everything_agrees(&world);
}

#[test]
fn an_index_that_is_being_built_answers_nothing_and_shows_how_far_it_is() {
    let world = World::new(spec());
    world.fill(200);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (store, told) = (world.store.clone(), Arc::clone(&seen));
    world.hooks.at(Point::IndexChunk, move || {
        let sync = store.sync(&SyncRequest::new("t").index("byOwner", "o1")).expect_err("building");
        let query = store.query(&QueryRequest::new("t", "ranked", "o1")).expect_err("building");
        for error in [sync, query] {
            assert_eq!(error.kind(), highwater::ErrorKind::Retry, "{error}");
            assert!(matches!(error, highwater::Error::IndexBuilding { .. }), "{error}");
        }
        // The table itself answers, also where a filter pins the attribute.
        let filter = highwater::parse_json(r#"{"owner":{"eq":"o1"}}"#).expect("JSON");
        let filter = highwater::Filter::from_amplify(&filter).expect("a filter");
        let page = store.sync(&SyncRequest::new("t").filter(filter).limit(1000)).expect("a page");
        assert_eq!(page.items.len(), 67);
        let stats = store.stats().map_err(|e| e.to_string())?;
        let index = &stats.tables[0].indexes[0];
        assert_eq!(index.phase, IndexPhase::Building);
        told.lock().expect("no panic").push(index.reached.clone().map(|key| key.to_string()));
        let report = store.verify().map_err(|e| e.to_string())?;
        assert!(report.is_clean(), "{:?}", report.problems);
        Ok(())
    });
    world.change(&every_kind());
    let reached = seen.lock().expect("no panic").clone();
    let named = |n: usize| Some(format!("\"{}\"", id(n)));
    assert_eq!(reached, [None, named(63), named(127), named(191)]);
    everything_agrees(&world);
}

#[test]
fn a_change_of_projection_rewrites_the_entries_and_clients_notice_nothing() {
    let world = World::new(spec());
    world.fill(200);
    world.change(&every_kind());
    let seen = world.store.sync(&SyncRequest::new("t").index("byOwner", "o1")).expect("a page");
    world.time.advance(Millis(10));
    for projection in [Projection::KeysOnly, Projection::All] {
        let store = world.store.clone();
        let mut rank = 0;
        world.hooks.at(Point::IndexChunk, move || {
            rank += 1;
            store.put("t", document(4, 1, 1, rank)).map_err(|e| e.to_string())?;
            store.put("t", document(199, 1, 1, rank)).map_err(|e| e.to_string())?;
            store.delete("t", id(100).as_str()).map_err(|e| e.to_string())?;
            // Readers go on meanwhile, over entries of both kinds.
            let mine = SyncRequest::new("t").index("byOwner", "o1").limit(1000);
            let page = store.sync(&mine).map_err(|e| e.to_string())?;
            assert_eq!(page.items.iter().filter(|i| i.state == highwater::State::Live).count(), 66);
            let report = store.verify().map_err(|e| e.to_string())?;
            assert!(report.is_clean(), "{:?}", report.problems);
            Ok(())
        });
        world.change(&[IndexChange::Project("byOwner".to_owned(), projection)]);
        everything_agrees(&world);
        // The same index as before: no reset.
        let mine = SyncRequest::new("t").index("byOwner", "o1").limit(1000);
        let page = world.store.sync(&mine.last_sync(seen.started_at)).expect("a page");
        assert!(!page.reset && page.items.len() == 3, "{page:?}");
    }
}

#[test]
fn indexes_that_are_added_while_another_is_built_are_finished_too() {
    let world = World::new(spec());
    world.fill(300);
    // Interrupted after two chunks.
    let mut left = 2;
    world.hooks.at(Point::IndexChunk, move || {
        left -= 1;
        if left < 0 { Err("enough".to_owned()) } else { Ok(()) }
    });
    let [owner, rest @ ..] = every_kind();
    world.store.change_indexes("t", &[owner]).expect_err("interrupted");
    verified(&world.store);
    assert_eq!(world.phases()["byOwner"], IndexPhase::Building);
    // The rest begins at the table's start, byOwner goes on where it was.
    world.hooks.at(Point::IndexChunk, || Ok(()));
    world.change(&rest);
    everything_agrees(&world);
}

#[test]
fn what_is_deleted_already_is_told_to_the_new_scopes_clients_while_it_is_remembered() {
    let world = World::new(spec());
    world.fill(9);
    world.store.delete("t", id(4).as_str()).expect("a commit");
    world.change(&[scope("byOwner", "owner", Projection::All)]);
    let page = world.store.sync(&SyncRequest::new("t").index("byOwner", "o1")).expect("a page");
    assert_eq!(page.items.len(), 3);
    world.time.advance(Millis(100_000));
    world.store.compact().expect("a compaction");
    verified(&world.store);
    let page = world.store.sync(&SyncRequest::new("t").index("byOwner", "o1")).expect("a page");
    assert_eq!(page.items.len(), 2);
}

/// A tombstone that has expired and is not swept yet keeps the entry that it had: nobody reads it.
#[test]
fn what_is_forgotten_and_not_yet_swept_keeps_its_entry_through_a_change_of_projection() {
    let world = World::new(spec());
    world.fill(9);
    world.change(&every_kind());
    world.store.delete("t", id(4).as_str()).expect("a commit");
    world.time.advance(Millis(100_000));
    world.store.expire().expect("floors move");
    world.change(&[IndexChange::Project("byOwner".to_owned(), Projection::KeysOnly)]);
    everything_agrees(&world);
    world.store.compact().expect("a compaction");
    everything_agrees(&world);
}

/// The identifiers of the first ones are on disk with them: the next opening gives them to nobody else.
#[test]
fn indexes_that_are_added_one_by_one_across_openings_do_not_share_an_identifier() {
    let mut world = World::new(spec());
    world.fill(30);
    for (n, change) in every_kind().into_iter().enumerate() {
        world.change(&[change]);
        let copy = world.path.with_file_name(format!("copy-{n}"));
        copy_store(&world.path, &copy);
        world = world.at_copy(&copy);
    }
    everything_agrees(&world);
    world.fill(40);
    everything_agrees(&world);
}

#[test]
fn a_finished_build_leaves_no_note_of_its_work() {
    let noted = |world: &World| world.store.verify().expect("a verification").meta_values;
    let world = World::new(spec());
    world.fill(100);
    let before = noted(&world);
    world.change(&every_kind());
    assert_eq!(noted(&world), before);
    world.change(&[IndexChange::Project("byOwner".to_owned(), Projection::KeysOnly)]);
    assert_eq!(noted(&world), before);
}
