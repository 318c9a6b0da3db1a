//! A page copies a document at most once: whatever it is read from, large documents take hardly more memory than they
//! are, and hardly any where they are in memory; small ones share it.

use highwater::testing::{ManualTime, MemoryDisk};
use highwater::{
    Document, Filter, Limits, ListRequest, Millis, Options, Projection, Store, SyncRequest,
    TableSpec, TableSpecExt, TablesRequest, Timestamp, WatchRequest, parse_json,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const ITEMS: usize = 100;
const TABLES: [&str; 2] = ["notes", "others"];
const INDEXES: [&str; 2] = ["all", "keys"];
/// Bytes of a document that has its own memory, and of one that shares it with others.
const LARGE: usize = 8 << 10;
const SMALL: usize = 256;

/// Begins to count what is allocated: one test at a time, since all of the process is counted.
fn counting() -> (dhat::Profiler, MutexGuard<'static, ()>) {
    static ONE: Mutex<()> = Mutex::new(());
    let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    (dhat::Profiler::builder().testing().build(), one)
}

/// A store whose changes are in memory too, or in files alone, and a moment before them.
fn store(recent: bool, bytes: usize) -> (Store, Millis) {
    let mut limits = Limits { page_bytes: 16 << 20, ..Limits::default() };
    if !recent {
        limits.recent_bytes = 0;
    }
    let options = Options { worker: None, limits, ..Options::default() };
    let time = Arc::new(ManualTime::at(Millis(1_800_000_000_000)));
    let builder = MemoryDisk::default().builder().options(options);
    let store = builder.time_source(Arc::clone(&time) as _).open().expect("a store");
    for table in TABLES {
        let spec = TableSpec::new(table, "id").index("keys", "owner", Projection::KeysOnly);
        store.create_table(spec.index("all", "owner", Projection::All)).expect("a table");
        time.advance(Millis(10));
        // From when it has been asked for, a scope is kept in memory.
        for index in INDEXES {
            let request = SyncRequest::new(table).index(index, "ann");
            store.sync(&request).expect("a page");
        }
    }
    time.advance(Millis(10));
    let before = store.sync(&SyncRequest::new("notes")).expect("a page").started_at;
    time.advance(Millis(10));
    let text = "x".repeat(bytes);
    for n in 0..ITEMS {
        let json = format!(r#"{{"id":"{n:04}","owner":"ann","text":"{text}"}}"#);
        for table in TABLES {
            let document = Document::from_json(&json).expect("JSON");
            store.put(table, document).expect("a commit");
        }
    }
    time.advance(Millis(10));
    (store, before)
}

/// What is allocated while pages of `items` items are made: bytes, and pieces of memory.
fn taken(what: &str, items: usize, read: impl Fn() -> usize) -> (f64, f64) {
    // What is made once is made before.
    read();
    let before = dhat::HeapStats::get();
    let told = read();
    let after = dhat::HeapStats::get();
    assert_eq!(told, items, "{what}");
    let bytes = (after.total_bytes - before.total_bytes) as f64 / items as f64;
    (bytes, (after.total_blocks - before.total_blocks) as f64 / items as f64)
}

#[test]
fn a_page_copies_a_document_once() {
    let _counting = counting();
    for recent in [true, false] {
        let (store, before) = store(recent, LARGE);
        let copies = |what: &str, items, is_copied: bool, page: &dyn Fn() -> usize| {
            let copies = taken(what, items, page).0 / LARGE as f64;
            let must = if is_copied { 1.0..1.3 } else { 0.0..0.2 };
            assert!(must.contains(&copies), "{what}, recent {recent}: {copies}");
        };
        let notes = || SyncRequest::new("notes").limit(1000);
        let scope = |index| notes().index(index, "ann");
        let requests = [
            ("the table", notes(), true),
            ("its log", notes().last_sync(before), !recent),
            ("a scope of an index", scope("all"), true),
            ("the log of a scope", scope("all").last_sync(before), !recent),
            ("a scope of keys", scope("keys"), true),
            ("the log of a scope of keys", scope("keys").last_sync(before), !recent),
        ];
        for (what, request, is_copied) in requests {
            copies(what, ITEMS, is_copied, &|| store.sync(&request).expect("a page").items.len());
        }
        let json = parse_json(r#"{"owner":{"contains":"ann"}}"#).expect("JSON");
        let passes = notes().filter(Filter::from_amplify(&json).expect("a filter"));
        for (what, request, is_copied) in [
            ("what passes a filter", passes.clone(), true),
            ("what passes it of the log", passes.last_sync(before), !recent),
        ] {
            copies(what, ITEMS, is_copied, &|| store.sync(&request).expect("a page").items.len());
        }
        let list = ListRequest::new("notes").limit(1000);
        copies("a listing", ITEMS, true, &|| store.list(&list).expect("a page").items.len());
        copies("a follower's batches", ITEMS, !recent, &|| {
            let from = WatchRequest::new("notes").after(Timestamp::first_of(before));
            let mut follower = store.watch(from).expect("a follower");
            let mut told = 0;
            while let Some(batch) = follower.try_next().expect("a batch") {
                told += batch.items.len();
            }
            told
        });
        for index in INDEXES {
            let part = |table| SyncRequest::new(table).index(index, "ann").last_sync(before);
            let tables = TablesRequest::new(TABLES.map(part)).last_sync(before).limit(1000);
            let what = format!("two logs, {index}");
            let page = || store.sync_tables(&tables).expect("a page").items.len();
            copies(&what, 2 * ITEMS, !recent, &page);
        }
    }
}

/// And so do their keys, which have their places in the page: there are hardly any pieces. Documents are copied once,
/// and not at all where they are in memory.
#[test]
fn small_documents_of_a_page_share_memory() {
    let _counting = counting();
    for recent in [true, false] {
        let (store, before) = store(recent, SMALL);
        let notes = || SyncRequest::new("notes").limit(1000);
        let requests = [
            ("the table", notes(), true),
            ("its log", notes().last_sync(before), !recent),
            ("a scope of an index", notes().index("all", "ann"), true),
            ("the log of a scope", notes().index("all", "ann").last_sync(before), !recent),
        ];
        for (what, request, is_copied) in requests {
            let page = || store.sync(&request).expect("a page").items.len();
            let (bytes, pieces) = taken(what, ITEMS, page);
            assert!((0.0..0.5).contains(&pieces), "{what}, recent {recent}: {pieces} an item");
            // What a page has of an item beside its document is not much larger than a small one.
            let most = if is_copied { 2.5 } else { 1.5 } * SMALL as f64;
            assert!(bytes < most, "{what}, recent {recent}: {bytes} bytes an item");
        }
    }
}

/// What is kept of the newest changes stays within its bound, also where it is made of small entries.
#[test]
fn what_is_kept_in_memory_weighs_what_it_may() {
    const BYTES: usize = 4 << 20;
    let _counting = counting();
    let limits = Limits { recent_bytes: BYTES, ..Limits::default() };
    let options = Options { worker: None, limits, ..Options::default() };
    let store = MemoryDisk::default().builder().options(options).open().expect("a store");
    store.create_table(TableSpec::new("notes", "id")).expect("a table");
    let put = |n: usize| {
        let document = Document::from_json(&format!(r#"{{"id":"{n:06}"}}"#)).expect("JSON");
        store.put("notes", document).expect("a commit");
    };
    put(0);
    let before = dhat::HeapStats::get().curr_bytes;
    (1..20_000).for_each(put);
    let held = dhat::HeapStats::get().curr_bytes - before;
    // Half is for a table's own log, half for scopes, of which there are none.
    assert!((BYTES * 3 / 8..=BYTES / 2).contains(&held), "{held} bytes");
}
