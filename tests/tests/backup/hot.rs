//! Copies and backups while others write: each is of one moment, and holds what came before the call.

use crate::support::{NEWEST, Scene, assert_clean};
use highwater::{
    BackupOptions, Document, Error, ListRequest, Millis, Mutation, Options, Projection, Store,
    TableSpec, TableSpecExt, Tuning, Worker,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::Builder;

const WRITERS: u64 = 3;

/// Writes `left` and `right` of one writer in one batch, over and over, and says how often it did.
fn write(store: &Store, writer: u64, done: &AtomicU64, stop: &AtomicBool) {
    while !stop.load(Ordering::SeqCst) {
        let n = done.load(Ordering::SeqCst) + 1;
        let of = |table: &str| {
            let json = format!(r#"{{"id":"w{writer}","owner":"o{}","n":{n}}}"#, n % 3);
            Mutation::put(table, Document::from_json(&json).expect("JSON"))
        };
        match store.apply_batch(&[of("left"), of("right")]) {
            Ok(_) => done.store(n, Ordering::SeqCst),
            // Small buffers hold a writer back where the machine is busy.
            Err(Error::Busy) => std::thread::yield_now(),
            Err(error) => panic!("{error}"),
        }
    }
}

fn count(store: &Store, table: &str, writer: u64) -> u64 {
    let page = store.list(&ListRequest::new(table)).expect("a listing");
    let key = format!("\"w{writer}\"");
    let item = page.items.iter().find(|item| item.key.to_string() == key);
    item.map_or(0, |item| item.version)
}

/// What it holds is one moment's, not before `before`.
#[track_caller]
fn assert_of_one_moment(store: &Store, before: &[u64]) {
    assert_clean(store);
    for (writer, &least) in (0..WRITERS).zip(before) {
        let (left, right) = (count(store, "left", writer), count(store, "right", writer));
        assert_eq!(left, right, "writer {writer}");
        assert!(left >= least, "writer {writer}: {left} of {least} acknowledged");
    }
}

#[test]
fn each_is_of_one_moment() {
    let scene = Scene::new();
    // Small buffers, so that files come and go meanwhile.
    let tuning = Tuning { write_buffer_bytes: 64 << 10, ..Tuning::default() };
    let worker = Some(Worker { every: Millis(20), sweep_every: Millis(200) });
    let options = Options { tuning, worker, ..Options::default() };
    let store = Store::builder(scene.path("store")).options(options).open().expect("a store");
    for table in ["left", "right"] {
        let spec = TableSpec::new(table, "id").index("byOwner", "owner", Projection::All);
        store.create_table(spec).expect("a table");
    }
    let stop = Arc::new(AtomicBool::new(false));
    let done: Vec<_> = (0..WRITERS).map(|_| Arc::new(AtomicU64::new(0))).collect();
    let threads: Vec<_> = (0..WRITERS)
        .zip(&done)
        .map(|(writer, done)| {
            let (store, done, stop) = (store.clone(), Arc::clone(done), Arc::clone(&stop));
            let work = move || write(&store, writer, &done, &stop);
            Builder::new().spawn(work).expect("a thread")
        })
        .collect();
    let acknowledged = || -> Vec<u64> { done.iter().map(|n| n.load(Ordering::SeqCst)).collect() };

    let mut before = Vec::new();
    for n in 0..4 {
        // Each has something of its own.
        let floor = acknowledged();
        while acknowledged().iter().zip(&floor).any(|(now, then)| now < &(then + 50)) {
            std::thread::yield_now();
        }
        before.push((acknowledged(), n));
        let copy = scene.path(&format!("copy-{n}"));
        match n % 2 {
            0 => store.checkpoint(copy).map(drop),
            _ => store.copy(copy).map(drop),
        }
        .expect("a copy");
        before.push((acknowledged(), n + 4));
        store.backup(scene.path("backups"), &BackupOptions::default()).expect("a backup");
        // No floor rises while RocksDB holds writers back.
        loop {
            match store.compact() {
                Err(Error::Busy) => std::thread::yield_now(),
                done => break done.map(drop).expect("a compaction"),
            }
        }
    }
    stop.store(true, Ordering::SeqCst);
    for thread in threads {
        thread.join().expect("a writer");
    }
    assert_clean(&store);

    for (before, n) in before {
        let name = match n {
            0..4 => format!("copy-{n}"),
            _ => {
                let how = highwater::RestoreOptions { id: Some(n - 3), ..NEWEST };
                let name = format!("restored-{n}");
                let report = Store::builder(scene.path(&name)).restore(scene.path("backups"), &how);
                assert!(report.expect("a restore").verify.is_clean());
                name
            }
        };
        let copy = Store::open(scene.path(&name)).expect("a store");
        assert_of_one_moment(&copy, &before);
    }
}

/// Closing on another handle waits for the backup that is on its way, and ends it with nothing lost.
#[test]
fn closing_waits_for_a_backup() {
    let (scene, store) = Scene::with_store();
    let (handle, to) = (store.clone(), scene.path("backups"));
    let made = Arc::new(AtomicBool::new(false));
    let said = Arc::clone(&made);
    let backing_up = Builder::new().spawn(move || {
        let mut ids = Vec::new();
        // One after another, until the store is closed.
        loop {
            match handle.backup(&to, &BackupOptions { keep: Some(1) }) {
                Ok(report) => ids.push(report.id),
                Err(error) => return (ids, error),
            }
            said.store(true, Ordering::SeqCst);
        }
    });
    while !made.load(Ordering::SeqCst) {
        std::thread::yield_now();
    }
    store.close().expect("a clean close");
    let (ids, error) = backing_up.expect("a thread").join().expect("no panic");
    assert!(matches!(error, highwater::Error::ReadOnly { .. }), "{error}");
    let held = highwater::backups(scene.path("backups")).expect("a list");
    assert_eq!(held.last().map(|backup| backup.id), ids.last().copied());
    assert!(highwater::check_backups(scene.path("backups"), None).expect("a check").is_clean());
}
