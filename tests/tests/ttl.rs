//! Items with a time to live: deleted when it is over, and their clients hear of it.

use highwater::testing::{Faults, ManualTime, Point};
use highwater::{
    Document, Error, IndexChange, ItemKey, Limits, ListRequest, Millis, Options, Projection, State,
    Store, SyncRequest, TableSpec, TableSpecExt,
};
use parking_lot::Mutex;
use std::sync::Arc;

const START: u64 = 1_700_000_000;

type Hook = Box<dyn FnOnce() + Send>;

/// What is done once, when the items that are due are known.
#[derive(Default)]
struct Due(Mutex<Option<Hook>>);

impl Faults for Due {
    fn at(&self, point: Point) -> Result<(), String> {
        let hook = if point == Point::ItemsDue { self.0.lock().take() } else { None };
        hook.map_or(Ok(()), |hook| {
            hook();
            Ok(())
        })
    }
}

struct World {
    store: Store,
    time: Arc<ManualTime>,
    due: Arc<Due>,
    _dir: tempfile::TempDir,
}

fn spec() -> TableSpec {
    TableSpec::new("t", "id").index("byOwner", "owner", Projection::All).expires_by("_ttl")
}

fn world(spec: TableSpec, limits: Limits) -> World {
    let dir = tempfile::tempdir().expect("a folder");
    let time = Arc::new(ManualTime::at(Millis(START * 1000)));
    let due = Arc::new(Due::default());
    let store = Store::builder(dir.path().join("s"))
        .options(Options { worker: None, limits, ..Options::default() })
        .time_source(Arc::clone(&time) as _)
        .faults(Arc::clone(&due) as _)
        .open()
        .expect("a store");
    store.create_table(spec).expect("a table");
    World { store, time, due, _dir: dir }
}

fn put(store: &Store, json: &str) {
    store.put("t", Document::from_json(json).expect("JSON")).expect("a commit");
}

fn live(store: &Store) -> Vec<String> {
    let page = store.list(&ListRequest::new("t").limit(1000)).expect("a listing");
    page.items.iter().map(|item| item.key.to_string().replace('"', "")).collect()
}

fn expire(store: &Store) -> u64 {
    let expired = store.expire().expect("an expiry").items_expired;
    let report = store.verify().expect("a verification");
    assert!(report.is_clean(), "{:?}", report.problems);
    expired
}

#[test]
fn an_item_is_deleted_at_its_second_and_not_before() {
    let world = world(spec(), Limits::default());
    for (id, ttl) in [
        ("a", (START - 1).to_string()),
        ("b", (START + 10).to_string()),
        ("c", format!("{}.5", START + 10)),
        ("d", (START + 11).to_string()),
        ("e", format!("\"{START}\"")),
        ("f", "[1]".to_owned()),
        ("g", "null".to_owned()),
        ("h", "-5".to_owned()),
    ] {
        put(&world.store, &format!(r#"{{"id":"{id}","_ttl":{ttl}}}"#));
    }
    put(&world.store, r#"{"id":"i"}"#);
    // Before the sweep it is there for every reader.
    assert_eq!(live(&world.store).len(), 9);
    assert_eq!(expire(&world.store), 2);
    assert_eq!(live(&world.store), ["b", "c", "d", "e", "f", "g", "i"]);
    world.time.advance(Millis(9_999));
    assert_eq!(expire(&world.store), 0);
    world.time.advance(Millis(1));
    assert_eq!(expire(&world.store), 1);
    world.time.advance(Millis(500));
    assert_eq!(world.store.compact().expect("a compaction").items_expired, 1);
    world.time.advance(Millis(500));
    assert_eq!(expire(&world.store), 1);
    assert_eq!(live(&world.store), ["e", "f", "g", "i"]);
}

#[test]
fn what_is_no_number_is_no_time_to_live() {
    let world = world(spec(), Limits::default());
    for (n, ttl) in ["17", "\"17\"", "[17]", "true", "null"].into_iter().enumerate() {
        put(&world.store, &format!(r#"{{"id":"{n}","_ttl":{ttl}}}"#));
    }
    let report = world.store.verify().expect("a verification");
    assert!(report.is_clean(), "{:?}", report.problems);
    assert_eq!(report.lookup_entries, 1);
}

#[test]
fn clients_hear_of_it_as_of_any_delete() {
    let world = world(spec(), Limits::default());
    put(&world.store, &format!(r#"{{"id":"a","owner":"ann","_ttl":{}}}"#, START + 10));
    world.time.advance(Millis(10));
    let seen = world.store.sync(&SyncRequest::new("t")).expect("a page").started_at;
    world.time.advance(Millis(10_000));
    assert_eq!(expire(&world.store), 1);
    for request in [SyncRequest::new("t"), SyncRequest::new("t").index("byOwner", "ann")] {
        let page = world.store.sync(&request.last_sync(seen)).expect("a page");
        let told: Vec<_> = page.items.iter().map(|i| (i.version, i.state)).collect();
        assert_eq!(told, [(2, State::Deleted)]);
    }
}

#[test]
fn many_items_go_in_batches_that_fit() {
    let limits =
        Limits { item_bytes: 2048, batch_bytes: 4096, batch_items: 10, ..Limits::default() };
    let world = world(spec(), limits);
    for n in 0..200 {
        let text = "x".repeat(n * 9);
        put(
            &world.store,
            &format!(r#"{{"id":"{n}","_ttl":{},"text":"{text}"}}"#, START - n as u64),
        );
    }
    assert_eq!(expire(&world.store), 200);
    assert!(live(&world.store).is_empty());
}

#[test]
fn an_item_that_is_given_more_time_at_the_last_moment_stays() {
    let world = world(spec(), Limits::default());
    for id in ["a", "b", "c"] {
        put(&world.store, &format!(r#"{{"id":"{id}","_ttl":{START}}}"#));
    }
    let store = world.store.clone();
    *world.due.0.lock() = Some(Box::new(move || {
        put(&store, &format!(r#"{{"id":"a","_ttl":{}}}"#, START + 60));
        put(&store, r#"{"id":"b"}"#);
    }));
    assert_eq!(expire(&world.store), 1);
    assert_eq!(live(&world.store), ["a", "b"]);
}

/// One is dropped, the other gets another name: the next expiry knows it by that.
#[test]
fn a_table_that_goes_amid_an_expiry_does_not_keep_others_from_theirs() {
    let goes: [fn(&Store); 2] = [
        |store| store.drop_table("t").expect("dropped"),
        |store| store.rename_table("t", "z").expect("renamed"),
    ];
    for (go, left) in goes.into_iter().zip([0, 1]) {
        let world = world(spec(), Limits::default());
        world.store.create_table(TableSpec { name: "u".to_owned(), ..spec() }).expect("a table");
        for table in ["t", "u"] {
            let document = Document::from_json(r#"{"id":"a","_ttl":1}"#).expect("JSON");
            world.store.put(table, document).expect("a commit");
        }
        let store = world.store.clone();
        *world.due.0.lock() = Some(Box::new(move || go(&store)));
        assert_eq!(expire(&world.store), 1);
        assert!(world.store.get("u", "a").expect("a read").is_none());
        assert_eq!(expire(&world.store), left);
    }
}

#[test]
fn nothing_expires_by_a_leap_that_nobody_has_confirmed() {
    let world = world(spec(), Limits::default());
    put(&world.store, &format!(r#"{{"id":"a","_ttl":{}}}"#, START + 5));
    put(&world.store, &format!(r#"{{"id":"b","_ttl":{}}}"#, START + 5_000_000));
    world.time.set_wall(Millis((START + 10_000_000) * 1000));
    assert_eq!(expire(&world.store), 0);
    // Nor while both clocks agree that it is over: which of them is right is open.
    world.time.advance(Millis(10_000));
    assert_eq!(expire(&world.store), 0);
    world.store.confirm_clock_leap().expect("a confirmation").expect("a leap");
    assert_eq!(expire(&world.store), 2);
}

#[test]
fn a_store_over_its_budget_still_lets_go_of_what_has_expired() {
    let dir = tempfile::tempdir().expect("a folder");
    let open = |limits| {
        let time = Arc::new(ManualTime::at(Millis(START * 1000)));
        let options = Options { worker: None, limits, ..Options::default() };
        let builder = Store::builder(dir.path().join("s")).options(options);
        builder.time_source(time).open().expect("a store")
    };
    let store = open(Limits::default());
    store.create_table(spec()).expect("a table");
    put(&store, &format!(r#"{{"id":"a","_ttl":{START}}}"#));
    store.close().expect("a clean close");
    let store = open(Limits { disk_bytes: Some(1), ..Limits::default() });
    let more = Document::from_json(r#"{"id":"b"}"#).expect("JSON");
    let refused = store.put("t", more).expect_err("refused");
    assert!(matches!(refused, highwater::Error::DiskBudget { .. }), "{refused}");
    assert_eq!(expire(&store), 1);
}

#[test]
fn a_table_with_data_gets_another_time_to_live_or_none() {
    let world = world(TableSpec::new("t", "id"), Limits::default());
    for n in 0..100 {
        let (first, second) = (START - n, START + 1_000 + n);
        put(&world.store, &format!(r#"{{"id":"{n:03}","first":{first},"second":{second}}}"#));
    }
    let by = |attribute: Option<&str>| {
        let change = IndexChange::ExpireBy(attribute.map(str::to_owned));
        world.store.change_indexes("t", &[change]).expect("a change");
    };
    assert_eq!(expire(&world.store), 0);
    by(Some("second"));
    assert_eq!(expire(&world.store), 0);
    by(None);
    world.time.advance(Millis(2_000_000));
    assert_eq!(expire(&world.store), 0);
    by(Some("second"));
    by(Some("first"));
    put(&world.store, &format!(r#"{{"id":"000","first":{},"second":0}}"#, START + 9_999));
    assert_eq!(expire(&world.store), 99);
    assert_eq!(live(&world.store), ["000"]);
}

#[test]
fn nothing_expires_by_an_attribute_that_is_none_any_more() {
    for other in [None, Some("until".to_owned())] {
        let world = world(spec(), Limits::default());
        put(&world.store, r#"{"id":"a","_ttl":17}"#);
        let store = world.store.clone();
        let change = IndexChange::ExpireBy(other);
        *world.due.0.lock() =
            Some(Box::new(move || store.change_indexes("t", &[change]).expect("a change")));
        assert_eq!(expire(&world.store), 0);
        assert_eq!(live(&world.store), ["a"]);
    }
}

/// What was taken under higher limits is deleted under lower ones too.
#[test]
fn limits_that_were_lowered_keep_nothing_from_expiring() {
    let dir = tempfile::tempdir().expect("a folder");
    let open = |limits| {
        let options = Options { worker: None, limits, ..Options::default() };
        Store::builder(dir.path().join("s")).options(options).open().expect("a store")
    };
    let store = open(Limits::default());
    store.create_table(spec()).expect("a table");
    let (long, text) = ("k".repeat(500), "x".repeat(300_000));
    for id in ["a", &long, "z"] {
        put(&store, &format!(r#"{{"id":"{id}","_ttl":17,"text":"{text}"}}"#));
    }
    put(&store, &format!(r#"{{"id":"b","text":"{text}"}}"#));
    store.close().expect("a clean close");
    let low = 64 << 10;
    let limits =
        Limits { item_bytes: low, batch_bytes: low, partition_bytes: 100, ..Limits::default() };
    let store = open(limits);
    // It is listed page by page, and all that needs nothing but its key can be done with it.
    let mut request = ListRequest::new("t").limit(1);
    let mut listed = Vec::new();
    loop {
        let page = store.list(&request).expect("a page");
        listed.extend(page.items.into_iter().map(|item| item.key));
        let Some(next) = page.next else { break };
        request = request.after(next);
    }
    assert_eq!(listed, ["a", "b", &long, "z"].map(ItemKey::from));
    assert!(store.get("t", long.as_str()).expect("a read").is_some());
    assert!(store.history("t", long.as_str()).expect("a read").is_empty());
    let again = Document::from_json(&format!(r#"{{"id":"{long}"}}"#)).expect("JSON");
    assert!(matches!(store.put("t", again), Err(Error::TooLarge { .. })));
    assert_eq!(expire(&store), 3);
    assert!(store.delete("t", "b").expect("a commit").written);
    assert!(store.erase("t", long.as_str()).expect("an erasure").item.is_some());
}
