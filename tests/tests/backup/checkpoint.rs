//! Checkpoints: a second store of one moment, which resets whoever it meets first.

use crate::support::{
    Scene, all, assert_clean, files, held, incarnation, options, set_state, stored, sync,
};
use highwater::{Durability, Error, Millis, Options, Replica, TokenProblem};
use highwater_format::StoreState;
use std::fs;

#[test]
fn a_checkpoint_holds_what_was_committed_and_nothing_later() {
    let (scene, store) = Scene::with_store();
    let report = store.checkpoint(scene.path("copy")).expect("a checkpoint");
    assert!(report.files >= 3 && report.bytes > 0, "{report:?}");
    scene.put(&store, r#"{"id":"later"}"#);
    let copy = scene.open("copy");
    assert_eq!(stored(&copy).len(), 1);
    assert_eq!(stored(&store).len(), 2);
    assert_clean(&copy);
    // Neither changes the other.
    scene.put(&copy, r#"{"id":"elsewhere"}"#);
    assert_eq!(stored(&store).len(), 2);
    assert_clean(&store);
}

/// A checkpoint is on disk, whatever the store's durability.
#[test]
fn a_checkpoint_of_a_buffered_store_holds_what_was_acknowledged() {
    let (scene, store) = Scene::with_store();
    store.close().expect("a clean close");
    let buffered = Options { durability: Durability::Buffered, ..options() };
    let store = scene.builder("store").options(buffered).open().expect("a store");
    scene.put(&store, r#"{"id":"buffered"}"#);
    store.checkpoint(scene.path("copy")).expect("a checkpoint");
    // The machine going down takes nothing of it: the copy says that it was synced.
    let copy = scene.open("copy");
    assert_eq!(stored(&copy), stored(&store));
}

#[cfg(unix)]
#[test]
fn data_files_are_shared() {
    use std::os::unix::fs::MetadataExt;
    let (scene, store) = Scene::with_store();
    store.checkpoint(scene.path("copy")).expect("a checkpoint");
    let data = files(&scene.path("copy"));
    let data: Vec<_> = data.iter().filter(|p| p.extension().is_some_and(|e| e == "sst")).collect();
    assert!(!data.is_empty());
    for file in data {
        assert_eq!(fs::metadata(file).expect("a file").nlink(), 2, "{}", file.display());
    }
}

#[test]
fn its_first_opening_resets_every_client_and_the_next_nobody() {
    let (scene, store) = Scene::with_store();
    let mut device = Replica::default();
    sync(&store, &mut device);
    store.checkpoint(scene.path("copy")).expect("a checkpoint");
    scene.put(&store, r#"{"id":"later"}"#);
    scene.time.advance(Millis(20));
    sync(&store, &mut device);
    assert_eq!(held(&device).len(), 2);
    let before = device.last_sync("all").expect("a sync");

    scene.time.advance(Millis(100_000));
    let copy = scene.open("copy");
    assert_ne!(incarnation(&copy), incarnation(&store));
    assert!(copy.sync(&all().last_sync(before)).expect("a page").reset);
    sync(&copy, &mut device);
    assert_eq!(held(&device), stored(&copy));
    let (renewed, after) = (incarnation(&copy), device.last_sync("all").expect("a sync"));
    copy.close().expect("a clean close");

    let copy = scene.open("copy");
    assert_eq!(incarnation(&copy), renewed);
    assert!(!copy.sync(&all().last_sync(after)).expect("a page").reset);
}

/// The keys are the store's, so its tokens are read, and refused for what they are.
#[test]
fn tokens_of_the_original_are_of_another_incarnation() {
    let (scene, store) = Scene::with_store();
    for id in ["a", "b", "c"] {
        scene.put(&store, &format!(r#"{{"id":"{id}"}}"#));
    }
    let token = store.sync(&all()).expect("a page").next_token.expect("more pages");
    store.checkpoint(scene.path("copy")).expect("a checkpoint");
    let copy = scene.open("copy");
    let answer = copy.sync(&all().next_token(token));
    let refused =
        matches!(answer, Err(Error::Token { problem: TokenProblem::OtherIncarnation, .. }));
    assert!(refused, "{answer:?}");
}

#[test]
fn a_first_opening_that_was_interrupted_renews_again() {
    let (scene, store) = Scene::with_store();
    store.checkpoint(scene.path("copy")).expect("a checkpoint");
    let copy = scene.open("copy");
    let (first, seen) = (incarnation(&copy), copy.sync(&all()).expect("a page").started_at);
    copy.close().expect("a clean close");
    // As it was before anybody was told.
    set_state(&scene.path("copy"), StoreState::Copied { new_keys: false, left: Vec::new() });
    scene.time.advance(Millis(1_000));
    let copy = scene.open("copy");
    assert_ne!(incarnation(&copy), first);
    assert!(copy.sync(&all().last_sync(seen)).expect("a page").reset);
    assert_clean(&copy);
}

#[test]
fn nothing_is_written_where_something_is() {
    let (scene, store) = Scene::with_store();
    store.checkpoint(scene.path("copy")).expect("a checkpoint");
    fs::create_dir(scene.path("letters")).expect("a folder");
    fs::write(scene.path("letters/one.txt"), "dear diary").expect("a file");
    fs::write(scene.path("file"), "a file").expect("a file");
    for name in ["copy", "store", "letters", "file"] {
        let before = scene.path(name).is_dir().then(|| files(&scene.path(name)).len());
        for answer in [store.checkpoint(scene.path(name)), store.copy(scene.path(name))] {
            let error = answer.expect_err("refused");
            assert!(matches!(error, Error::Occupied { .. }), "{name}: {error}");
            assert!(error.to_string().contains("empty"), "{error}");
        }
        let after = scene.path(name).is_dir().then(|| files(&scene.path(name)).len());
        assert_eq!(before, after, "{name}");
    }
    // An empty folder is as good as none.
    fs::create_dir(scene.path("empty")).expect("a folder");
    store.checkpoint(scene.path("empty")).expect("a checkpoint");
    assert_clean(&scene.open("empty"));
}

/// A copy that was carried somewhere and lost a part of a file on the way.
#[test]
fn a_copy_whose_files_were_cut_does_not_open() {
    let (scene, store) = Scene::with_store();
    store.checkpoint(scene.path("copy")).expect("a checkpoint");
    let manifest = files(&scene.path("copy"));
    let manifest = manifest.iter().find(|p| p.to_string_lossy().contains("MANIFEST"));
    let manifest = manifest.expect("a manifest");
    let bytes = fs::read(manifest).expect("a file");
    fs::write(manifest, &bytes[..bytes.len() - 1]).expect("a file");
    let error = scene.refused("copy");
    assert!(matches!(error, Error::DamagedLog { .. }), "{error}");
}

/// Where the last record of a manifest begins: blocks of 32 KiB, in them a checksum, a length, a kind each.
fn last_record(manifest: &[u8]) -> usize {
    let (mut at, mut last) = (0, 0);
    while let Some(&[low, high, _kind]) = manifest.get(at + 4..at + 7) {
        assert!(manifest.len() < 32 << 10, "one block");
        last = at;
        at += 7 + usize::from(u16::from_le_bytes([low, high]));
    }
    last
}

/// RocksDB itself does not miss the end of a manifest, nor then the data that it names.
#[test]
fn a_copy_whose_manifest_lost_its_last_record_does_not_open() {
    let (scene, store) = Scene::with_store();
    store.checkpoint(scene.path("copy")).expect("a checkpoint");
    let manifest = files(&scene.path("copy"));
    let manifest = manifest.iter().find(|p| p.to_string_lossy().contains("MANIFEST"));
    let manifest = manifest.expect("a manifest");
    let bytes = fs::read(manifest).expect("a file");
    fs::write(manifest, &bytes[..last_record(&bytes)]).expect("a file");
    let error = scene.refused("copy");
    assert!(matches!(error, Error::DamagedLog { .. }), "{error}");
}
