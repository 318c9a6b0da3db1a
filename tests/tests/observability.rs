//! What a store tells of itself: every counter, histogram and gauge has a reason to move.

use highwater::testing::{Faults, ManualTime, MemoryDisk, Point};
use highwater::{
    ConflictStrategy, Counter, Document, Durability, Error, Expect, Filter, Gauge, Histogram,
    Metrics, Millis, Mutation, Options, Status, Store, SyncRequest, TableSpec, TableSpecExt,
    TablesRequest, Ttls, Tuning, Worker, parse_json,
};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Default)]
struct Collected {
    counts: Mutex<BTreeMap<Counter, u64>>,
    sizes: Mutex<BTreeMap<Histogram, Vec<f64>>>,
    states: Mutex<BTreeMap<(Gauge, Option<String>), f64>>,
}

impl Metrics for Collected {
    fn count(&self, counter: Counter, _: Option<&str>, n: u64) {
        assert!(n > 0, "nothing is not counted");
        *self.counts.lock().entry(counter).or_default() += n;
    }

    fn observe(&self, histogram: Histogram, _: Option<&str>, value: f64) {
        self.sizes.lock().entry(histogram).or_default().push(value);
    }

    fn set(&self, gauge: Gauge, table: Option<&str>, value: f64) {
        self.states.lock().insert((gauge, table.map(str::to_owned)), value);
    }
}

impl Collected {
    fn count_of(&self, counter: Counter) -> u64 {
        self.counts.lock().get(&counter).copied().unwrap_or_default()
    }

    fn times_of_commits(&self) -> usize {
        self.sizes.lock().get(&Histogram::CommitSeconds).map_or(0, Vec::len)
    }
}

/// Fails the next write, if it is armed.
#[derive(Default)]
struct Failing(Mutex<bool>);

impl Faults for Failing {
    fn at(&self, point: Point) -> Result<(), String> {
        let fails = point == Point::BeforeWrite && std::mem::take(&mut *self.0.lock());
        if fails { Err("the disk is gone".to_owned()) } else { Ok(()) }
    }
}

struct World {
    store: Store,
    time: Arc<ManualTime>,
    seen: Arc<Collected>,
    failing: Arc<Failing>,
    _dir: tempfile::TempDir,
}

fn world() -> World {
    let dir = tempfile::tempdir().expect("a folder");
    let time = Arc::new(ManualTime::at(Millis(1_700_000_000_000)));
    let (seen, failing) = (Arc::new(Collected::default()), Arc::new(Failing::default()));
    let options = Options { worker: None, bucket_width: Millis(50), ..Options::default() };
    let store = Store::builder(dir.path().join("s"))
        .options(options)
        .time_source(Arc::clone(&time) as _)
        .metrics(Arc::clone(&seen) as _)
        .faults(Arc::clone(&failing) as _)
        .open()
        .expect("a store");
    let ttls =
        Ttls { delta: Some(Millis(500)), tombstone: Some(Millis(900)), history: Some(Millis(400)) };
    let spec = TableSpec::new("t", "id").conflicts(ConflictStrategy::Automerge).ttls(ttls);
    store.create_table(spec.expires_by("_ttl")).expect("a table");
    time.advance(Millis(10));
    World { store, time, seen, failing, _dir: dir }
}

fn put(json: &str) -> Mutation {
    Mutation::put("t", Document::from_json(json).expect("JSON"))
}

#[test]
fn everything_that_can_be_counted_is() {
    let World { store, time, seen, failing, _dir } = world();
    store.apply(put(r#"{"id":"a"}"#)).expect("a commit");
    store.apply_batch(&[put(r#"{"id":"b"}"#), put(r#"{"id":"c","_ttl":1}"#)]).expect("a commit");
    assert_eq!(seen.count_of(Counter::Commits), 2);
    assert_eq!(seen.count_of(Counter::Versions), 3);
    store.delete("t", "nobody").expect("nothing to do");
    assert_eq!(seen.count_of(Counter::Commits), 2, "nothing was written");
    store.apply(put(r#"{"id":"a"}"#)).expect("a commit");
    store.apply(put(r#"{"id":"a","n":1}"#).expect(Expect::Version(1))).expect("a merge");
    let stale = store.apply(Mutation::delete("t", "a").expect(Expect::Version(1)));
    assert!(matches!(stale, Err(Error::Conflict(_))), "{stale:?}");
    for _ in 0..2 {
        store.apply_once("once", &[put(r#"{"id":"d"}"#)]).expect("a commit");
    }
    let (commits, times) = (seen.count_of(Counter::Commits), seen.times_of_commits());
    store.erase("t", "d").expect("a commit");
    assert_eq!(seen.count_of(Counter::Commits), commits + 1, "an erasure is a commit");
    assert_eq!(seen.times_of_commits(), times + 1);
    store.apply(put(r#"{"id":"d"}"#)).expect("a commit");
    let page = store.sync(&SyncRequest::new("t").limit(2)).expect("a page");
    assert_eq!(seen.count_of(Counter::ItemsScanned), 2);
    store.sync(&SyncRequest::new("t").next_token(page.next_token.expect("a token"))).expect("more");
    assert_eq!(seen.count_of(Counter::Resets), 1, "once a run");
    assert_eq!(seen.count_of(Counter::Pages), 2);
    let delta = SyncRequest::new("t").last_sync(page.started_at).limit(1);
    store.delete("t", "b").expect("a commit");
    store.delete("t", "d").expect("a commit");
    time.advance(Millis(10));
    let first = store.sync(&delta).expect("a page");
    time.advance(Millis(100_000));
    store.compact().expect("a compaction");
    let expired = store.sync(&delta.next_token(first.next_token.expect("a token")));
    assert!(matches!(expired, Err(Error::Expired { .. })), "{expired:?}");
    *failing.0.lock() = true;
    let failed = store.apply(put(r#"{"id":"z"}"#));
    assert!(matches!(failed, Err(Error::WriteFailed { .. })), "{failed:?}");

    // What only a busy disk, or files large enough to be dropped whole, brings about.
    let elsewhere = [Counter::Stalls, Counter::FileBytesDropped];
    for counter in Counter::ALL.iter().filter(|counter| !elsewhere.contains(counter)) {
        assert!(seen.count_of(*counter) > 0, "{}", counter.name());
    }
    for histogram in Histogram::ALL {
        assert!(seen.sizes.lock().contains_key(histogram), "{}", histogram.name());
    }
    let states = seen.states.lock();
    for gauge in Gauge::ALL {
        let of = |name: Option<&str>| states.get(&(*gauge, name.map(str::to_owned)));
        assert!(of(None).or(of(Some("t"))).is_some(), "{}", gauge.name());
    }
    let age = |gauge| states.get(&(gauge, Some("t".to_owned()))).copied();
    for (gauge, ages) in [(Gauge::DeltaFloorAge, 0.5..0.9), (Gauge::TombstoneFloorAge, 0.9..1.3)] {
        assert!(age(gauge).is_some_and(|age| ages.contains(&age)), "{:?}", age(gauge));
    }
}

#[test]
fn each_counter_counts_what_its_name_says() {
    let World { store, time, seen, .. } = world();
    let more = TableSpec::new("u", "id");
    store.create_table(more).expect("a table");
    let ids = ["a", "b", "c"].map(|id| put(&format!(r#"{{"id":"{id}"}}"#)));
    store.apply_batch(&ids).expect("a commit");
    let stale = Mutation::delete("t", "a").expect(Expect::Version(7));
    store.apply(stale).expect_err("a conflict");
    assert_eq!(seen.count_of(Counter::Conflicts), 1);
    time.advance(Millis(10));
    let json = parse_json(r#"{"id":{"contains":"b"}}"#).expect("JSON");
    let filter = Filter::from_amplify(&json).expect("a filter");
    store.sync(&SyncRequest::new("t").filter(filter)).expect("a page");
    let of = |counter| seen.count_of(counter);
    assert_eq!((of(Counter::ItemsScanned), of(Counter::ItemsReturned)), (3, 1));
    assert_eq!(of(Counter::Resets), 1);
    let both = TablesRequest::new(["t", "u"].map(SyncRequest::new)).limit(2);
    let first = store.sync_tables(&both).expect("a page");
    assert_eq!(of(Counter::Resets), 3, "one a part");
    let token = first.next_token.expect("a further page");
    store.sync_tables(&both.next_token(token)).expect("a page");
    assert_eq!(of(Counter::Resets), 3, "at the first page alone");
    assert_eq!((of(Counter::ItemsScanned), of(Counter::ItemsReturned)), (6, 4));
}

#[test]
fn a_commit_that_is_held_back_is_counted() {
    let dir = tempfile::tempdir().expect("a folder");
    let seen = Arc::new(Collected::default());
    let tuning = Tuning { write_buffer_bytes: 64 << 10, background_jobs: 1, ..Tuning::default() };
    let durability = Durability::Buffered;
    let store = Store::builder(dir.path().join("s"))
        .options(Options { worker: None, durability, tuning, ..Options::default() })
        .metrics(Arc::clone(&seen) as _)
        .open()
        .expect("a store");
    store.create_table(TableSpec::new("t", "id")).expect("a table");
    let text = "x".repeat(50_000);
    let refused = (0..20_000)
        .find_map(|n| store.apply(put(&format!(r#"{{"id":"{n}","text":"{text}"}}"#))).err());
    assert!(matches!(refused, Some(Error::Busy)), "{refused:?}");
    assert_eq!(seen.count_of(Counter::Stalls), 1);
}

#[test]
fn names_are_unique() {
    let names: Vec<_> = Counter::ALL
        .iter()
        .map(|c| c.name())
        .chain(Histogram::ALL.iter().map(|h| h.name()))
        .chain(Gauge::ALL.iter().map(|g| g.name()))
        .collect();
    let unique: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!(unique.len(), names.len());
}

#[test]
fn health_is_one_call() {
    let World { store, time, failing, .. } = world();
    let report = store.health().expect("a report");
    assert_eq!((report.status, report.concerns.len()), (Status::Well, 0));
    time.set_wall(Millis(1_900_000_000_000));
    let report = store.health().expect("a report");
    assert_eq!(report.status, Status::Degraded);
    assert!(report.concerns[0].contains("wall clock"), "{report:?}");
    *failing.0.lock() = true;
    store.apply(put(r#"{"id":"z"}"#)).expect_err("refused");
    let report = store.health().expect("a report");
    assert_eq!(report.status, Status::ReadOnly);
    assert!(report.concerns.iter().any(|c| c.contains("the disk is gone")), "{report:?}");
}

/// What nobody asked for is measured, too.
#[test]
#[expect(clippy::disallowed_methods, reason = "the worker sleeps in real time")]
fn the_workers_sweeps_are_counted() {
    let seen = Arc::new(Collected::default());
    let time = Arc::new(ManualTime::at(Millis(1_700_000_000_000)));
    let worker = Some(Worker { every: Millis(10), sweep_every: Millis(30) });
    let options = Options { worker, bucket_width: Millis(100), ..Options::default() };
    let store = MemoryDisk::default()
        .builder()
        .options(options)
        .time_source(Arc::clone(&time) as _)
        .metrics(Arc::clone(&seen) as _)
        .open()
        .expect("a store");
    let ttl = Some(Millis(1_000));
    let spec = TableSpec::new("t", "id");
    let ttls = Ttls { delta: ttl, tombstone: ttl, ..spec.ttls };
    store.create_table(spec.ttls(ttls)).expect("a table");
    store.put("t", Document::from_json(r#"{"id":"a"}"#).expect("JSON")).expect("a commit");
    store.delete("t", "a").expect("a commit");
    time.advance(Millis(60_000));
    let waited = (0..500).find(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        seen.count_of(Counter::EntriesSwept) > 0
    });
    assert!(waited.is_some(), "nothing was counted within ten seconds");
    assert!(seen.sizes.lock().contains_key(&Histogram::CompactionSeconds));
    store.close().expect("the worker stops");
}

#[test]
fn an_expiry_that_comes_to_no_end_is_counted_as_far_as_it_came() {
    let World { store, time, seen, failing, .. } = world();
    let due = Document::from_json(r#"{"id":"due","_ttl":1700000001}"#).expect("JSON");
    store.put("t", due).expect("a commit");
    time.advance(Millis(5_000));
    *failing.0.lock() = true;
    store.expire().expect_err("the item cannot be deleted");
    assert!(seen.count_of(Counter::LogRangesDropped) > 0, "the log was cut before");
    assert_eq!(seen.count_of(Counter::ItemsExpired), 0);
    let expiries = seen.sizes.lock().get(&Histogram::ExpirySeconds).map_or(0, Vec::len);
    assert_eq!(expiries, 1);
}
