//! Tables under other names, and emptied.

use highwater::testing::{Faults, ManualTime, MemoryDisk, Point};
use highwater::{
    Document, Error, ListRequest, Millis, Options, Projection, Replica, ScopeRequest, Store,
    SyncRequest, TableSpec, TableSpecExt, TablesRequest, Timestamp, WatchRequest,
};
use parking_lot::Mutex;
use std::path::Path;
use std::sync::Arc;

fn open(path: &Path, time: &Arc<ManualTime>) -> Store {
    let options = Options { worker: None, ..Options::default() };
    let builder = Store::builder(path).options(options).time_source(Arc::clone(time) as _);
    builder.open().expect("a store")
}

fn put(store: &Store, time: &ManualTime, table: &str, id: &str) {
    let document = Document::from_json(&format!(r#"{{"id":"{id}"}}"#)).expect("JSON");
    store.put(table, document).expect("a commit");
    time.advance(Millis(5));
}

#[test]
fn clients_of_a_renamed_table_go_on_as_they_are() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("s");
    let time = Arc::new(ManualTime::at(Millis(1_700_000_000_000)));
    let store = open(&path, &time);
    store.create_table(TableSpec::new("notes", "id")).expect("a table");
    for id in ["a", "b", "c"] {
        put(&store, &time, "notes", id);
    }
    let half = store.sync(&SyncRequest::new("notes").limit(2)).expect("a page");
    let whole = store.sync(&SyncRequest::new("notes")).expect("a page");

    store.rename_table("notes", "memos").expect("a rename");
    let mut store = store;
    for reopened in [false, true] {
        if reopened {
            store.close().expect("a clean close");
            store = open(&path, &time);
        }
        let unknown = store.sync(&SyncRequest::new("notes"));
        assert!(matches!(unknown, Err(Error::UnknownTable { .. })), "{unknown:?}");
        let rest = SyncRequest::new("memos").next_token(half.next_token.clone().expect("a token"));
        assert_eq!(store.sync(&rest).expect("the token goes on").items.len(), 1);
        put(&store, &time, "memos", "d");
        let request = SyncRequest::new("memos");
        let by_cursor = request.clone().cursor(whole.cursor.clone().expect("a cursor"));
        for request in [by_cursor, request.last_sync(whole.started_at)] {
            let page = store.sync(&request).expect("a page");
            assert!(!page.reset);
            assert_eq!(page.items.last().map(|item| item.key.to_string()), Some("\"d\"".into()));
        }
    }
}

/// All that a client by `lastSync` has is a name and a time: of which table it was told them it does not know.
#[test]
fn clients_of_another_table_that_had_the_name_are_reset() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("s");
    let time = Arc::new(ManualTime::at(Millis(1_700_000_000_000)));
    let mut store = open(&path, &time);
    for name in ["notes", "next"] {
        store.create_table(TableSpec::new(name, "id")).expect("a table");
        put(&store, &time, name, name);
    }
    let notes = || SyncRequest::new("notes");
    let before = store.sync(&notes()).expect("a page").started_at;
    let own = store.sync(&SyncRequest::new("next")).expect("a page");
    time.advance(Millis(5));
    // Away and back: nobody else had the name.
    store.rename_table("notes", "aside").expect("a rename");
    store.rename_table("aside", "notes").expect("a rename");
    assert!(!store.sync(&notes().last_sync(before)).expect("a page").reset);
    store.rename_table("notes", "aside").expect("a rename");
    store.rename_table("next", "notes").expect("a rename");
    time.advance(Millis(5));
    for reopened in [false, true] {
        if reopened {
            store.close().expect("a clean close");
            store = open(&path, &time);
        }
        let page = store.sync(&notes().last_sync(before)).expect("a page");
        assert!(page.reset, "it holds what another table told");
        assert_eq!(page.items[0].key.to_string(), "\"next\"");
        let tables = TablesRequest::new([notes()]).last_sync(before);
        assert!(store.sync_tables(&tables).expect("a page").parts[0].reset);
        for from in [WatchRequest::new("notes").last_sync(before), {
            WatchRequest::new("notes").after(Timestamp::first_of(before))
        }] {
            let refused = store.watch(from).map(drop);
            assert!(matches!(refused, Err(Error::Expired { .. })), "{refused:?}");
        }
        // Who can tell of which table it was told goes on, and so does who was told after the renaming.
        let by_cursor = notes().cursor(own.cursor.clone().expect("a cursor"));
        assert!(!store.sync(&by_cursor).expect("a page").reset);
        assert!(!store.sync(&notes().last_sync(page.started_at)).expect("a page").reset);
    }
    // And again where a table is dropped in between.
    let since = store.sync(&notes()).expect("a page").started_at;
    time.advance(Millis(5));
    store.drop_table("notes").expect("a drop");
    store.rename_table("aside", "notes").expect("a rename");
    let page = store.sync(&notes().last_sync(since)).expect("a page");
    assert!(page.reset);
    assert_eq!(page.items[0].key.to_string(), "\"notes\"");
    assert!(store.verify().expect("a verification").is_clean());
}

#[test]
fn a_name_that_is_taken_or_none_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let time = Arc::new(ManualTime::at(Millis(1_700_000_000_000)));
    let store = open(&dir.path().join("s"), &time);
    for name in ["a", "b"] {
        store.create_table(TableSpec::new(name, "id")).expect("a table");
    }
    assert!(matches!(store.rename_table("a", "b"), Err(Error::TableExists { .. })));
    assert!(matches!(store.rename_table("c", "d"), Err(Error::UnknownTable { .. })));
    assert!(matches!(store.rename_table("a", ""), Err(Error::BadSpec { .. })));
    let long = "x".repeat(256);
    assert!(matches!(store.rename_table("a", &long), Err(Error::BadSpec { .. })));
    store.rename_table("a", "a").expect("its own name");
    let names: Vec<_> = store.tables().into_iter().map(|spec| spec.name).collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn a_truncated_table_is_empty_and_resets_its_clients() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("s");
    let time = Arc::new(ManualTime::at(Millis(1_700_000_000_000)));
    let store = open(&path, &time);
    let spec = TableSpec::new("notes", "id")
        .index("byId", "id", Projection::All)
        .lookup("inOrder", "id", None);
    store.create_table(spec.clone()).expect("a table");
    for id in ["a", "b"] {
        put(&store, &time, "notes", id);
    }
    let mut device = Replica::default();
    device.sync(&store, "all", &SyncRequest::new("notes")).expect("a sync");
    let half = store.sync(&SyncRequest::new("notes").limit(1)).expect("a page");
    store.truncate_table("notes").expect("a truncation");
    store.close().expect("a clean close");
    let store = open(&path, &time);
    assert_eq!(store.tables(), [spec]);
    assert_eq!(store.get_with_tombstone("notes", "a").expect("a read"), None);
    let digest = store.digest("notes", &ScopeRequest::Table).expect("a read");
    assert_eq!(digest, Some(highwater::Digest::default()));
    put(&store, &time, "notes", "c");
    let stale = SyncRequest::new("notes").next_token(half.next_token.expect("a token"));
    assert!(matches!(store.sync(&stale), Err(Error::Token { .. })));
    device.sync(&store, "all", &SyncRequest::new("notes")).expect("a sync");
    let held: Vec<_> = device.live().map(|(key, _)| key.to_string()).collect();
    assert_eq!(held, ["\"c\""]);
    assert!(store.verify().expect("a verification").is_clean());
    assert!(matches!(store.truncate_table("x"), Err(Error::UnknownTable { .. })));
}

/// A client that was told of items which are gone may not go on with what is left of their log.
#[test]
fn no_delta_reaches_back_before_a_truncation() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("s");
    let time = Arc::new(ManualTime::at(Millis(1_700_000_000_000)));
    let mut store = open(&path, &time);
    store.create_table(spec("notes")).expect("a table");
    put(&store, &time, "notes", "a");
    let seen = store.sync(&SyncRequest::new("notes")).expect("a page").started_at;
    time.advance(Millis(5));
    store.truncate_table("notes").expect("a truncation");
    put(&store, &time, "notes", "b");
    for reopened in [false, true] {
        if reopened {
            store.close().expect("a clean close");
            store = open(&path, &time);
        }
        for request in [SyncRequest::new("notes"), SyncRequest::new("notes").index("byOwner", "x")]
        {
            let page = store.sync(&request.last_sync(seen)).expect("a page");
            assert!(page.reset, "reopened: {reopened}");
        }
    }
}

/// What it was about to read is gone: a page of that alone would say that nothing has ever been there.
#[test]
fn a_page_that_is_read_while_its_table_is_truncated_is_the_new_tables() {
    for point in [Point::PagePlanned, Point::PageRead] {
        let hooks = Arc::new(Once::default());
        let disk = MemoryDisk::default();
        let store = disk.builder().faults(Arc::clone(&hooks) as _).open().expect("a store");
        let time = ManualTime::at(Millis(0));
        let request = || SyncRequest::new("notes").limit(1);
        store.create_table(spec("notes")).expect("a table");
        for id in ["a", "b"] {
            put(&store, &time, "notes", id);
        }
        let half = store.sync(&request()).expect("a page");
        let seen = half.started_at;
        let truncated_amid = |request: &SyncRequest| {
            let theirs = store.clone();
            let truncate = move || theirs.truncate_table("notes").expect("a truncation");
            *hooks.0.lock() = Some((point, Box::new(truncate)));
            let answer = store.sync(request);
            assert!(hooks.0.lock().is_none(), "it was not read");
            answer
        };
        let page = truncated_amid(&request().last_sync(seen)).expect("a page");
        assert!(page.reset && page.items.is_empty() && page.next_token.is_none(), "{page:?}");
        put(&store, &time, "notes", "a");
        let token = half.next_token.expect("more");
        let stale = store.sync(&request().next_token(&*token)).expect_err("another table's");
        assert!(matches!(stale, Error::Token { .. }), "{stale}");
        put(&store, &time, "notes", "b");
        let half = store.sync(&request()).expect("a page");
        let token = half.next_token.expect("more");
        let stale = truncated_amid(&request().next_token(token)).expect_err("another table's");
        assert!(matches!(stale, Error::Token { .. }), "{stale}");
    }
}

type Act = Box<dyn FnOnce() + Send>;

/// What is done at a point, once.
#[derive(Default)]
struct Once(Mutex<Option<(Point, Act)>>);

impl Faults for Once {
    fn at(&self, point: Point) -> Result<(), String> {
        let due = self.0.lock().take_if(|(at, _)| *at == point);
        if let Some((_, act)) = due {
            act();
        }
        Ok(())
    }
}

/// Whoever got them too would show its rows.
#[test]
fn what_identifies_a_truncated_table_is_given_to_no_other() {
    for reopened in [false, true] {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("s");
        let time = Arc::new(ManualTime::at(Millis(1_700_000_000_000)));
        let mut store = open(&path, &time);
        store.create_table(spec("notes")).expect("a table");
        store.truncate_table("notes").expect("a truncation");
        if reopened {
            store.close().expect("a clean close");
            store = open(&path, &time);
        }
        store.create_table(spec("memos")).expect("a table");
        put(&store, &time, "notes", "a");
        put(&store, &time, "memos", "b");
        for (table, id) in [("notes", "a"), ("memos", "b")] {
            let page = store.list(&ListRequest::new(table)).expect("a listing");
            let keys: Vec<_> = page.items.iter().map(|item| item.key.to_string()).collect();
            assert_eq!(keys, [format!("\"{id}\"")], "reopened: {reopened}");
        }
        assert!(store.verify().expect("a verification").is_clean());
    }
}

fn spec(name: &str) -> TableSpec {
    TableSpec::new(name, "id").index("byOwner", "owner", Projection::All)
}
