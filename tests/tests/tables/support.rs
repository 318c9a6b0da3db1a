//! A store of three tables, and syncs of several of them at once.

use highwater::testing::{ManualTime, MemoryDisk};
use highwater::{
    Document, Limits, Millis, Mutation, Options, Projection, Store, StoreBuilder, SyncRequest,
    TableSpec, TableSpecExt, TablesPage, TablesRequest, Ttls,
};
use std::sync::Arc;

pub const START: Millis = Millis(1_700_000_000_000);

pub struct World {
    pub store: Store,
    pub time: Arc<ManualTime>,
}

/// A store on `disk`, with a clock turned by hand.
pub fn builder(disk: &MemoryDisk, time: &Arc<ManualTime>, limits: Limits) -> StoreBuilder {
    let options = Options { worker: None, bucket_width: Millis(50), limits, ..Options::default() };
    disk.builder().options(options).time_source(Arc::clone(time) as _)
}

pub fn world() -> World {
    world_within(Limits::default())
}

pub fn world_within(limits: Limits) -> World {
    let time = Arc::new(ManualTime::at(START));
    let store = builder(&MemoryDisk::default(), &time, limits).open().expect("a store");
    for (name, delta) in [("lists", None), ("todos", None), ("short", Some(Millis(200)))] {
        let ttls = Ttls { delta, tombstone: None, history: Some(Millis(0)) };
        let spec = TableSpec::new(name, "id").index("byOwner", "owner", Projection::KeysOnly);
        store.create_table(spec.ttls(ttls)).expect("a table");
    }
    time.advance(Millis(10));
    World { store, time }
}

pub fn put(table: &str, id: &str, owner: &str) -> Mutation {
    let json = format!(r#"{{"id":"{id}","owner":"{owner}"}}"#);
    Mutation::put(table, Document::from_json(&json).expect("JSON"))
}

pub fn both() -> TablesRequest {
    TablesRequest::new([SyncRequest::new("lists"), SyncRequest::new("todos")])
}

impl World {
    pub fn commit(&self, mutations: &[Mutation]) {
        self.store.apply_batch(mutations).expect("a commit");
        self.time.advance(Millis(3));
    }

    pub fn pages(&self, mut request: TablesRequest) -> Vec<TablesPage> {
        let mut pages = Vec::new();
        for _ in 0..1_000 {
            let page = self.store.sync_tables(&request).expect("a page");
            request.next_token.clone_from(&page.next_token);
            pages.push(page);
            if request.next_token.is_none() {
                return pages;
            }
        }
        panic!("the pagination does not end");
    }
}

/// The items told, as `part:id`.
pub fn told(pages: &[TablesPage]) -> Vec<String> {
    let items = pages.iter().flat_map(|page| &page.items);
    items.map(|(part, item)| format!("{part}:{}", item.key).replace('"', "")).collect()
}
