//! Damaged backups: every byte that changes is found, and nothing damaged is restored.

use crate::support::{NEWEST, REPLACE, Scene, all, files, put, stored};
use highwater::{Error, ErrorKind, Millis, RestoreOptions, check_backups};
use std::fs;
use std::path::PathBuf;

/// A folder of two backups, its files but for the lock, and what a client has last seen.
fn two_backups() -> (Scene, Vec<PathBuf>, Millis) {
    let (scene, store) = Scene::with_store();
    for n in 0..50 {
        put(&store, &format!(r#"{{"id":"n{n}","owner":"bob"}}"#));
    }
    scene.backup(&store);
    put(&store, r#"{"id":"later"}"#);
    scene.backup(&store);
    scene.time.advance(Millis(10));
    let seen = store.sync(&all()).expect("a page").started_at;
    store.close().expect("a clean close");
    let files = files(&scene.path("backups"));
    let files = files.into_iter().filter(|file| !file.ends_with("LOCK")).collect();
    (scene, files, seen)
}

/// What a check of the whole folder says, or that it is not even one.
fn is_found(scene: &Scene) -> bool {
    match check_backups(scene.path("backups"), None) {
        Ok(check) => !check.is_clean(),
        Err(error) => matches!(error, Error::NotABackup { .. } | Error::NewerFormat { .. }),
    }
}

#[test]
fn a_flipped_byte_is_found_in_whatever_file_it_is() {
    let (scene, files, _) = two_backups();
    assert!(!is_found(&scene));
    for file in &files {
        let good = fs::read(file).expect("a file");
        let places = [0, good.len() / 3, good.len() / 2, good.len().saturating_sub(1)];
        for at in places.into_iter().filter(|at| *at < good.len()) {
            let mut bad = good.clone();
            bad[at] ^= 0x04;
            fs::write(file, &bad).expect("a file");
            assert!(is_found(&scene), "byte {at} of {}", file.display());
        }
        fs::write(file, &good[..good.len() / 2]).expect("a file");
        assert!(good.is_empty() || is_found(&scene), "half of {}", file.display());
        fs::remove_file(file).expect("a file");
        assert!(is_found(&scene), "without {}", file.display());
        fs::write(file, &good).expect("a file");
    }
    assert!(!is_found(&scene));
}

#[test]
fn what_is_damaged_is_named_with_the_backups_that_need_it() {
    let (scene, files, _) = two_backups();
    let shared = files.iter().find(|file| file.extension().is_some_and(|e| e == "sst"));
    let shared = shared.expect("a data file");
    fs::remove_file(shared).expect("a file");
    let check = check_backups(scene.path("backups"), None).expect("a check");
    let [problem] = check.problems.as_slice() else { panic!("{:?}", check.problems) };
    let name = shared.file_name().expect("a name").to_string_lossy();
    assert!(problem.place.contains(&*name), "{problem:?}");
    assert!(problem.place.starts_with("backup 1, 2: "), "{problem:?}");
    let answer = check_backups(scene.path("backups"), Some(7));
    assert!(matches!(answer, Err(Error::OutOfRange { field: "backup", .. })), "{answer:?}");
}

#[test]
fn a_damaged_backup_is_not_restored_and_replaces_nothing() {
    let (scene, files, seen) = two_backups();
    let of_two = scene.path("backups/rocksdb/private/2");
    let data = files
        .iter()
        .filter(|file| file.starts_with(&of_two) || file.extension().is_some_and(|e| e == "sst"));
    for file in data.chain([&scene.path("backups/rocksdb/meta/2")]) {
        let good = fs::read(file).expect("a file");
        if good.is_empty() {
            continue;
        }
        let mut bad = good.clone();
        bad[good.len() / 2] ^= 1;
        fs::write(file, &bad).expect("a file");
        let error = scene.restore("store", &REPLACE).expect_err("damaged");
        assert!(matches!(error, Error::DamagedBackup { id: 2, .. }), "{file:?}: {error}");
        assert_eq!(error.kind(), ErrorKind::Operator);
        assert!(matches!(scene.restore("new", &NEWEST), Err(Error::DamagedBackup { .. })));
        let half = scene.refused("new");
        assert!(matches!(half, Error::NotAStore { .. }), "{file:?}: {half}");
        fs::write(file, &good).expect("a file");
    }
    let store = scene.open("store");
    assert_eq!(stored(&store).len(), 52);
    // Nobody is reset by what did not happen.
    assert!(!store.sync(&all().last_sync(seen)).expect("a page").reset);
    store.close().expect("a clean close");
    // The earlier one is whole, and so is the later one by now.
    let first = RestoreOptions { id: Some(1), ..REPLACE };
    assert!(scene.restore("store", &first).expect("a restore").replaced);
    assert_eq!(stored(&scene.open("store")).len(), 51);
    assert!(scene.restore("new", &NEWEST).expect("a restore").verify.is_clean());
}

/// Also where what it says otherwise would do: nobody knows what else is not as it was.
#[test]
fn a_backup_whose_list_of_files_has_changed_is_not_restored() {
    let (scene, _, _) = two_backups();
    let list = scene.path("backups/rocksdb/meta/2");
    let good = fs::read(&list).expect("a file");
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&list, bad).expect("a file");
        let error = scene.restore("new", &NEWEST).expect_err("damaged");
        assert!(matches!(error, Error::DamagedBackup { id: 2, .. }), "byte {at}: {error}");
    }
}
