//! highwater itself, over its public interface.

use crate::rows::{Page, key, owner};
use crate::subject::{Durability, Kind, Moment, Result, Subject};
use highwater::{
    Document, ListRequest, Millis, Mutation, Options, Projection, Store, SyncRequest, TableSpec,
    TableSpecExt, Ttls, WriteStall,
};
use std::path::Path;
use std::time::Duration;

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

    fn open(&self, folder: &Path, durability: Durability) -> Result<Box<dyn Subject>> {
        let defaults = Options::default();
        let options = Options {
            bucket_width: self.bucket_ms.map_or(defaults.bucket_width, Millis),
            durability: match durability {
                Durability::Buffered => highwater::Durability::Buffered,
                Durability::Synced => highwater::Durability::Sync,
            },
            write_stall: WriteStall::Wait,
            worker: None,
            ..defaults
        };
        let store = Store::builder(folder).options(options).open()?;
        if store.tables().is_empty() {
            let spec = TableSpec::new(TABLE, "id").index("byOwner", "owner", Projection::All);
            store.create_table(spec)?;
        }
        Ok(Box::new(OpenEngine { store }))
    }
}

struct OpenEngine {
    store: Store,
}

impl OpenEngine {
    fn page(&self, request: &SyncRequest) -> Result<Page> {
        Ok(Page::Sync(self.store.sync(request)?))
    }
}

impl Subject for OpenEngine {
    fn insert(&self, rows: &[(u64, Vec<u8>)]) -> Result<()> {
        let put = |(_, bytes): &(u64, Vec<u8>)| {
            Ok(Mutation::put(TABLE, Document::from_bytes(bytes.clone())?))
        };
        let mutations = rows.iter().map(put).collect::<Result<Vec<_>>>()?;
        self.store.apply_batch(&mutations)?;
        Ok(())
    }

    fn update(&self, _n: u64, document: &[u8]) -> Result<()> {
        self.store.put(TABLE, Document::from_bytes(document.to_vec())?)?;
        Ok(())
    }

    fn get(&self, n: u64) -> Result<Option<Vec<u8>>> {
        let item = self.store.get(TABLE, key(n).as_str())?;
        Ok(item.map(|item| item.document.as_bytes().to_vec()))
    }

    fn scan(&self, n: u64, limit: u32) -> Result<Page> {
        let mut request = ListRequest::new(TABLE).limit(limit);
        if n > 0 {
            request = request.after(key(n - 1).as_str().into());
        }
        Ok(Page::List(self.store.list(&request)?))
    }

    fn now(&self) -> Result<Moment> {
        // `startedAt` is a whole millisecond: what has been committed must lie before it.
        std::thread::sleep(Duration::from_millis(3));
        let page = self.store.sync(&SyncRequest::new(TABLE).limit(1))?;
        std::thread::sleep(Duration::from_millis(3));
        Ok(Moment(page.started_at.0))
    }

    fn base(&self, limit: u32) -> Result<Page> {
        self.page(&SyncRequest::new(TABLE).limit(limit))
    }

    fn delta(&self, since: Moment, limit: u32) -> Result<Page> {
        self.page(&SyncRequest::new(TABLE).limit(limit).last_sync(Millis(since.0)).without_cursor())
    }

    fn scope_delta(&self, owner_of: u64, since: Moment, limit: u32) -> Result<Page> {
        let request = SyncRequest::new(TABLE).index("byOwner", owner(owner_of).as_str());
        self.page(&request.limit(limit).last_sync(Millis(since.0)).without_cursor())
    }

    fn expire(&self, before: Moment) -> Result<()> {
        let now = self.store.sync(&SyncRequest::new(TABLE).limit(1))?.started_at;
        let delta = Some(now.before(Millis(before.0)));
        let ttls = self.store.tables().first().map(|spec| spec.ttls).ok_or("no table")?;
        self.store.alter_ttls(TABLE, Ttls { delta, ..ttls })?;
        self.store.expire()?;
        Ok(())
    }

    fn compact(&self) -> Result<()> {
        self.store.compact()?;
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        Ok(())
    }
}
