//! A page copies a document at most once: whatever it is read from, it takes hardly more memory than what it tells,
//! and hardly any where that is in memory.

use highwater::testing::{ManualTime, MemoryDisk};
use highwater::{
    Document, Limits, Millis, Options, Projection, Store, SyncRequest, TableSpec, TableSpecExt,
    TablesRequest,
};
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const ITEMS: usize = 100;
const DOCUMENT: usize = 8 << 10;

/// A store whose changes are in memory too, or in files alone, and a moment before them.
fn store(recent: bool) -> (Store, Millis) {
    let mut limits = Limits { page_bytes: 16 << 20, ..Limits::default() };
    if !recent {
        limits.recent_bytes = 0;
    }
    let options = Options { worker: None, limits, ..Options::default() };
    let time = Arc::new(ManualTime::at(Millis(1_800_000_000_000)));
    let builder = MemoryDisk::default().builder().options(options);
    let store = builder.time_source(Arc::clone(&time) as _).open().expect("a store");
    for table in ["notes", "others"] {
        let spec = TableSpec::new(table, "id").index("keys", "owner", Projection::KeysOnly);
        store.create_table(spec.index("all", "owner", Projection::All)).expect("a table");
    }
    time.advance(Millis(10));
    let before = store.sync(&SyncRequest::new("notes")).expect("a page").started_at;
    time.advance(Millis(10));
    let text = "x".repeat(DOCUMENT);
    for n in 0..ITEMS {
        let json = format!(r#"{{"id":"{n:04}","owner":"ann","text":"{text}"}}"#);
        for table in ["notes", "others"] {
            let document = Document::from_json(&json).expect("JSON");
            store.put(table, document).expect("a commit");
        }
    }
    time.advance(Millis(10));
    (store, before)
}

/// What is allocated while pages of `items` items are made, in documents.
fn copies(what: &str, items: usize, read: impl Fn() -> usize) -> f64 {
    // What is made once is made before.
    read();
    let before = dhat::HeapStats::get().total_bytes;
    let told = read();
    let bytes = dhat::HeapStats::get().total_bytes - before;
    assert_eq!(told, items, "{what}");
    bytes as f64 / (items * DOCUMENT) as f64
}

#[test]
fn a_page_copies_a_document_once() {
    let _profiler = dhat::Profiler::builder().testing().build();
    for recent in [true, false] {
        let (store, before) = store(recent);
        let notes = || SyncRequest::new("notes").limit(1000);
        // A scope is kept in memory from when it was asked for, which these changes are older than.
        let requests = [
            ("the table", notes(), true),
            ("its log", notes().last_sync(before), !recent),
            ("a scope of an index", notes().index("all", "ann"), true),
            ("the log of a scope", notes().index("all", "ann").last_sync(before), true),
            ("a scope of keys", notes().index("keys", "ann"), true),
            ("the log of a scope of keys", notes().index("keys", "ann").last_sync(before), true),
        ];
        for (what, request, copied) in requests {
            let page = || store.sync(&request).expect("a page").items.len();
            let copies = copies(what, ITEMS, page);
            let must = if copied { 1.0..1.3 } else { 0.0..0.1 };
            assert!(must.contains(&copies), "{what}, recent {recent}: {copies}");
        }
        for index in ["all", "keys"] {
            let part = |table| SyncRequest::new(table).index(index, "ann").last_sync(before);
            let tables = TablesRequest::new([part("notes"), part("others")]);
            let tables = tables.last_sync(before).limit(1000);
            let page = || store.sync_tables(&tables).expect("a page").items.len();
            let copies = copies(index, 2 * ITEMS, page);
            assert!((1.0..1.3).contains(&copies), "two logs, {index}, recent {recent}: {copies}");
        }
    }
}
