//! A store with a clock turned by hand, a device, and a way to crash.

use highwater::testing::{Faults, ManualTime, MemoryDisk, Point};
use highwater::{
    Document, Durability, Error, Filter, Limits, Millis, Options, Projection, Replica, Store,
    SyncRequest, TableSpec, TableSpecExt, Ttls, parse_json,
};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

pub const START: Millis = Millis(1_700_000_000_000);

type Hook = Box<dyn FnOnce() -> Result<(), String> + Send>;

/// What a test wants done the next time the engine comes to a point.
#[derive(Default)]
pub struct Hooks(Mutex<BTreeMap<String, Hook>>);

impl Hooks {
    pub fn once(&self, at: Point, hook: impl FnOnce() -> Result<(), String> + Send + 'static) {
        self.0.lock().insert(format!("{at:?}"), Box::new(hook));
    }
}

impl Faults for Hooks {
    fn at(&self, point: Point) -> Result<(), String> {
        // Taken out first: the hook may come to the same point itself.
        let hook = self.0.lock().remove(&format!("{point:?}"));
        hook.map_or(Ok(()), |hook| hook())
    }
}

/// A store in memory.
pub struct World {
    pub time: Arc<ManualTime>,
    pub hooks: Arc<Hooks>,
    pub store: Store,
}

pub fn options() -> Options {
    let limits = Limits { recent_bytes: super::RECENT_BYTES, ..Limits::default() };
    Options { worker: None, bucket_width: Millis(50), limits, ..Options::default() }
}

pub fn spec() -> TableSpec {
    TableSpec::new("notes", "id")
        .index("byOwner", "owner", Projection::All)
        .index("byState", "state", Projection::KeysOnly)
        .ttls(Ttls {
            delta: Some(Millis(1_000)),
            tombstone: Some(Millis(5_000)),
            history: Some(Millis(0)),
        })
}

impl World {
    pub fn new() -> Self {
        let time = Arc::new(ManualTime::at(START));
        let hooks = Arc::new(Hooks::default());
        let store = open(&MemoryDisk::default(), &time, &hooks, false).expect("a new store");
        store.create_table(spec()).expect("a table");
        time.advance(Millis(10));
        Self { time, hooks, store }
    }

    pub fn put(&self, json: &str) {
        let document = Document::from_json(json).expect("a document");
        self.store.put("notes", document).expect("a commit");
        self.time.advance(Millis(1));
    }

    pub fn delete(&self, id: &str) {
        self.store.delete("notes", id).expect("a commit");
        self.time.advance(Millis(1));
    }

    /// Lets time pass and expires what is due.
    pub fn expire_after(&self, ms: u64) {
        self.time.advance(Millis(ms));
        self.store.expire().expect("an expiry");
    }

    /// What a crash would leave now.
    pub fn crashed_copy(&self) -> MemoryDisk {
        MemoryDisk::left_by(&self.store).expect("a copy")
    }

    /// Goes on with what is on `disk`.
    pub fn continue_with(&mut self, disk: MemoryDisk, recover: bool) {
        self.store = open(&disk, &self.time, &self.hooks, recover).expect("reopening");
    }
}

fn open(
    disk: &MemoryDisk,
    time: &Arc<ManualTime>,
    hooks: &Arc<Hooks>,
    recover: bool,
) -> Result<Store, Error> {
    let builder = disk
        .builder()
        .options(Options { durability: Durability::Sync, ..options() })
        .time_source(Arc::clone(time) as _)
        .faults(Arc::clone(hooks) as _);
    if recover { builder.recover().open() } else { builder.open() }
}

/// Syncs one view of `device` to its end, beginning from its last completed run.
pub fn sync(store: &Store, device: &mut Replica, view: &str, request: SyncRequest) {
    device.restart(view);
    let mut request = match device.last_sync(view) {
        Some(last) => request.last_sync(last),
        None => request,
    };
    loop {
        let page = store.sync(&request).expect("a page");
        device.apply(view, &page);
        match page.next_token {
            Some(token) => request.next_token = Some(token),
            None => return,
        }
    }
}

/// A whole-table request.
pub fn all() -> SyncRequest {
    SyncRequest::new("notes").limit(2)
}

/// The items of one owner.
pub fn owner(name: &str) -> SyncRequest {
    SyncRequest::new("notes").index("byOwner", name).limit(2)
}

/// A whole-table request with an Amplify filter.
pub fn filtered(filter: &str) -> SyncRequest {
    let filter = parse_json(filter).expect("JSON");
    all().filter(Filter::from_amplify(&filter).expect("a filter"))
}

/// The ids a device holds.
pub fn ids(device: &Replica) -> Vec<String> {
    device.live().map(|(key, _)| key.to_string().replace('"', "")).collect()
}

/// A thread that the test joins.
pub fn in_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> std::thread::JoinHandle<T> {
    std::thread::Builder::new().spawn(work).expect("a thread")
}
