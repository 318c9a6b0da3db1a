//! The table that an import replaces, and its clients.

use crate::support::{
    Scene, clean, content, content_of, doc, documents, import, push_rest, replacing, spec, tiny,
};
use highwater::testing::Point;
use highwater::{
    Digest, Error, ImportError, Millis, Mutation, QueryRequest, Replica, ScopeRequest, State,
    Store, SyncPage, SyncRequest, TableSpec,
};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

fn sync(store: &Store, device: &mut Replica, view: &str, request: SyncRequest) -> SyncPage {
    device.restart(view);
    let mut request = match device.last_sync(view) {
        Some(last) => request.last_sync(last),
        None => request,
    };
    loop {
        let page = store.sync(&request).expect("a page");
        device.apply(view, &page);
        match page.next_token {
            Some(token) => request.next_token = Some(token),
            None => return page,
        }
    }
}

fn all() -> SyncRequest {
    SyncRequest::new("notes").limit(7)
}

fn owner(name: &str) -> SyncRequest {
    SyncRequest::new("notes").index("byOwner", name).limit(3)
}

fn live(device: &Replica) -> Vec<String> {
    device.live().map(|(_, item)| item.document.to_json().expect("JSON")).collect()
}

fn wanted(documents: &[highwater::Document], has: impl Fn(&str) -> bool) -> Vec<String> {
    let content = content_of(documents);
    let json = content.into_values().map(|(_, document)| document.to_json().expect("JSON"));
    json.filter(|json| has(json)).collect()
}

#[test]
fn every_client_of_the_replaced_table_is_reset_and_ends_with_the_new_one() {
    let scene = Scene::new();
    let store = &scene.store;
    store.create_table(spec()).expect("a table");
    let old: Vec<_> = documents(20)
        .iter()
        .map(|document| {
            let mut map = document.to_map().expect("a map");
            map.insert("old".to_owned(), true.into());
            highwater::Document::from_map(&map).expect("a document")
        })
        .collect();
    old.iter().for_each(|document| drop(store.put("notes", document.clone()).expect("a commit")));
    store.put("notes", doc(r#"{"id":"gone","owner":"o1"}"#)).expect("a commit");
    let (mut whole, mut scoped) = (Replica::default(), Replica::default());
    scene.time.advance(Millis(5));
    sync(store, &mut whole, "all", all());
    sync(store, &mut scoped, "o1", owner("o1"));
    let page = store.sync(&all()).expect("a page");
    let token = page.next_token.expect("more than a page");

    let new = documents(30);
    let mut import = store.bulk_import("notes", replacing()).expect("an import");
    push_rest(&mut import, &new);
    // Written while the import is under way, and synced: newer than the documents, older than the table.
    old.iter().for_each(|document| drop(store.put("notes", document.clone()).expect("a commit")));
    sync(store, &mut whole, "all", all());
    import.finish().expect("a report");

    let error = store.sync(&all().next_token(token)).expect_err("another table");
    assert!(matches!(error, Error::Token { .. }), "{error}");
    scene.time.advance(Millis(5));
    assert!(sync(store, &mut whole, "all", all()).reset);
    assert!(sync(store, &mut scoped, "o1", owner("o1")).reset);
    assert_eq!(live(&whole), wanted(&new, |_| true));
    assert_eq!(live(&scoped), wanted(&new, |json| json.contains(r#""owner":"o1""#)));
    clean(store);

    // From here on it is a table as any other: deltas, and items that move between scopes.
    assert!(!sync(store, &mut whole, "all", all()).reset);
    let moved = r#"{"id":"i00000","n":0,"owner":"o1","state":"s1"}"#;
    assert_eq!(store.put("notes", doc(moved)).expect("a commit").item.expect("it").version, 2);
    scene.time.advance(Millis(5));
    let page = sync(store, &mut whole, "all", all());
    assert_eq!((page.reset, page.items.len(), page.items[0].version), (false, 1, 2));
    let page = sync(store, &mut scoped, "o1", owner("o1"));
    assert_eq!((page.reset, page.items[0].state), (false, State::Live));
    let mut zero = Replica::default();
    sync(store, &mut zero, "o0", owner("o0"));
    store.delete("notes", "i00000").expect("a commit");
    scene.time.advance(Millis(5));
    sync(store, &mut whole, "all", all());
    assert_eq!(live(&whole), wanted(&new[1..], |_| true));
    clean(store);
}

/// A commit that was synced after the imported rows got their timestamps would stay on its device for ever.
#[test]
fn commits_are_refused_while_the_rows_are_put_in_place() {
    let scene = Scene::new();
    scene.store.create_table(spec()).expect("a table");
    scene.store.create_table(TableSpec { name: "other".to_owned(), ..spec() }).expect("a table");
    let old = doc(r#"{"id":"i00000","old":true}"#);
    scene.store.put("notes", old.clone()).expect("a commit");
    let mut device = Replica::default();
    sync(&scene.store, &mut device, "all", all());
    let device = Arc::new(Mutex::new((device, 0)));
    let (store, theirs) = (scene.store.clone(), Arc::clone(&device));
    scene.points.each(move |point| {
        // While the old table ends no commit is let in, not even one to be refused.
        if point == Point::TableEnded {
            return Ok(());
        }
        let (device, refused) = &mut *theirs.lock();
        match store.put("notes", old.clone()) {
            Ok(_) => assert!(!matches!(
                point,
                Point::ImportHidden | Point::ImportBuilt | Point::ImportTakenIn
            )),
            Err(error) => {
                assert!(matches!(error, Error::Import(ImportError::Running { .. })), "{error}");
                *refused += 1;
            }
        }
        store.put("other", old.clone()).expect("other tables are written to as ever");
        if !matches!(point, Point::ImportShown | Point::ImportTidied) {
            sync(&store, device, "all", all());
        }
        Ok(())
    });
    let new = documents(30);
    import(&scene.store, "notes", replacing(), &new).expect("a report");
    scene.points.none();
    let (device, refused) = &mut *device.lock();
    assert!(*refused >= 6, "{refused}");
    sync(&scene.store, device, "all", all());
    assert_eq!(live(device), wanted(&new, |_| true));
    scene.store.put("notes", doc(r#"{"id":"more"}"#)).expect("a commit");
    clean(&scene.store);
}

#[test]
fn a_table_that_is_not_empty_any_more_is_not_replaced_unasked() {
    let scene = Scene::new();
    scene.store.create_table(spec()).expect("a table");
    // A tombstone is no item.
    scene.store.put("notes", doc(r#"{"id":"gone"}"#)).expect("a commit");
    scene.store.delete("notes", "gone").expect("a commit");
    let new = documents(30);
    let mut import = scene.store.bulk_import("notes", tiny()).expect("an import");
    push_rest(&mut import, &new);
    scene.store.put("notes", doc(r#"{"id":"here"}"#)).expect("a commit");
    let error = import.finish().expect_err("refused");
    assert!(matches!(error, Error::Import(ImportError::NotEmpty { .. })), "{error}");
    assert_eq!(content(&scene.store, "notes").len(), 1);
    let report = super::support::import(&scene.store, "notes", replacing(), &new);
    assert_eq!(report.expect("a report").items, 30);
    assert_eq!(content(&scene.store, "notes"), content_of(&new));
    assert!(scene.store.get_with_tombstone("notes", "gone").expect("a read").is_none());
    clean(&scene.store);
}

#[test]
fn a_table_that_was_created_or_dropped_meanwhile_is_left_alone() {
    let scene = Scene::new();
    let new = documents(10);
    let mut import = scene.store.bulk_import(spec(), tiny()).expect("an import");
    push_rest(&mut import, &new);
    scene.store.create_table(spec()).expect("a table");
    assert!(matches!(import.finish(), Err(Error::TableExists { .. })));
    let mut import = scene.store.bulk_import("notes", tiny()).expect("an import");
    push_rest(&mut import, &new);
    let store = scene.store.clone();
    scene.points.each(move |point| {
        if point == Point::ImportBuilt {
            store.drop_table("notes").expect("dropped");
        }
        Ok(())
    });
    assert!(matches!(import.finish(), Err(Error::UnknownTable { .. })));
    scene.points.none();
    clean(&scene.store);
    let report = super::support::import(&scene.store, spec(), tiny(), &new);
    assert_eq!(report.expect("a report").items, 10);
}

/// Under another name it could be written to while the rows have their timestamps, and come back.
#[test]
fn the_name_of_a_table_that_is_put_in_place_is_neither_left_nor_taken() {
    for replaces in [true, false] {
        let scene = Scene::new();
        if replaces {
            scene.store.create_table(spec()).expect("a table");
        }
        let other = TableSpec { name: "other".to_owned(), ..spec() };
        scene.store.create_table(other).expect("a table");
        let new = documents(10);
        let mut import = scene.store.bulk_import(spec(), replacing()).expect("an import");
        push_rest(&mut import, &new);
        let store = scene.store.clone();
        scene.points.each(move |point| {
            if point == Point::ImportBuilt {
                for (name, to) in [("notes", "elsewhere"), ("other", "notes")] {
                    let error = store.rename_table(name, to).expect_err("it is being imported");
                    assert!(matches!(error, Error::Import(ImportError::Running { .. })), "{error}");
                }
            }
            Ok(())
        });
        import.finish().expect("a report");
        scene.points.none();
        assert_eq!(content(&scene.store, "notes"), content_of(&new));
        scene.store.rename_table("notes", "elsewhere").expect("it is over");
    }
}

#[test]
fn a_table_that_was_exchanged_meanwhile_is_not_replaced() {
    let scene = Scene::new();
    scene.store.create_table(spec()).expect("a table");
    let new = documents(10);
    let mut import = scene.store.bulk_import("notes", replacing()).expect("an import");
    push_rest(&mut import, &new);
    let store = scene.store.clone();
    scene.points.each(move |point| {
        if point == Point::ImportBuilt {
            store.drop_table("notes").expect("dropped");
            store.create_table(spec()).expect("made again");
        }
        Ok(())
    });
    let error = import.finish().expect_err("exchanged");
    assert!(matches!(error, Error::Import(ImportError::TableChanged { .. })), "{error}");
    scene.points.none();
    assert_eq!(content(&scene.store, "notes").len(), 0);
    clean(&scene.store);
    super::support::import(&scene.store, "notes", replacing(), &new).expect("a report");
    assert_eq!(content(&scene.store, "notes"), content_of(&new));
}

#[test]
fn expiry_passes_over_a_table_whose_rows_are_put_in_place() {
    let scene = Scene::new();
    let expiring = TableSpec { ttl_attribute: Some("until".to_owned()), ..spec() };
    scene.store.create_table(expiring.clone()).expect("a table");
    let other = TableSpec { name: "other".to_owned(), ..expiring };
    scene.store.create_table(other).expect("a table");
    for table in ["notes", "other"] {
        scene.store.put(table, doc(r#"{"id":"due","until":17}"#)).expect("a commit");
    }
    let store = scene.store.clone();
    scene.points.each(move |point| {
        if point == Point::ImportBuilt {
            store.expire().expect("an expiry");
            assert!(store.get("notes", "due").expect("a read").is_some());
            assert!(store.get("other", "due").expect("a read").is_none());
        }
        Ok(())
    });
    import(&scene.store, "notes", replacing(), &documents(10)).expect("a report");
    scene.points.none();
    assert_eq!(content(&scene.store, "notes"), content_of(&documents(10)));
}

#[test]
fn a_declaration_may_change_where_it_does_not_matter_to_rows() {
    let scene = Scene::new();
    scene.store.create_table(spec()).expect("a table");
    let mut import = scene.store.bulk_import("notes", tiny()).expect("an import");
    push_rest(&mut import, &documents(10));
    let mut ttls = spec().ttls;
    ttls.delta = Some(Millis(77));
    scene.store.alter_ttls("notes", ttls).expect("altered");
    import.finish().expect("a report");
    assert_eq!(scene.store.tables()[0].ttls, ttls);
    // With `replace`, a declaration replaces the other, too.
    let other = TableSpec { indexes: Vec::new(), lookups: Vec::new(), ..spec() };
    import_again(&scene.store, other.clone());
    assert_eq!(scene.store.tables(), [other]);
    clean(&scene.store);
}

fn import_again(store: &Store, spec: TableSpec) {
    let report = import(store, spec, replacing(), &documents(20)).expect("a report");
    assert_eq!(report.items, 20);
}

#[test]
fn expiry_and_compaction_leave_imported_items_alone() {
    let scene = Scene::new();
    let new = documents(30);
    import(&scene.store, spec(), tiny(), &new).expect("a report");
    import(&scene.store, "notes", replacing(), &new).expect("a report");
    for days in [8, 400] {
        scene.time.advance(Millis(days * 86_400_000));
        scene.store.compact().expect("a compaction");
        assert_eq!(content(&scene.store, "notes"), content_of(&new));
        clean(&scene.store);
    }
    let mut device = Replica::default();
    sync(&scene.store, &mut device, "o2", owner("o2"));
    assert_eq!(live(&device), wanted(&new, |json| json.contains(r#""owner":"o2""#)));
}

/// What a receipt holds of an item could not be erased any more.
#[test]
fn receipts_of_a_replaced_table_go_with_it() {
    let scene = Scene::new();
    scene.store.create_table(spec()).expect("a table");
    let put = Mutation::put("notes", doc(r#"{"id":"old"}"#));
    scene.store.apply_once("m", std::slice::from_ref(&put)).expect("a commit");
    assert_eq!(scene.store.verify().expect("a verification").receipts, 1);
    import(&scene.store, "notes", replacing(), &documents(10)).expect("a report");
    assert_eq!(scene.store.verify().expect("a verification").receipts, 0);
    assert!(scene.store.apply_once("m", &[put]).expect("a commit")[0].written);
}

/// Whoever reads amid the exchange reads the one or the other, and never nothing.
#[test]
fn a_table_is_there_for_every_reader_while_it_is_replaced() {
    let scene = Scene::new();
    let all = documents(10);
    import(&scene.store, spec(), tiny(), &all).expect("a report");
    let over = AtomicBool::new(false);
    std::thread::scope(|threads| {
        let reader = threads.spawn(|| {
            let mut reads = 0;
            while !over.load(SeqCst) {
                reads += 1;
                let store = &scene.store;
                assert_eq!(content(store, "notes").len(), 10);
                assert!(store.get("notes", "i00000").expect("a read").is_some());
                let digest = store.digest("notes", &ScopeRequest::Table).expect("a read");
                assert_ne!(digest, Some(Digest::default()));
                let page = store.sync(&SyncRequest::new("notes")).expect("a page");
                assert_eq!(page.items.len(), 10);
                let query = QueryRequest::new("notes", "inState", "s0");
                assert_eq!(store.query(&query).expect("a page").items.len(), 5);
            }
            reads
        });
        for _ in 0..40 {
            import(&scene.store, "notes", replacing(), &all).expect("a report");
        }
        over.store(true, SeqCst);
        assert!(reader.join().expect("no panic") > 0);
    });
    clean(&scene.store);
}
