//! Restores: who is reset, by what clock, and what they replace.

use crate::support::{
    NEWEST, REPLACE, START, Scene, all, assert_clean, files, held, incarnation, stored, sync,
};
use highwater::{
    BulkOptions, Document, Error, Millis, Replica, RestoreOptions, Store, TokenProblem,
};
use std::fs;

/// A store that was backed up, and a device that has synced what came after.
fn lost_commits() -> (Scene, Store, Replica) {
    let (scene, store) = Scene::with_store();
    let mut device = Replica::default();
    sync(&store, &mut device);
    scene.backup(&store);
    scene.put(&store, r#"{"id":"lost"}"#);
    scene.put(&store, r#"{"id":"kept","owner":"ann","n":2}"#);
    scene.time.advance(Millis(20));
    sync(&store, &mut device);
    assert_eq!(held(&device).len(), 2);
    (scene, store, device)
}

/// It holds an item that the store has lost, and a later version of another.
#[test]
fn a_device_that_synced_after_the_backup_ends_equal_to_the_store() {
    let (scene, store, mut device) = lost_commits();
    let before = (incarnation(&store), device.last_sync("all").expect("a sync"));
    store.close().expect("a clean close");
    scene.time.advance(Millis(1_000));
    let report = scene.restore("store", &REPLACE).expect("a restore");
    assert!(report.replaced && report.verify.is_clean(), "{report:?}");
    assert_eq!((report.id, report.verify.items), (1, 1));
    assert!(report.made_at > START && report.made_at < before.1);

    let store = scene.open("store");
    assert_eq!(incarnation(&store), report.incarnation);
    assert_ne!(incarnation(&store), before.0);
    assert!(store.sync(&all().last_sync(before.1)).expect("a page").reset);
    sync(&store, &mut device);
    assert_eq!(held(&device), stored(&store));
    // The copy of the lost line was the newer one, and has lost all the same.
    assert!(held(&device)[0].1.contains(r#""n":1"#), "{:?}", held(&device));
    // From here on it is a store as any other: the key of a lost item begins anew.
    scene.put(&store, r#"{"id":"lost","again":true}"#);
    scene.time.advance(Millis(20));
    sync(&store, &mut device);
    assert_eq!(held(&device), stored(&store));
    assert_clean(&store);
}

#[test]
fn the_next_opening_renews_nothing() {
    let (scene, store, mut device) = lost_commits();
    store.close().expect("a clean close");
    let report = scene.restore("store", &REPLACE).expect("a restore");
    let store = scene.open("store");
    sync(&store, &mut device);
    let seen = device.last_sync("all").expect("a sync");
    store.close().expect("a clean close");
    let store = scene.open("store");
    assert_eq!(incarnation(&store), report.incarnation);
    assert!(!store.sync(&all().last_sync(seen)).expect("a page").reset);
}

#[test]
fn tokens_of_the_lost_incarnation_do_not_go_on() {
    let (scene, store, _) = lost_commits();
    scene.put(&store, r#"{"id":"more"}"#);
    let token = store.sync(&all()).expect("a page").next_token.expect("more pages");
    let cursor = store.sync(&all().limit(9)).expect("a page").cursor.expect("a last page");
    store.close().expect("a clean close");
    scene.restore("store", &REPLACE).expect("a restore");
    let store = scene.open("store");
    let answer = store.sync(&all().next_token(token));
    let refused =
        matches!(answer, Err(Error::Token { problem: TokenProblem::OtherIncarnation, .. }));
    assert!(refused, "{answer:?}");
    assert!(store.sync(&all().cursor(cursor)).expect("a page").reset);
}

/// Every table's floors lie above `seen`, and whoever saw that is reset.
#[track_caller]
fn assert_above(store: &Store, seen: Millis) {
    let floors = store.stats().expect("stats").tables[0].floors;
    assert!(floors.tombstone.millis() > seen, "{floors:?} against {seen:?}");
    assert!(floors.delta.millis() > seen, "{floors:?} against {seen:?}");
    assert!(store.sync(&all().last_sync(seen)).expect("a page").reset);
}

/// Rule: the opening clock is at or above the lease of the store that is replaced.
#[test]
fn a_wall_that_stands_behind_the_replaced_store_makes_no_difference() {
    // The lost store lived on for a day; then the wall goes back by two. Closed, or killed.
    for killed in [false, true] {
        let (scene, store, mut device) = lost_commits();
        scene.time.advance(Millis(86_400_000));
        sync(&store, &mut device);
        let seen = store.sync(&all()).expect("a page").started_at;
        if killed {
            // A killed process lets the lock go and leaves the files.
            highwater_tests::model::copy_store(&scene.path("store"), &scene.path("killed"));
            drop(store);
            fs::remove_dir_all(scene.path("store")).expect("the folder goes");
            fs::rename(scene.path("killed"), scene.path("store")).expect("a store");
        } else {
            store.close().expect("a clean close");
        }
        scene.time.set_wall(START.before(Millis(86_400_000)));
        scene.restore("store", &REPLACE).expect("a restore");
        let store = scene.open("store");
        assert_above(&store, seen);
        sync(&store, &mut device);
        assert_eq!(held(&device), stored(&store));
        // What it hands out now is newer than all that was.
        assert!(store.sync(&all()).expect("a page").started_at > seen);
    }
}

/// Nothing was handed out when a backup was made that lies above it, whatever the wall shows.
#[test]
fn an_earlier_backup_is_restored_above_the_newest_one() {
    let (scene, store, _) = lost_commits();
    scene.time.advance(Millis(86_400_000));
    let seen = store.sync(&all()).expect("a page").started_at;
    assert_eq!(scene.backup(&store), 2);
    scene.time.set_wall(START);
    let first = RestoreOptions { id: Some(1), ..NEWEST };
    let report = scene.restore("elsewhere", &first).expect("a restore");
    assert!(!report.replaced);
    let elsewhere = scene.open("elsewhere");
    assert_eq!(stored(&elsewhere).len(), 1);
    assert_above(&elsewhere, seen);
}

/// The store is lost with its disk and the wall is behind: somebody who knows the time can say so.
#[test]
fn the_clock_can_be_told_to_begin_later() {
    let (scene, store, _) = lost_commits();
    scene.time.advance(Millis(86_400_000));
    let seen = store.sync(&all()).expect("a page").started_at;
    store.close().expect("a clean close");
    scene.time.set_wall(START);
    let told = RestoreOptions { clock_at_least: Some(seen.after(Millis(1))), ..NEWEST };
    scene.restore("elsewhere", &told).expect("a restore");
    assert_above(&scene.open("elsewhere"), seen);
}

/// However old the backup is, and far the wall: it is believed.
#[test]
fn a_backup_of_long_ago_begins_at_the_wall() {
    let (scene, store, _) = lost_commits();
    drop(store);
    scene.time.advance(Millis(200 * 86_400_000));
    scene.restore("elsewhere", &NEWEST).expect("a restore");
    let clock = scene.open("elsewhere").stats().expect("stats").clock;
    assert_eq!(clock.leap, None);
    assert!(clock.now >= scene.time.wall_millis());
}

#[test]
fn nothing_is_replaced_that_was_not_meant() {
    let (scene, store, _) = lost_commits();
    let error = scene.restore("store", &REPLACE).expect_err("open elsewhere");
    assert!(matches!(error, Error::AlreadyOpen { .. }), "{error}");
    store.close().expect("a clean close");
    let error = scene.restore("store", &NEWEST).expect_err("a store is there");
    assert!(matches!(error, Error::Occupied { .. }), "{error}");
    fs::create_dir(scene.path("letters")).expect("a folder");
    fs::write(scene.path("letters/one.txt"), "dear diary").expect("a file");
    for how in [NEWEST, REPLACE] {
        for name in ["letters", "backups"] {
            let before = files(&scene.path(name)).len();
            let error = scene.restore(name, &how).expect_err("something is there");
            assert!(matches!(error, Error::Occupied { .. }), "{name}: {error}");
            assert_eq!(files(&scene.path(name)).len(), before, "{name}");
        }
    }
    // A store whose clock cannot be read is not replaced: what it handed out is not known.
    assert_eq!(stored(&scene.open("store")).len(), 2);
    fs::write(scene.path("store/STORE"), "garbage").expect("a file");
    let error = scene.restore("store", &REPLACE).expect_err("unreadable");
    assert!(error.to_string().contains("clock"), "{error}");
    let answer = scene.restore("new", &RestoreOptions { id: Some(9), ..NEWEST });
    assert!(matches!(answer, Err(Error::OutOfRange { field: "backup", .. })), "{answer:?}");
    assert!(!scene.path("new").exists());
}

/// A restore takes the place of a store whose data is damaged: that is what it is for.
#[test]
fn a_store_that_does_not_open_any_more_is_replaced() {
    let (scene, store, _) = lost_commits();
    store.close().expect("a clean close");
    for file in files(&scene.path("store/rocksdb")) {
        fs::write(file, "gone").expect("a file");
    }
    scene.refused("store");
    assert!(scene.restore("store", &REPLACE).expect("a restore").replaced);
    assert_clean(&scene.open("store"));
}

/// What the replaced store's import had accepted was for the table that it had.
#[test]
fn an_import_of_the_replaced_store_is_not_gone_on_with() {
    let (scene, store, _) = lost_commits();
    let replacing = BulkOptions { memory_bytes: 1 << 10, replace: true };
    let mut import = store.bulk_import("notes", replacing.clone()).expect("an import");
    for n in 0..50 {
        let document = Document::from_json(&format!(r#"{{"id":"{n}"}}"#)).expect("a document");
        import.push(document).expect("it fits");
    }
    drop(import);
    store.close().expect("a clean close");
    let store = scene.open("store");
    assert!(store.bulk_import("notes", replacing.clone()).expect("an import").accepted() > 0);
    store.close().expect("a clean close");
    scene.restore("store", &REPLACE).expect("a restore");
    let store = scene.open("store");
    assert_eq!(store.bulk_import("notes", replacing).expect("an import").accepted(), 0);
}
