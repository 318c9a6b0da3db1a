//! Commits with a mutation id: a retry is told the first answer, and nothing is done twice.

use highwater::testing::{Faults, ManualTime, Point};
use highwater::{
    ConflictStrategy, Document, Durability, Error, ErrorKind, Expect, Item, KeyKind, Limits,
    Millis, Mutation, Options, Outcome, Result, Store, TableSpec, TableSpecExt, Ttls, Update,
    Value,
};
use parking_lot::Mutex;
use std::path::PathBuf;
use std::sync::Arc;

const TTL: u64 = 10_000;

/// Fails the next commit at a point.
#[derive(Default)]
struct Failing(Mutex<Option<Point>>);

impl Faults for Failing {
    fn at(&self, point: Point) -> std::result::Result<(), String> {
        let mut failing = self.0.lock();
        if *failing == Some(point) {
            *failing = None;
            return Err("it was to fail".to_owned());
        }
        Ok(())
    }
}

struct Scene {
    store: Store,
    time: Arc<ManualTime>,
    failing: Arc<Failing>,
    path: PathBuf,
    _dir: tempfile::TempDir,
}

fn open(path: &PathBuf, time: &Arc<ManualTime>, failing: &Arc<Failing>, ttl: u64) -> Store {
    let options = Options {
        worker: None,
        bucket_width: Millis(100),
        durability: Durability::Buffered,
        receipt_ttl: Millis(ttl),
        ..Options::default()
    };
    let builder = Store::builder(path).options(options).time_source(Arc::clone(time) as _);
    builder.faults(Arc::clone(failing) as _).open().expect("a store")
}

impl Scene {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("s");
        let time = Arc::new(ManualTime::at(Millis(1_700_000_000_000)));
        let failing = Arc::default();
        let store = open(&path, &time, &failing, TTL);
        let merging = TableSpec::new("t", "id").conflicts(ConflictStrategy::Automerge);
        store.create_table(merging).expect("a table");
        store.create_table(TableSpec::new("u", "id")).expect("a table");
        time.advance(Millis(1));
        Self { store, time, failing, path, _dir: dir }
    }

    fn once(&self, id: &str, mutation: &Mutation) -> Result<Outcome> {
        self.time.advance(Millis(1));
        let outcomes = self.store.apply_once(id, std::slice::from_ref(mutation))?;
        Ok(outcomes.into_iter().next().expect("an outcome"))
    }

    fn item(&self, table: &str, id: &str) -> Option<Item> {
        self.store.get_with_tombstone(table, id).expect("a read")
    }

    fn version(&self, table: &str, id: &str) -> u64 {
        self.item(table, id).map_or(0, |item| item.version)
    }

    fn reopen(self, ttl: u64) -> Self {
        let Self { store, time, failing, path, _dir } = self;
        drop(store);
        let store = open(&path, &time, &failing, ttl);
        Self { store, time, failing, path, _dir }
    }

    #[track_caller]
    fn is_clean(&self, receipts: u64) {
        let report = self.store.verify().expect("a verification");
        assert!(report.is_clean(), "{:?}", report.problems);
        assert_eq!(report.receipts, receipts);
    }
}

fn put(json: &str) -> Mutation {
    Mutation::put("t", Document::from_json(json).expect("a document"))
}

fn add(field: &str) -> Mutation {
    Mutation::update("t", "a", Update::new().set(field, Value::from(1)))
}

#[test]
fn a_retry_is_told_the_first_answer_and_changes_nothing() {
    let mut scene = Scene::new();
    let first = scene.once("m1", &put(r#"{"id":"a","x":1}"#)).expect("a commit");
    let second = scene.once("m2", &add("y")).expect("a commit");
    assert_eq!(scene.version("t", "a"), 2);
    for _ in 0..2 {
        assert_eq!(scene.once("m1", &put(r#"{"id":"a","x":1}"#)).expect("an answer"), first);
        assert_eq!(scene.once("m2", &add("y")).expect("an answer"), second);
        assert_eq!(scene.version("t", "a"), 2);
        scene = scene.reopen(TTL);
    }
    let item = first.item.expect("an item");
    assert_eq!((item.version, first.written), (1, true));
    assert_eq!(item.document, Document::from_json(r#"{"id":"a","x":1}"#).expect("a document"));
    scene.is_clean(2);
}

#[test]
fn what_wrote_nothing_is_told_again_too() {
    let scene = Scene::new();
    let delete = Mutation::delete("t", "a");
    let nothing = scene.once("gone", &delete).expect("no change");
    assert_eq!((nothing.item.clone(), nothing.written), (None, false));
    scene.store.apply(put(r#"{"id":"a"}"#)).expect("a commit");
    let document = Document::from_json(r#"{"id":"a"}"#).expect("a document");
    let same = Mutation::put_if_changed("t", document);
    let unchanged = scene.once("same", &same).expect("no change");
    assert!(!unchanged.written);
    scene.store.apply(add("x")).expect("a commit");

    assert_eq!(scene.once("gone", &delete).expect("an answer"), nothing);
    assert_eq!(scene.once("same", &same).expect("an answer"), unchanged);
    assert_eq!(scene.version("t", "a"), 2);
    scene.is_clean(2);
}

#[test]
fn a_merge_is_merged_once() {
    let scene = Scene::new();
    (1..=2).for_each(|_| drop(scene.store.apply(put(r#"{"id":"a","l":[1]}"#))));
    let stale = put(r#"{"id":"a","l":[2]}"#).expect(Expect::Version(1));
    let merged = scene.once("m", &stale).expect("a merge");
    assert!(merged.merged);
    assert_eq!(scene.once("m", &stale).expect("an answer"), merged);
    let now = scene.item("t", "a").expect("an item");
    assert_eq!(now.document.to_json().expect("JSON"), r#"{"id":"a","l":[1,2]}"#);
}

#[test]
fn a_batch_is_told_in_its_order() {
    let scene = Scene::new();
    let other = Document::from_json(r#"{"id":"b"}"#).expect("a document");
    let batch = [Mutation::put("u", other), Mutation::delete("t", "z"), put(r#"{"id":"a","x":1}"#)];
    let first = scene.store.apply_once("m", &batch).expect("a commit");
    assert_eq!(scene.store.apply_once("m", &batch).expect("an answer"), first);
    assert_eq!((scene.version("u", "b"), scene.version("t", "a")), (1, 1));
    scene.is_clean(1);
}

#[test]
fn another_content_under_an_id_is_refused() {
    let scene = Scene::new();
    scene.once("m", &put(r#"{"id":"a","x":1}"#)).expect("a commit");
    let others = [
        put(r#"{"id":"a","x":2}"#),
        put(r#"{"id":"b","x":1}"#),
        put(r#"{"id":"a","x":1}"#).expect(Expect::Absent),
        Mutation::delete("t", "a"),
    ];
    for other in others {
        let error = scene.once("m", &other).expect_err("another commit");
        assert!(matches!(&error, Error::MutationIdReused { id } if id == "m"), "{error:?}");
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
    assert_eq!((scene.version("t", "a"), scene.version("t", "b")), (1, 0));
}

#[test]
fn what_was_refused_leaves_its_id_free() {
    let scene = Scene::new();
    let create = put(r#"{"id":"a"}"#).expect(Expect::Absent);
    scene.once("m1", &create).expect("a commit");
    assert!(matches!(scene.once("m2", &create), Err(Error::Conflict(_))));
    scene.is_clean(1);
    scene.store.delete("t", "a").expect("a delete");
    assert!(scene.once("m2", &create).expect("now there is none").written);
    assert_eq!(scene.version("t", "a"), 3);
}

#[test]
fn an_id_is_1_to_255_bytes() {
    let scene = Scene::new();
    for bad in [String::new(), "x".repeat(256)] {
        let error = scene.once(&bad, &add("x")).expect_err("no id");
        assert!(matches!(error, Error::OutOfRange { field: "mutation id", .. }), "{error:?}");
    }
    scene.once(&"x".repeat(255), &add("x")).expect("a commit");
    scene.store.apply_once([0, 0xff], &[add("y")]).expect("a commit");
    let error = scene.store.apply_once([0, 0xff], &[add("x")]).expect_err("another commit");
    assert!(error.to_string().contains("`0x00ff`"), "{error}");
}

#[test]
fn a_receipt_expires_and_is_swept() {
    let scene = Scene::new();
    let put = put(r#"{"id":"a"}"#);
    scene.once("m", &put).expect("a commit");
    scene.time.advance(Millis(TTL - 1));
    assert_eq!(scene.once("m", &put).expect("an answer").item.map(|item| item.version), Some(1));
    scene.is_clean(1);
    scene.time.advance(Millis(200));
    // A new commit of the same id takes the place of the one that has expired.
    scene.once("m", &Mutation::delete("t", "b")).expect("no change");
    scene.once("n", &put).expect("a commit");
    assert_eq!(scene.version("t", "a"), 2);
    scene.is_clean(2);
    assert_eq!(scene.store.compact().expect("a compaction").receipts_dropped, 0);
    scene.time.advance(Millis(2 * TTL));
    // Two receipts, and what leads to them from `a` and `b`.
    assert_eq!(scene.store.compact().expect("a compaction").receipts_dropped, 4);
    scene.is_clean(0);
    assert_eq!(scene.once("n", &put).expect("a commit").item.map(|item| item.version), Some(3));
}

#[test]
fn what_has_expired_does_not_come_back_with_a_longer_time_to_live() {
    let mut scene = Scene::new();
    let put = put(r#"{"id":"a"}"#);
    scene.once("m", &put).expect("a commit");
    scene.time.advance(Millis(2 * TTL));
    scene.store.expire().expect("an expiry");
    scene = scene.reopen(100 * TTL);
    assert_eq!(scene.once("m", &put).expect("a commit").item.map(|item| item.version), Some(2));
}

#[test]
fn a_commit_of_unknown_outcome_is_settled_by_a_retry() {
    for point in [Point::AfterWrite, Point::BeforeWrite] {
        let mut scene = Scene::new();
        *scene.failing.0.lock() = Some(point);
        let failed = scene.once("m", &add("x"));
        assert!(matches!(failed, Err(Error::WriteFailed { .. })), "{failed:?}");
        scene = scene.reopen(TTL);
        let outcome = scene.once("m", &add("x")).expect("a commit or its answer");
        assert!(outcome.written);
        assert_eq!(scene.version("t", "a"), 1, "{point:?}");
        scene.is_clean(1);
    }
}

#[test]
fn of_many_at_once_one_is_executed() {
    let scene = Scene::new();
    let store = &scene.store;
    let outcomes: Vec<Vec<Outcome>> = std::thread::scope(|scope| {
        let run = || store.apply_once("m", &[add("x"), put(r#"{"id":"b"}"#)]);
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(run)).collect();
        threads.into_iter().map(|t| t.join().expect("a thread").expect("a commit")).collect()
    });
    assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]));
    assert_eq!((scene.version("t", "a"), scene.version("t", "b")), (1, 1));
}

/// Their items are different ones, so nothing but the id keeps them apart.
#[test]
fn of_different_commits_with_one_id_one_is_executed() {
    let scene = Scene::new();
    for round in 0..40 {
        let results: Vec<Result<Vec<Outcome>>> = std::thread::scope(|scope| {
            let run = |item| {
                let put = put(&format!(r#"{{"id":"{round}-{item}"}}"#));
                scene.store.apply_once(format!("m{round}"), &[put])
            };
            let threads: Vec<_> = (0..4).map(|item| scope.spawn(move || run(item))).collect();
            threads.into_iter().map(|thread| thread.join().expect("a thread")).collect()
        });
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        let reused = |result: &&Result<_>| matches!(result, Err(Error::MutationIdReused { .. }));
        assert_eq!(results.iter().filter(reused).count(), 3);
    }
    scene.is_clean(40);
}

#[test]
fn dropping_a_table_removes_what_tells_of_it() {
    let scene = Scene::new();
    let other = Mutation::put("u", Document::from_json(r#"{"id":"b"}"#).expect("a document"));
    for n in 0..1200 {
        scene.once(&format!("m{n}"), &add("x")).expect("a commit");
    }
    scene.store.apply_once("both", &[add("y"), other.clone()]).expect("a commit");
    scene.once("other", &other).expect("a commit");
    scene.is_clean(1202);
    scene.store.drop_table("t").expect("a drop");
    scene.is_clean(1);
    scene.store.create_table(TableSpec::new("t", "id")).expect("a table");
    assert!(scene.once("m1", &add("x")).expect("a commit").written);
    assert_eq!(scene.version("t", "a"), 1);
    scene.once("other", &other).expect("an answer");
    assert_eq!(scene.version("u", "b"), 2);
}

#[test]
fn truncating_a_table_removes_what_tells_of_it() {
    let scene = Scene::new();
    scene.once("m1", &add("x")).expect("a commit");
    scene.is_clean(1);
    scene.store.truncate_table("t").expect("a truncation");
    scene.is_clean(0);
    assert!(scene.once("m1", &add("x")).expect("a commit").written);
    assert_eq!(scene.version("t", "a"), 1);
    scene.is_clean(1);
}

#[test]
fn a_time_to_live_of_nothing_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    for ttl in [0, u64::MAX] {
        let options = Options { receipt_ttl: Millis(ttl), ..Options::default() };
        let opened = Store::builder(dir.path().join("s")).options(options).open();
        assert!(matches!(opened.err(), Some(Error::OutOfRange { field: "receipt_ttl", .. })));
    }
}

/// The table is gone, and so has to be what tells of it, whenever the process ends.
#[test]
fn what_tells_of_a_table_goes_also_where_its_end_was_interrupted() {
    for truncated in [false, true] {
        let scene = Scene::new();
        let sorted = TableSpec::new("s", "id").sort("n", KeyKind::Number);
        scene.store.create_table(sorted).expect("a table");
        scene.once("m1", &add("x")).expect("a commit");
        let document = Document::from_json(r#"{"id":"a","n":1}"#).expect("a document");
        scene.once("m2", &Mutation::put("s", document)).expect("a commit");
        let kept = Document::from_json(r#"{"id":"b"}"#).expect("a document");
        scene.once("m3", &Mutation::put("u", kept)).expect("a commit");
        for table in ["t", "s"] {
            *scene.failing.0.lock() = Some(Point::TableEnded);
            let store = &scene.store;
            let end = if truncated { store.truncate_table(table) } else { store.drop_table(table) };
            end.expect("what is left changes nothing");
        }
        assert_eq!(scene.store.verify().expect("a verification").receipts, 3);
        scene.reopen(TTL).is_clean(1);
    }
}

/// A receipt keeps every answer, also of what was not changed.
#[test]
fn a_commit_whose_answers_are_too_large_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let limits = Limits { item_bytes: 1 << 10, batch_bytes: 4 << 10, ..Limits::default() };
    let options = Options { limits, worker: None, ..Options::default() };
    let store = Store::builder(dir.path().join("s")).options(options).open().expect("a store");
    store.create_table(TableSpec::new("t", "id")).expect("a table");
    let text = "x".repeat(900);
    for n in 0..6 {
        let json = format!(r#"{{"id":"{n}","text":"{text}"}}"#);
        store.put("t", Document::from_json(&json).expect("a document")).expect("a commit");
        store.delete("t", n.to_string()).expect("a commit");
    }
    let deletes: Vec<_> = (0..6).map(|n| Mutation::delete("t", n.to_string())).collect();
    let refused = store.apply_once("many", &deletes).expect_err("refused");
    assert!(
        matches!(&refused, Error::TooLarge { what, .. } if what.contains("answers")),
        "{refused}"
    );
    store.apply_batch(&deletes).expect("nothing is kept of it");
    store.apply_once("few", &deletes[..4]).expect("they fit");
}

/// Whether compaction has come by makes no difference.
#[test]
fn tombstones_that_nobody_is_told_of_take_no_room_in_an_answer() {
    let dir = tempfile::tempdir().expect("a folder");
    let time = Arc::new(ManualTime::at(Millis(1_700_000_000_000)));
    let limits = Limits { item_bytes: 1 << 10, batch_bytes: 4 << 10, ..Limits::default() };
    let store = Store::builder(dir.path().join("s"))
        .options(Options { limits, worker: None, ..Options::default() })
        .time_source(Arc::clone(&time) as _)
        .open()
        .expect("a store");
    let day = Millis(86_400_000);
    let ttls = Ttls { delta: Some(day), tombstone: Some(day), history: Some(Millis(0)) };
    store.create_table(TableSpec::new("t", "id").ttls(ttls)).expect("a table");
    let text = "x".repeat(900);
    for n in 0..6 {
        let json = format!(r#"{{"id":"{n}","text":"{text}"}}"#);
        store.put("t", Document::from_json(&json).expect("a document")).expect("a commit");
        store.delete("t", n.to_string()).expect("a commit");
    }
    time.advance(Millis(4 * day.0));
    store.expire().expect("an expiry");
    let deletes: Vec<_> = (0..6).map(|n| Mutation::delete("t", n.to_string())).collect();
    let outcomes = store.apply_once("many", &deletes).expect("nothing to tell");
    assert!(outcomes.iter().all(|outcome| outcome.item.is_none() && !outcome.written));
}
