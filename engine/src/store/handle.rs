//! The handle that callers hold.

use super::home::Place;
use super::inner::Inner;
use super::open::StoreBuilder;
use crate::backup::{BackupOptions, BackupReport, CopyReport};
use crate::catalog::IndexChange;
use crate::clock::Leap;
use crate::error::{Error, Result};
use crate::item::Item;
use crate::query::{QueryPage, QueryRequest};
use crate::read::{ListPage, ListRequest};
use crate::retention::{BackgroundWorker, CompactReport};
use crate::stats::Stats;
use crate::status::HealthReport;
use crate::sync::{ScopeRequest, SyncPage, SyncRequest, TablesPage, TablesRequest};
use crate::verify::VerifyReport;
use crate::watch::{WatchRequest, Watcher};
use crate::write::{Mutation, Outcome, Update};
use highwater_format::meta::{TableSpec, Ttls};
use highwater_format::{Digest, Document, ItemKey};
use parking_lot::ReentrantMutex;
use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::thread::Builder;

/// An open store. Cheap to clone, and safe to use from many threads.
///
/// # Close semantics
/// [`Store::close`] puts everything on disk and says so; dropping the last handle does the same but has
/// nobody to tell. A process that is killed instead loses nothing that a `Sync` store acknowledged.
///
/// ```
/// use highwater::{Document, Store, SyncRequest, TableSpec, TableSpecExt};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// let store = Store::open(dir.path().join("store"))?;
/// store.create_table(TableSpec::new("notes", "id"))?;
/// store.put("notes", Document::from_json(r#"{"id":"n1","title":"Dawn"}"#)?)?;
///
/// let first = store.sync(&SyncRequest::new("notes"))?;
/// assert_eq!(first.items.len(), 1);
///
/// let later = store.sync(&SyncRequest::new("notes").last_sync(first.started_at))?;
/// assert!(later.next_token.is_none());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared(Arc<Opened>);

struct Opened {
    inner: Arc<Inner>,
    worker: Option<BackgroundWorker>,
    /// Whether it was closed. Held until that is done, so that whoever closes another handle waits for it;
    /// who is called meanwhile, a waker, may let the last handle go.
    closed: ReentrantMutex<Cell<bool>>,
}

impl Opened {
    /// Closes it. On the worker's own thread, where a waker that it calls may come to this, that is left to another:
    /// the worker cannot wait for its own end.
    fn close(self: &Arc<Self>) -> Result<()> {
        if !self.worker.as_ref().is_some_and(BackgroundWorker::is_at_work_here) {
            return self.close_here();
        }
        let closing = Arc::clone(self);
        let close = move || told(closing.close_here());
        let begun = Builder::new().name("highwater-closing".to_owned()).spawn(close);
        begun.map(drop).map_err(|e| Error::io("starting to close the store", &e))
    }

    fn close_here(&self) -> Result<()> {
        let closed = self.closed.lock();
        if closed.replace(true) {
            return Ok(());
        }
        if let Some(worker) = &self.worker {
            worker.stop();
        }
        let done = self.inner.close();
        self.inner.followers.close();
        done
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        told(self.0.close());
    }
}

/// Of a closing that nobody else is told of.
fn told(closed: Result<()>) {
    if let Err(error) = closed {
        tracing::warn!(%error, "the store was not closed cleanly");
    }
}

impl Store {
    /// Opens the store at `path` with default options, making a new one if there is none.
    ///
    /// # Errors
    /// Those of [`StoreBuilder::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::builder(path).open()
    }

    /// Prepares an opening with options of your own.
    pub fn builder(path: impl AsRef<Path>) -> StoreBuilder {
        StoreBuilder::at(Place::Folder(path.as_ref().to_owned()))
    }

    pub(super) fn start(inner: Arc<Inner>) -> Result<Self> {
        let plan = inner.options.worker;
        let worker = plan.map(|plan| BackgroundWorker::start(&inner, plan)).transpose()?;
        let closed = ReentrantMutex::new(Cell::new(false));
        Ok(Self { shared: Arc::new(Shared(Arc::new(Opened { inner, worker, closed }))) })
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.shared.0.inner
    }

    /// Puts everything on disk and closes the store; calls on other handles fail afterwards as far as they
    /// write. Dropping the last handle does the same. The store can be opened again once every handle is
    /// dropped; a close that another handle has begun is waited for, and tells that one alone what went wrong. A waker
    /// that the background worker calls can begin it and not wait for it.
    ///
    /// # Errors
    /// [`crate::Error::ReadOnly`] if an earlier write failed, [`crate::Error::Io`].
    pub fn close(self) -> Result<()> {
        self.shared.0.close()
    }

    /// Declares a table.
    ///
    /// # Errors
    /// [`crate::Error::TableExists`], [`crate::Error::BadSpec`].
    pub fn create_table(&self, spec: TableSpec) -> Result<()> {
        self.inner().create_table(spec)
    }

    /// The declarations of all tables, by name.
    #[must_use]
    pub fn tables(&self) -> Vec<TableSpec> {
        self.inner().catalog.all().iter().map(|table| table.record.spec.clone()).collect()
    }

    /// Changes a table's times to live. What has expired already does not come back.
    ///
    /// # Errors
    /// [`crate::Error::UnknownTable`], [`crate::Error::BadSpec`].
    pub fn alter_ttls(&self, table: &str, ttls: Ttls) -> Result<()> {
        self.inner().alter_ttls(table, ttls)
    }

    /// Forgets everything in a table at once; the table stays. Every client is reset, and no retry is answered
    /// for what was committed to it ([`Self::apply_once`]). A page being read is then of the empty table.
    ///
    /// # Errors
    /// [`crate::Error::UnknownTable`].
    pub fn truncate_table(&self, table: &str) -> Result<()> {
        self.inner().truncate_table(table)
    }

    /// Gives a table another name. Its clients go on with the tokens, cursors and `lastSync` that they have; where
    /// another table had the new name before, a `lastSync` from before the renaming may be of that one's clients, and
    /// resets whoever sends it. Followers go on with their table; who goes on from one by `lastSync` asks under the
    /// table's new name.
    ///
    /// A mutation names its table, so a retry under the new name is another mutation than the one that was
    /// sent: [`crate::Error::MutationIdReused`]. Let retries come in before, or have them sent under new ids.
    ///
    /// # Errors
    /// [`crate::Error::UnknownTable`], [`crate::Error::TableExists`], [`crate::Error::BadSpec`] for a name
    /// that is none; [`crate::ImportError::Running`] while imported rows are put in place of either name's table.
    pub fn rename_table(&self, table: &str, to: &str) -> Result<()> {
        self.inner().rename_table(table, to)
    }

    /// Forgets a table and everything in it. A table made again under its name starts from nothing: every
    /// client of the old one is reset, and no retry is answered for what was committed to it.
    ///
    /// # Errors
    /// [`crate::Error::UnknownTable`].
    pub fn drop_table(&self, table: &str) -> Result<()> {
        self.inner().drop_table(table)
    }

    /// Changes the indexes of a table that may hold data, and returns when they are finished.
    ///
    /// All changes are published in one step; every write from then on keeps the new indexes up. Items from
    /// before are added in key order, a few at a time, while reads and writes go on. Until that is done a new
    /// index answers nothing ([`crate::Error::IndexBuilding`]). After a crash the work is gone on with by the
    /// background worker or by [`Store::build_indexes`]. One call that has something to build works at a time,
    /// others wait; one that only drops does not.
    ///
    /// A scope of an index that was added knows nothing from before it was finished: a client that asks with
    /// an older `lastSync` is reset. What ran through a dropped index says so:
    /// [`crate::Error::UnknownIndex`], [`crate::Error::IndexDropped`].
    ///
    /// ```
    /// use highwater::{Document, IndexChange, LookupSpec, QueryRequest, Store, TableSpec, TableSpecExt};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let store = Store::open(dir.path().join("store"))?;
    /// store.create_table(TableSpec::new("notes", "id"))?;
    /// store.put("notes", Document::from_json(r#"{"id":"n1","owner":"ann"}"#)?)?;
    /// store.change_indexes("notes", &[IndexChange::AddLookup(LookupSpec {
    ///     name: "byOwner".to_owned(),
    ///     attribute: "owner".to_owned(),
    ///     sort: None,
    /// })])?;
    /// assert_eq!(store.query(&QueryRequest::new("notes", "byOwner", "ann"))?.items.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Before anything is changed: [`crate::Error::UnknownTable`], [`crate::Error::UnknownIndex`],
    /// [`crate::Error::BadSpec`], [`crate::Error::ReadOnly`]. [`crate::Error::Unindexable`] for an item that is
    /// there and cannot be in an index that was to be added: what the call added is dropped again, what it
    /// dropped stays dropped. After [`crate::Error::Busy`] (which [`Store::stats`] tells apart),
    /// [`crate::Error::DiskBudget`] and whatever else stops the work, the changes stay published and unfinished.
    pub fn change_indexes(&self, table: &str, changes: &[IndexChange]) -> Result<()> {
        self.inner().change_indexes(table, changes)
    }

    /// Goes on with the indexes that [`Store::change_indexes`] did not finish; the background worker does so
    /// too. [`Store::stats`] shows which there are.
    ///
    /// # Errors
    /// Those of [`Store::change_indexes`] once the changes are published.
    pub fn build_indexes(&self) -> Result<()> {
        self.inner().build_indexes()
    }

    /// The live item at `key`.
    ///
    /// # Errors
    /// [`crate::Error::UnknownTable`], [`crate::Error::KeyAttribute`], [`crate::Error::Damaged`].
    pub fn get(&self, table: &str, key: impl Into<ItemKey>) -> Result<Option<Item>> {
        Ok(self.get_with_tombstone(table, key)?.filter(|item| !item.deleted))
    }

    /// The item at `key`, or the tombstone that it left and that has not expired.
    ///
    /// # Errors
    /// Those of [`Store::get`].
    pub fn get_with_tombstone(&self, table: &str, key: impl Into<ItemKey>) -> Result<Option<Item>> {
        self.inner().get(table, key.into())
    }

    /// Live items in key order: of one partition, or of the whole table.
    ///
    /// # Errors
    /// [`crate::Error::OutOfRange`] for the limit, and those of [`Store::get`].
    pub fn list(&self, request: &ListRequest) -> Result<ListPage> {
        self.inner().list(request)
    }

    /// Superseded versions of an item that are still kept, oldest first; the newest 1000 of them.
    ///
    /// # Errors
    /// Those of [`Store::get`].
    pub fn history(&self, table: &str, key: impl Into<ItemKey>) -> Result<Vec<Item>> {
        self.inner().history(table, key.into())
    }

    /// One version of an item: the present one or one that history still keeps, tombstones included.
    ///
    /// Version numbers begin at 1 again once an item's tombstone has expired; the newest item is meant.
    /// It reads one record for each version between the present one and the one asked for.
    ///
    /// ```
    /// use highwater::{Document, Store, TableSpec, TableSpecExt};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let store = Store::open(dir.path().join("store"))?;
    /// let mut spec = TableSpec::new("notes", "id");
    /// spec.ttls.history = None;
    /// store.create_table(spec)?;
    /// store.put("notes", Document::from_json(r#"{"id":"n1","title":"Dawn"}"#)?)?;
    /// store.put("notes", Document::from_json(r#"{"id":"n1","title":"Dusk"}"#)?)?;
    /// let first = store.get_version("notes", "n1", 1)?.ok_or("it is kept")?;
    /// assert_eq!(first.document.to_json()?, r#"{"id":"n1","title":"Dawn"}"#);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`Store::get`].
    pub fn get_version(
        &self,
        table: &str,
        key: impl Into<ItemKey>,
        version: u64,
    ) -> Result<Option<Item>> {
        self.inner().get_version(table, key.into(), version)
    }

    /// Sets an item to `document`, whatever was there.
    ///
    /// # Errors
    /// Those of [`Store::apply`].
    pub fn put(&self, table: &str, document: Document) -> Result<Outcome> {
        self.apply(Mutation::put(table, document))
    }

    /// Sets an item to `document` unless it is that already: nothing is written then.
    ///
    /// # Errors
    /// Those of [`Store::apply`].
    pub fn put_if_changed(&self, table: &str, document: Document) -> Result<Outcome> {
        self.apply(Mutation::put_if_changed(table, document))
    }

    /// Sets and removes fields of an item.
    ///
    /// # Errors
    /// Those of [`Store::apply`].
    pub fn update(&self, table: &str, key: impl Into<ItemKey>, update: Update) -> Result<Outcome> {
        self.apply(Mutation::update(table, key, update))
    }

    /// Deletes an item.
    ///
    /// # Errors
    /// Those of [`Store::apply`].
    pub fn delete(&self, table: &str, key: impl Into<ItemKey>) -> Result<Outcome> {
        self.apply(Mutation::delete(table, key))
    }

    /// Commits one mutation.
    ///
    /// # Errors
    /// [`crate::Error::Conflict`] with the current item; [`crate::Error::TooLarge`],
    /// [`crate::Error::KeyAttribute`] and their like for what cannot be stored; [`crate::Error::Busy`] and
    /// [`crate::Error::DiskBudget`] under pressure; [`crate::Error::WriteFailed`] when the outcome is unknown.
    pub fn apply(&self, mutation: Mutation) -> Result<Outcome> {
        let outcomes = self.inner().commit(std::slice::from_ref(&mutation))?;
        outcomes.into_iter().next().ok_or_else(|| Error::io("commit", &"no outcome"))
    }

    /// Commits mutations of any tables together: all of them, or none.
    ///
    /// # Errors
    /// Those of [`Store::apply`] for the first mutation that is refused, and
    /// [`crate::Error::DuplicateItem`] for a batch that names an item twice.
    pub fn apply_batch(&self, mutations: &[Mutation]) -> Result<Vec<Outcome>> {
        self.inner().commit(mutations)
    }

    /// Commits mutations together, once: a retry with the same `id` is told the first answer, documents
    /// included, for as long as [`crate::Options::receipt_ttl`], and writes nothing.
    ///
    /// Also a commit that changed nothing has an answer; one that was refused has none, and its id is free.
    /// Ids are 1 to 255 bytes and the caller's: unique in the store, so give each client's a prefix. Dropping
    /// a table or erasing an item forgets the answers that tell of it.
    ///
    /// ```
    /// use highwater::{Document, Mutation, Store, TableSpec, TableSpecExt, Update, Value};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let store = Store::open(dir.path().join("store"))?;
    /// store.create_table(TableSpec::new("notes", "id"))?;
    /// let mutations = [Mutation::put("notes", Document::from_json(r#"{"id":"n1"}"#)?)];
    /// let first = store.apply_once("phone-7/1", &mutations)?;
    /// store.update("notes", "n1", Update::new().set("title", Value::from("Dawn")))?;
    /// // The answer was lost on its way, so the phone asks again.
    /// assert_eq!(store.apply_once("phone-7/1", &mutations)?, first);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`crate::Error::MutationIdReused`] for another content under an id that has an answer,
    /// [`crate::Error::OutOfRange`] for the id, and those of [`Store::apply_batch`].
    pub fn apply_once(&self, id: impl AsRef<[u8]>, mutations: &[Mutation]) -> Result<Vec<Outcome>> {
        self.inner().commit_once(id.as_ref(), mutations)
    }

    /// Erases an item: its document in the table, the log and the indexes, every superseded version, and the
    /// receipts that tell of it. What stays is a tombstone with the next version and a document of the key
    /// alone, so that clients hear of it and forget the item too.
    ///
    /// An item that is deleted already is erased like any other. Where there is none any more, what history
    /// and receipts still tell of it goes, and nothing is written. Until the tombstone expires it keeps the
    /// values that the item had in declared indexes, for the clients of those scopes. A client whose filter
    /// is a permission ([`crate::Leavers::Hide`]) is told only where the bare key passes it.
    ///
    /// The bytes are in the files until a [`Store::compact`] that no page, verification or backup overlaps.
    /// Values of ordered indexes may stand in RocksDB's manifest until the store is opened next. A retry of
    /// a commit whose receipt has gone is executed anew; copies elsewhere, as in backups, are not reached.
    ///
    /// ```
    /// use highwater::{Document, Store, TableSpec, TableSpecExt};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let store = Store::open(dir.path().join("store"))?;
    /// store.create_table(TableSpec::new("people", "id"))?;
    /// store.put("people", Document::from_json(r#"{"id":"p1","name":"Ann"}"#)?)?;
    /// let tombstone = store.erase("people", "p1")?.item.ok_or("there was one")?;
    /// assert!(tombstone.deleted);
    /// assert_eq!(tombstone.document.to_json()?, r#"{"id":"p1"}"#);
    /// store.compact()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`crate::Error::UnknownTable`], [`crate::Error::KeyAttribute`], [`crate::Error::Busy`],
    /// [`crate::Error::Damaged`], [`crate::Error::WriteFailed`]. A full [`crate::Limits::disk_bytes`] does not
    /// keep from erasing.
    pub fn erase(&self, table: &str, key: impl Into<ItemKey>) -> Result<Outcome> {
        self.inner().erase(table, key.into())
    }

    /// One page of what changed since the client last asked.
    ///
    /// # Errors
    /// [`crate::Error::Token`] for a token that cannot be continued from, [`crate::Error::Expired`] if the
    /// log expired meanwhile, [`crate::Error::OutOfRange`] for the limit.
    pub fn sync(&self, request: &SyncRequest) -> Result<SyncPage> {
        self.inner().sync(request)
    }

    /// One page of what changed in several tables, in one commit order.
    ///
    /// # Errors
    /// Those of [`Store::sync`]; [`crate::Error::OutOfRange`] for the number of parts.
    pub fn sync_tables(&self, request: &TablesRequest) -> Result<TablesPage> {
        self.inner().sync_tables(request)
    }

    /// The digest of all live items of a table, or of a scope of one of its indexes, as of now: what
    /// [`SyncPage::digest`] tells a client, and [`crate::Replica::digest`] says of its copy. A partition that
    /// no index covers has none.
    ///
    /// It reads at most 256 small values, however large or busy the table is.
    ///
    /// # Errors
    /// [`crate::Error::UnknownTable`], [`crate::Error::UnknownIndex`], [`crate::Error::IndexBuilding`],
    /// [`crate::Error::IndexDropped`] where it is dropped meanwhile, [`crate::Error::KeyAttribute`],
    /// [`crate::Error::Damaged`].
    pub fn digest(&self, table: &str, scope: &ScopeRequest) -> Result<Option<Digest>> {
        self.inner().digest(table, scope)
    }

    /// One page of the items with one value in an ordered index, in the order of its sort attribute and
    /// then of their keys.
    ///
    /// Each page is read from one moment; an item that changes between two pages is told where it lies
    /// when its page is read.
    ///
    /// ```
    /// use highwater::{Document, QueryRequest, Store, TableSpec, TableSpecExt};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let store = Store::open(dir.path().join("store"))?;
    /// store.create_table(TableSpec::new("notes", "id").lookup("byOwner", "owner", Some("at")))?;
    /// store.put("notes", Document::from_json(r#"{"id":"n1","owner":"ann","at":7}"#)?)?;
    /// store.put("notes", Document::from_json(r#"{"id":"n2","owner":"ann","at":5}"#)?)?;
    /// let page = store.query(&QueryRequest::new("notes", "byOwner", "ann"))?;
    /// let keys: Vec<_> = page.items.iter().map(|item| item.key.to_string()).collect();
    /// assert_eq!(keys, ["\"n2\"", "\"n1\""]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`crate::Error::UnknownIndex`], [`crate::Error::IndexBuilding`], [`crate::Error::OutOfRange`] for the
    /// limit and for a condition that cannot be, [`crate::Error::Token`] for a token that cannot be continued
    /// from, [`crate::Error::IndexDropped`] if the index was dropped meanwhile.
    pub fn query(&self, request: &QueryRequest) -> Result<QueryPage> {
        self.inner().query(request)
    }

    /// Begins to follow a table, or a part of it.
    ///
    /// Wakers of watchers that are polled are called by committing threads, under locks of theirs: a waker that
    /// blocks, or calls the store, holds up commits. Those of the usual executors only mark a task as ready.
    ///
    /// # Errors
    /// [`crate::Error::Expired`] if what it is to begin with cannot be told any more: sync, and watch from
    /// the sync's cursor. [`crate::Error::Token`] for a cursor of another question,
    /// [`crate::Error::UnknownTable`], [`crate::Error::UnknownIndex`], [`crate::Error::OutOfRange`] for the
    /// limit, [`crate::Error::ReadOnly`] if the store was closed.
    pub fn watch(&self, request: WatchRequest) -> Result<Watcher> {
        Watcher::start(&self.shared.0.inner, request)
    }

    /// Moves the floors, drops what is below them, and reports what went.
    ///
    /// Readers and writers go on meanwhile. It rewrites all files, so that nothing that was deleted, replaced or
    /// erased stays in them; what pages and verifications begun before it still read goes with the next one.
    ///
    /// # Errors
    /// [`crate::Error::ReadOnly`], [`crate::Error::Io`]. An item that is due and cannot be deleted (its record is
    /// damaged) is told of when all the rest is done; [`Self::verify`] names every such item.
    pub fn compact(&self) -> Result<CompactReport> {
        self.inner().compact()
    }

    /// Moves the floors, drops expired files of the log, and deletes items whose time to live
    /// ([`crate::TableSpec::ttl_attribute`]) is over by the store's time and by the wall clock: what the background
    /// worker does each minute. Until then they are there for every reader, as in DynamoDB; clients hear of the
    /// deletes. A wall clock that leaps forward lets no item expire until the leap is confirmed, one that is behind
    /// none before its time.
    ///
    /// # Errors
    /// Those of [`Store::compact`].
    pub fn expire(&self) -> Result<CompactReport> {
        self.inner().expire()
    }

    /// Reads everything there is, checks every checksum and holds the families against each other.
    ///
    /// # Errors
    /// Only what keeps it from looking; what it finds is in the report.
    pub fn verify(&self) -> Result<VerifyReport> {
        self.inner().verify()
    }

    /// Makes a store folder at `to` of everything committed so far, while this one goes on.
    ///
    /// Data files are hard links where the file system can, so that it takes little time and little room;
    /// they keep their room when this store lets them go. Its tokens are this store's. Its first opening
    /// gives it a new incarnation and resets every client: they may have synced with this store since.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// let store = highwater::Store::open(dir.path().join("store"))?;
    /// store.checkpoint(dir.path().join("before-the-migration"))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`crate::Error::Occupied`] if something is at `to`, but for what an interrupted call left;
    /// [`crate::Error::ReadOnly`], [`crate::Error::Io`].
    pub fn checkpoint(&self, to: impl AsRef<Path>) -> Result<CopyReport> {
        self.inner().copy_to(to.as_ref(), false)
    }

    /// Makes a store of its own at `to`: a checkpoint with new token keys. Tokens of neither open in the
    /// other, no file of it holds a key of this one, and it has backups of its own.
    ///
    /// A client of this store that turns to the copy begins anew, without a `lastSync`: the copy would believe
    /// one that this store has given it since. To move clients over, open a checkpoint, which resets them.
    ///
    /// # Errors
    /// Those of [`Store::checkpoint`] and of [`StoreBuilder::open`]. A copy that was interrupted gets its
    /// keys when it is opened.
    pub fn copy(&self, to: impl AsRef<Path>) -> Result<CopyReport> {
        self.inner().copy_with_new_keys(to.as_ref())
    }

    /// Adds a backup to the folder at `to`, which is this store's alone, while the store goes on.
    ///
    /// Files that an earlier backup holds are not copied again. Everything that was acknowledged before the
    /// call is in it, also in a `Buffered` store, and it is on disk when the call returns. One at a time;
    /// closing the store waits for it. [`StoreBuilder::restore`] is the way back, and [`crate::backups`]
    /// and [`crate::check_backups`] look at a folder.
    ///
    /// # Errors
    /// [`crate::Error::BackupOfAnother`], [`crate::Error::NotABackup`] for a folder with something else in
    /// it, [`crate::Error::BackupInUse`], [`crate::Error::OutOfRange`] for `keep`,
    /// [`crate::Error::ReadOnly`], [`crate::Error::Io`].
    pub fn backup(&self, to: impl AsRef<Path>, options: &BackupOptions) -> Result<BackupReport> {
        self.inner().backup(to.as_ref(), options)
    }

    /// Sizes, floors, the clock and the store's state.
    ///
    /// # Errors
    /// [`crate::Error::Io`].
    pub fn stats(&self) -> Result<Stats> {
        self.inner().stats()
    }

    /// Whether the store is well, and what somebody should look at.
    ///
    /// # Errors
    /// [`crate::Error::Io`].
    pub fn health(&self) -> Result<HealthReport> {
        self.inner().health_report()
    }

    /// Makes a new key for tokens. The last four keys still open the tokens they sealed. Returns how many
    /// keys are kept.
    ///
    /// # Errors
    /// [`crate::Error::ReadOnly`], [`crate::Error::WriteFailed`].
    pub fn rotate_token_keys(&self) -> Result<usize> {
        self.inner().rotate_token_keys()
    }

    /// Follows a leap of the wall clock that [`Stats::clock`] reports; without this the store keeps its own
    /// time. Nothing ages by the leap. Returns the leap that was followed.
    ///
    /// # Errors
    /// [`crate::Error::ReadOnly`], [`crate::Error::WriteFailed`].
    pub fn confirm_clock_leap(&self) -> Result<Option<Leap>> {
        self.inner().clock.confirm_leap()
    }
}
