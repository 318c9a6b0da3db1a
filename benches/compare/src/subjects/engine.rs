//! highwater itself, over its public interface.

use crate::page::{Got, Page};
use crate::rows::{FILTER, Key, Row};
use crate::subject::{Durability, Kind, Moment, Place, Result, Setup, Subject};
use highwater::{
    Document, Filter, ItemKey, Millis, Mutation, Options, Paging, Projection, Store, SyncRequest,
    TableSpec, TableSpecExt, Ttls, WriteStall, parse_json,
};
use std::time::{Duration, Instant};

const TABLE: &str = "items";

/// The engine.
pub struct Engine {
    /// The width of its log's buckets, if not the engine's own.
    pub bucket_ms: Option<u64>,
}

impl Kind for Engine {
    fn name(&self) -> String {
        "highwater".to_owned()
    }

    fn open(&self, setup: Setup<'_>) -> Result<Box<dyn Subject>> {
        let defaults = Options::default();
        let bucket_width = self.bucket_ms.map_or(defaults.bucket_width, Millis);
        let options = Options {
            bucket_width,
            durability: match setup.durability {
                Durability::Buffered => highwater::Durability::Buffered,
                Durability::Synced => highwater::Durability::Sync,
            },
            write_stall: WriteStall::Wait,
            worker: None,
            ..defaults
        };
        let store = Store::builder(setup.folder).options(options).open()?;
        if store.tables().is_empty() {
            let spec = TableSpec::new(TABLE, "id").index("byOwner", "owner", Projection::All);
            store.create_table(spec)?;
        }
        let filter = Filter::from_amplify(&parse_json(FILTER)?)?;
        Ok(Box::new(OpenEngine { store, filter, bucket_width }))
    }
}

struct OpenEngine {
    store: Store,
    filter: Filter,
    bucket_width: Millis,
}

impl OpenEngine {
    fn page(&self, request: &SyncRequest) -> Result<Page> {
        Ok(Page::Sync(self.store.sync(request)?))
    }
}

/// A page of so many rows that are there, whatever lies between them.
fn whole(limit: u32) -> SyncRequest {
    SyncRequest::new(TABLE).limit(limit).tombstones(false).paging(Paging::Filled)
}

impl Subject for OpenEngine {
    fn insert(&self, rows: &[Row]) -> Result<()> {
        let put = |row: &Row| Ok(Mutation::put(TABLE, Document::from_bytes(row.document.clone())?));
        let mutations = rows.iter().map(put).collect::<Result<Vec<_>>>()?;
        self.store.apply_batch(&mutations)?;
        Ok(())
    }

    fn update(&self, row: &Row) -> Result<()> {
        self.store.put(TABLE, Document::from_bytes(row.document.clone())?)?;
        Ok(())
    }

    fn delete(&self, keys: &[Key]) -> Result<()> {
        let delete = |key: &Key| Mutation::delete(TABLE, ItemKey::from(key.text.as_str()));
        self.store.apply_batch(&keys.iter().map(delete).collect::<Vec<_>>())?;
        Ok(())
    }

    fn get(&self, key: &Key) -> Result<Option<Got>> {
        Ok(self.store.get(TABLE, key.text.as_str())?.map(Got::Item))
    }

    fn now(&self) -> Result<Moment> {
        // `startedAt` is a whole millisecond: what has been committed must lie before it.
        std::thread::sleep(Duration::from_millis(3));
        let page = self.store.sync(&SyncRequest::new(TABLE).limit(1))?;
        std::thread::sleep(Duration::from_millis(3));
        Ok(Moment(page.started_at.0))
    }

    fn places(&self, firsts: Vec<Key>, limit: u32) -> Result<Vec<Place>> {
        let (mut places, mut token): (Vec<_>, Option<String>) = (Vec::new(), None);
        while let Some(first) = firsts.get(places.len()) {
            let mut request = whole(limit);
            request.next_token.clone_from(&token);
            let page = self.store.sync(&request)?;
            let item = page.items.first().ok_or("fewer pages than there are")?;
            if item.key == ItemKey::from(first.text.as_str()) {
                places.push(Place::Token(token));
            }
            token = page.next_token;
        }
        Ok(places)
    }

    fn base(&self, from: &Place, limit: u32) -> Result<Page> {
        let request = whole(limit);
        match from {
            Place::Token(None) => self.page(&request),
            Place::Token(Some(token)) => self.page(&request.next_token(token.clone())),
            Place::Row(_) => Err("a page begins where the one before says".into()),
        }
    }

    fn filtered(&self, limit: u32) -> Result<Page> {
        self.page(&whole(limit).filter(self.filter.clone()))
    }

    fn delta(&self, since: Moment, limit: u32) -> Result<Page> {
        self.page(&SyncRequest::new(TABLE).limit(limit).last_sync(Millis(since.0)).without_cursor())
    }

    fn scope_delta(&self, of: &Key, since: Moment, limit: u32) -> Result<Page> {
        let request = SyncRequest::new(TABLE).index("byOwner", of.owner.as_str());
        self.page(&request.limit(limit).last_sync(Millis(since.0)).without_cursor())
    }

    fn expire(&self, before: Moment) -> Result<bool> {
        let now = self.store.sync(&SyncRequest::new(TABLE).limit(1))?.started_at;
        let delta = Some(now.before(Millis(before.0)));
        let ttls = self.store.tables().first().map(|spec| spec.ttls).ok_or("no table")?;
        self.store.alter_ttls(TABLE, Ttls { delta, ..ttls })?;
        let mut report = self.store.expire()?;
        // Pages were being read: the files go once they have been.
        let start = Instant::now();
        while report.files_deferred {
            if start.elapsed() > Duration::from_secs(60) {
                return Err("readers keep the files of the log".into());
            }
            std::thread::sleep(Duration::from_millis(1));
            report = self.store.expire()?;
        }
        Ok(true)
    }

    fn tells_before(&self, before: Moment) -> Result<bool> {
        // The floor stands at the start of a bucket: the last that has ended before the moment at least.
        let stats = self.store.stats()?;
        let floors = stats.tables.first().map(|table| table.floors).ok_or("no table")?;
        Ok(floors.delta.millis().0 + self.bucket_width.0 < before.0)
    }

    fn log_bytes(&self) -> Result<Option<u64>> {
        let families = self.store.stats()?.families;
        Ok(families.iter().find(|family| family.name == "delta").map(|family| family.file_bytes))
    }

    fn merges(&self) -> bool {
        true
    }

    fn compact(&mut self) -> Result<()> {
        self.store.compact()?;
        Ok(())
    }

    fn is_quiet(&self) -> Result<bool> {
        let rocksdb = self.store.stats()?.rocksdb;
        Ok(rocksdb.running_compactions + rocksdb.running_flushes == 0)
    }
}
