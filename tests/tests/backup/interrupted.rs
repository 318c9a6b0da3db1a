//! What an interruption leaves is refused, gone on with, or done again; never taken for a store.

use crate::support::{
    NEWEST, REPLACE, Scene, assert_clean, files, incarnation, put, set_state, stored,
};
use highwater::{BackupOptions, Error, Options, RestoreOptions, backups, check_backups};
use highwater_format::StoreState;
use std::fs;

#[test]
fn half_a_checkpoint_is_no_store_and_may_be_written_again() {
    let (scene, store) = Scene::with_store();
    // Before anything, with a part of the files, with all of them.
    for part in 0..3 {
        let path = scene.path("copy");
        store.checkpoint(&path).expect("a checkpoint");
        set_state(&path, StoreState::Unfinished);
        match part {
            0 => fs::remove_dir_all(path.join("rocksdb")).expect("a folder"),
            1 => fs::rename(path.join("rocksdb"), path.join("rocksdb.tmp")).expect("a folder"),
            _ => {}
        }
        let error = scene.refused("copy");
        assert!(matches!(error, Error::NotAStore { .. }), "{error}");
        assert!(error.to_string().contains("interrupted"), "{error}");
        store.checkpoint(&path).expect("written again");
        assert!(!path.join("rocksdb.tmp").exists());
        assert_clean(&scene.open("copy"));
        fs::remove_dir_all(path).expect("a folder");
    }
}

/// It may be a store that lost its STORE file: nobody opens it, and nobody writes over it.
#[test]
fn data_without_a_store_file_is_left_alone() {
    let (scene, store) = Scene::with_store();
    store.checkpoint(scene.path("copy")).expect("a checkpoint");
    fs::remove_file(scene.path("copy/STORE")).expect("a file");
    let before = files(&scene.path("copy")).len();
    let error = scene.refused("copy");
    assert!(matches!(error, Error::NotAStore { .. }), "{error}");
    for error in [
        store.checkpoint(scene.path("copy")).expect_err("refused"),
        store.copy(scene.path("copy")).expect_err("refused"),
    ] {
        assert!(matches!(error, Error::Occupied { .. }), "{error}");
    }
    assert_eq!(files(&scene.path("copy")).len(), before);
}

/// A folder that was taken, and nothing more: a lock, and half a STORE file.
#[test]
fn a_folder_with_a_lock_alone_is_empty() {
    let (scene, store) = Scene::with_store();
    fs::create_dir(scene.path("copy")).expect("a folder");
    fs::write(scene.path("copy/LOCK"), "").expect("a file");
    fs::write(scene.path("copy/STORE.new"), "high").expect("a file");
    store.checkpoint(scene.path("copy")).expect("a checkpoint");
    assert_clean(&scene.open("copy"));
}

/// A backup is in the list or it is not there; what is left of it goes with the next.
#[test]
fn half_a_backup_is_in_no_list_and_goes_with_the_next() {
    let (scene, store) = Scene::with_store();
    let (folder, list) = (scene.path("backups"), scene.path("backups/BACKUP"));
    scene.backup(&store);
    let before = fs::read(&list).expect("a file");
    put(&store, r#"{"id":"second"}"#);
    store.compact().expect("a compaction");
    scene.backup(&store);
    // RocksDB's part was done, the list was not written yet.
    fs::write(&list, &before).expect("a file");
    assert_eq!(backups(&folder).expect("a list").len(), 1);
    let unknown = scene.restore("restored", &RestoreOptions { id: Some(2), ..NEWEST });
    assert!(matches!(unknown, Err(Error::OutOfRange { .. })), "{unknown:?}");
    scene.restore("restored", &NEWEST).expect("a restore");
    assert_eq!(stored(&scene.open("restored")).len(), 1);

    // Or it was killed amid copying.
    fs::remove_file(folder.join("rocksdb/meta/2")).expect("a file");
    fs::write(folder.join("rocksdb/shared_checksum/000099_7_half.sst"), "half").expect("a file");
    put(&store, r#"{"id":"third"}"#);
    store.compact().expect("a compaction");
    scene.backup(&store);
    assert_eq!(backups(&folder).expect("a list").len(), 2);
    let check = check_backups(&folder, None).expect("a check");
    assert!(check.is_clean(), "{:?}", check.problems);
    let lists = 2;
    assert_eq!(check.files + lists, files(&folder.join("rocksdb")).len() as u64);
    scene.restore("again", &NEWEST).expect("a restore");
    assert_eq!(stored(&scene.open("again")), stored(&store));
}

/// The list forgets a backup first; its files go then, or with the next.
#[test]
fn letting_go_of_a_backup_can_be_interrupted() {
    let (scene, store) = Scene::with_store();
    let (folder, list) = (scene.path("backups"), scene.path("backups/BACKUP"));
    scene.backup(&store);
    put(&store, r#"{"id":"second"}"#);
    scene.backup(&store);
    let both = scene.path("both");
    fs::create_dir(&both).expect("a folder");
    let copy: Vec<_> = files(&folder.join("rocksdb"));
    for file in &copy {
        let to = both.join(file.strip_prefix(&folder).expect("inside"));
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        fs::copy(file, to).expect("a file");
    }
    store.backup(&folder, &BackupOptions { keep: Some(1) }).expect("a backup");
    // As if the files of the first two had not gone.
    for file in copy {
        let from = both.join(file.strip_prefix(&folder).expect("inside"));
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::copy(from, file).expect("a file");
    }
    let before = fs::read(&list).expect("a file");
    let ids = |path| backups(path).expect("a list").iter().map(|b| b.id).collect::<Vec<_>>();
    assert_eq!(ids(&folder), [3]);
    let report = store.backup(&folder, &BackupOptions::default()).expect("a backup");
    assert_eq!(report.id, 4);
    assert_eq!(ids(&folder), [3, 4]);
    assert_ne!(before, fs::read(&list).expect("a file"));
    let check = check_backups(&folder, None).expect("a check");
    assert!(check.is_clean(), "{:?}", check.problems);
    let lists = 2;
    assert_eq!(check.files + lists, files(&folder.join("rocksdb")).len() as u64);
}

/// Until the restored store is whole, the old one is there; the same call does it again.
#[test]
fn half_a_restore_leaves_the_old_store_and_is_repeated() {
    let (scene, store) = Scene::with_store();
    scene.backup(&store);
    scene.put(&store, r#"{"id":"later"}"#);
    store.close().expect("a clean close");
    for state in [StoreState::Unfinished, StoreState::Open] {
        // What is written beside was not finished, or not verified.
        fs::create_dir(scene.path("store/restored")).expect("a folder");
        scene.restore("whole", &NEWEST).expect("a restore");
        for name in ["STORE", "rocksdb", "LOCK"] {
            let to = scene.path("store/restored").join(name);
            fs::rename(scene.path("whole").join(name), to).expect("moved");
        }
        fs::remove_dir(scene.path("whole")).expect("a folder");
        set_state(&scene.path("store/restored"), state);
        let store = scene.open("store");
        assert_eq!(stored(&store).len(), 2, "the old one");
        store.close().expect("a clean close");
        assert!(scene.restore("store", &REPLACE).expect("repeated").replaced);
        assert!(!scene.path("store/restored").exists());
        let store = scene.open("store");
        assert_eq!(stored(&store).len(), 1);
        assert_clean(&store);
        scene.put(&store, r#"{"id":"later"}"#);
        store.close().expect("a clean close");
    }
    // A new folder is no store until all is done.
    fs::create_dir(scene.path("new")).expect("a folder");
    fs::copy(scene.path("store/STORE"), scene.path("new/STORE")).expect("a file");
    set_state(&scene.path("new"), StoreState::Unfinished);
    fs::create_dir(scene.path("new/restored")).expect("a folder");
    scene.refused("new");
    scene.restore("new", &NEWEST).expect("repeated");
    assert_eq!(stored(&scene.open("new")).len(), 1);
}

/// From the moment when the restored store is the store, everybody goes on with that.
#[test]
fn a_replacement_that_was_killed_is_gone_on_with() {
    for step in 0..4 {
        for by_restore in [false, true] {
            let (scene, store) = Scene::with_store();
            scene.backup(&store);
            scene.put(&store, r#"{"id":"later"}"#);
            store.close().expect("a clean close");
            let path = scene.path("store");
            let report = scene.restore("restored", &NEWEST).expect("a restore");
            fs::rename(scene.path("restored"), path.join("restored")).expect("moved");
            set_state(&path, StoreState::Replaced);
            if step >= 1 {
                // Some of the old data is gone, or all of it.
                let old = files(&path.join("rocksdb"));
                old.iter().take(2).for_each(|file| fs::remove_file(file).expect("a file"));
            }
            if step >= 2 {
                fs::remove_dir_all(path.join("rocksdb")).expect("a folder");
            }
            if step >= 3 {
                fs::rename(path.join("restored/rocksdb"), path.join("rocksdb")).expect("moved");
            }
            if by_restore {
                assert!(scene.restore("store", &REPLACE).expect("a restore").replaced);
            }
            let store = scene.open("store");
            assert_eq!(stored(&store).len(), 1, "step {step}");
            assert_eq!(incarnation(&store) == report.incarnation, !by_restore, "step {step}");
            assert_clean(&store);
            assert!(!path.join("restored").exists());
        }
    }
}

/// Somebody's own folder of that name is not cleared away.
#[test]
fn a_restore_clears_only_what_a_restore_left() {
    let (scene, store) = Scene::with_store();
    let inside = scene.path("store/restored");
    store.backup(&inside, &BackupOptions::default()).expect("a backup in an odd place");
    store.close().expect("a clean close");
    let before = files(&inside).len();
    let error = scene.builder("store").restore(&inside, &REPLACE).expect_err("refused");
    assert!(matches!(error, Error::Occupied { .. }), "{error}");
    assert_eq!(files(&inside).len(), before);
    scene.builder("elsewhere").restore(&inside, &NEWEST).expect("a restore");
}

/// Options that cannot be are refused before anything is written.
#[test]
fn bad_options_write_nothing() {
    let (scene, store) = Scene::with_store();
    scene.backup(&store);
    let mut options = Options::default();
    options.limits.item_bytes = 0;
    let answer = scene.builder("new").options(options).restore(scene.path("backups"), &NEWEST);
    assert!(matches!(answer, Err(Error::OutOfRange { .. })), "{answer:?}");
    assert!(!scene.path("new").exists());
}
