//! The engine as a design: nothing here knows of any hazard.

use super::design::{Asked, Design, Items};
use highwater::testing::{Faults, ManualTime, MemoryDisk, Point};
use highwater::{
    Document, Filter, ItemKey, KeyValue, ListRequest, Millis, Mutation, Options, Projection,
    Replica, Store, SyncPage, SyncRequest, TableSpec, TableSpecExt, Ttls, Value, WatchRequest,
    Watcher, parse_json,
};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

const VIEW: &str = "view";

/// Stops the commit that comes next until it is told to go on.
#[derive(Default)]
struct Gate(Mutex<Option<(Sender<()>, Receiver<()>)>>);

impl Faults for Gate {
    fn at(&self, point: Point) -> Result<(), String> {
        if point != Point::BeforeWrite {
            return Ok(());
        }
        // Let go of at once: other commits come by while this one waits.
        let waits = self.0.lock().take();
        if let Some((reached, released)) = waits {
            reached.send(()).map_err(|e| e.to_string())?;
            released.recv().map_err(|e| e.to_string())?;
        }
        Ok(())
    }
}

pub struct Engine {
    store: Store,
    time: Arc<ManualTime>,
    gate: Arc<Gate>,
    device: Replica,
    request: SyncRequest,
    asked: Asked,
    /// The page after the one that was fetched last; `None` when a run is to begin.
    token: Option<String>,
    /// Whether the run that was begun has come to its end.
    ended: bool,
    counter: u64,
}

impl Engine {
    /// A device that asks for all notes or for some; pages are of `limit`.
    pub fn new(asked: Asked, limit: u32) -> Self {
        let time = Arc::new(ManualTime::at(Millis(1_800_000_000_000)));
        let gate = Arc::new(Gate::default());
        let options = Options { worker: None, bucket_width: Millis(50), ..Options::default() };
        let builder = MemoryDisk::default().builder().options(options);
        let builder = builder.time_source(Arc::clone(&time) as _).faults(Arc::clone(&gate) as _);
        let store = builder.open().expect("a store");
        let ttls =
            Ttls { delta: Some(Millis(1_000)), tombstone: Some(Millis(5_000)), history: None };
        let spec = TableSpec::new("notes", "id").index("byOwner", "owner", Projection::All);
        store.create_table(spec.ttls(ttls)).expect("a table");
        let request = SyncRequest::new("notes").limit(limit);
        let request = match asked {
            Asked::All => request,
            Asked::Scope(owner) => request.index("byOwner", owner),
            Asked::Filter(owner) => {
                // Equality would be answered from the index.
                let text = format!(r#"{{"owner":{{"contains":"{owner}"}}}}"#);
                let filter = Filter::from_amplify(&parse_json(&text).expect("JSON"));
                request.filter(filter.expect("a filter"))
            }
        };
        let device = Replica::default();
        Self { store, time, gate, device, request, asked, token: None, ended: false, counter: 0 }
    }

    pub fn watch(&self) -> Watcher {
        self.store.watch(WatchRequest::new("notes")).expect("a follower")
    }

    fn note(&mut self, id: &str, owner: &str) -> Document {
        self.counter += 1;
        let json = format!(r#"{{"id":"{id}","owner":"{owner}","n":{}}}"#, self.counter);
        Document::from_json(&json).expect("JSON")
    }

    /// Commits while `during` happens: after the commit has its timestamps, before it is written.
    fn commit_slowly(&mut self, mutations: Vec<Mutation>, during: impl FnOnce(&mut Self)) {
        let ((reached, is_reached), (release, released)) = (channel(), channel());
        *self.gate.0.lock() = Some((reached, released));
        let store = self.store.clone();
        std::thread::scope(move |scope| {
            // Owned here, so that the commit goes on also where `during` panics.
            let release = release;
            let commit = scope.spawn(move || store.apply_batch(&mutations).expect("a commit"));
            is_reached.recv().expect("a commit with its timestamps");
            during(self);
            release.send(()).expect("the commit waits");
            commit.join().expect("no panic");
        });
    }
}

fn entry(key: &ItemKey, document: &Document) -> (String, u64) {
    let KeyValue::String(id) = &key.partition else { panic!("{key}") };
    let map = document.to_map().expect("a map");
    let Value::Number(n) = &map["n"] else { panic!("{map:?}") };
    (id.to_string(), n.to_string().parse().expect("a number"))
}

impl Design for Engine {
    type Page = SyncPage;

    fn put(&mut self, id: &str, owner: &str) {
        let note = self.note(id, owner);
        self.store.put("notes", note).expect("a commit");
    }

    fn put_together(&mut self, ids: &[&str], during: impl FnOnce(&mut Self)) {
        let notes: Vec<_> = ids.iter().map(|id| self.note(id, "o")).collect();
        let mutations = notes.into_iter().map(|note| Mutation::put("notes", note)).collect();
        self.commit_slowly(mutations, during);
    }

    fn put_slowly(&mut self, id: &str, during: impl FnOnce(&mut Self)) {
        let note = self.note(id, "o");
        self.commit_slowly(vec![Mutation::put("notes", note)], during);
    }

    fn delete(&mut self, id: &str) {
        self.store.delete("notes", id).expect("a commit");
    }

    fn pass(&mut self, ms: u64) {
        self.time.advance(Millis(ms));
    }

    fn move_wall(&mut self, ms: i64) {
        let wall = self.time.wall_millis().0;
        self.time.set_wall(Millis(wall.saturating_add_signed(ms)));
    }

    fn expire(&mut self) {
        self.store.compact().expect("a compaction");
    }

    fn fetch(&mut self) -> Option<SyncPage> {
        if std::mem::take(&mut self.ended) {
            return None;
        }
        let mut request = self.request.clone();
        if let Some(token) = self.token.take() {
            request.next_token = Some(token);
        } else {
            self.device.restart(VIEW);
            if let Some(last_sync) = self.device.last_sync(VIEW) {
                request = request.last_sync(last_sync);
            }
        }
        let page = match self.store.sync(&request) {
            Ok(page) => page,
            // The log has expired under the run: it begins anew.
            Err(highwater::Error::Expired { .. }) => return self.fetch(),
            Err(error) => panic!("{error}"),
        };
        self.token.clone_from(&page.next_token);
        self.ended = page.next_token.is_none();
        Some(page)
    }

    fn deliver(&mut self, page: SyncPage) {
        self.device.apply(VIEW, &page);
    }

    fn interrupt(&mut self) {
        (self.token, self.ended) = (None, false);
    }

    fn held(&self) -> Items {
        self.device.live().map(|(key, held)| entry(key, &held.document)).collect()
    }

    fn wanted(&self) -> Items {
        let page = self.store.list(&ListRequest::new("notes").limit(1_000)).expect("a listing");
        let owned = |document: &Document| {
            let map = document.to_map().expect("a map");
            self.asked.owner().is_none_or(|owner| map["owner"] == owner.into())
        };
        let items = page.items.iter().filter(|item| owned(&item.document));
        items.map(|item| entry(&item.key, &item.document)).collect()
    }
}
