//! Who goes on at each lock, decided by the test: writers, a device that pages, a follower that sleeps, expiry and a
//! killed process, in schedules of which threads left to themselves would hardly find any.
//!
//! It takes a build of its own: `make test-schedules`.
#![cfg(shuttle)]

use futures_core::Stream;
use highwater::testing::{Faults, ManualTime, MemoryDisk, Point};
use highwater::{
    Document, Error, ItemKey, ListRequest, Millis, Options, Paging, Projection, Replica, Store,
    StoreBuilder, SyncRequest, TableSpec, TableSpecExt, Ttls, WatchRequest, Watcher,
};
use highwater_tests::many;
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::thread;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};

const BEGINNING: Millis = Millis(1_800_000_000_000);
const TABLE: &str = "notes";
const WRITERS: u64 = 3;
const COMMITS: u64 = 3;
const ITEMS: u64 = 2;
/// What a writer says last, so that a follower knows that it has heard everything.
const LAST: &str = "last";

/// The newest `startedAt` that anybody was told in the schedule that is played.
static TOLD: AtomicU64 = AtomicU64::new(0);

/// At every point of the engine somebody else may go on.
struct Anywhere;

impl Faults for Anywhere {
    fn at(&self, _: Point) -> Result<(), String> {
        thread::yield_now();
        Ok(())
    }
}

fn builder(disk: &MemoryDisk, time: &Arc<ManualTime>) -> StoreBuilder {
    let options = Options { worker: None, bucket_width: Millis(5), ..Options::default() };
    disk.builder().options(options).time_source(Arc::clone(time) as _)
}

fn open(disk: &MemoryDisk, time: &Arc<ManualTime>) -> Store {
    builder(disk, time).faults(Arc::new(Anywhere)).open().expect("it opens")
}

fn note(id: &str, owner: u64, text: u64) -> Document {
    let json = format!(r#"{{"id":"{id}","owner":"o{owner}","text":{text}}}"#);
    Document::from_json(&json).expect("JSON")
}

/// Writes a note, or deletes it; it must not have changed at a moment up to which somebody had all changes before.
fn change(store: &Store, id: &str, document: Option<Document>) {
    let told = Millis(TOLD.load(SeqCst));
    let outcome = match document {
        Some(document) => store.put(TABLE, document),
        None => store.delete(TABLE, id),
    };
    let outcome = outcome.expect("a commit");
    if let (true, Some(item)) = (outcome.written, outcome.item) {
        let at = item.changed_at;
        assert!(at.millis() > told, "`{id}` changed at {at:?}, and {told:?} was told before");
    }
}

fn write(store: &Store, writer: u64) {
    for n in 0..COMMITS {
        let id = format!("n{}", (writer + n) % ITEMS);
        let document = (n % 3 != 2).then(|| note(&id, (writer + n) % 2, n));
        change(store, &id, document);
    }
}

/// One run, page by page.
fn run(store: &Store, device: &mut Replica, name: &str, view: &SyncRequest) {
    let mut request = view.clone().limit(1);
    request.paging = Paging::Evaluated;
    request = match (device.last_sync(name), device.cursor(name)) {
        (Some(last_sync), None) => request.last_sync(last_sync),
        (_, Some(cursor)) => request.cursor(cursor),
        (None, None) => request,
    };
    device.restart(name);
    loop {
        match store.sync(&request) {
            Ok(page) => {
                TOLD.fetch_max(page.started_at.0, SeqCst);
                device.apply(name, &page);
                let Some(token) = page.next_token else { return };
                request.next_token = Some(token);
            }
            Err(Error::Expired { .. }) => return,
            Err(error) => panic!("{error}"),
        }
    }
}

/// What each asks for: the whole table, a scope by `lastSync`, and a scope by cursor, which is kept in memory from then
/// on.
fn views() -> [(&'static str, SyncRequest); 3] {
    let scope = SyncRequest::new(TABLE).index("byOwner", "o1");
    let whole = SyncRequest::new(TABLE);
    [("whole", whole), ("scope", scope.clone().without_cursor()), ("kept scope", scope)]
}

fn sync(store: &Store, devices: &mut [Replica; 3], runs: u64) {
    for _ in 0..runs {
        for (device, (name, view)) in devices.iter_mut().zip(views()) {
            run(store, device, name, &view);
        }
    }
}

/// Syncs, and follows from there, however often the log expires on the way.
fn begin_anew(store: &Store, device: &mut Replica) -> Watcher {
    loop {
        run(store, device, "followed", &SyncRequest::new(TABLE));
        let Some(cursor) = device.cursor("followed") else { continue };
        match store.watch(WatchRequest::new(TABLE).cursor(cursor)) {
            Ok(watcher) => return watcher,
            Err(Error::Expired { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// What each item was when the follower heard of it last, up to the last commit of all. Where the log has expired
/// under it, it syncs and follows on.
async fn follow(store: Store, mut watcher: Watcher) -> BTreeMap<ItemKey, u64> {
    let (mut heard, mut device) = (BTreeMap::new(), Replica::default());
    while !heard.contains_key(&ItemKey::from(LAST)) {
        let next = poll_fn(|context| Pin::new(&mut watcher).poll_next(context)).await;
        match next.expect("it goes on") {
            Ok(batch) => {
                heard.extend(batch.items.iter().map(|item| (item.key.clone(), item.version)));
            }
            Err(Error::Expired { .. }) => {
                watcher = begin_anew(&store, &mut device);
                heard.extend(device.live().map(|(key, item)| (key.clone(), item.version)));
            }
            Err(error) => panic!("{error}"),
        }
    }
    heard
}

/// Items of the table that a view has, by key: version, change and document.
fn held(store: &Store, wanted: &str) -> Vec<(ItemKey, u64, String)> {
    let page = store.list(&ListRequest::new(TABLE).limit(1000)).expect("a listing");
    let all = page
        .items
        .into_iter()
        .map(|item| (item.key, item.version, item.document.to_json().expect("JSON")));
    all.filter(|(.., json)| json.contains(wanted)).collect()
}

fn check(store: &Store, devices: &[Replica; 3]) {
    for (device, wanted) in devices.iter().zip(["", "\"o1\"", "\"o1\""]) {
        let has = device
            .live()
            .map(|(key, item)| (key.clone(), item.version, item.document.to_json().expect("JSON")));
        assert_eq!(has.collect::<Vec<_>>(), held(store, wanted), "a device is wrong for good");
    }
    let report = store.verify().expect("a verification");
    assert!(report.is_clean(), "{:#?}", report.problems);
}

fn play() {
    TOLD.store(0, SeqCst);
    let (disk, time) = (MemoryDisk::default(), Arc::new(ManualTime::at(BEGINNING)));
    let store = open(&disk, &time);
    let ttls = Ttls { delta: Some(Millis(20)), tombstone: Some(Millis(60)), history: None };
    let spec = TableSpec::new(TABLE, "id").index("byOwner", "owner", Projection::KeysOnly);
    store.create_table(spec.ttls(ttls)).expect("a table");
    let watcher = store.watch(WatchRequest::new(TABLE)).expect("a follower");

    let follower = {
        let store = store.clone();
        thread::spawn(move || shuttle::future::block_on(follow(store, watcher)))
    };
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = store.clone();
            thread::spawn(move || write(&store, writer))
        })
        .collect();
    let device = {
        let store = store.clone();
        thread::spawn(move || {
            let mut devices = <[Replica; 3]>::default();
            sync(&store, &mut devices, 3);
            devices
        })
    };
    let expiry = {
        let (store, time) = (store.clone(), Arc::clone(&time));
        thread::spawn(move || {
            for step in [1, 30, 1, 30] {
                time.advance(Millis(step));
                thread::yield_now();
                store.expire().expect("expiry");
            }
        })
    };
    let mut devices = device.join().expect("a device");
    writers.into_iter().for_each(|writer| writer.join().expect("a writer"));
    expiry.join().expect("expiry");
    change(&store, LAST, Some(note(LAST, 1, 0)));
    let heard = follower.join().expect("a follower");
    for (key, version, _) in held(&store, "") {
        assert_eq!(heard.get(&key), Some(&version), "the follower has missed {key}");
    }
    sync(&store, &mut devices, 1);
    check(&store, &devices);

    // The process dies, the wall goes back, and what was handed out is not handed out again.
    time.advance(Millis(10_000));
    sync(&store, &mut devices, 1);
    let left = MemoryDisk::left_by(&store).expect("a disk");
    drop(store);
    time.set_wall(BEGINNING.before(Millis(3_600_000)));
    let store = open(&left, &time);
    change(&store, "n0", Some(note("n0", 1, 99)));
    // By now the clock shows what it showed before, if it was set back.
    time.advance(Millis(20_000));
    sync(&store, &mut devices, 1);
    check(&store, &devices);
}

/// A scope is kept in memory from the first time that it is asked for, while somebody writes to it.
fn play_first_ask() {
    TOLD.store(0, SeqCst);
    let (disk, time) = (MemoryDisk::default(), Arc::new(ManualTime::at(BEGINNING)));
    // Whoever yields goes last under a scheduler of few preemptions: here nobody does.
    let store = builder(&disk, &time).open().expect("it opens");
    let spec = TableSpec::new(TABLE, "id").index("byOwner", "owner", Projection::All);
    store.create_table(spec).expect("a table");
    let (name, scope) = ("scope", SyncRequest::new(TABLE).index("byOwner", "o1"));
    let writer = {
        let store = store.clone();
        thread::spawn(move || change(&store, "n0", Some(note("n0", 1, 1))))
    };
    let mut device = Replica::default();
    run(&store, &mut device, name, &scope);
    writer.join().expect("a writer");
    run(&store, &mut device, name, &scope);
    assert_eq!(device.live().count(), 1, "a device is wrong for good");
    let digest = store.digest(TABLE, &scope.scope).expect("a digest");
    assert_eq!(Some(device.digest(name)), digest);
}

fn explore(
    play: impl Fn() + Send + Sync + 'static,
    scheduler: impl Scheduler + 'static,
    of_what: &str,
) {
    // What was told is of one test at a time.
    static ONE: Mutex<()> = Mutex::new(());
    let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut config = shuttle::Config::new();
    // RocksDB runs on the stacks of these threads.
    config.stack_size = 4 << 20;
    config.max_steps = shuttle::MaxSteps::FailAfter(1_000_000);
    let schedules = shuttle::Runner::new(scheduler, config).run(play);
    many::count(schedules as u64, of_what);
}

#[test]
fn whoever_goes_on_devices_and_followers_end_right() {
    let schedules = usize::try_from(many::setting("SCHEDULES", 200)).expect("a number");
    explore(play, RandomScheduler::new(schedules), "schedules of random choices");
    explore(play, PctScheduler::new(3, schedules), "schedules of few preemptions");
}

#[test]
fn a_scope_that_begins_to_be_kept_misses_nothing() {
    let schedules = usize::try_from(many::setting("SCHEDULES", 200)).expect("a number");
    let of_what = "schedules of a scope that begins to be kept";
    explore(play_first_ask, PctScheduler::new(3, 10 * schedules), of_what);
}
