//! Many threads at once: writers that contend, devices that sync, a follower, expiry and sweeps, and time.
//!
//! How they meet differs from run to run; what must hold at the end does not. `STRESS_SECONDS` sets for how long.

use highwater::testing::{Faults, ManualTime, Point};
use highwater::{
    CompactReport, Document, Durability, Error, Expect, ItemKey, ListRequest, Millis, Mutation,
    Options, Paging, Projection, Replica, Store, SyncPage, SyncRequest, SystemTime, TableSpec,
    TableSpecExt, TimeSource, Timestamp, Ttls, Tuning, WatchRequest, Watcher,
};
use highwater_tests::many;
use parking_lot::{Condvar, Mutex};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

/// For all together, where `STRESS_SECONDS` does not say.
const SECONDS: u64 = 10;
const WRITERS: u64 = 4;
/// Of each writer in a round.
const COMMITS: u64 = 60;
const DELTA_TTL: u64 = 15;
const ITEMS: u64 = 6;
const OWNERS: u64 = 3;
const TABLE: &str = "notes";

/// Reproducible choices; how threads interleave is not.
struct Choices(u64);

impl Choices {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// Makes calls slow at their points now and then, so that others come in between.
struct Slow(Mutex<Choices>);

impl Faults for Slow {
    fn at(&self, _: Point) -> Result<(), String> {
        let pause = match self.0.lock().below(8) {
            0 => 1_000,
            1 => 100,
            _ => return Ok(()),
        };
        sleep(Duration::from_micros(pause));
        Ok(())
    }
}

fn sleep(span: Duration) {
    let (lock, never) = (Mutex::new(()), Condvar::new());
    never.wait_for(&mut lock.lock(), span);
}

/// What all threads share.
struct Shared {
    store: Store,
    /// The newest `startedAt` that a client was told, once it was told.
    started_at: AtomicU64,
    writing: AtomicBool,
}

/// A version that a writer was told it has made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Made {
    version: u64,
    deleted: bool,
}

type Log = Vec<(Timestamp, ItemKey, Made)>;

fn document(item: u64, owner: u64, n: u64) -> Document {
    let json = format!(r#"{{"id":"k{item}","owner":"o{owner}","n":{n}}}"#);
    Document::from_json(&json).expect("JSON")
}

/// A mutation that believes in what was there a moment ago.
fn mutation(store: &Store, item: u64, choices: &mut Choices) -> Mutation {
    let key = ItemKey::from(format!("k{item}").as_str());
    let seen = store.get_with_tombstone(TABLE, key.clone()).expect("readable");
    let document = document(item, choices.below(OWNERS), choices.below(100));
    let mutation = match choices.below(4) {
        0 => Mutation::delete(TABLE, key),
        _ => Mutation::put(TABLE, document),
    };
    mutation.expect(seen.map_or(Expect::Absent, |item| Expect::Version(item.version)))
}

fn write(shared: &Shared, mut choices: Choices) -> Log {
    let mut log = Log::new();
    for _ in 0..COMMITS {
        let item = choices.below(ITEMS);
        let mut batch = vec![mutation(&shared.store, item, &mut choices)];
        if choices.below(4) == 0 {
            batch.push(mutation(&shared.store, (item + 1) % ITEMS, &mut choices));
        }
        let told = Millis(shared.started_at.load(SeqCst));
        match shared.store.apply_batch(&batch) {
            Ok(outcomes) => {
                for item in outcomes.into_iter().filter_map(|o| o.item.filter(|_| o.written)) {
                    let at = item.changed_at;
                    assert!(at.millis() > told, "{at:?} is not above the startedAt {told:?}");
                    log.push((at, item.key, Made { version: item.version, deleted: item.deleted }));
                }
            }
            Err(Error::Conflict(conflict)) => {
                let current = conflict.current.as_ref();
                let fits = match batch[conflict.index].expect {
                    Expect::Any => true,
                    Expect::Absent => current.is_none_or(|item| item.deleted),
                    Expect::Version(version) => current.is_some_and(|i| i.version == version),
                };
                assert!(!fits, "a conflict without a reason: {conflict:?}");
            }
            Err(Error::Busy) => {}
            Err(error) => panic!("{error}"),
        }
    }
    log
}

/// A device with views, each with the owner that it asks for.
fn views(device: u64) -> Vec<(String, SyncRequest)> {
    let whole = || SyncRequest::new(TABLE);
    let scope = |owner: u64| whole().index("byOwner", format!("o{owner}"));
    let requests = match device {
        0 => vec![whole()],
        1 => vec![scope(0), scope(1)],
        2 => vec![scope(2), whole()],
        _ => vec![scope(1)],
    };
    let named = |(n, request)| (format!("view {n}"), request);
    requests.into_iter().enumerate().map(named).collect()
}

/// One run, from its first page to its last, or until it is told to begin anew.
fn run(shared: &Shared, device: &mut Replica, view: &(String, SyncRequest), how: &mut Choices) {
    let (name, request) = view;
    let mut request = request.clone();
    request = match (device.last_sync(name), device.cursor(name)) {
        (_, Some(cursor)) if how.below(2) == 0 => request.cursor(cursor),
        (Some(last_sync), _) => request.last_sync(last_sync),
        (None, _) => request,
    };
    device.restart(name);
    let mut first = None;
    for page_number in 0.. {
        assert!(page_number < 20, "a run that does not end");
        request.limit = 1 + u32::try_from(how.below(5)).expect("small");
        request.paging = if how.below(2) == 0 { Paging::Filled } else { Paging::Evaluated };
        match shared.store.sync(&request) {
            Ok(page) => {
                shared.started_at.fetch_max(page.started_at.0, SeqCst);
                let same = (page.started_at, page.mode, page.reset);
                assert_eq!(*first.get_or_insert(same), same);
                assert!(page.items.len() <= request.limit as usize);
                device.apply(name, &page);
                // Now and then it gives up.
                let Some(token) = page.next_token.filter(|_| how.below(50) > 0) else { return };
                request.next_token = Some(token);
            }
            // Of a store that holds writers back whoever needs the clock may be told so.
            Err(Error::Expired { .. } | Error::Busy) => return,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Syncs until the writers are done, and then to the end.
fn sync(shared: &Shared, number: u64, device: &mut Replica, mut how: Choices) {
    let views = views(number);
    while shared.writing.load(SeqCst) {
        let view = &views[usize::try_from(how.below(views.len() as u64)).expect("small")];
        run(shared, device, view, &mut how);
        // One device is away for a while again and again: the log may expire under it.
        if number == 3 {
            sleep(Duration::from_millis(how.below(2 * DELTA_TTL)));
        }
    }
    for view in &views {
        // Each gives up now and then: often enough, one that does not is among them.
        for _ in 0..8 {
            run(shared, device, view, &mut how);
        }
    }
}

/// A device that is told of changes as they come, and syncs where the log has expired under it.
#[derive(Default)]
struct Follower {
    device: Replica,
    watcher: Option<Watcher>,
}

impl Follower {
    /// Reads what there is; whether there was anything.
    fn read(&mut self, store: &Store, wait: Duration) -> bool {
        let view = "followed";
        let Some(watcher) = &mut self.watcher else {
            match self.device.sync(store, view, &SyncRequest::new(TABLE)) {
                Ok(_) => {}
                Err(Error::Expired { .. } | Error::Busy) => return true,
                Err(error) => panic!("{error}"),
            }
            let cursor = self.device.cursor(view).expect("a sync that has ended");
            match store.watch(WatchRequest::new(TABLE).cursor(cursor)) {
                Ok(watcher) => self.watcher = Some(watcher),
                Err(Error::Expired { .. } | Error::Busy) => {}
                Err(error) => panic!("{error}"),
            }
            return true;
        };
        match watcher.next_batch(wait) {
            Ok(Some(batch)) => {
                assert!(batch.items.windows(2).all(|two| two[0].changed_at < two[1].changed_at));
                self.device.apply(view, &SyncPage::from(batch));
                true
            }
            Ok(None) => false,
            Err(Error::Expired { .. }) => {
                self.watcher = None;
                true
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Follows until the writers are done, and then to the end.
    fn follow(&mut self, shared: &Shared) {
        while shared.writing.load(SeqCst) {
            self.read(&shared.store, Duration::from_millis(20));
        }
        while self.read(&shared.store, Duration::ZERO) {}
    }
}

/// Expires and sweeps, and looks for anything that is wrong, until the writers are done.
fn tidy(shared: &Shared) {
    while shared.writing.load(SeqCst) {
        held_back(shared.store.expire());
        let report = shared.store.verify().expect("a verification");
        assert!(report.is_clean(), "{:#?}", report.problems);
        held_back(shared.store.compact());
    }
}

/// Small buffers hold what is to be written back now and then.
fn held_back(done: highwater::Result<CompactReport>) {
    assert!(matches!(done, Ok(_) | Err(Error::Busy)), "{done:?}");
}

/// Lets time pass until the writers are done.
fn tick(shared: &Shared, time: &ManualTime) {
    while shared.writing.load(SeqCst) {
        sleep(Duration::from_micros(200));
        time.advance(Millis(1));
    }
}

/// Timestamps are unique, and each item's versions are 1, 2, 3, ... in their order: two writers
/// never both succeeded on the same version. After a tombstone has expired it begins anew.
fn check_versions(logs: Vec<Log>) {
    let mut all: Log = logs.into_iter().flatten().collect();
    all.sort_by_key(|(at, ..)| *at);
    assert!(all.windows(2).all(|pair| pair[0].0 < pair[1].0), "a timestamp twice");
    let mut newest: BTreeMap<ItemKey, Made> = BTreeMap::new();
    for (at, key, made) in all {
        let before = newest.insert(key.clone(), made);
        let next = before.map_or(1, |before| before.version + 1);
        let anew = made.version == 1 && before.is_none_or(|before| before.deleted);
        assert!(made.version == next || anew, "{key} at {at:?}: {made:?} after {before:?}");
    }
}

fn check_device(shared: &Shared, number: u64, device: &Replica) {
    let page = shared.store.list(&ListRequest::new(TABLE).limit(1000)).expect("a listing");
    let owners: &[&str] = match number {
        0 | 2 => &["o0", "o1", "o2"],
        1 => &["o0", "o1"],
        _ => &["o1"],
    };
    let owned = |json: &str| owners.iter().any(|owner| json.contains(&format!("\"{owner}\"")));
    let wanted: Vec<_> = page
        .items
        .into_iter()
        .filter(|item| owned(&item.document.to_json().expect("JSON")))
        .map(|item| (item.key, item.version, item.changed_at, item.document))
        .collect();
    let held = device
        .live()
        .map(|(key, held)| (key.clone(), held.version, held.changed_at, held.document.clone()));
    assert_eq!(held.collect::<Vec<_>>(), wanted, "device {number}");
}

/// One round: everybody at once until the writers are done; then every device must be right.
fn round(
    shared: &Shared,
    devices: &mut [Replica],
    follower: &mut Follower,
    time: Option<&ManualTime>,
    seed: u64,
) -> Vec<Log> {
    shared.writing.store(true, SeqCst);
    let logs = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| scope.spawn(move || write(shared, Choices(seed + writer))))
            .collect();
        for (number, device) in (0..).zip(devices.iter_mut()) {
            scope.spawn(move || sync(shared, number, device, Choices(seed + 10 + number)));
        }
        scope.spawn(|| follower.follow(shared));
        scope.spawn(move || tidy(shared));
        if let Some(time) = time {
            scope.spawn(move || tick(shared, time));
        }
        let logs: Vec<_> = writers.into_iter().map(|writer| writer.join()).collect();
        // Whatever became of them: everybody else comes to an end.
        shared.writing.store(false, SeqCst);
        logs
    });
    for (number, device) in (0..).zip(devices.iter()) {
        check_device(shared, number, device);
    }
    // It follows the whole table.
    check_device(shared, 0, &follower.device);
    logs.into_iter().map(|log| log.expect("a writer that ends")).collect()
}

fn play(durability: Durability, time: Arc<dyn TimeSource>, hand: Option<&ManualTime>, share: u32) {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options {
        durability,
        bucket_width: Millis(5),
        tuning: Tuning { write_buffer_bytes: 64 << 10, ..Tuning::default() },
        worker: None,
        ..Options::default()
    };
    let builder = Store::builder(folder.path().join("store")).options(options);
    let slow = Arc::new(Slow(Mutex::new(Choices(7))));
    let store = builder.time_source(time).faults(slow).open().expect("a new store");
    let ttls = Ttls {
        delta: Some(Millis(DELTA_TTL)),
        tombstone: Some(Millis(4 * DELTA_TTL)),
        history: Some(Millis(0)),
    };
    let spec = TableSpec::new(TABLE, "id").index("byOwner", "owner", Projection::KeysOnly);
    store.create_table(spec.ttls(ttls)).expect("a table");
    let shared = Shared { store, started_at: AtomicU64::new(0), writing: AtomicBool::new(true) };
    let mut devices = vec![Replica::default(); 4];
    let mut follower = Follower::default();
    let clock = SystemTime::default();
    let budget = Duration::from_secs(many::setting("STRESS_SECONDS", SECONDS)) * share / 5;
    let mut logs = Vec::new();
    while logs.is_empty() || clock.monotonic() < budget {
        let seed = 100 * (1 + logs.len() as u64);
        logs.extend(round(&shared, &mut devices, &mut follower, hand, seed));
    }
    let commits: usize = logs.iter().map(Vec::len).sum();
    many::count(commits as u64, "versions written by threads that contend, in one history");
    check_versions(logs);
    let report = shared.store.verify().expect("a verification");
    assert!(report.is_clean(), "{:#?}", report.problems);
    shared.store.close().expect("a clean end");
}

#[test]
fn buffered_by_the_machines_clock() {
    play(Durability::Buffered, Arc::new(SystemTime::default()), None, 2);
}

#[test]
fn buffered_by_a_clock_turned_by_hand() {
    let time = Arc::new(ManualTime::at(Millis(1_800_000_000_000)));
    play(Durability::Buffered, Arc::clone(&time) as _, Some(&time), 2);
}

#[test]
fn synced() {
    play(Durability::Sync, Arc::new(SystemTime::default()), None, 1);
}
