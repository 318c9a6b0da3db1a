//! A store, documents for it, and what happens at each point of an import.

use highwater::testing::{Faults, ManualTime, Point};
use highwater::{
    BulkImport, BulkOptions, BulkReport, BulkTarget, Document, Error, ListRequest, Millis, Options,
    Projection, Store, TableSpec, TableSpecExt,
};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

type Act = Box<dyn FnMut(Point) -> Result<(), String> + Send>;

/// What is done at every point.
#[derive(Default)]
pub struct Points(Mutex<Option<Act>>);

impl Points {
    pub fn each(&self, act: impl FnMut(Point) -> Result<(), String> + Send + 'static) {
        *self.0.lock() = Some(Box::new(act));
    }

    pub fn none(&self) {
        self.0.lock().take();
    }
}

impl Faults for Points {
    fn at(&self, point: Point) -> Result<(), String> {
        // Taken out meanwhile: what is done may come to points itself.
        let Some(mut act) = self.0.lock().take() else { return Ok(()) };
        let done = act(point);
        self.0.lock().get_or_insert(act);
        done
    }
}

pub struct Scene {
    pub points: Arc<Points>,
    pub store: Store,
    pub path: PathBuf,
    pub time: Arc<ManualTime>,
    _dir: tempfile::TempDir,
}

impl Scene {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("store");
        let points = Arc::new(Points::default());
        let time = Arc::new(ManualTime::at(Millis(1_700_000_000_000)));
        let store = Store::builder(&path)
            .options(options())
            .time_source(Arc::clone(&time) as _)
            .faults(Arc::clone(&points) as _)
            .open()
            .expect("a store");
        Self { points, store, path, time, _dir: dir }
    }
}

pub fn options() -> Options {
    Options { worker: None, ..Options::default() }
}

/// Opens a copy of a store, as the next process would.
pub fn open(path: &Path) -> Store {
    let time = Arc::new(ManualTime::at(Millis(1_700_000_100_000)));
    Store::builder(path).options(options()).time_source(time).open().expect("a store")
}

pub fn spec() -> TableSpec {
    TableSpec::new("notes", "id")
        .index("byOwner", "owner", Projection::All)
        .index("byState", "state", Projection::KeysOnly)
        .lookup("inState", "state", Some("n"))
}

/// So little memory that a run has a handful of documents.
pub fn tiny() -> BulkOptions {
    BulkOptions { memory_bytes: 1 << 10, ..BulkOptions::default() }
}

pub fn replacing() -> BulkOptions {
    BulkOptions { replace: true, ..tiny() }
}

pub fn doc(json: &str) -> Document {
    Document::from_json(json).expect("JSON")
}

/// Documents in no order.
pub fn documents(count: u32) -> Vec<Document> {
    let document = |n: u32| {
        let (id, owner, state) = (n * 7919 % 10_007, n % 3, n % 2);
        doc(&format!(r#"{{"id":"i{id:05}","n":{n},"owner":"o{owner}","state":"s{state}"}}"#))
    };
    (0..count).map(document).collect()
}

/// Pushes what is not accepted yet.
pub fn push_rest(import: &mut BulkImport, documents: &[Document]) {
    let accepted = usize::try_from(import.accepted()).expect("few documents");
    for document in &documents[accepted..] {
        import.push(document.clone()).expect("a document that fits");
    }
}

/// Imports all of it, going on where an earlier attempt got to.
pub fn import(
    store: &Store,
    target: impl Into<BulkTarget>,
    options: BulkOptions,
    documents: &[Document],
) -> Result<BulkReport, Error> {
    let mut import = store.bulk_import(target, options)?;
    push_rest(&mut import, documents);
    import.finish()
}

/// A table's items by key: their documents and versions.
pub fn content(store: &Store, table: &str) -> BTreeMap<String, (u64, Document)> {
    let mut all = BTreeMap::new();
    let mut request = ListRequest::new(table);
    loop {
        let page = store.list(&request).expect("a page");
        let items = page.items.into_iter();
        all.extend(items.map(|item| (item.key.to_string(), (item.version, item.document))));
        match page.next {
            Some(next) => request = request.after(next),
            None => return all,
        }
    }
}

/// What a table of these documents holds.
pub fn content_of(documents: &[Document]) -> BTreeMap<String, (u64, Document)> {
    let key = |document: &Document| match document.as_map().get("id") {
        Ok(Some(highwater::ValueRef::String(id))) => highwater::ItemKey::from(id).to_string(),
        other => panic!("{other:?}"),
    };
    documents.iter().map(|document| (key(document), (1, document.clone()))).collect()
}

pub fn clean(store: &Store) {
    let report = store.verify().expect("a verification");
    assert!(report.is_clean(), "{:?}", report.problems);
}

/// The files of all imports.
pub fn leftovers(store: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![store.join("import")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}
