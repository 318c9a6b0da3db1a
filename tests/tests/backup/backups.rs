//! Backups: what a folder of them holds, and to whom it belongs.

use crate::support::{NEWEST, START, Scene, assert_clean, files, incarnation, put, stored};
use highwater::{
    BackupOptions, Document, Error, ErrorKind, Millis, Mutation, RestoreOptions, TableSpec,
    TableSpecExt, backups, check_backups,
};
use std::fs;
use std::fs::File;

#[test]
fn a_second_backup_adds_what_is_new_and_no_more() {
    let (scene, store) = Scene::with_store();
    // Text that does not shrink to nothing.
    let mut noise = 1_u64;
    let documents = (0..2_000).map(|n| {
        let mut text = String::new();
        for _ in 0..20 {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            text.push_str(&format!("{noise:x}"));
        }
        let json = format!(r#"{{"id":"n{n}","text":"{text}"}}"#);
        Mutation::put("notes", Document::from_json(&json).expect("JSON"))
    });
    let documents: Vec<_> = documents.collect();
    for batch in documents.chunks(100) {
        store.apply_batch(batch).expect("a commit");
    }
    store.compact().expect("a compaction");
    let to = scene.path("backups");
    let first = store.backup(&to, &BackupOptions::default()).expect("a backup");
    let data = |folder: &str| files(&to.join("rocksdb").join(folder)).len();
    let shared = data("shared_checksum");
    assert_eq!((first.id, first.held, first.bytes_added > first.bytes / 2), (1, 1, true));

    put(&store, r#"{"id":"new"}"#);
    let second = store.backup(&to, &BackupOptions::default()).expect("a backup");
    assert_eq!((second.id, second.held), (2, 2));
    assert!(second.bytes_added * 5 < first.bytes_added, "{second:?} after {first:?}");
    assert!(u64::from(second.files) > second.files_added, "{second:?}");
    // At most one new data file for each family; the others are those of the first.
    assert!(data("shared_checksum") <= shared + 5);

    let check = check_backups(&to, None).expect("a check");
    assert!(check.is_clean(), "{:?}", check.problems);
    assert_eq!(check.backups, [1, 2]);
    let lists = 2;
    assert_eq!(check.files + lists, files(&to.join("rocksdb")).len() as u64);
}

#[test]
fn a_folder_tells_what_it_holds() {
    let (scene, store) = Scene::with_store();
    let error = backups(scene.path("backups")).expect_err("nothing there");
    assert!(matches!(error, Error::NotABackup { .. }), "{error}");
    scene.backup(&store);
    scene.time.advance(Millis(60_000));
    let report = store.backup(scene.path("backups"), &BackupOptions::default()).expect("a backup");
    let held = backups(scene.path("backups")).expect("a list");
    let [first, second] = held.as_slice() else { panic!("{held:?}") };
    assert_eq!((first.id, second.id), (1, 2));
    assert!(second.made_at.0 >= first.made_at.0 + 60_000 && first.made_at >= START);
    assert_eq!(second.incarnation, incarnation(&store));
    assert_eq!((second.files, second.bytes), (report.files, report.bytes));
}

#[test]
fn the_oldest_go_and_what_only_they_needed() {
    let (scene, store) = Scene::with_store();
    let to = scene.path("backups");
    let two = BackupOptions { keep: Some(2) };
    for n in 1..=5 {
        put(&store, &format!(r#"{{"id":"n{n}"}}"#));
        store.compact().expect("a compaction");
        let report = store.backup(&to, &two).expect("a backup");
        assert_eq!((report.id, report.held), (n, n.min(2) as usize));
        assert_eq!(report.dropped, if n > 2 { vec![n - 2] } else { Vec::new() });
    }
    let held: Vec<_> = backups(&to).expect("a list").iter().map(|backup| backup.id).collect();
    assert_eq!(held, [4, 5]);
    let check = check_backups(&to, None).expect("a check");
    assert!(check.is_clean(), "{:?}", check.problems);
    let lists = 2;
    assert_eq!(check.files + lists, files(&to.join("rocksdb")).len() as u64);
    for (id, items) in [(4, 5), (5, 6)] {
        let how = RestoreOptions { id: Some(id), ..NEWEST };
        scene.restore(&format!("restored-{id}"), &how).expect("a restore");
        assert_eq!(stored(&scene.open(&format!("restored-{id}"))).len(), items);
    }
    let none = store.backup(&to, &BackupOptions { keep: Some(0) }).expect_err("refused");
    assert!(none.to_string().contains("keep: 0"), "{none}");
}

#[test]
fn a_folder_belongs_to_one_store() {
    let (scene, store) = Scene::with_store();
    scene.backup(&store);
    let other = scene.open("other");
    other.create_table(TableSpec::new("notes", "id")).expect("a table");
    let error = other
        .backup(scene.path("backups"), &BackupOptions::default())
        .expect_err("another's folder");
    assert!(matches!(error, Error::BackupOfAnother { .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::Invalid);

    // Nor does a folder with anything else in it become one.
    let before = files(&scene.path("other")).len();
    for place in ["other", "store"] {
        let answer = store.backup(scene.path(place), &BackupOptions::default());
        assert!(matches!(answer, Err(Error::NotABackup { .. })), "{answer:?}");
    }
    assert_eq!(files(&scene.path("other")).len(), before);
    assert_eq!(backups(scene.path("backups")).expect("a list").len(), 1);
}

/// A restored store is the same store: it goes on with the folder that it came from.
#[test]
fn a_restored_store_goes_on_with_its_backups() {
    let (scene, store) = Scene::with_store();
    scene.backup(&store);
    store.close().expect("a clean close");
    scene.restore("restored", &NEWEST).expect("a restore");
    let restored = scene.open("restored");
    scene.put(&restored, r#"{"id":"after"}"#);
    assert_eq!(scene.backup(&restored), 2);
    assert!(check_backups(scene.path("backups"), None).expect("a check").is_clean());
    scene.restore("again", &NEWEST).expect("a restore");
    let again = scene.open("again");
    assert_eq!(stored(&again), stored(&restored));
    assert_clean(&again);
}

#[test]
fn one_backup_at_a_time() {
    let (scene, store) = Scene::with_store();
    scene.backup(&store);
    let lock = File::open(scene.path("backups/LOCK")).expect("a lock");
    lock.lock_shared().expect("a check by somebody else");
    let error = store.backup(scene.path("backups"), &BackupOptions::default()).expect_err("in use");
    assert!(matches!(error, Error::BackupInUse { .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::Retry);
    // Looking takes nothing away.
    check_backups(scene.path("backups"), None).expect("a check");
    backups(scene.path("backups")).expect("a list");
    drop(lock);
    scene.backup(&store);
}

#[test]
fn a_folder_of_a_newer_format_says_so() {
    let (scene, store) = Scene::with_store();
    scene.backup(&store);
    let path = scene.path("backups/BACKUP");
    let mut bytes = fs::read(&path).expect("a file");
    bytes[9] = 3; // the version byte follows the nine letters of "hw-backup"
    fs::write(&path, bytes).expect("a file");
    for error in [
        backups(scene.path("backups")).expect_err("refused"),
        scene.restore("restored", &NEWEST).expect_err("refused"),
        store.backup(scene.path("backups"), &BackupOptions::default()).expect_err("refused"),
    ] {
        assert!(matches!(error, Error::NewerFormat { found: 3, .. }), "{error}");
    }
}
