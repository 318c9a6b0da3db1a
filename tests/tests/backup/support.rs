//! A store with a clock turned by hand, in a folder with room for copies of it.

use highwater::testing::ManualTime;
use highwater::{
    BackupOptions, Document, Error, Incarnation, ListRequest, Millis, Options, Projection, Replica,
    RestoreOptions, RestoreReport, Store, StoreBuilder, SyncRequest, TableSpec, TableSpecExt,
};
use highwater_format::{StoreMarker, StoreState};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub const START: Millis = Millis(1_700_000_000_000);

pub struct Scene {
    pub time: Arc<ManualTime>,
    dir: tempfile::TempDir,
}

pub fn options() -> Options {
    Options { worker: None, bucket_width: Millis(50), ..Options::default() }
}

impl Scene {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        Self { time: Arc::new(ManualTime::at(START)), dir }
    }

    /// With a store `store` that has a table `notes` and an item in it.
    pub fn with_store() -> (Self, Store) {
        let scene = Self::new();
        let store = scene.open("store");
        let notes = TableSpec::new("notes", "id").index("byOwner", "owner", Projection::All);
        store.create_table(notes).expect("a table");
        scene.put(&store, r#"{"id":"kept","owner":"ann","n":1}"#);
        (scene, store)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn builder(&self, name: &str) -> StoreBuilder {
        Store::builder(self.path(name)).options(options()).time_source(Arc::clone(&self.time) as _)
    }

    pub fn try_open(&self, name: &str) -> Result<Store, Error> {
        self.builder(name).open()
    }

    pub fn open(&self, name: &str) -> Store {
        self.try_open(name).expect("a store")
    }

    pub fn refused(&self, name: &str) -> Error {
        self.try_open(name).err().expect("refused")
    }

    pub fn put(&self, store: &Store, json: &str) {
        put(store, json);
        self.time.advance(Millis(1));
    }

    /// A backup to `backups`; gives its id.
    pub fn backup(&self, store: &Store) -> u32 {
        let made = store.backup(self.path("backups"), &BackupOptions::default());
        self.time.advance(Millis(1));
        made.expect("a backup").id
    }

    pub fn restore(&self, to: &str, how: &RestoreOptions) -> Result<RestoreReport, Error> {
        self.builder(to).restore(self.path("backups"), how)
    }
}

pub const NEWEST: RestoreOptions =
    RestoreOptions { id: None, replace: false, clock_at_least: None };
pub const REPLACE: RestoreOptions = RestoreOptions { replace: true, ..NEWEST };

pub fn put(store: &Store, json: &str) {
    store.put("notes", Document::from_json(json).expect("JSON")).expect("a commit");
}

pub fn all() -> SyncRequest {
    SyncRequest::new("notes").limit(2)
}

/// Syncs `device` to the end, beginning from its last completed run.
pub fn sync(store: &Store, device: &mut Replica) {
    device.restart("all");
    let mut request = match device.last_sync("all") {
        Some(last) => all().last_sync(last),
        None => all(),
    };
    loop {
        let page = store.sync(&request).expect("a page");
        device.apply("all", &page);
        match page.next_token {
            Some(token) => request.next_token = Some(token),
            None => return,
        }
    }
}

/// The ids and the documents that a device holds.
pub fn held(device: &Replica) -> Vec<(String, String)> {
    let shown = device.live().map(|(key, item)| (key.to_string(), json(&item.document)));
    shown.collect()
}

/// The ids and the documents in the store.
pub fn stored(store: &Store) -> Vec<(String, String)> {
    let page = store.list(&ListRequest::new("notes")).expect("a listing");
    page.items.iter().map(|item| (item.key.to_string(), json(&item.document))).collect()
}

fn json(document: &Document) -> String {
    document.to_json().expect("a document")
}

pub fn incarnation(store: &Store) -> Incarnation {
    store.stats().expect("stats").incarnation
}

#[track_caller]
pub fn assert_clean(store: &Store) {
    let report = store.verify().expect("a verification");
    assert!(report.is_clean(), "{:?}", report.problems);
}

/// Changes a `STORE` file as an interruption would have left it.
pub fn set_state(store: &Path, state: StoreState) {
    let path = store.join("STORE");
    let marker = StoreMarker::decode(&fs::read(&path).expect("a file")).expect("a marker");
    let marker = StoreMarker { state, ..marker };
    fs::write(path, marker.encode().expect("bytes")).expect("a file");
}

/// Every file below a folder.
pub fn files(path: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path).expect("a folder").flatten() {
        match entry.path() {
            folder if folder.is_dir() => found.extend(files(&folder)),
            file => found.push(file),
        }
    }
    found.sort();
    found
}
