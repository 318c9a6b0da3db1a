//! A store whose index builds can be interfered with at each chunk, and checks of everything in it.

use highwater::testing::{Faults, ManualTime, Point};
use highwater::{
    Document, IndexChange, IndexPhase, IndexSpec, ItemKey, Limits, ListRequest, LookupSpec, Millis,
    Options, Projection, QueryRequest, Replica, ScopeRequest, Store, SyncRequest, TableSpec,
    TableSpecExt, Ttls,
};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

type Hook = Box<dyn FnMut() -> Result<(), String> + Send>;

/// What is done at a point: each time, until it is set anew.
#[derive(Default)]
pub(crate) struct Hooks(Mutex<Option<(Point, Hook)>>);

impl Hooks {
    pub(crate) fn at(
        &self,
        point: Point,
        hook: impl FnMut() -> Result<(), String> + Send + 'static,
    ) {
        *self.0.lock() = Some((point, Box::new(hook)));
    }
}

impl Faults for Hooks {
    fn at(&self, point: Point) -> Result<(), String> {
        // Taken out while it runs: it may come to the same point itself.
        let taken = self.0.lock().take_if(|(at, _)| *at == point);
        let Some((at, mut hook)) = taken else { return Ok(()) };
        let done = hook();
        self.0.lock().get_or_insert((at, hook));
        done
    }
}

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) time: Arc<ManualTime>,
    pub(crate) hooks: Arc<Hooks>,
    pub(crate) path: PathBuf,
    dir: Arc<tempfile::TempDir>,
}

/// Items in `t` by `id`, which lie in no index.
pub(crate) fn spec() -> TableSpec {
    let (delta, tombstone) = (Some(Millis(1_000)), Some(Millis(60_000)));
    TableSpec::new("t", "id").ttls(Ttls { delta, tombstone, history: Some(Millis(0)) })
}

impl World {
    pub(crate) fn new(spec: TableSpec) -> Self {
        let dir = Arc::new(tempfile::tempdir().expect("a folder"));
        let path = dir.path().join("store");
        let world = Self::open(dir, path, Arc::new(ManualTime::at(Millis(1_700_000_000_000))));
        world.store.create_table(spec).expect("a table");
        world.time.advance(Millis(10));
        world
    }

    fn open(dir: Arc<tempfile::TempDir>, path: PathBuf, time: Arc<ManualTime>) -> Self {
        Self::open_with(Limits::default(), dir, path, time)
    }

    fn open_with(
        limits: Limits,
        dir: Arc<tempfile::TempDir>,
        path: PathBuf,
        time: Arc<ManualTime>,
    ) -> Self {
        let hooks = Arc::new(Hooks::default());
        let bucket_width = Millis(50);
        let options = Options { worker: None, bucket_width, limits, ..Options::default() };
        let store = Store::builder(&path)
            .options(options)
            .time_source(Arc::clone(&time) as _)
            .faults(Arc::clone(&hooks) as _)
            .open()
            .expect("a store");
        Self { store, time, hooks, path, dir }
    }

    /// Closes the store and opens it under other limits.
    pub(crate) fn under(self, limits: Limits) -> Self {
        self.store.close().expect("a clean close");
        Self::open_with(limits, self.dir, self.path, self.time)
    }

    /// Goes on with a copy of the files, as they were when the copy was made.
    pub(crate) fn at_copy(&self, copy: &Path) -> Self {
        Self::open(Arc::clone(&self.dir), copy.to_owned(), Arc::clone(&self.time))
    }

    pub(crate) fn put(&self, json: &str) {
        put(&self.store, json);
        self.time.advance(Millis(1));
    }

    /// `count` items, spread over three owners and three teams.
    pub(crate) fn fill(&self, count: usize) {
        let documents = (0..count).map(|n| document(n, n % 3, n / 3 % 3, 0));
        let mutations: Vec<_> = documents.map(|d| highwater::Mutation::put("t", d)).collect();
        for batch in mutations.chunks(500) {
            self.store.apply_batch(batch).expect("a commit");
        }
        self.time.advance(Millis(10));
    }

    pub(crate) fn change(&self, changes: &[IndexChange]) {
        self.store.change_indexes("t", changes).expect("a change of indexes");
        self.time.advance(Millis(10));
    }

    pub(crate) fn phases(&self) -> BTreeMap<String, IndexPhase> {
        let stats = self.store.stats().expect("stats");
        let indexes = stats.tables.into_iter().flat_map(|table| table.indexes);
        indexes.map(|index| (index.name, index.phase)).collect()
    }
}

pub(crate) fn put(store: &Store, json: &str) {
    store.put("t", Document::from_json(json).expect("JSON")).expect("a commit");
}

pub(crate) fn id(n: usize) -> String {
    format!("n{n:04}")
}

pub(crate) fn document(n: usize, owner: usize, team: usize, rank: usize) -> Document {
    let id = id(n);
    let json = format!(
        r#"{{"id":"{id}","owner":"o{owner}","team":"t{team}","rank":{rank},"until":{n},"text":"{}"}}"#,
        "x".repeat(50)
    );
    Document::from_json(&json).expect("a document")
}

pub(crate) fn scope(name: &str, attribute: &str, projection: Projection) -> IndexChange {
    let (name, attribute) = (name.to_owned(), attribute.to_owned());
    IndexChange::Add(IndexSpec { name, attribute, projection })
}

pub(crate) fn lookup(name: &str, attribute: &str, sort: Option<&str>) -> IndexChange {
    let (name, attribute, sort) = (name.to_owned(), attribute.to_owned(), sort.map(str::to_owned));
    IndexChange::AddLookup(LookupSpec { name, attribute, sort })
}

/// One index of each kind.
pub(crate) fn every_kind() -> [IndexChange; 4] {
    [
        scope("byOwner", "owner", Projection::All),
        scope("byTeam", "team", Projection::KeysOnly),
        lookup("ranked", "owner", Some("rank")),
        IndexChange::ExpireBy(Some("until".to_owned())),
    ]
}

#[track_caller]
pub(crate) fn verified(store: &Store) {
    let report = store.verify().expect("a verification");
    assert!(report.is_clean(), "{:?}", report.problems);
}

/// Syncs one view of `device` to its end, beginning from its last completed run.
pub(crate) fn sync(store: &Store, device: &mut Replica, view: &str, request: SyncRequest) {
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

/// The ids of live items whose `attribute` is `value`, by listing the table.
pub(crate) fn listed(store: &Store, attribute: &str, value: &str) -> BTreeSet<String> {
    let mut request = ListRequest::new("t").limit(1000);
    let mut found = BTreeSet::new();
    loop {
        let page = store.list(&request).expect("a listing");
        for item in page.items {
            let map = item.document.to_map().expect("a document");
            if map.get(attribute) == Some(&highwater::Value::from(value)) {
                found.insert(text(&item.key));
            }
        }
        let Some(next) = page.next else { return found };
        request = ListRequest::new("t").limit(1000).after(next);
    }
}

pub(crate) fn text(key: &ItemKey) -> String {
    key.to_string().replace('"', "")
}

pub(crate) fn ids(device: &Replica) -> BTreeSet<String> {
    device.live().map(|(key, _)| text(key)).collect()
}

/// Every scope and every query of `every_kind` tells what the table holds, and digests prove it.
#[track_caller]
pub(crate) fn everything_agrees(world: &World) {
    let store = &world.store;
    verified(store);
    assert!(
        world.phases().values().all(|phase| *phase == IndexPhase::Ready),
        "{:?}",
        world.phases()
    );
    world.time.advance(Millis(10));
    for (index, attribute, letter) in [("byOwner", "owner", 'o'), ("byTeam", "team", 't')] {
        for n in 0..3 {
            let value = format!("{letter}{n}");
            let mut device = Replica::default();
            let request = SyncRequest::new("t").index(index, value.as_str()).limit(1000);
            sync(store, &mut device, "all", request);
            assert_eq!(ids(&device), listed(store, attribute, &value), "{index} {value}");
            let scope =
                ScopeRequest::Index { name: index.to_owned(), value: value.as_str().into() };
            let digest = store.digest("t", &scope).expect("a digest");
            assert_eq!(digest, Some(device.digest("all")), "{index} {value}");
        }
    }
    for n in 0..3 {
        let owner = format!("o{n}");
        let mut request = QueryRequest::new("t", "ranked", owner.as_str()).limit(1000);
        let mut found = BTreeSet::new();
        loop {
            let page = store.query(&request).expect("a page");
            found.extend(page.items.iter().map(|item| text(&item.key)));
            let Some(token) = page.next_token else { break };
            request.next_token = Some(token);
        }
        assert_eq!(found, listed(store, "owner", &owner), "{owner}");
    }
}
