//! What a compaction says it did, to the last entry.

use super::CompactReport;
use crate::lock::Mutex;
use crate::metrics::{Counter, Histogram};
use crate::storage::Batch;
use crate::testing::{Faults, ManualTime, MemoryDisk, Point};
use crate::{
    Document, Error, ErrorKind, Limits, Metrics, Millis, Mutation, Options, Projection, Store,
    TableSpec, TableSpecExt, Ttls,
};
use highwater_format::{Family, ItemKey, TableId, keys};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Barrier};

const START: Millis = Millis(1_800_000_000_000);
const TTL: Millis = Millis(10_000);

#[derive(Default)]
struct Counted {
    counts: Mutex<BTreeMap<Counter, u64>>,
    steps: Mutex<Vec<Histogram>>,
}

impl Metrics for Counted {
    fn count(&self, counter: Counter, _: Option<&str>, n: u64) {
        *self.counts.lock().entry(counter).or_default() += n;
    }

    fn observe(&self, histogram: Histogram, _: Option<&str>, _: f64) {
        self.steps.lock().push(histogram);
    }
}

struct Scene {
    store: Store,
    time: Arc<ManualTime>,
    counted: Arc<Counted>,
}

/// Two tables, in which everything expires after ten seconds, as receipts do.
fn scene(faults: impl Faults + 'static) -> Scene {
    limited(faults, Limits::default())
}

fn limited(faults: impl Faults + 'static, limits: Limits) -> Scene {
    let (time, counted) = (Arc::new(ManualTime::at(START)), Arc::new(Counted::default()));
    let options = Options {
        worker: None,
        bucket_width: Millis(1_000),
        receipt_ttl: TTL,
        limits,
        ..Options::default()
    };
    let builder = MemoryDisk::default().builder().options(options);
    let builder = builder.time_source(Arc::clone(&time) as _);
    let builder = builder.metrics(Arc::clone(&counted) as _).faults(Arc::new(faults));
    let store = builder.open().unwrap();
    let ttls = Ttls { delta: Some(TTL), tombstone: Some(TTL), history: Some(TTL) };
    for table in ["t", "u"] {
        let spec = TableSpec::new(table, "id").index("i", "o", Projection::All).ttls(ttls);
        store.create_table(spec.expires_by("due")).unwrap();
    }
    Scene { store, time, counted }
}

struct NoFaults;

impl Faults for NoFaults {
    fn at(&self, _: Point) -> Result<(), String> {
        Ok(())
    }
}

fn put(table: &str, json: &str) -> Mutation {
    Mutation::put(table, Document::from_json(json).unwrap())
}

/// Without the sizes of files, which are RocksDB's own affair.
fn compact(store: &Store) -> CompactReport {
    let CompactReport { bytes_before, bytes_after, file_bytes_dropped, .. } =
        CompactReport::default();
    let report = store.compact().unwrap();
    CompactReport { bytes_before, bytes_after, file_bytes_dropped, ..report }
}

#[test]
fn a_compaction_counts_what_it_dropped() {
    let Scene { store, time, counted } = scene(NoFaults);
    let due = START.0 / 1_000 + 5;
    for id in ["a", "b", "c"] {
        store.put("t", Document::from_json(&format!(r#"{{"id":"{id}","o":1}}"#)).unwrap()).unwrap();
    }
    store.apply(put("t", r#"{"id":"a","o":2}"#)).unwrap();
    store.apply(put("u", r#"{"id":"x","o":1}"#)).unwrap();
    store.apply(put("t", r#"{"id":"a","o":3}"#)).unwrap();
    store.delete("t", "b").unwrap();
    store.apply(put("u", &format!(r#"{{"id":"y","o":1,"due":{due}}}"#))).unwrap();
    store.apply_once("m", &[put("t", r#"{"id":"c","o":1,"n":1}"#)]).unwrap();
    assert_eq!(compact(&store), CompactReport::default());

    time.advance(Millis(5_000));
    assert_eq!(compact(&store), CompactReport { items_expired: 1, ..CompactReport::default() });

    time.advance(TTL.after(Millis(10_000)));
    let expected = CompactReport {
        floors_raised: 2,
        // One range for both tables.
        log_ranges: 1,
        tombstones_dropped: 2,
        // `b` and `y` were deleted; `a` has left two scopes, which takes two entries each.
        markers_dropped: 6,
        history_dropped: 5,
        // The receipt, and what leads to it from `c`.
        receipts_dropped: 2,
        ..CompactReport::default()
    };
    assert_eq!(compact(&store), expected);

    // What was dropped before is not counted again.
    store.apply_once("n", &[put("t", r#"{"id":"a","o":4}"#)]).unwrap();
    store.apply(put("t", r#"{"id":"c","o":2}"#)).unwrap();
    store.delete("t", "c").unwrap();
    time.advance(TTL.after(Millis(10_000)));
    let expected = CompactReport {
        floors_raised: 2,
        log_ranges: 1,
        tombstones_dropped: 1,
        markers_dropped: 5,
        history_dropped: 3,
        receipts_dropped: 2,
        ..CompactReport::default()
    };
    assert_eq!(compact(&store), expected);
    let counted = counted.counts.lock();
    assert_eq!(counted.get(&Counter::EntriesSwept), Some(&26));
    assert_eq!(counted.get(&Counter::LogRangesDropped), Some(&2));
    assert_eq!(counted.get(&Counter::ItemsExpired), Some(&1));
}

#[test]
fn a_sweep_finds_what_expiry_left() {
    let Scene { store, time, .. } = scene(NoFaults);
    store.apply(put("t", r#"{"id":"a","o":1}"#)).unwrap();
    store.delete("t", "a").unwrap();
    store.compact().unwrap();
    time.advance(TTL.after(TTL));
    let expired = store.inner().expire().unwrap();
    assert_eq!((expired.floors_raised, expired.tombstones_dropped), (2, 0));
    assert!(expired.file_bytes_dropped > 0);
    let swept = store.inner().sweep_while(&|| true).unwrap();
    assert_eq!((swept.floors_raised, swept.tombstones_dropped), (0, 1));
}

/// A store that is being closed waits for the family that is being rewritten, and for no other.
#[test]
fn a_sweep_ends_with_the_family_that_it_is_at() {
    let Scene { store, time, .. } = scene(NoFaults);
    for n in 0..3 {
        store.apply(put("t", &format!(r#"{{"id":"a","o":{n}}}"#))).unwrap();
    }
    store.delete("t", "a").unwrap();
    time.advance(TTL.after(TTL));
    store.inner().expire().unwrap();
    for (asked, tombstones, markers) in [(0, 0, 0), (2, 1, 0), (3, 0, 5)] {
        let left = Cell::<u32>::new(asked);
        let goes_on = || left.replace(left.get().saturating_sub(1)) > 0;
        let swept = store.inner().sweep_while(&goes_on).unwrap();
        assert_eq!((swept.tombstones_dropped, swept.markers_dropped), (tombstones, markers));
    }
}

#[test]
fn a_compaction_tells_the_size_of_all_files_before_and_after() {
    let Scene { store, time, .. } = scene(NoFaults);
    for n in 0..100 {
        store.apply(put("t", &format!(r#"{{"id":"{n}","o":1}}"#))).unwrap();
        store.delete("t", n.to_string()).unwrap();
    }
    store.inner().flush().unwrap();
    time.advance(TTL.after(TTL));
    let size = || store.inner().storage.disk_bytes().unwrap();
    let before = size();
    let report = store.compact().unwrap();
    assert_eq!((report.bytes_before, report.bytes_after), (before, size()));
    assert!(report.bytes_after < report.bytes_before, "{report:?}");
}

#[test]
fn files_dropped_by_an_expiry_and_by_the_sweep_after_it_are_summed_up() {
    let dropped = |file_bytes_dropped| CompactReport { file_bytes_dropped, ..Default::default() };
    assert_eq!(dropped(3).with_sweep(dropped(4)), dropped(7));
}

/// How often the expiries of a store came to a place.
struct Times(Point, Arc<AtomicUsize>);

impl Faults for Times {
    fn at(&self, point: Point) -> Result<(), String> {
        self.1.fetch_add(usize::from(point == self.0), Relaxed);
        Ok(())
    }
}

#[test]
fn an_expiry_that_finds_nothing_writes_nothing() {
    let writes = Arc::new(AtomicUsize::new(0));
    let Scene { store, time, .. } = scene(Times(Point::LogCut, Arc::clone(&writes)));
    store.apply_once("m", &[put("t", r#"{"id":"a"}"#)]).unwrap();
    time.advance(TTL.after(TTL));
    for _ in 0..3 {
        store.expire().unwrap();
    }
    assert_eq!(writes.load(Relaxed), 1);
}

/// A table that keeps its log for longer than others: theirs is cut bucket by bucket.
#[test]
fn each_table_is_cut_at_its_own_floor() {
    let Scene { store, time, .. } = scene(NoFaults);
    let ttls = Ttls { delta: Some(TTL.after(TTL)), tombstone: None, history: None };
    store.alter_ttls("u", ttls).unwrap();
    for id in ["a", "b", "c"] {
        let json = format!(r#"{{"id":"{id}"}}"#);
        store.apply(put("t", &json)).unwrap();
        store.apply(put("u", &json)).unwrap();
        time.advance(Millis(2_000));
    }
    // Those of `t` in the first two seconds, then the third; those of `u` go together.
    let cuts = [7_000, 2_000, 20_000].map(|ms| {
        time.advance(Millis(ms));
        let report = store.inner().expire().unwrap();
        (report.floors_raised, report.log_ranges)
    });
    assert_eq!(cuts, [(1, 2), (1, 1), (2, 1)]);
}

#[test]
fn receipts_are_kept_from_the_start_of_the_bucket_in_which_they_end() {
    let Scene { store, time, .. } = scene(NoFaults);
    store.apply_once("m", &[put("t", r#"{"id":"a"}"#)]).unwrap();
    time.advance(TTL.after(Millis(1_700)));
    store.inner().expire().unwrap();
    assert_eq!(store.inner().rules.receipts_floor(), START.after(Millis(1_000)));
}

#[test]
fn a_flush_leaves_nothing_in_memory() {
    let Scene { store, .. } = scene(NoFaults);
    store.apply(put("t", r#"{"id":"a","o":1}"#)).unwrap();
    let in_memory = || {
        let name = "rocksdb.num-entries-active-mem-table";
        store.inner().storage.property(Family::Base, name).unwrap()
    };
    assert_ne!(in_memory(), 0);
    store.inner().flush().unwrap();
    assert_eq!(in_memory(), 0);
}

struct HeldBack;

impl Faults for HeldBack {
    fn at(&self, point: Point) -> Result<(), String> {
        if point == Point::FloorsRaised { Err("held back".to_owned()) } else { Ok(()) }
    }
}

/// Where the whole store has to wait, so has the sweep.
#[test]
fn a_store_that_is_busy_is_not_swept() {
    let Scene { store, time, counted } = scene(HeldBack);
    store.apply(put("t", r#"{"id":"a","o":1}"#)).unwrap();
    time.advance(TTL.after(TTL));
    assert!(matches!(store.compact(), Err(Error::Busy)));
    assert!(!counted.steps.lock().contains(&Histogram::CompactionSeconds));
}

/// Waits for a reader to be gone, once the files have been put off because of it.
struct UntilItIsGone(Arc<Barrier>);

impl Faults for UntilItIsGone {
    fn at(&self, point: Point) -> Result<(), String> {
        if point == Point::ItemsDue {
            self.0.wait();
            self.0.wait();
        }
        Ok(())
    }
}

#[test]
fn files_that_were_put_off_go_at_the_end_if_their_readers_have_gone() {
    let barrier = Arc::new(Barrier::new(2));
    let Scene { store, time, .. } = scene(UntilItIsGone(Arc::clone(&barrier)));
    let due = START.0 / 1_000 + 5;
    store.apply(put("t", &format!(r#"{{"id":"a","o":1,"due":{due}}}"#))).unwrap();
    time.advance(TTL.after(TTL));
    let reading = store.inner().readers.enter();
    std::thread::scope(|scope| {
        let compacting = scope.spawn(|| store.compact().unwrap());
        barrier.wait();
        drop(reading);
        barrier.wait();
        let report = compacting.join().unwrap();
        assert_eq!((report.items_expired, report.files_deferred), (1, false));
    });
}

/// Fails the commit for the second table that has something due.
#[derive(Default)]
struct FailsTheSecond(AtomicUsize);

impl Faults for FailsTheSecond {
    fn at(&self, point: Point) -> Result<(), String> {
        let tables = self.0.fetch_add(usize::from(point == Point::ItemsDue), Relaxed);
        if point == Point::BeforeWrite && tables == 2 { Err("no disk".to_owned()) } else { Ok(()) }
    }
}

/// Damage to an item is told of in the end; that the store has to be opened again matters more.
#[test]
fn a_store_that_fails_is_told_of_before_an_item_that_cannot_be_read() {
    let Scene { store, time, .. } = scene(FailsTheSecond::default());
    let due = START.0 / 1_000 + 5;
    for table in ["t", "u"] {
        store.apply(put(table, &format!(r#"{{"id":"a","due":{due}}}"#))).unwrap();
    }
    let mut batch = Batch::default();
    batch.put(Family::Base, keys::base(TableId(1), &ItemKey::from("a").encode()), b"junk");
    store.inner().storage.write(batch, false).unwrap();
    time.advance(TTL);
    let told = store.inner().expire();
    assert!(matches!(told, Err(Error::WriteFailed { .. })), "{told:?}");
}

/// Damage to the times of one table is told of in the end, and keeps nothing of the next.
#[test]
fn a_table_whose_times_cannot_be_read_keeps_no_other_from_expiring() {
    let Scene { store, time, .. } = scene(NoFaults);
    store.apply(put("u", &format!(r#"{{"id":"a","due":{}}}"#, START.0 / 1_000 + 5))).unwrap();
    let inner = store.inner();
    let times = inner.catalog.get("t").unwrap().ttl_index.as_ref().unwrap().id;
    let mut batch = Batch::default();
    batch.put(Family::Lookup, keys::lookup(times, &[0], &[]), &[]);
    inner.storage.write(batch, false).unwrap();
    time.advance(TTL);
    let told = inner.expire().unwrap_err();
    assert_eq!(told.kind(), ErrorKind::Operator, "{told:?}");
    assert_eq!(store.get("u", "a").unwrap(), None);
}

/// An item of sixty kilobytes that is due after five seconds.
fn heavy(n: u32) -> Mutation {
    let (due, text) = (START.0 / 1_000 + 5, "x".repeat(61_440));
    put("t", &format!(r#"{{"id":"{n}","due":{due},"text":"{text}"}}"#))
}

/// How many commits it takes to delete six heavy items.
fn commits_of_an_expiry(limits: Limits) -> usize {
    let chunks = Arc::new(AtomicUsize::new(0));
    let Scene { store, time, .. } = limited(Times(Point::ItemsDue, Arc::clone(&chunks)), limits);
    for n in 0..6 {
        store.apply(heavy(n)).unwrap();
    }
    time.advance(TTL);
    assert_eq!(store.inner().expire().unwrap().items_expired, 6);
    chunks.load(Relaxed)
}

/// The bytes that a heavy item has in a file.
fn heavy_bytes() -> usize {
    let Scene { store, .. } = scene(NoFaults);
    store.apply(heavy(0)).unwrap();
    let key = keys::base(TableId(1), &ItemKey::from("0").encode());
    let view = store.inner().storage.latest();
    view.get(Family::Base, &key, |payload| Ok(payload.len())).unwrap().unwrap()
}

#[test]
fn what_is_due_is_deleted_in_commits_within_the_limits() {
    assert_eq!(commits_of_an_expiry(Limits::default()), 1);
    let batch_items = 2;
    assert_eq!(commits_of_an_expiry(Limits { batch_items, ..Limits::default() }), 3);
    // No more than a quarter of the bytes that a commit may have.
    let batch_bytes = 4 * 2 * heavy_bytes();
    assert_eq!(commits_of_an_expiry(Limits { batch_bytes, ..Limits::default() }), 3);
    let batch_bytes = batch_bytes - 4;
    assert_eq!(commits_of_an_expiry(Limits { batch_bytes, ..Limits::default() }), 6);
}

/// What was done counts, though one item keeps being in the way of it all being done.
#[test]
fn an_item_that_cannot_be_deleted_keeps_nothing_from_being_counted() {
    let Scene { store, time, counted } = scene(NoFaults);
    let due = START.0 / 1_000 + 5;
    for id in ["broken", "sound"] {
        store.apply(put("u", &format!(r#"{{"id":"{id}","o":1,"due":{due}}}"#))).unwrap();
    }
    let mut batch = Batch::default();
    let id = store.inner().catalog.get("u").unwrap().id();
    batch.put(Family::Base, keys::base(id, &ItemKey::from("broken").encode()), b"no record");
    store.inner().storage.write(batch, false).unwrap();
    time.advance(Millis(6_000));
    assert!(store.expire().is_err());
    assert_eq!(counted.counts.lock().get(&Counter::ItemsExpired), Some(&1));
    assert!(store.get("u", "sound").unwrap().is_none());
}
