//! Answers of a typed table.

use crate::sync::{Mode, State};
use highwater_format::{Digest, Incarnation, ItemKey, Millis, Timestamp};

/// A live item as a value, with its version.
///
/// ```
/// # use highwater::{Expect, Store, TableSpec, TableSpecExt};
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct Note { id: String, title: String }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let store = Store::open(dir.path().join("store"))?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// let notes = store.typed::<Note>("notes")?;
/// notes.put(&Note { id: "n1".into(), title: "Dawn".into() })?;
/// let mut note = notes.get("n1")?.ok_or("it is there")?;
/// note.value.title.push('!');
/// // Only if nobody has changed it since it was read.
/// notes.put_expecting(&note.value, Expect::Version(note.version))?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The item's document as a value.
    pub value: T,
    /// The primary key.
    pub key: ItemKey,
    /// 1 for a new item, one more with each change.
    pub version: u64,
    /// When it changed last; also its place in the order of all commits.
    pub changed_at: Timestamp,
}

/// A page of a listing: [`crate::ListPage`] with values.
///
/// ```
/// # use highwater::{Store, TableSpec, TableSpecExt, TypedList};
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct Note { id: String }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let store = Store::open(dir.path().join("store"))?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// let notes = store.typed::<Note>("notes")?;
/// notes.put(&Note { id: "n1".into() })?;
/// let page: TypedList<Note> = notes.list(&notes.list_request().limit(10))?;
/// assert_eq!((page.items.len(), page.next), (1, None));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedList<T> {
    /// Live items, in key order.
    pub items: Vec<Versioned<T>>,
    /// Where the next page begins, if there may be one: for [`crate::ListRequest::after`].
    pub next: Option<ItemKey>,
}

/// An item of a page of a sync: [`crate::SyncItem`] with a value. A client does the same with it.
///
/// ```
/// use highwater::{State, TypedChange};
/// /// What a device shows after a change of the item.
/// fn shown<T>(change: TypedChange<T>) -> Option<T> {
///     change.value.filter(|_| change.state == State::Live)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedChange<T> {
    /// The primary key.
    pub key: ItemKey,
    /// `_version`.
    pub version: u64,
    /// Its millisecond part is `_lastChangedAt`.
    pub changed_at: Timestamp,
    /// What happened.
    pub state: State,
    /// The value: there for a live item; for a deleted one its last, if that still reads as a `T`; not
    /// for one that left.
    pub value: Option<T>,
}

/// A page of a sync: [`crate::SyncPage`] with values.
///
/// ```
/// # use highwater::{State, Store, TableSpec, TableSpecExt};
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct Note { id: String }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let store = Store::open(dir.path().join("store"))?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// let notes = store.typed::<Note>("notes")?;
/// notes.put(&Note { id: "n1".into() })?;
/// let first = notes.sync(&notes.sync_request())?;
/// notes.delete("n1")?;
/// let later = notes.sync(&notes.sync_request().last_sync(first.started_at))?;
/// assert_eq!(later.items.first().map(|change| change.state), Some(State::Deleted));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedPage<T> {
    /// What changed; in commit order for a delta.
    pub items: Vec<TypedChange<T>>,
    /// Present until the last page.
    pub next_token: Option<String>,
    /// How many items were examined for this page.
    pub scanned_count: usize,
    /// What to send as `lastSync` next time, once every page has arrived. The same on each page.
    pub started_at: Millis,
    /// The client's copy is to be replaced by this run: what the run does not name is gone.
    pub reset: bool,
    /// On the last page: what to send instead of `lastSync`, and be told nothing twice.
    pub cursor: Option<String>,
    /// The line of commits that the page is from.
    pub incarnation: Incarnation,
    /// How the question is answered.
    pub mode: Mode,
    /// As [`crate::SyncPage::digest`].
    pub digest: Option<Digest>,
}
