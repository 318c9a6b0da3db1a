//! Clocks that cannot be trusted: back by an hour, forward by a year and back, standing still, running on while a
//! lease is being written; within a process and across restarts. No timestamp comes twice or out of order, no device
//! misses anything, and nothing expires because of it.

use highwater::testing::MemoryDisk;
use highwater::{
    Document, Durability, Millis, Mode, Mutation, Options, Replica, Store, StoreBuilder,
    SyncRequest, TableSpec, TableSpecExt, TimeSource, Timestamp, Ttls, WatchRequest,
};
use highwater_faultfs::FaultFs;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::time::Duration;

const BEGINNING: i64 = 1_800_000_000_000;
const SECOND: i64 = 1_000;
const HOUR: i64 = 3_600_000;
const YEAR: i64 = 365 * 24 * HOUR;
const TABLE: &str = "notes";

/// Two clocks, and a disk whose every answer takes so long that the lease is over when it comes.
#[derive(Default)]
struct Clocks {
    wall: AtomicI64,
    monotonic: AtomicI64,
    stalled_reads: AtomicI64,
}

impl Clocks {
    fn pass(&self, ms: i64) {
        self.wall.fetch_add(ms, SeqCst);
        self.monotonic.fetch_add(ms, SeqCst);
    }
}

impl TimeSource for Clocks {
    fn wall(&self) -> Duration {
        Duration::from_millis(self.wall.load(SeqCst).unsigned_abs())
    }

    fn monotonic(&self) -> Duration {
        if self.stalled_reads.fetch_sub(1, SeqCst) > 0 {
            self.pass(6 * SECOND);
        }
        Duration::from_millis(self.monotonic.load(SeqCst).unsigned_abs())
    }
}

/// What happens to the clocks, or to the process.
#[derive(Debug, Clone, Copy)]
enum Step {
    Pass(i64),
    /// The wall alone is moved.
    Wall(i64),
    /// The wall stands, the other clock goes on.
    WallStands(i64),
    /// The machine sleeps: the wall goes on, the other clock stands.
    Sleeps(i64),
    /// The next leases take longer to write than they last.
    DiskStalls(i64),
    Crash,
    Close,
}

use Step::{Close, Crash, DiskStalls, Pass, Sleeps, Wall, WallStands};

struct World {
    disk: MemoryDisk,
    clocks: Arc<Clocks>,
    store: Option<Store>,
    newest: Timestamp,
    commits: u64,
    /// As a device was at the beginning, and one that goes on syncing.
    first: Replica,
    device: Replica,
}

fn builder(disk: &MemoryDisk, clocks: &Arc<Clocks>) -> StoreBuilder {
    let options = Options { worker: None, bucket_width: Millis(1_000), ..Options::default() };
    disk.builder().options(options).time_source(Arc::clone(clocks) as _)
}

fn open(disk: &MemoryDisk, clocks: &Arc<Clocks>) -> Store {
    builder(disk, clocks).open().expect("it opens")
}

fn note(id: &str, text: u64) -> Document {
    // Due in a day: nothing here takes that long.
    let due = BEGINNING / SECOND + 24 * 3_600;
    let json = format!(r#"{{"id":"{id}","text":{text},"due":{due}}}"#);
    Document::from_json(&json).expect("JSON")
}

impl World {
    fn new() -> Self {
        Self::with(|builder| builder)
    }

    fn with(how: impl Fn(StoreBuilder) -> StoreBuilder) -> Self {
        let clocks = Arc::new(Clocks { wall: AtomicI64::new(BEGINNING), ..Clocks::default() });
        let disk = MemoryDisk::default();
        let store = how(builder(&disk, &clocks)).open().expect("it opens");
        let ttls = Ttls {
            delta: Some(Millis(1_800_000)),
            tombstone: Some(Millis(3_600_000)),
            history: Some(Millis(3_600_000)),
        };
        store
            .create_table(TableSpec::new(TABLE, "id").expires_by("due").ttls(ttls))
            .expect("a table");
        for id in ["kept", "gone"] {
            store.put(TABLE, note(id, 0)).expect("a commit");
        }
        store.apply_once("first", &[Mutation::put(TABLE, note("once", 1))]).expect("a commit");
        clocks.pass(5);
        let mut first = Replica::default();
        first.sync(&store, "all", &SyncRequest::new(TABLE)).expect("a sync");
        store.delete(TABLE, "gone").expect("a commit");
        let device = first.clone();
        let newest = Timestamp::ZERO;
        Self { disk, clocks, store: Some(store), newest, commits: 0, first, device }
    }

    fn store(&self) -> &Store {
        self.store.as_ref().expect("it is open")
    }

    fn take(&mut self, step: Step) {
        let clocks = &self.clocks;
        match step {
            Pass(ms) => clocks.pass(ms),
            Wall(ms) | Sleeps(ms) => drop(clocks.wall.fetch_add(ms, SeqCst)),
            WallStands(ms) => drop(clocks.monotonic.fetch_add(ms, SeqCst)),
            DiskStalls(reads) => clocks.stalled_reads.store(reads, SeqCst),
            Crash => {
                self.disk = MemoryDisk::left_by(self.store()).expect("a disk");
                self.store = None;
            }
            Close => self.store.take().expect("it is open").close().expect("it closes"),
        }
    }

    /// Writes, syncs, and lets go of whatever the store believes to be over.
    fn check(&mut self, step: Step) {
        let store = self.store.take().unwrap_or_else(|| open(&self.disk, &self.clocks));
        for id in ["kept", "other", "kept"] {
            self.commits += 1;
            let made = store.put(TABLE, note(id, self.commits)).expect("a commit");
            let at = made.item.expect("an item").changed_at;
            assert!(at > self.newest, "{step:?}: {at:?} after {:?}", self.newest);
            self.newest = at;
        }
        store.compact().expect("a compaction");

        // Devices hear of it, also where the clock has not moved since.
        let synced = self.device.sync(&store, "all", &SyncRequest::new(TABLE)).expect("a sync");
        assert!(!synced.reset, "{step:?}: a device is reset");
        let mut late = self.first.clone();
        let cursor = late.cursor("all").expect("it has synced").to_owned();
        let page = store.sync(&SyncRequest::new(TABLE).cursor(cursor)).expect("a page");
        assert_eq!((page.mode, page.reset), (Mode::Delta, false), "{step:?}: the log has expired");
        late.sync(&store, "all", &SyncRequest::new(TABLE)).expect("a sync");
        for device in [&self.device, &late] {
            let held = device.live().map(|(key, held)| (key.to_string(), held.document.to_json()));
            let there = ["kept", "once", "other"].map(|id| {
                let item = store.get(TABLE, id).expect("a read").expect("it has not expired");
                (item.key.to_string(), item.document.to_json())
            });
            assert!(held.eq(there), "{step:?}: a device is wrong");
        }
        let tombstone = store.get_with_tombstone(TABLE, "gone").expect("a read");
        assert!(tombstone.is_some_and(|item| item.deleted), "{step:?}: a tombstone has expired");
        self.check_past(&store, step);
        self.store = Some(store);
    }

    /// What has been and what was answered is still told.
    fn check_past(&self, store: &Store, step: Step) {
        let versions = store.history(TABLE, "kept").expect("a history").len() as u64;
        let deleted = u64::from(store.get(TABLE, "kept").expect("a read").is_none());
        assert_eq!(versions, self.commits / 3 * 2 + deleted, "{step:?}: history has expired");
        let again = [Mutation::put(TABLE, note("once", 1))];
        let told = store.apply_once("first", &again).expect("a retry");
        let version = told[0].item.as_ref().map(|item| item.version);
        assert_eq!(version, Some(1), "{step:?}: a receipt has expired");
    }

    /// The log is given up, as where it is damaged, and whoever has synced begins anew. Nothing else is forgotten.
    fn recover(&mut self) {
        self.take(Crash);
        let store = builder(&self.disk, &self.clocks).recover().open().expect("it opens");
        self.forgets_nothing(store);
    }

    fn forgets_nothing(&mut self, store: Store) {
        self.newest = store.stats().expect("stats").clock.safe_point;
        store.compact().expect("a compaction");
        self.check_past(&store, Crash);
        self.store = Some(store);
    }
}

fn play(steps: &[Step]) {
    let mut world = World::new();
    for step in steps {
        world.take(*step);
        world.check(*step);
        world.clocks.pass(20 * SECOND);
        world.check(*step);
    }
    assert!(world.store().verify().expect("a verification").is_clean());
}

/// With the process going on, and with it ending in either way after each step.
fn play_with_restarts(steps: &[Step]) {
    play(steps);
    for restart in [Crash, Close] {
        let mixed: Vec<Step> = steps.iter().flat_map(|step| [*step, restart]).collect();
        play(&mixed);
        let mixed: Vec<Step> = steps.iter().flat_map(|step| [restart, *step]).collect();
        play(&mixed);
    }
}

#[test]
fn an_hour_back() {
    play_with_restarts(&[Wall(-HOUR), Pass(SECOND), Wall(-HOUR)]);
}

#[test]
fn a_year_forward_and_back() {
    play_with_restarts(&[Wall(YEAR), Pass(SECOND), Wall(-YEAR), Pass(SECOND)]);
}

#[test]
fn a_year_forward_while_it_is_closed_and_back() {
    for restart in [Crash, Close] {
        let mut world = World::new();
        for (closed_for, back) in [(YEAR, false), (-YEAR, true), (YEAR, false)] {
            world.take(restart);
            world.clocks.wall.fetch_add(closed_for, SeqCst);
            world.check(Wall(closed_for));
            assert_eq!(world.store().stats().expect("stats").clock.leap.is_none(), back);
        }
    }
}

#[test]
fn a_wall_that_stands() {
    play_with_restarts(&[WallStands(SECOND), WallStands(60 * SECOND), Pass(SECOND)]);
}

#[test]
fn a_machine_that_sleeps() {
    play_with_restarts(&[Sleeps(60 * SECOND), Pass(SECOND), Sleeps(60 * SECOND)]);
}

#[test]
fn clocks_that_both_stand() {
    let mut world = World::new();
    for step in [Pass(0); 40] {
        world.check(step);
    }
    world.take(Crash);
    world.check(Crash);
}

/// Each time it is on disk the lease is over; what is handed out in the end lies below one that is there.
#[test]
fn a_lease_that_runs_out_while_the_disk_stalls() {
    play_with_restarts(&[DiskStalls(3), Pass(SECOND), DiskStalls(8)]);
    let mut world = World::new();
    world.take(DiskStalls(12));
    world.check(DiskStalls(12));
    world.take(Crash);
    world.clocks.wall.fetch_sub(HOUR, SeqCst);
    world.check(Crash);
}

/// What a follower goes on from lies below a lease too, also where nothing else has happened since the opening.
#[test]
fn a_follower_of_a_store_that_was_only_opened() {
    let mut world = World::new();
    world.take(Close);
    world.clocks.pass(HOUR);
    let store = open(&world.disk, &world.clocks);
    let watcher = store.watch(WatchRequest::new(TABLE)).expect("a follower");
    let (cursor, last_sync) = (watcher.cursor().expect("a cursor"), watcher.last_sync());
    let left = MemoryDisk::left_by(&store).expect("a disk");
    drop((watcher, store));

    world.clocks.wall.fetch_sub(HOUR - SECOND, SeqCst);
    let store = open(&left, &world.clocks);
    store.put(TABLE, note("new", 1)).expect("a commit");
    world.clocks.pass(2 * HOUR);
    store.put(TABLE, note("other", 2)).expect("a commit");
    for since in
        [SyncRequest::new(TABLE).cursor(cursor), SyncRequest::new(TABLE).last_sync(last_sync)]
    {
        let page = store.sync(&since).expect("a page");
        let is_told = page.items.iter().any(|item| item.key == "new".into());
        assert!(is_told || page.reset, "{page:?}");
    }
}

/// What is recovered may be an image of long ago: whoever has synced since must be reset, and so the wall is believed.
/// Yet nothing ages by it.
#[test]
fn a_year_forward_while_a_store_is_recovered() {
    let mut world = World::new();
    world.check(Pass(0));
    world.clocks.wall.fetch_add(YEAR, SeqCst);
    world.recover();
    assert_eq!(world.store().stats().expect("stats").clock.leap, None);
    assert_eq!(world.store().get(TABLE, "kept").expect("a read"), None, "its time is over");
}

/// A machine that went down has what it had, and a wall that is far off by then is not believed.
#[test]
fn a_year_forward_while_the_machine_is_down_and_back() {
    let buffered = |builder: StoreBuilder| {
        let (durability, bucket_width) = (Durability::Buffered, Millis(1_000));
        builder.options(Options { worker: None, bucket_width, durability, ..Options::default() })
    };
    let fs = FaultFs::in_memory();
    let mut world = World::with(|builder| buffered(builder).environment(fs.environment()));
    world.check(Pass(0));
    let line = |store: &Store| store.stats().expect("stats").incarnation;
    let before = line(world.store());
    fs.cut();
    world.store = None;
    fs.power_on();
    world.clocks.wall.fetch_add(YEAR, SeqCst);
    let again = buffered(builder(&world.disk, &world.clocks)).environment(fs.environment());
    let store = again.open().expect("it opens");
    assert_ne!(line(&store), before, "the machine went down");
    let leap = store.stats().expect("stats").clock.leap.expect("a year is not believed");
    assert!(leap.wall.before(leap.clock) > Millis(300 * 24 * HOUR.unsigned_abs()), "{leap:?}");
    world.forgets_nothing(store);
    assert!(world.store().get(TABLE, "kept").expect("a read").is_some(), "it has expired");
    world.clocks.wall.fetch_sub(YEAR, SeqCst);
    assert_eq!(world.store().stats().expect("stats").clock.leap, None);
    world.clocks.pass(26 * HOUR);
    world.store().expire().expect("an expiry");
    assert_eq!(world.store().get(TABLE, "kept").expect("a read"), None, "its time is over");
}

/// Each begins above all that can have been handed out: ahead of the wall, but not further and further.
#[test]
fn a_store_that_is_recovered_again_and_again() {
    let mut world = World::new();
    world.check(Pass(0));
    for _ in 0..12 {
        world.clocks.pass(2 * SECOND);
        world.recover();
        world.store().put(TABLE, note("other", 0)).expect("a commit");
    }
    let ahead = || {
        let clock = world.store().stats().expect("stats").clock;
        assert_eq!(clock.leap, None, "it is of its own making");
        clock.now.0.cast_signed() - world.clocks.wall.load(SeqCst)
    };
    assert!((0..5 * 60 * SECOND).contains(&ahead()), "{} ms", ahead());
    world.clocks.pass(16 * HOUR);
    assert_eq!(ahead(), 0, "it has come back");
}
