//! What only the engine's own insides can show: bytes of keys, and damage behind its back.

use crate::storage::Batch;
use crate::{
    BackupOptions, Document, Options, RestoreOptions, Store, StoreBuilder, TableSpec, TableSpecExt,
};
use highwater_format::meta::RingKey;
use highwater_format::{Family, ItemKey, TableId, keys};
use std::io::ErrorKind;
use std::path::Path;

fn builder(path: &Path) -> StoreBuilder {
    Store::builder(path).options(Options { worker: None, ..Options::default() })
}

fn store(path: &Path) -> Store {
    let store = builder(path).open().unwrap();
    store.create_table(TableSpec::new("t", "id")).unwrap();
    store.put("t", Document::from_json(r#"{"id":"a"}"#).unwrap()).unwrap();
    store
}

fn token_keys(store: &Store) -> Vec<RingKey> {
    store.inner().token_keys.read().0.clone()
}

/// Whether a file of the folder holds these bytes.
fn holds(folder: &Path, bytes: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, bytes);
        }
        match std::fs::read(&path) {
            Ok(file) => file.windows(bytes.len()).any(|window| window == bytes),
            // An open store removes files that it is done with, and a folder is listed before it is read.
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
                false
            }
        }
    })
}

#[test]
fn no_file_of_a_copy_holds_a_key_of_the_original() {
    let dir = tempfile::tempdir().unwrap();
    let (path, to) = (dir.path().join("store"), dir.path().join("copy"));
    let original = store(&path);
    original.rotate_token_keys().unwrap();
    let secrets = token_keys(&original);
    assert_eq!(secrets.len(), 2);

    original.checkpoint(dir.path().join("checkpoint")).unwrap();
    assert!(secrets.iter().all(|key| holds(&dir.path().join("checkpoint"), &key.secret)));
    original.copy(&to).unwrap();
    assert!(!secrets.iter().any(|key| holds(&to, &key.secret)));

    let copy = builder(&to).open().unwrap();
    let own = token_keys(&copy);
    assert_eq!(own.len(), 1);
    assert!(holds(&to, &own[0].secret) && !holds(&path, &own[0].secret));
}

/// The files are as they were backed up, and still no store comes of them.
#[test]
fn a_restored_store_with_problems_replaces_no_store() {
    let dir = tempfile::tempdir().unwrap();
    let (path, backups) = (dir.path().join("store"), dir.path().join("backups"));
    let good = store(&path);
    let mut batch = Batch::default();
    batch.delete(Family::Base, keys::base(TableId(1), &ItemKey::from("a").encode()));
    good.inner().storage.write(batch, true).unwrap();
    good.backup(&backups, &BackupOptions::default()).unwrap();
    good.put("t", Document::from_json(r#"{"id":"later"}"#).unwrap()).unwrap();
    good.close().unwrap();

    let replace = RestoreOptions { replace: true, ..RestoreOptions::default() };
    let report = builder(&path).restore(&backups, &replace).unwrap();
    assert!(!report.replaced && !report.put_in_place && !report.verify.is_clean(), "{report:?}");
    let kept = builder(&path).open().unwrap();
    assert!(kept.get("t", "later").unwrap().is_some());
    assert!(!path.join("restored").exists());
    // Where nothing is, it is what there is.
    let report = builder(&dir.path().join("new")).restore(&backups, &replace).unwrap();
    assert!(!report.replaced && report.put_in_place && !report.verify.is_clean(), "{report:?}");
    builder(&dir.path().join("new")).open().unwrap();
}
