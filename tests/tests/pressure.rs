//! Limits that protect the process: back-pressure, the disk budget, and the background worker.

use highwater::testing::ManualTime;
use highwater::{
    Document, Durability, Error, ErrorKind, IndexChange, Limits, ListRequest, Millis, Options,
    Projection, Store, SyncRequest, TableSpec, TableSpecExt, Ttls, Tuning, Worker, WriteStall,
};
use std::sync::Arc;

fn open(options: Options) -> (tempfile::TempDir, Store, Arc<ManualTime>) {
    let dir = tempfile::tempdir().expect("a folder");
    let time = Arc::new(ManualTime::at(Millis(1_700_000_000_000)));
    let builder = Store::builder(dir.path().join("s")).options(options);
    let store = builder.time_source(Arc::clone(&time) as _).open().expect("a store");
    let ttls = Ttls {
        delta: Some(Millis(1_000)),
        tombstone: Some(Millis(2_000)),
        history: Some(Millis(0)),
    };
    store.create_table(TableSpec::new("t", "id").ttls(ttls)).expect("a table");
    (dir, store, time)
}

fn document(n: usize, size: usize) -> Document {
    let json = format!(r#"{{"id":"n{n:06}","text":"{}"}}"#, "x".repeat(size));
    Document::from_json(&json).expect("JSON")
}

/// Write buffers so tiny that a writer is held back, and is told so.
fn stalling() -> Options {
    let tuning = Tuning { write_buffer_bytes: 64 << 10, background_jobs: 1, ..Tuning::default() };
    let (durability, write_stall) = (Durability::Buffered, WriteStall::Refuse);
    Options { worker: None, durability, write_stall, tuning, ..Options::default() }
}

/// Tiny write buffers and a writer that never pauses: RocksDB holds it back, and the store says so.
#[test]
fn a_stall_is_a_typed_refusal_that_loses_nothing() {
    let (_dir, store, _time) = open(stalling());
    let (mut written, mut refused) = (0, 0);
    for n in 0..20_000 {
        match store.put("t", document(n, 50_000)) {
            Ok(_) => written += 1,
            Err(error @ Error::Busy) => {
                assert_eq!(error.kind(), ErrorKind::Retry);
                refused += 1;
                if refused == 3 {
                    break;
                }
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(refused, 3, "{written} commits and never held back");
    let mut listed = 0;
    let mut request = ListRequest::new("t").limit(1000);
    loop {
        let page = store.list(&request).expect("a listing");
        listed += page.items.len();
        match page.next {
            Some(after) => request.after = Some(after),
            None => break,
        }
    }
    assert_eq!(listed, written);
}

#[test]
fn above_the_disk_budget_writes_are_refused_and_reads_go_on() {
    let limits = Limits { disk_bytes: Some(300_000), ..Limits::default() };
    let (_dir, store, _time) = open(Options { worker: None, limits, ..Options::default() });
    let refused = (0..1_000).find_map(|n| store.put("t", document(n, 2_000)).err());
    let error = refused.expect("the budget is reached");
    assert!(matches!(error, Error::DiskBudget { limit: 300_000, .. }), "{error}");
    assert!(store.get("t", "n000000").expect("a read").is_some());
    assert!(store.verify().expect("a verification").is_clean());
}

/// The worker raises floors, drops files and sweeps, without being asked.
#[test]
#[expect(clippy::disallowed_methods, reason = "the worker sleeps in real time")]
fn the_worker_forgets_what_has_expired() {
    let worker = Some(Worker { every: Millis(10), sweep_every: Millis(30) });
    let options = Options { worker, bucket_width: Millis(100), ..Options::default() };
    let (_dir, store, time) = open(options);
    store.put("t", document(1, 10)).expect("a commit");
    store.delete("t", "n000001").expect("a commit");
    let before = store.stats().expect("stats").tables[0].floors;
    time.advance(Millis(60_000));
    let is_swept = |store: &Store| {
        let report = store.verify().expect("a verification");
        report.tombstones == 0 && report.log_entries == 0
    };
    let waited = (0..500).find(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        is_swept(&store)
    });
    assert!(waited.is_some(), "nothing was swept within ten seconds");
    let after = store.stats().expect("stats").tables[0].floors;
    assert!(after.delta > before.delta && after.tombstone > before.tombstone);
    store.close().expect("the worker stops");
}

/// Expired files of the log go whole, and the report says how much that was.
#[test]
fn expired_files_of_the_log_go_whole() {
    let tuning = Tuning { write_buffer_bytes: 64 << 10, ..Tuning::default() };
    let write_stall = WriteStall::Wait;
    let bucket_width = Millis(100);
    let options = Options { worker: None, tuning, write_stall, bucket_width, ..Options::default() };
    let (_dir, store, time) = open(options);
    for n in 0..400 {
        store.put("t", document(n, 2_000)).expect("a commit");
        time.advance(Millis(5));
    }
    store.compact().expect("a compaction");
    time.advance(Millis(60_000));
    let report = store.expire().expect("an expiry");
    assert!(report.floors_raised == 1 && report.log_ranges > 0, "{report:?}");
    assert!(report.file_bytes_dropped > 0, "{report:?}");
    assert!(store.verify().expect("a verification").is_clean());
}

/// What RocksDB held back has not happened: the table is there, for readers as for writers.
#[test]
fn a_table_is_as_it_was_where_its_end_is_held_back() {
    for end in [Store::truncate_table, Store::drop_table] {
        let (_dir, store, _time) = open(stalling());
        let mut held_back = false;
        for n in 0..20_000 {
            if store.put("t", document(n, 50_000)).is_ok() {
                continue;
            }
            match end(&store, "t") {
                Err(error) => {
                    assert!(matches!(error, Error::Busy), "{error}");
                    let page = store.sync(&SyncRequest::new("t").limit(1)).expect("a page");
                    assert_eq!(page.items.len(), 1);
                    held_back = true;
                    break;
                }
                Ok(()) if store.tables().is_empty() => {
                    store.create_table(TableSpec::new("t", "id")).expect("a table");
                }
                Ok(()) => {}
            }
        }
        assert!(held_back, "nothing was held back");
    }
}

/// The same for an index: who reads through it goes on.
#[test]
fn an_index_is_as_it_was_where_its_end_is_held_back() {
    let (_dir, store, _time) = open(stalling());
    let names: Vec<_> = (0..20).map(|n| format!("i{n}")).collect();
    let spec = TableSpec::new("many", "id");
    let spec = names.iter().fold(spec, |spec, name| spec.index(name, "kind", Projection::KeysOnly));
    store.create_table(spec).expect("a table");
    let mut writes = (0..20_000).map(|n| store.put("t", document(n, 50_000)));
    let held_back = names.iter().find(|name| {
        assert!(writes.any(|written| written.is_err()), "nothing was held back");
        match store.change_indexes("many", &[IndexChange::Drop((*name).clone())]) {
            Ok(()) => false,
            Err(error) => {
                assert!(matches!(error, Error::Busy), "{error}");
                true
            }
        }
    });
    let name = held_back.expect("a drop that was held back");
    store.sync(&SyncRequest::new("many").index(name, "x")).expect("a page");
}
