//! The handle that callers hold.

use super::inner::Inner;
use super::open::StoreBuilder;
use crate::clock::Leap;
use crate::error::Result;
use crate::item::Item;
use crate::read::{ListPage, ListRequest};
use crate::retention::{BackgroundWorker, CompactReport};
use crate::stats::Stats;
use crate::sync::{SyncPage, SyncRequest};
use crate::verify::VerifyReport;
use crate::write::{Mutation, Outcome, Update};
use highwater_format::meta::{TableSpec, Ttls};
use highwater_format::{Document, ItemKey};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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

struct Shared {
    inner: Arc<Inner>,
    worker: Option<BackgroundWorker>,
    closed: AtomicBool,
}

impl Shared {
    fn close(&self) -> Result<()> {
        if self.closed.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        if let Some(worker) = &self.worker {
            worker.stop();
        }
        self.inner.close()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::warn!(%error, "the store was not closed cleanly");
        }
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
        StoreBuilder::new(path.as_ref())
    }

    pub(super) fn start(inner: Arc<Inner>) -> Result<Self> {
        let plan = inner.options.worker;
        let worker = plan.map(|plan| BackgroundWorker::start(&inner, plan)).transpose()?;
        let closed = AtomicBool::new(false);
        Ok(Self { shared: Arc::new(Shared { inner, worker, closed }) })
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.shared.inner
    }

    /// Puts everything on disk and closes the store; calls on other handles fail afterwards as far as they
    /// write. Dropping the last handle does the same.
    ///
    /// # Errors
    /// [`crate::Error::ReadOnly`] if an earlier write failed, [`crate::Error::Io`].
    pub fn close(self) -> Result<()> {
        self.shared.close()
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

    /// Forgets a table and everything in it. A table made again under its name starts from nothing: every
    /// client of the old one is reset.
    ///
    /// # Errors
    /// [`crate::Error::UnknownTable`].
    pub fn drop_table(&self, table: &str) -> Result<()> {
        self.inner().drop_table(table)
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
        outcomes.into_iter().next().ok_or_else(|| crate::Error::io("commit", &"no outcome"))
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

    /// Moves the floors, drops what is below them, and reports what went.
    ///
    /// Readers and writers go on meanwhile. It rewrites all files, so that nothing that was deleted, replaced or
    /// erased stays in them; what pages and verifications begun before it still read goes with the next one.
    ///
    /// # Errors
    /// [`crate::Error::ReadOnly`], [`crate::Error::Io`].
    pub fn compact(&self) -> Result<CompactReport> {
        self.inner().compact()
    }

    /// Moves the floors and drops expired files of the log: what the background worker does each minute.
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

    /// Sizes, floors, the clock and the store's state.
    ///
    /// # Errors
    /// [`crate::Error::Io`].
    pub fn stats(&self) -> Result<Stats> {
        self.inner().stats()
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
