//! Devices, followers and imports while the log expires under them, thousands of times: none of them loses a row in
//! silence. Dropping files ignores snapshots, so a reader that nobody waits for, and that does not look at the floors
//! again, finds less than there was and no error.
//!
//! `EXPIRIES` sets how often there is something to expire.

use highwater::testing::{Faults, ManualTime, Point};
use highwater::{
    BulkOptions, Document, Error, ItemKey, KeyValue, Limits, Millis, Options, Replica, Store,
    SyncRequest, TableSpec, TableSpecExt, Ttls, Tuning, WatchRequest, Watcher, WriteStall,
};
use highwater_tests::many;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

const TABLE: &str = "rows";
/// Expiries where `EXPIRIES` does not say.
const EXPIRIES: u64 = 2_000;
/// One expiry in so many must drop files.
const DROPS: u64 = 200;
/// Rows, and milliseconds, in a bucket of the log.
const BUCKET: u64 = 4;
/// Items, each written again and again in turn: more of them than rows in the log.
const ITEMS: u64 = 120;
/// Documents of one import.
const IMPORTED: u64 = 300;

/// What all threads share.
struct Shared {
    store: Store,
    time: Arc<ManualTime>,
    /// So many rows were acknowledged: 0, 1, 2, ...
    written: Arc<AtomicU64>,
    running: AtomicBool,
}

/// Whoever has planned a page falls asleep now and then before reading it, while rows are written.
struct Sleepy {
    pages: AtomicU64,
    written: Arc<AtomicU64>,
}

impl Faults for Sleepy {
    fn at(&self, point: Point) -> Result<(), String> {
        if point == Point::PagePlanned && self.pages.fetch_add(1, SeqCst).is_multiple_of(8) {
            let behind = self.written.load(SeqCst) + 70;
            // Not for ever: at the end nothing is written any more.
            for _ in 0..1_000 {
                if self.written.load(SeqCst) >= behind {
                    break;
                }
                std::thread::park_timeout(Duration::from_micros(200));
            }
        }
        Ok(())
    }
}

/// What was seen, so that it is known that there was something to see.
#[derive(Debug, Default)]
struct Seen {
    expiries: u64,
    runs: u64,
    /// Readers who were told that the log had expired under them.
    expired: u64,
    batches: u64,
    imports: u64,
    rises: u64,
    files_dropped: u64,
}

/// Nothing that a compressor makes small: files fill, and go.
fn document(id: u64, seed: u64) -> Document {
    let mut state = seed;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{state:016x}")
    };
    let text: String = (0..100).map(|_| next()).collect();
    Document::from_json(&format!(r#"{{"id":"{id:08}","text":"{text}"}}"#)).expect("JSON")
}

fn id(key: &ItemKey) -> u64 {
    match &key.partition {
        KeyValue::String(text) => text.parse().expect("a number"),
        other => panic!("{other}"),
    }
}

/// What is known of each item: the number of the row that was its newest. Row `n` is item `n % ITEMS`.
#[derive(Default)]
struct Known(BTreeMap<u64, u64>);

impl Known {
    fn learn(&mut self, key: &ItemKey, version: u64) {
        let id = id(key);
        self.0.insert(id, (version - 1) * ITEMS + id);
    }

    fn of(device: &Replica) -> Self {
        let mut known = Self::default();
        device.live().for_each(|(key, held)| known.learn(key, held.version));
        known
    }

    /// Whether every one of the first `count` rows is known, or one that replaced it.
    fn has_first(&self, count: u64) -> bool {
        self.misses(count).is_empty()
    }

    /// Those of the first `count` rows that are not known, nor any that replaced them.
    fn misses(&self, count: u64) -> Vec<u64> {
        let newest = count.saturating_sub(ITEMS)..count;
        newest.filter(|n| self.0.get(&(n % ITEMS)).is_none_or(|known| known < n)).collect()
    }
}

/// A thread that panics is waited for by nobody: whoever holds this while it does ends the others.
struct EndsAll<'a>(&'a Shared);

impl Drop for EndsAll<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.running.store(false, SeqCst);
        }
    }
}

impl Shared {
    /// What a thread does.
    fn run<T>(&self, act: impl FnOnce(&Self) -> T) -> T {
        let _ends_all = EndsAll(self);
        act(self)
    }

    fn new(folder: &Path) -> Self {
        let time = Arc::new(ManualTime::at(Millis(1_800_000_000_000)));
        let options = Options {
            worker: None,
            bucket_width: Millis(BUCKET),
            // Small write buffers hold a writer back now and then, and whoever needs the clock.
            write_stall: WriteStall::Wait,
            // Every page is read from files, which are many and small.
            limits: Limits { recent_bytes: 0, ..Limits::default() },
            tuning: Tuning { write_buffer_bytes: 64 << 10, ..Tuning::default() },
            ..Options::default()
        };
        let builder = Store::builder(folder.join("store")).options(options);
        let written = Arc::new(AtomicU64::new(0));
        let sleepy = Sleepy { pages: AtomicU64::new(0), written: Arc::clone(&written) };
        let builder = builder.time_source(Arc::clone(&time) as _).faults(Arc::new(sleepy));
        let store = builder.open().expect("a new store");
        let ttls = Ttls { delta: Some(Millis(100)), tombstone: None, history: Some(Millis(0)) };
        store.create_table(TableSpec::new(TABLE, "id").ttls(ttls)).expect("a table");
        let running = AtomicBool::new(true);
        Self { store, time, written, running }
    }

    fn goes_on(&self) -> bool {
        self.running.load(SeqCst)
    }

    /// Until so many more rows are written.
    fn wait_for(&self, more: u64) {
        let behind = self.written.load(SeqCst) + more;
        while self.goes_on() && self.written.load(SeqCst) < behind {
            std::thread::yield_now();
        }
    }

    fn write(&self) {
        for n in 0.. {
            if !self.goes_on() {
                return;
            }
            self.store.put(TABLE, document(n % ITEMS, n)).expect("a commit");
            self.written.store(n + 1, SeqCst);
            self.time.advance(Millis(1));
        }
    }

    /// So many times, and then until files went often enough: when they can is RocksDB's choice, since only files
    /// that it has compacted are dropped.
    fn expire(&self, times: u64) -> Seen {
        let mut seen = Seen::default();
        while seen.expiries < times
            || seen.files_dropped < times / DROPS && seen.expiries < 20 * times
        {
            self.wait_for(BUCKET);
            if !self.goes_on() {
                break;
            }
            match self.store.expire() {
                Ok(report) => {
                    seen.expiries += 1;
                    seen.rises += report.floors_raised;
                    seen.files_dropped += u64::from(report.file_bytes_dropped > 0);
                }
                // No floor rises while RocksDB holds writers back.
                Err(Error::Busy) => {}
                Err(error) => panic!("{error}"),
            }
        }
        self.running.store(false, SeqCst);
        seen
    }

    /// A run that comes to its end has told everything that was acknowledged before it began.
    fn sync(&self, device: &mut Replica, limit: u32, seen: &mut Seen) {
        let written = self.written.load(SeqCst);
        let source = |request: &SyncRequest| {
            // The device is slow: between two pages there are commits.
            self.wait_for(2);
            self.store.sync(request)
        };
        match device.sync(&source, "rows", &SyncRequest::new(TABLE).limit(limit)) {
            Ok(synced) => {
                seen.runs += 1;
                seen.expired += synced.restarts as u64;
            }
            Err(Error::Expired { .. }) => {
                seen.expired += 1;
                return;
            }
            Err(error) => panic!("{error}"),
        }
        assert!(Known::of(device).has_first(written), "a device misses one of {written} rows");
    }

    /// A device that asks often, with pages of a few rows; it falls behind now and then.
    fn page(&self, stride: u64) -> Seen {
        let (mut device, mut seen) = (Replica::default(), Seen::default());
        while self.goes_on() {
            self.sync(&mut device, 25, &mut seen);
            self.wait_for(stride);
        }
        self.sync(&mut device, 1_000, &mut seen);
        seen
    }

    /// A follower: what it is told of, and what a sync told it before, has no hole.
    fn follow(&self) -> Seen {
        let (mut device, mut seen) = (Replica::default(), Seen::default());
        let (mut known, mut watcher) = self.begin(&mut device, &mut seen);
        while self.goes_on() {
            match watcher.next_batch(Duration::from_millis(50)) {
                Ok(None) => {}
                Ok(Some(batch)) => {
                    seen.batches += 1;
                    batch.items.iter().for_each(|item| known.learn(&item.key, item.version));
                    let newest = known.0.values().max().copied().unwrap_or_default();
                    let mut misses = known.misses(newest + 1);
                    // What was replaced meanwhile is told when it is the turn of what replaced it.
                    let written = self.written.load(SeqCst);
                    misses.retain(|n| n + ITEMS > written);
                    assert!(misses.is_empty(), "a follower misses {misses:?} before {newest}");
                    // It dozes now and then, and the log goes by.
                    if seen.batches.is_multiple_of(32) {
                        self.wait_for(150);
                    }
                }
                Err(Error::Expired { .. }) => {
                    seen.expired += 1;
                    (known, watcher) = self.begin(&mut device, &mut seen);
                }
                Err(error) => panic!("{error}"),
            }
        }
        seen
    }

    fn begin(&self, device: &mut Replica, seen: &mut Seen) -> (Known, Watcher) {
        loop {
            self.sync(device, 1_000, seen);
            let Some(cursor) = device.cursor("rows") else { continue };
            match self.store.watch(WatchRequest::new(TABLE).cursor(cursor)) {
                Ok(watcher) => {
                    return (Known::of(device), watcher);
                }
                Err(Error::Expired { .. }) => seen.expired += 1,
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Imports of a table, again and again, each replacing the one before; a device follows them.
    fn import(&self) -> Seen {
        let (mut device, mut seen) = (Replica::default(), Seen::default());
        let ttls = Ttls { delta: Some(Millis(40)), tombstone: None, history: None };
        self.store.create_table(TableSpec::new("imported", "id").ttls(ttls)).expect("a table");
        while self.goes_on() {
            self.wait_for(150);
            let options = BulkOptions { replace: true, ..BulkOptions::default() };
            let mut import = self.store.bulk_import("imported", options).expect("an import");
            for n in 0..IMPORTED {
                import.push(document(n + seen.imports, n)).expect("it is taken");
            }
            import.finish().expect("an import");
            let request = SyncRequest::new("imported").limit(40);
            match device.sync(&self.store, "imported", &request) {
                Ok(synced) => {
                    assert!(synced.reset);
                    let held = device.live().map(|(key, _)| id(key));
                    assert!(held.eq(seen.imports..seen.imports + IMPORTED));
                }
                Err(Error::Expired { .. }) => seen.expired += 1,
                Err(error) => panic!("{error}"),
            }
            seen.imports += 1;
        }
        seen
    }
}

#[test]
fn nobody_loses_a_row_while_the_log_expires() {
    let folder = tempfile::tempdir().expect("a folder");
    let shared = Shared::new(folder.path());
    let expiries = many::setting("EXPIRIES", EXPIRIES);
    let [expiry, often, seldom, follower, import] = std::thread::scope(|scope| {
        scope.spawn(|| shared.run(Shared::write));
        let threads = [
            scope.spawn(|| shared.run(|it| it.expire(expiries))),
            scope.spawn(|| shared.run(|it| it.page(10))),
            scope.spawn(|| shared.run(|it| it.page(45))),
            scope.spawn(|| shared.run(Shared::follow)),
            scope.spawn(|| shared.run(Shared::import)),
        ];
        threads.map(|thread| thread.join().expect("a thread that ends"))
    });
    many::count(expiry.rises, "floors raised under readers");
    many::count(expiry.files_dropped, "expiries under readers that dropped files");
    many::count(expiry.expiries, "expiries under readers in all");
    println!("  expiry: {expiry:?}");
    println!("  often: {often:?}\n  seldom: {seldom:?}\n  follower: {follower:?}");
    println!("  imports: {import:?}");
    assert!(expiry.rises > expiries / 2 && expiry.files_dropped >= expiries / DROPS, "{expiry:?}");
    assert!(often.runs > 0 && follower.batches > 0);
    assert!(often.expired + seldom.expired > 0 && follower.expired > 0 && import.imports > 0);
    let report = shared.store.verify().expect("a verification");
    assert!(report.is_clean(), "{:#?}", report.problems);
}
