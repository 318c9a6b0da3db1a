//! A store in memory does what a store in a folder does: nothing is lost by closing it, by killing it,
//! by compaction or by dropping files.

use highwater::testing::{Faults, ManualTime, MemoryDisk, Point, memory_store};
use highwater::{
    Document, Durability, Error, ErrorKind, ListRequest, Millis, Options, Projection, Store,
    SyncRequest, TableSpec, TableSpecExt, Ttls, Tuning, WriteStall,
};
use parking_lot::Mutex;
use std::sync::Arc;

const START: Millis = Millis(1_700_000_000_000);

/// Write buffers so small that a few commits fill them.
fn small(durability: Durability) -> Options {
    Options {
        durability,
        write_stall: WriteStall::Wait,
        worker: None,
        bucket_width: Millis(50),
        tuning: Tuning { write_buffer_bytes: 64 << 10, ..Tuning::default() },
        ..Options::default()
    }
}

fn spec() -> TableSpec {
    TableSpec::new("notes", "id").index("byOwner", "owner", Projection::KeysOnly).ttls(Ttls {
        delta: Some(Millis(1_000)),
        tombstone: Some(Millis(5_000)),
        history: None,
    })
}

fn note(n: usize) -> Document {
    // Hardly to be compressed, so that it weighs something.
    let text: String = (0..200).map(|i| format!("{:x}", (n + 7) * (i + 3) * 7919)).collect();
    let json = format!(r#"{{"id":"n{n}","owner":"o{}","text":"{text}"}}"#, n % 3);
    Document::from_json(&json).unwrap()
}

fn ids(store: &Store) -> Vec<String> {
    let page = store.list(&ListRequest::new("notes").limit(1000)).unwrap();
    page.items.iter().map(|item| item.key.to_string()).collect()
}

fn assert_clean(store: &Store) {
    let report = store.verify().unwrap();
    assert!(report.is_clean(), "{:?}", report.problems);
}

#[test]
fn a_closed_store_opens_with_everything_there() {
    for durability in [Durability::Sync, Durability::Buffered] {
        let disk = MemoryDisk::default();
        let store = disk.builder().options(small(durability)).open().unwrap();
        store.create_table(spec()).unwrap();
        for n in 0..200 {
            store.put("notes", note(n)).unwrap();
        }
        let (before, stats) = (ids(&store), store.stats().unwrap());
        let cursor = store.sync(&SyncRequest::new("notes").limit(1000)).unwrap().cursor.unwrap();
        store.close().unwrap();

        let again = disk.builder().options(small(durability)).open().unwrap();
        assert_eq!(ids(&again), before);
        assert_eq!(again.stats().unwrap().incarnation, stats.incarnation);
        let nothing = again.sync(&SyncRequest::new("notes").cursor(cursor)).unwrap();
        assert!(nothing.items.is_empty() && !nothing.reset);
        assert_clean(&again);
    }
}

#[test]
fn compaction_and_dropped_files_lose_nothing_that_is_alive() {
    let time = Arc::new(ManualTime::at(START));
    let disk = MemoryDisk::default();
    let builder = || disk.builder().options(small(Durability::Sync)).time_source(time.clone());
    let store = builder().open().unwrap();
    store.create_table(spec()).unwrap();
    for n in 0..100 {
        store.put("notes", note(n)).unwrap();
        time.advance(Millis(10));
    }
    for n in 0..50 {
        store.delete("notes", format!("n{n}")).unwrap();
    }
    // Into files, and then beyond every time to live.
    store.compact().unwrap();
    time.advance(Millis(20_000));
    let report = store.compact().unwrap();
    assert!(report.file_bytes_dropped > 0 && report.tombstones_dropped > 0, "{report:?}");
    assert_eq!(ids(&store).len(), 50);
    assert_clean(&store);
    store.close().unwrap();

    let again = builder().open().unwrap();
    assert_eq!(ids(&again).len(), 50);
    assert_clean(&again);
}

#[test]
fn what_a_killed_process_leaves_holds_every_commit_and_no_later_one() {
    let disk = MemoryDisk::default();
    let store = disk.builder().options(small(Durability::Buffered)).open().unwrap();
    store.create_table(spec()).unwrap();
    for n in 0..150 {
        store.put("notes", note(n)).unwrap();
    }
    let left = MemoryDisk::left_by(&store).unwrap();
    let before = ids(&store);
    let newest = store.put("notes", note(150)).unwrap();

    // It is a store that was open, and not a new one.
    let there = Options { create_if_missing: false, ..small(Durability::Buffered) };
    let found = left.builder().options(there).open().unwrap();
    assert_eq!(ids(&found), before);
    assert_clean(&found);
    // It goes its own way from there, and can be killed in its turn.
    let later = found.put("notes", note(151)).unwrap();
    assert!(later.item.unwrap().changed_at > newest.item.unwrap().changed_at);
    let again = MemoryDisk::left_by(&found).unwrap().open().unwrap();
    assert_eq!(ids(&again), ids(&found));
    assert_ne!(ids(&again), ids(&store));
    assert_eq!(ids(&store).len(), 151);
    assert_clean(&store);
}

/// Keeps what is left when the engine comes to `at`.
struct KillAt {
    at: Point,
    store: Mutex<Option<Store>>,
    left: Mutex<Option<MemoryDisk>>,
}

impl Faults for KillAt {
    fn at(&self, point: Point) -> Result<(), String> {
        let store = self.store.lock().take_if(|_| point == self.at);
        if let Some(store) = store {
            *self.left.lock() = Some(MemoryDisk::left_by(&store).unwrap());
        }
        Ok(())
    }
}

#[test]
fn killed_amid_a_commit_it_is_there_wholly_or_not_at_all() {
    for (at, there) in [(Point::BeforeWrite, false), (Point::AfterWrite, true)] {
        let kill = Arc::new(KillAt { at, store: Mutex::default(), left: Mutex::default() });
        let store = MemoryDisk::default().builder().faults(kill.clone()).open().unwrap();
        store.create_table(spec()).unwrap();
        *kill.store.lock() = Some(store.clone());
        store.put("notes", note(1)).unwrap();

        let left = kill.left.lock().take().unwrap();
        let found = left.open().unwrap();
        assert_eq!(found.get("notes", "n1").unwrap().is_some(), there);
        assert_clean(&found);
    }
}

#[test]
fn a_disk_is_open_once_and_made_only_on_demand() {
    let disk = MemoryDisk::default();
    let none = Options { create_if_missing: false, ..Options::default() };
    let missing = disk.builder().options(none.clone()).open();
    assert!(matches!(missing, Err(Error::NotFound { .. })));
    let store = disk.open().unwrap();
    assert!(matches!(disk.open(), Err(Error::AlreadyOpen { .. })));
    drop(store);
    assert!(disk.builder().options(none).open().is_ok());
}

#[test]
fn two_disks_share_nothing() {
    let (one, other) = (memory_store().unwrap(), memory_store().unwrap());
    one.create_table(spec()).unwrap();
    assert!(other.tables().is_empty());
    other.create_table(spec()).unwrap();
    one.put("notes", note(1)).unwrap();
    assert!(ids(&other).is_empty());
}

#[test]
fn what_a_store_in_a_folder_leaves_is_its_folder() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path().join("s")).unwrap();
    let Err(refused) = MemoryDisk::left_by(&store) else { panic!("it lies in a folder") };
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    assert!(refused.to_string().contains("MemoryDisk"), "{refused}");
}
