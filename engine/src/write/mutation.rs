//! What a caller wants changed.

use highwater_format::{Document, ItemKey, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What a mutation believes about the stored item.
///
/// ```
/// use highwater::{Document, ErrorKind, Expect, Mutation, TableSpec, TableSpecExt};
/// # let store = highwater::testing::memory_store()?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// let note = Document::from_json(r#"{"id":"n1"}"#)?;
/// store.apply(Mutation::put("notes", note.clone()).expect(Expect::Absent))?;
/// store.apply(Mutation::put("notes", note.clone()).expect(Expect::Version(1)))?;
/// let late = store.apply(Mutation::put("notes", note).expect(Expect::Version(1)));
/// assert_eq!(late.unwrap_err().kind(), ErrorKind::Conflict);
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expect {
    /// Nothing: whatever is there is replaced.
    #[default]
    Any,
    /// There is no item, or it is deleted.
    Absent,
    /// The item, or its tombstone, has this version.
    Version(u64),
}

/// Fields to set and to remove; all others stay.
///
/// ```
/// use highwater::{Update, Value};
/// let update = Update::new().set("title", Value::from("Dawn")).remove("draft");
/// assert_eq!(update.set.len(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Update {
    /// Attributes that get a value.
    pub set: BTreeMap<String, Value>,
    /// Attributes that go.
    pub remove: BTreeSet<String>,
}

impl Update {
    /// An update that changes nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets attribute `name`.
    #[must_use]
    pub fn set(mut self, name: &str, value: Value) -> Self {
        self.remove.remove(name);
        self.set.insert(name.to_owned(), value);
        self
    }

    /// Removes attribute `name`.
    #[must_use]
    pub fn remove(mut self, name: &str) -> Self {
        self.set.remove(name);
        self.remove.insert(name.to_owned());
        self
    }
}

/// The kinds of change.
///
/// ```
/// use highwater::{Change, Mutation, Update, Value};
/// let mutation = Mutation::update("notes", "n1", Update::new().set("title", Value::from("Dawn")));
/// let Change::Update(key, update) = &mutation.change else { panic!() };
/// assert_eq!(key, &"n1".into());
/// assert!(update.set.contains_key("title"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The document becomes this one; the key is taken from it.
    Put(Document),
    /// As [`Change::Put`], but nothing is written when the document is the same already.
    PutIfChanged(Document),
    /// Some fields change; an item that is not there begins with its key alone.
    Update(ItemKey, Update),
    /// The item is deleted; deleting what is not there changes nothing.
    Delete(ItemKey),
}

/// One change to one item of one table.
///
/// ```
/// use highwater::{Document, Expect, Mutation};
/// let doc = Document::from_json(r#"{"id":"n1","title":"Dawn"}"#)?;
/// let create = Mutation::put("notes", doc).expect(Expect::Absent);
/// let delete = Mutation::delete("notes", "n1").expect(Expect::Version(1));
/// # Ok::<(), highwater::FormatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutation {
    /// The table's name.
    pub table: String,
    /// What changes.
    pub change: Change,
    /// What must be there before.
    pub expect: Expect,
}

impl Mutation {
    fn new(table: &str, change: Change) -> Self {
        Self { table: table.to_owned(), change, expect: Expect::Any }
    }

    /// Sets an item to `document`.
    #[must_use]
    pub fn put(table: &str, document: Document) -> Self {
        Self::new(table, Change::Put(document))
    }

    /// Sets an item to `document` unless it is that already.
    #[must_use]
    pub fn put_if_changed(table: &str, document: Document) -> Self {
        Self::new(table, Change::PutIfChanged(document))
    }

    /// Changes some fields of an item.
    #[must_use]
    pub fn update(table: &str, key: impl Into<ItemKey>, update: Update) -> Self {
        Self::new(table, Change::Update(key.into(), update))
    }

    /// Deletes an item.
    #[must_use]
    pub fn delete(table: &str, key: impl Into<ItemKey>) -> Self {
        Self::new(table, Change::Delete(key.into()))
    }

    /// This mutation, believing in `expect`.
    #[must_use]
    pub fn expect(mut self, expect: Expect) -> Self {
        self.expect = expect;
        self
    }
}
