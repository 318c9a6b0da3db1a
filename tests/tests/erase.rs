//! Erasing: every trace of an item goes, the clients are told, and the bytes leave the disk.

use highwater::testing::{Faults, ManualTime, Point};
use highwater::{
    Document, Durability, Error, Expect, Millis, Mutation, Options, Projection, Replica, State,
    Store, SyncRequest, TableSpec, TableSpecExt, Ttls, Value,
};
use parking_lot::Mutex;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Long enough that no codec takes it apart, and nowhere by chance.
const SECRET: &str = "Xq7-the-secret-that-must-go-9vZ";

struct Scene {
    store: Store,
    time: Arc<ManualTime>,
    path: PathBuf,
    _dir: tempfile::TempDir,
}

fn open(path: &Path, time: &Arc<ManualTime>, faults: Option<Arc<dyn Faults>>) -> Store {
    let options = Options {
        worker: None,
        bucket_width: Millis(100),
        durability: Durability::Buffered,
        ..Options::default()
    };
    let builder = Store::builder(path).options(options).time_source(Arc::clone(time) as _);
    let builder = match faults {
        Some(faults) => builder.faults(faults),
        None => builder,
    };
    builder.open().expect("a store")
}

impl Scene {
    fn new() -> Self {
        Self::with_faults(None)
    }

    fn with_faults(faults: Option<Arc<dyn Faults>>) -> Self {
        Self::in_buckets(Millis(100), faults)
    }

    fn in_buckets(width: Millis, faults: Option<Arc<dyn Faults>>) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("s");
        let time = Arc::new(ManualTime::at(Millis(1_700_000_000_000)));
        if width != Millis(100) {
            // A store keeps the width that it was made with.
            let options = Options { worker: None, bucket_width: width, ..Options::default() };
            let builder =
                Store::builder(&path).options(options).time_source(Arc::clone(&time) as _);
            builder.open().expect("a store").close().expect("closing");
        }
        let store = open(&path, &time, faults);
        let spec = TableSpec::new("t", "id")
            .index("byOwner", "owner", Projection::All)
            .index("byState", "state", Projection::KeysOnly)
            .lookup("byName", "name", None)
            .ttls(Ttls {
                delta: Some(Millis(1_000)),
                tombstone: Some(Millis(100_000)),
                history: None,
            });
        store.create_table(spec).expect("a table");
        time.advance(Millis(1));
        Self { store, time, path, _dir: dir }
    }

    /// A version of an item that holds the secret in an attribute and in an ordered index.
    fn put(&self, id: &str, n: u8) {
        let json =
            format!(r#"{{"id":"{id}","owner":"ann","state":"s{n}","name":"{SECRET}","n":{n}}}"#);
        let mut map = Document::from_json(&json).expect("a document").to_map().expect("a map");
        let told = [SECRET.as_bytes(), &noise(n)].concat();
        map.insert("text".to_owned(), Value::Binary(told));
        let put = Mutation::put("t", Document::from_map(&map).expect("a document"));
        let other = Document::from_json(r#"{"id":"other","owner":"ann"}"#).expect("a document");
        let mutations = [put, Mutation::put_if_changed("t", other)];
        self.store.apply_once(format!("{id}-{n}"), &mutations).expect("a commit");
        self.time.advance(Millis(1));
    }

    fn erase(&self, id: &str) -> highwater::Outcome {
        let outcome = self.store.erase("t", id).expect("an erasure");
        self.time.advance(Millis(1));
        outcome
    }

    #[track_caller]
    fn is_clean(&self, receipts: u64) {
        let report = self.store.verify().expect("a verification");
        assert!(report.is_clean(), "{:?}", report.problems);
        assert_eq!(report.receipts, receipts);
    }

    fn request(&self) -> SyncRequest {
        SyncRequest::new("t").limit(10)
    }
}

/// Bytes that nothing compresses, so that what stands beside them is in the files as it is.
fn noise(seed: u8) -> Vec<u8> {
    let mut state = u32::from(seed) + 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    (0..4096).map(|_| next()).collect()
}

/// The files in which the secret stands.
fn told_by(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(told_by(&path));
        } else {
            let bytes = fs::read(&path).expect("a file");
            let told = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
            found.extend(told.then_some(path));
        }
    }
    found
}

#[test]
fn nothing_but_a_bare_tombstone_stays() {
    let scene = Scene::new();
    (1..=3).for_each(|n| scene.put("a", n));
    scene.is_clean(3);
    let outcome = scene.erase("a");
    let tombstone = outcome.item.expect("a tombstone");
    assert!(outcome.written && !outcome.merged && tombstone.deleted);
    assert_eq!(tombstone.version, 4);
    assert_eq!(tombstone.document.to_json().expect("JSON"), r#"{"id":"a"}"#);
    let now = scene.store.get_with_tombstone("t", "a").expect("a read");
    assert_eq!(now, Some(tombstone));
    assert!(scene.store.history("t", "a").expect("a read").is_empty());
    assert!(scene.store.get_version("t", "a", 3).expect("a read").is_none());
    // The receipts told of `other` as well: they are gone as a whole.
    scene.is_clean(0);
    // It goes on counting, and its new past is its own.
    scene.put("a", 9);
    let now = scene.store.get("t", "a").expect("a read").expect("an item");
    assert_eq!(now.version, 5);
    assert_eq!(scene.store.history("t", "a").expect("a read").len(), 1);
    scene.is_clean(1);
}

#[test]
fn everything_else_stays() {
    let scene = Scene::new();
    scene.put("a", 1);
    scene.put("b", 1);
    scene.put("b", 2);
    let before = scene.store.get("t", "b").expect("a read");
    scene.erase("a");
    assert_eq!(scene.store.get("t", "b").expect("a read"), before);
    assert_eq!(scene.store.history("t", "b").expect("a read").len(), 1);
    scene.is_clean(2);
}

/// Every client that holds the item is told, in each of its scopes, and holds nothing afterwards.
#[test]
fn its_clients_are_told_and_get_the_key_alone() {
    let scene = Scene::new();
    scene.put("a", 1);
    let requests = [
        scene.request(),
        scene.request().index("byOwner", "ann"),
        scene.request().index("byState", "s1"),
    ];
    let first = requests.clone().map(|request| {
        let page = scene.store.sync(&request).expect("a page");
        let mut device = Replica::default();
        device.apply("v", &page);
        (request, device)
    });
    scene.erase("a");
    for (request, mut device) in first {
        let since = device.last_sync("v").expect("a completed run");
        // From the log, and when the log is gone from the table or the scope.
        for age in [0, 5_000] {
            scene.time.advance(Millis(age));
            scene.store.expire().expect("an expiry");
            let page = scene.store.sync(&request.clone().last_sync(since)).expect("a page");
            assert!(!page.reset);
            let told: Vec<_> =
                page.items.iter().filter(|item| item.state == State::Deleted).collect();
            assert_eq!(told.len(), 1, "{request:?}");
            assert_eq!(told[0].document.to_json().expect("JSON"), r#"{"id":"a"}"#);
            device.apply("v", &page);
        }
        assert!(device.live().all(|(key, _)| *key != "a".into()));
    }
}

#[test]
fn a_tombstone_is_erased_too_and_a_bare_one_stays() {
    let scene = Scene::new();
    scene.put("a", 1);
    scene.store.delete("t", "a").expect("a delete");
    let outcome = scene.erase("a");
    assert!(outcome.written);
    let again = scene.erase("a");
    assert_eq!((again.item, again.written), (outcome.item.clone(), false));
    assert_eq!(outcome.item.map(|item| item.version), Some(3));
    scene.is_clean(0);
    scene.store.compact().expect("a compaction");
    scene.store.close().expect("closing");
    assert_eq!(told_by(&scene.path), manifest_of(&scene.path));
}

/// The bounds of files that are there no more; a new opening writes it anew.
fn manifest_of(folder: &Path) -> Vec<PathBuf> {
    let is_manifest = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("MANIFEST"))
    };
    told_by(folder).into_iter().filter(is_manifest).collect()
}

#[test]
fn where_nothing_is_the_past_goes() {
    let scene = Scene::new();
    let nothing = scene.erase("never");
    assert_eq!((nothing.item, nothing.written), (None, false));
    scene.put("a", 1);
    scene.put("a", 2);
    scene.store.delete("t", "a").expect("a delete");
    scene.time.advance(Millis(300_000));
    scene.store.expire().expect("an expiry");
    assert!(scene.store.get_with_tombstone("t", "a").expect("a read").is_none());
    assert_eq!(scene.store.history("t", "a").expect("a read").len(), 2);
    let outcome = scene.erase("a");
    assert_eq!((outcome.item, outcome.written), (None, false));
    assert!(scene.store.history("t", "a").expect("a read").is_empty());
    scene.is_clean(0);
    scene.store.compact().expect("a compaction");
    scene.store.close().expect("closing");
    assert_eq!(told_by(&scene.path), manifest_of(&scene.path));
}

#[test]
fn after_a_compaction_no_file_holds_the_bytes() {
    let Scene { store, time, path, _dir } = {
        let scene = Scene::new();
        scene.put("a", 1);
        // Some in files already, some in the write-ahead log alone.
        scene.store.compact().expect("a compaction");
        (2..=4).for_each(|n| scene.put("a", n));
        scene
    };
    let data_files = |found: Vec<PathBuf>| {
        found.iter().filter(|path| path.extension().is_some_and(|e| e == "sst")).count()
    };
    // Base, the log, its index, the ordered index, the receipts.
    assert!(data_files(told_by(&path)) >= 5, "{:?}", told_by(&path));
    store.erase("t", "a").expect("an erasure");
    assert!(!told_by(&path).is_empty(), "there was nothing for the compaction to do");
    store.compact().expect("a compaction");
    // What is no longer needed is removed in the background; closing waits for it.
    store.close().expect("closing");
    assert_eq!(told_by(&path), manifest_of(&path));
    let store = open(&path, &time, None);
    store.close().expect("closing");
    assert_eq!(told_by(&path), Vec::<PathBuf>::new());
    let store = open(&path, &time, None);
    assert!(store.verify().expect("a verification").is_clean());
    assert!(store.get_with_tombstone("t", "a").expect("a read").is_some());
}

/// What a copy had logged before nobody is told of: it goes with the past, and no erasure has to find it, whatever
/// became of the item since.
#[test]
fn what_was_logged_before_a_copy_does_not_stay_in_its_files() {
    for (updated, deleted) in [(false, false), (true, false), (false, true)] {
        let scene = Scene::in_buckets(Millis(3_600_000), None);
        scene.put("a", 1);
        if deleted {
            scene.store.delete("t", "a").expect("a delete");
        }
        let path = scene.path.with_file_name("copy");
        scene.store.checkpoint(&path).expect("a checkpoint");
        let copy = open(&path, &scene.time, None);
        if updated {
            let bare = Document::from_json(r#"{"id":"a"}"#).expect("a document");
            copy.put("t", bare).expect("a commit");
        }
        copy.erase("t", "a").expect("an erasure");
        copy.compact().expect("a compaction");
        assert!(copy.verify().expect("a verification").is_clean());
        copy.close().expect("closing");
        assert_eq!(told_by(&path), manifest_of(&path), "updated {updated}, deleted {deleted}");
    }
}

#[test]
fn a_retry_after_it_is_executed_anew() {
    let scene = Scene::new();
    scene.put("a", 1);
    scene.erase("a");
    scene.put("a", 1);
    assert_eq!(scene.store.get("t", "a").expect("a read").map(|item| item.version), Some(3));
    // Unless it believed in a version.
    let update = Mutation::delete("t", "a").expect(Expect::Version(1));
    assert!(matches!(scene.store.apply_once("m", &[update]), Err(Error::Conflict(_))));
}

#[test]
fn a_key_that_is_none_is_refused() {
    let scene = Scene::new();
    assert!(matches!(scene.store.erase("none", "a"), Err(Error::UnknownTable { .. })));
    assert!(matches!(scene.store.erase("t", 1), Err(Error::KeyAttribute { .. })));
}

/// A commit that holds the item tells of it in a receipt that the erasure, waiting for it, has not seen.
#[test]
fn a_receipt_that_was_written_meanwhile_goes_too() {
    let hook = Arc::new(AmidCommit::default());
    let scene = Scene::with_faults(Some(Arc::clone(&hook) as _));
    let store = scene.store.clone();
    *hook.0.lock() = Some(Box::new(move || {
        let (begins, begun) = std::sync::mpsc::channel();
        let erasing = std::thread::Builder::new().spawn(move || {
            begins.send(()).expect("somebody waits");
            store.erase("t", "a").expect("an erasure")
        });
        begun.recv().expect("a beginning");
        // It comes to the item's lock while the commit has it.
        (0..10_000).for_each(|_| std::thread::yield_now());
        erasing.expect("a thread")
    }));
    scene.put("a", 1);
    let erasing = hook.1.lock().take().expect("the hook was called");
    assert!(erasing.join().expect("a thread").written);
    scene.is_clean(0);
}

type Erasing = std::thread::JoinHandle<highwater::Outcome>;

/// What to begin amid the next commit, and what was begun.
#[derive(Default)]
struct AmidCommit(Mutex<Option<Box<dyn FnOnce() -> Erasing + Send>>>, Mutex<Option<Erasing>>);

impl Faults for AmidCommit {
    fn at(&self, point: Point) -> Result<(), String> {
        if point == Point::BeforeWrite {
            let hook = self.0.lock().take();
            let begun = hook.map(|hook| hook());
            if begun.is_some() {
                *self.1.lock() = begun;
            }
        }
        Ok(())
    }
}

/// Erasing meets commits and retries that tell of the same item: whoever comes last, nothing is torn.
#[test]
fn amid_commits_with_receipts_nothing_is_torn() {
    let scene = Scene::new();
    std::thread::scope(|scope| {
        for writer in 0..3 {
            let scene = &scene;
            scope.spawn(move || {
                for n in 0..40 {
                    let json = format!(r#"{{"id":"a","owner":"ann","n":{n}}}"#);
                    let put = Mutation::put("t", Document::from_json(&json).expect("a document"));
                    let other = format!(r#"{{"id":"w{writer}","owner":"ann"}}"#);
                    let other = Document::from_json(&other).expect("a document");
                    let mutations = [put, Mutation::put("t", other)];
                    scene.store.apply_once(format!("{writer}-{n}"), &mutations).expect("a commit");
                }
            });
        }
        scope.spawn(|| (0..40).for_each(|_| drop(scene.store.erase("t", "a").expect("erased"))));
    });
    scene.erase("a");
    scene.is_clean(0);
    assert!(scene.store.history("t", "a").expect("a read").is_empty());
}
