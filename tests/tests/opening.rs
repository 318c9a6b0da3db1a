//! Opening: a store opened twice, from a newer format, or damaged says so plainly.

use highwater::testing::ManualTime;
use highwater::{
    Document, Error, ErrorKind, Millis, Options, Store, SyncRequest, TableSpec, TableSpecExt, Ttls,
    WriteStall,
};
use highwater_format::{StoreMarker, StoreState};
use highwater_tests::model::copy_store as copy;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn options() -> Options {
    Options { worker: None, ..Options::default() }
}

fn open(path: &Path) -> Result<Store, Error> {
    Store::builder(path).options(options()).open()
}

fn new_store() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("store");
    let store = open(&path).expect("a store");
    store.create_table(TableSpec::new("notes", "id")).expect("a table");
    for n in 0..200 {
        let text = "x".repeat(200);
        let json = format!(r#"{{"id":"n{n}","text":"{text}"}}"#);
        store.put("notes", Document::from_json(&json).expect("JSON")).expect("a commit");
    }
    // A copy is what a crash leaves: the log is not folded into files.
    let crashed = dir.path().join("crashed");
    copy(&path, &crashed);
    (dir, crashed)
}

fn newest_log(path: &Path) -> PathBuf {
    let files = fs::read_dir(path.join("rocksdb")).expect("a folder").flatten();
    let logs = files.map(|f| f.path()).filter(|p| p.extension().is_some_and(|e| e == "log"));
    logs.max_by_key(|p| fs::metadata(p).map_or(0, |m| m.len())).expect("a write-ahead log")
}

#[test]
fn twice() {
    let (_dir, path) = new_store();
    let first = open(&path).expect("a store");
    let second = open(&path).err().expect("refused");
    assert!(matches!(second, Error::AlreadyOpen { .. }), "{second}");
    assert_eq!(second.kind(), ErrorKind::Operator);
    first.close().expect("a clean close");
    open(&path).expect("free again");
}

#[test]
fn nothing_there_or_something_else() {
    let dir = tempfile::tempdir().expect("a folder");
    let only = Options { create_if_missing: false, ..options() };
    let at =
        |path: &Path| Store::builder(path).options(only.clone()).open().err().expect("refused");
    let missing = dir.path().join("missing");
    assert!(matches!(at(&missing), Error::NotFound { .. }));
    assert!(!missing.exists());
    assert!(matches!(at(dir.path()), Error::NotAStore { .. }));
    fs::write(dir.path().join("STORE"), "hello").expect("a file");
    assert!(matches!(at(dir.path()), Error::NotAStore { .. }));
}

#[test]
fn a_newer_format() {
    let (_dir, path) = new_store();
    let marker = path.join("STORE");
    let mut bytes = fs::read(&marker).expect("a file");
    bytes[9] = 3; // the version byte follows the nine letters of "highwater"
    fs::write(&marker, bytes).expect("a file");
    let error = open(&path).err().expect("refused");
    assert!(matches!(error, Error::NewerFormat { found: 3, supported: 2, .. }), "{error}");
}

#[test]
fn a_damaged_marker() {
    let (_dir, path) = new_store();
    let marker = path.join("STORE");
    let good = fs::read(&marker).expect("a file");
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        fs::write(&marker, bytes).expect("a file");
        open(&path).err().expect("refused");
        fs::write(&marker, &good[..at]).expect("a file");
        open(&path).err().expect("refused");
    }
    fs::write(&marker, good).expect("a file");
    open(&path).expect("whole again");
}

fn damage_newest_log(path: &Path) {
    let log = newest_log(path);
    let mut bytes = fs::read(&log).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&log, bytes).expect("a file");
}

#[test]
fn a_damaged_log_refuses_and_recover_accepts_the_loss() {
    let (_dir, path) = new_store();
    damage_newest_log(&path);
    let error = open(&path).err().expect("refused");
    assert!(matches!(error, Error::DamagedLog { .. }), "{error}");
    assert!(error.to_string().contains("recover"), "{error}");

    let before = Store::builder(&path).options(options()).recover().open().expect("recovered");
    let kept = (0..200)
        .filter(|n| before.get("notes", format!("n{n}").as_str()).expect("a read").is_some());
    let kept = kept.count();
    assert!((1..200).contains(&kept), "{kept} of 200 kept");
    assert!(before.verify().expect("a verification").is_clean());
    let first = before.stats().expect("stats").incarnation;
    before.close().expect("a clean close");
    // Once recovered it opens as any other, and keeps its new incarnation.
    let again = open(&path).expect("a store");
    assert_eq!(again.stats().expect("stats").incarnation, first);
}

#[test]
fn a_torn_last_write_is_dropped_without_a_word() {
    let (_dir, path) = new_store();
    let log = newest_log(&path);
    let bytes = fs::read(&log).expect("a file");
    fs::write(&log, &bytes[..bytes.len() - 7]).expect("a file");
    let store = open(&path).expect("a torn tail is no damage");
    assert!(store.verify().expect("a verification").is_clean());
    assert!(store.get("notes", "n150").expect("a read").is_some());
}

/// Whatever is done to the files: an error for whoever runs the store, or all of its items.
#[test]
fn missing_and_damaged_files_are_never_taken_for_a_new_store() {
    let (dir, path) = new_store();
    open(&path).expect("a store").close().expect("a clean close");
    let mut refused = 0;
    let files = fs::read_dir(path.join("rocksdb")).expect("a folder").flatten();
    // LOCK and LOG hold no data.
    let names = files.map(|file| file.file_name());
    let names = names.filter(|name| !name.to_string_lossy().starts_with("LO"));
    for (n, name) in names.enumerate() {
        let good = fs::read(path.join("rocksdb").join(&name)).expect("a file");
        let half = good[..good.len() / 2].to_vec();
        for (m, bad) in [Some(half), Some(vec![0x55; good.len()]), None].into_iter().enumerate() {
            let trial = dir.path().join(format!("trial-{n}-{m}"));
            copy(&path, &trial);
            let file = trial.join("rocksdb").join(&name);
            match bad {
                Some(bytes) => fs::write(&file, bytes).expect("a file"),
                None => fs::remove_file(&file).expect("a file"),
            }
            match open(&trial) {
                Ok(store) => {
                    for n in 0..200 {
                        match store.get("notes", format!("n{n}").as_str()) {
                            Ok(item) => assert!(item.is_some(), "{name:?} {m}: n{n} is gone"),
                            Err(error) => {
                                assert_eq!(
                                    error.kind(),
                                    ErrorKind::Operator,
                                    "{name:?} {m}: {error}"
                                );
                            }
                        }
                    }
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Operator, "{name:?} {m}: {error}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused >= 5, "{refused}");
}

/// RocksDB itself does not miss a deleted write-ahead log.
#[test]
fn a_log_deleted_after_a_clean_close_is_missed() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("store");
    let store = open(&path).expect("a store");
    store.create_table(TableSpec::new("notes", "id")).expect("a table");
    store.put("notes", Document::from_json(r#"{"id":"a"}"#).expect("JSON")).expect("a commit");
    store.close().expect("a clean close");
    fs::remove_file(newest_log(&path)).expect("a log");
    let error = open(&path).err().expect("refused");
    assert!(matches!(error, Error::DamagedLog { .. }), "{error}");
}

/// What an opening that was killed leaves: a `STORE` file in the state that `change` makes of it.
fn interrupted(path: &Path, change: impl FnOnce(&mut StoreMarker)) {
    let marker = path.join("STORE");
    let mut read = StoreMarker::decode(&fs::read(&marker).expect("a file")).expect("a marker");
    change(&mut read);
    fs::write(marker, read.encode().expect("bytes")).expect("a file");
}

#[test]
fn an_opening_that_was_killed_is_gone_on_with() {
    // While the store was being made: with nothing there yet, and with a part of it.
    for part in [false, true] {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("store");
        open(&path).expect("a store").close().expect("a clean close");
        interrupted(&path, |marker| marker.state = StoreState::New);
        if !part {
            fs::remove_dir_all(path.join("rocksdb")).expect("a folder");
        }
        open(&path).expect("made after all");
    }
    // After a clean close, once RocksDB has replaced the files that the close wrote down.
    let (_dir, path) = new_store();
    open(&path).expect("a store").close().expect("a clean close");
    open(&path).expect("a store").close().expect("a clean close");
    interrupted(&path, |marker| marker.state = StoreState::Open);
    assert!(open(&path).expect("a store").get("notes", "n150").expect("a read").is_some());
}

#[test]
fn a_store_whose_making_was_killed_is_recovered_as_any_other() {
    let (_dir, path) = new_store();
    damage_newest_log(&path);
    interrupted(&path, |marker| marker.state = StoreState::New);
    let error = open(&path).err().expect("refused");
    assert!(matches!(error, Error::DamagedLog { .. }), "{error}");
    Store::builder(&path).options(options()).recover().open().expect("made after all");
}

/// A recovery that was killed after RocksDB gave up commits, and before anybody was told.
#[test]
fn a_recovery_that_was_killed_still_resets_every_client() {
    let (_dir, path) = new_store();
    let before = open(&path).expect("a store");
    let seen = before.sync(&SyncRequest::new("notes")).expect("a page").started_at;
    let incarnation = before.stats().expect("stats").incarnation;
    before.close().expect("a clean close");
    interrupted(&path, |marker| marker.state = StoreState::Losing);
    let after = open(&path).expect("gone on with");
    assert_ne!(after.stats().expect("stats").incarnation, incarnation);
    assert!(after.sync(&SyncRequest::new("notes").last_sync(seen)).expect("a page").reset);
}

#[test]
fn a_store_whose_data_is_gone_is_not_an_empty_one() {
    let (_dir, path) = new_store();
    fs::remove_dir_all(path.join("rocksdb")).expect("a folder");
    let error = open(&path).err().expect("refused");
    assert_eq!(error.kind(), ErrorKind::Operator, "{error}");
}

fn names(path: &Path) -> BTreeSet<OsString> {
    let files = fs::read_dir(path.join("rocksdb")).expect("a folder").flatten();
    files.map(|file| file.file_name()).collect()
}

/// What a crash leaves once nothing is flushed or compacted in the background any more.
#[expect(clippy::disallowed_methods, reason = "files settle in real time")]
fn copy_at_rest(path: &Path, to: &Path) {
    loop {
        let before = names(path);
        std::thread::sleep(std::time::Duration::from_millis(300));
        if names(path) == before {
            return copy(path, to);
        }
    }
}

/// Damage to a log that some families have been flushed past, and a log that is gone.
#[test]
fn recovery_works_with_many_logs_and_flushed_families() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("store");
    let tuning = highwater::Tuning { write_buffer_bytes: 64 << 10, ..highwater::Tuning::default() };
    let options = Options { tuning, write_stall: WriteStall::Wait, ..options() };
    let store = Store::builder(&path).options(options.clone()).open().expect("a store");
    store.create_table(TableSpec::new("notes", "id")).expect("a table");
    for n in 0..2_000 {
        let json = format!(r#"{{"id":"n{n}","text":"{}"}}"#, "x".repeat(200));
        store.put("notes", Document::from_json(&json).expect("JSON")).expect("a commit");
    }
    let crashed = dir.path().join("crashed");
    copy_at_rest(&path, &crashed);
    let logs = names(&crashed).into_iter().filter(|n| n.to_string_lossy().ends_with(".log"));
    let mut trials = 0;
    for (n, name) in logs.enumerate() {
        for missing in [false, true] {
            let trial = dir.path().join(format!("trial-{n}-{missing}"));
            copy(&crashed, &trial);
            let file = trial.join("rocksdb").join(&name);
            let mut bytes = fs::read(&file).expect("a file");
            if bytes.is_empty() {
                continue;
            }
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            match missing {
                true => fs::remove_file(&file).expect("a file"),
                false => fs::write(&file, bytes).expect("a file"),
            }
            let recovered = Store::builder(&trial).options(options.clone()).recover().open();
            let recovered = recovered.unwrap_or_else(|e| panic!("{name:?} {missing}: {e}"));
            let report = recovered.verify().expect("a verification");
            assert!(report.is_clean(), "{name:?} {missing}: {:?}", report.problems);
            // What is left is what was there at some moment: a beginning of the commits, and no hole.
            let is_left = |n| recovered.get("notes", format!("n{n}").as_str()).expect("a read");
            let first_lost = (0..2_000).find(|n| is_left(*n).is_none()).unwrap_or(2_000);
            let after = (first_lost..2_000).find(|n| is_left(*n).is_some());
            assert_eq!(after, None, "{name:?} {missing}: n{first_lost} is lost");
            trials += 1;
        }
    }
    assert!(trials >= 2, "{trials}");
}

/// Floors that went with the end of a log leave nothing missing above those that are left.
#[test]
fn a_recovery_that_loses_floors_keeps_the_history_above_the_old_ones() {
    let dir = tempfile::tempdir().expect("a folder");
    let time = Arc::new(ManualTime::at(Millis(4_102_444_800_000)));
    let fine = Options { bucket_width: Millis(10), ..options() };
    let builder = |path: &Path| {
        Store::builder(path).options(fine.clone()).time_source(Arc::clone(&time) as Arc<_>)
    };
    let [path, again, crashed] = ["store", "again", "crashed"].map(|name| dir.path().join(name));
    let put = |store: &Store, id: &str, n: u8| {
        let json = format!(r#"{{"id":"{id}","n":{n}}}"#);
        store.put("notes", Document::from_json(&json).expect("JSON")).expect("a commit");
    };
    let store = builder(&path).open().expect("a store");
    let ttls =
        Ttls { delta: Some(Millis(300)), tombstone: Some(Millis(300)), history: Some(Millis(700)) };
    store.create_table(TableSpec::new("notes", "id").ttls(ttls)).expect("a table");
    put(&store, "a", 1);
    put(&store, "a", 2);
    copy(&path, &again);

    // What the log held is in files now.
    let store = builder(&again).open().expect("a store");
    put(&store, "b", 1);
    let log = newest_log(&again);
    let before = fs::metadata(&log).expect("a log").len();
    time.advance(Millis(5_000));
    store.expire().expect("the floors rise");
    assert!(store.history("notes", "a").expect("a past").is_empty());
    // A snapshot that goes lets RocksDB compact files by itself.
    assert!(store.verify().expect("a verification").is_clean());
    copy_at_rest(&again, &crashed);
    let log = crashed.join("rocksdb").join(log.file_name().expect("a name"));
    let bytes = fs::read(&log).expect("a log");
    fs::write(&log, bytes.get(..before as usize).expect("it has grown")).expect("a file");

    let recovered = builder(&crashed).recover().open().expect("recovered");
    let past = recovered.history("notes", "a").expect("a past");
    assert_eq!(past.iter().map(|item| item.version).collect::<Vec<_>>(), [1]);
}
