//! The handle of a typed table.

use super::failure::Failure;
use super::from_value::read_document;
use super::page::{TypedChange, TypedList, TypedPage, Versioned};
use super::to_value::document_of;
use crate::error::{Error, Result};
use crate::item::Item;
use crate::read::ListRequest;
use crate::store::Store;
use crate::sync::{State, SyncItem, SyncRequest};
use crate::write::{Expect, Mutation, Outcome, Update};
use highwater_format::{Document, ItemKey};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// A table whose items are values of type `T`. Cheap to clone, and safe to use from many threads.
///
/// [`Store::typed`] makes one. The module [`crate::typed`] tells what becomes of each type. Nothing but the
/// handle knows of `T`: other callers may read and write the same table as documents or as other types.
/// An item that does not read as a `T` is [`Error::Typed`], which names its key; [`Store::get`] and
/// [`Store::sync`] still give it.
///
/// ```
/// use highwater::{Mutation, Store, TableSpec, TableSpecExt, Update, Value};
/// #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
/// struct Note { id: String, title: String }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// let store = Store::open(dir.path().join("store"))?;
/// store.create_table(TableSpec::new("notes", "id"))?;
/// let notes = store.typed::<Note>("notes")?;
/// let dawn = Note { id: "n1".into(), title: "Dawn".into() };
/// let dusk = Note { id: "n2".into(), title: "Dusk".into() };
/// store.apply_batch(&[notes.put_mutation(&dawn)?, notes.put_mutation(&dusk)?])?;
///
/// notes.update("n2", Update::new().set("title", Value::from("Night")))?;
/// let titles = notes.list(&notes.list_request())?.items.into_iter().map(|note| note.value.title);
/// assert_eq!(titles.collect::<Vec<_>>(), ["Dawn", "Night"]);
/// # Ok(())
/// # }
/// ```
pub struct Table<T> {
    store: Store,
    name: Arc<str>,
    // A handle holds no `T`: it is as free to move between threads as the store.
    of: PhantomData<fn() -> T>,
}

impl Store {
    /// The table as values of type `T`.
    ///
    /// # Errors
    /// [`Error::UnknownTable`].
    pub fn typed<T: Serialize + DeserializeOwned>(&self, table: &str) -> Result<Table<T>> {
        self.inner().catalog.get(table)?;
        Ok(Table { store: self.clone(), name: table.into(), of: PhantomData })
    }
}

impl<T> Table<T> {
    /// The table's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The store that it is in.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// A request for all of this table, for [`Table::list`].
    #[must_use]
    pub fn list_request(&self) -> ListRequest {
        ListRequest::new(&self.name)
    }

    /// A request for a first sync of all of this table, for [`Table::sync`].
    #[must_use]
    pub fn sync_request(&self) -> SyncRequest {
        SyncRequest::new(&self.name)
    }

    /// Deletes an item.
    ///
    /// # Errors
    /// Those of [`Store::apply`].
    pub fn delete(&self, key: impl Into<ItemKey>) -> Result<Outcome> {
        self.store.delete(&self.name, key)
    }

    /// Sets and removes attributes of an item; [`crate::typed::to_value`] makes values for it.
    ///
    /// The update is of the document: one that takes away what `T` needs is written, and then the item no
    /// longer reads as a `T`.
    ///
    /// # Errors
    /// Those of [`Store::apply`].
    pub fn update(&self, key: impl Into<ItemKey>, update: Update) -> Result<Outcome> {
        self.store.update(&self.name, key, update)
    }

    /// Refuses a request for another table: its items would be taken for `T`s.
    fn check(&self, asked: &str) -> Result<()> {
        if asked == self.name() {
            return Ok(());
        }
        Err(Error::out_of_range(
            "table",
            asked,
            format!("`{}`, which this handle is of", self.name),
        ))
    }

    /// The failure as an error about the item at `key`.
    fn unread(&self, key: &ItemKey, failure: Failure) -> Error {
        failure.into_error(&format!("{}[{key}]", self.name))
    }
}

impl<T: Serialize> Table<T> {
    fn document(&self, value: &T) -> Result<Document> {
        document_of(value).map_err(|failure| failure.into_error(&self.name))
    }

    /// The mutation that sets an item to `value`, for batches and for [`Mutation::expect`].
    ///
    /// # Errors
    /// [`Error::Typed`] with the path to what no document can hold.
    pub fn put_mutation(&self, value: &T) -> Result<Mutation> {
        Ok(Mutation::put(&self.name, self.document(value)?))
    }

    /// The mutation that sets an item to `value` unless it is that already.
    ///
    /// # Errors
    /// Those of [`Table::put_mutation`].
    pub fn put_if_changed_mutation(&self, value: &T) -> Result<Mutation> {
        Ok(Mutation::put_if_changed(&self.name, self.document(value)?))
    }

    /// Sets an item to `value`, whatever was there: also attributes that `T` does not know are gone.
    ///
    /// # Errors
    /// Those of [`Table::put_mutation`] and of [`Store::apply`].
    pub fn put(&self, value: &T) -> Result<Outcome> {
        self.store.apply(self.put_mutation(value)?)
    }

    /// Sets an item to `value` if what is there is as expected.
    ///
    /// # Errors
    /// Those of [`Table::put`]; [`Table::read`] reads the item of an [`Error::Conflict`].
    pub fn put_expecting(&self, value: &T, expect: Expect) -> Result<Outcome> {
        self.store.apply(self.put_mutation(value)?.expect(expect))
    }

    /// Sets an item to `value` unless it is that already: nothing is written then.
    ///
    /// # Errors
    /// Those of [`Table::put`].
    pub fn put_if_changed(&self, value: &T) -> Result<Outcome> {
        self.store.apply(self.put_if_changed_mutation(value)?)
    }
}

impl<T: DeserializeOwned> Table<T> {
    /// The live item at `key`.
    ///
    /// # Errors
    /// Those of [`Store::get`], and [`Error::Typed`] if it does not read as a `T`.
    pub fn get(&self, key: impl Into<ItemKey>) -> Result<Option<Versioned<T>>> {
        self.store.get(&self.name, key)?.as_ref().map(|item| self.read(item)).transpose()
    }

    /// Live items in key order: of one partition, or of the whole table.
    ///
    /// # Errors
    /// Those of [`Store::list`], [`Error::Typed`] for the first item that does not read as a `T`, and
    /// [`Error::OutOfRange`] for a request that names another table.
    pub fn list(&self, request: &ListRequest) -> Result<TypedList<T>> {
        self.check(&request.table)?;
        let page = self.store.list(request)?;
        let items = page.items.iter().map(|item| self.read(item)).collect::<Result<_>>()?;
        Ok(TypedList { items, next: page.next })
    }

    /// Reads an item of this table that came as a document: from an [`Outcome`], a
    /// [`crate::Conflict`] or [`Store::history`]. Of a tombstone it is the last value.
    ///
    /// # Errors
    /// [`Error::Typed`] if it does not read as a `T`.
    pub fn read(&self, item: &Item) -> Result<Versioned<T>> {
        let value =
            read_document(&item.document).map_err(|failure| self.unread(&item.key, failure))?;
        Ok(Versioned {
            value,
            key: item.key.clone(),
            version: item.version,
            changed_at: item.changed_at,
        })
    }

    /// One page of what changed since the client last asked.
    ///
    /// # Errors
    /// Those of [`Store::sync`], [`Error::Typed`] for the first live item that does not read as a `T`, and
    /// [`Error::OutOfRange`] for a request that names another table.
    pub fn sync(&self, request: &SyncRequest) -> Result<TypedPage<T>> {
        self.check(&request.table)?;
        let page = self.store.sync(request)?;
        let items = page.items.into_iter().map(|item| self.change(item)).collect::<Result<_>>()?;
        Ok(TypedPage {
            items,
            next_token: page.next_token,
            scanned_count: page.scanned_count,
            started_at: page.started_at,
            reset: page.reset,
            cursor: page.cursor,
            incarnation: page.incarnation,
            mode: page.mode,
            digest: page.digest,
        })
    }

    fn change(&self, item: SyncItem) -> Result<TypedChange<T>> {
        let SyncItem { key, version, changed_at, state, document } = item;
        let value = match state {
            State::Left => None,
            // Its value may be from before the type changed; that it is gone must be told anyway.
            State::Deleted => read_document(&document).ok(),
            State::Live => {
                Some(read_document(&document).map_err(|failure| self.unread(&key, failure))?)
            }
        };
        Ok(TypedChange { key, version, changed_at, state, value })
    }
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        Self { store: self.store.clone(), name: Arc::clone(&self.name), of: PhantomData }
    }
}

impl<T> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Table").field(&self.name).finish()
    }
}
