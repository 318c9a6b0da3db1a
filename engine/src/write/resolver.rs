//! Conflicts that the embedding program settles itself: AppSync's Lambda conflict handler.

use super::case::{Case, Decision};
use super::mutation::{Change, Expect};
use crate::error::{Error, Result};
use crate::item::Item;
use highwater_format::{Document, ItemKey, Record};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A mutation that believes in another version than the stored one, as a [`Resolver`] is shown it.
///
/// Source: the AppSync developer guide, "Conflict detection and resolution", Lambda: `newItem` and
/// `existingItem`.
///
/// ```
/// use highwater::testing::MemoryDisk;
/// use highwater::{Clash, ConflictStrategy, Document, Expect, Mutation, Resolution};
/// use highwater::{TableSpec, TableSpecExt};
/// use std::sync::Arc;
///
/// // What comes last wins over what is there, but brings nothing back.
/// let newest_wins = |clash: &Clash<'_>| match (&clash.existing, &clash.preview) {
///     (Some(old), Some(new)) if !old.deleted => Resolution::Resolve(new.clone()),
///     _ => Resolution::Reject,
/// };
/// let store = MemoryDisk::default().builder().resolver("newest", Arc::new(newest_wins)).open()?;
/// let spec = TableSpec::new("notes", "id").conflicts(ConflictStrategy::Custom).resolver("newest");
/// store.create_table(spec)?;
/// store.put("notes", Document::from_json(r#"{"id":"n1","title":"Dawn"}"#)?)?;
/// let late = Mutation::put("notes", Document::from_json(r#"{"id":"n1","title":"Dusk"}"#)?);
/// let settled = store.apply(late.expect(Expect::Version(7)))?;
/// assert!(settled.merged && settled.item.is_some_and(|item| item.version == 2));
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Clash<'a> {
    /// The table's name.
    pub table: &'a str,
    /// The item's key.
    pub key: &'a ItemKey,
    /// What the mutation wants.
    pub change: &'a Change,
    /// The version that it believes in.
    pub expected: Expect,
    /// The item as it is, or its tombstone; `None` where there is neither.
    pub existing: Option<Item>,
    /// The document as it would be if the mutation succeeded; `None` for a delete.
    pub preview: Option<Document>,
    /// The version that the mutation believes in, if the table's history still tells of it.
    pub ancestor: Option<Item>,
}

/// What a [`Resolver`] answers.
///
/// ```
/// use highwater::testing::MemoryDisk;
/// use highwater::{Change, Clash, ConflictStrategy, Document, Expect, Mutation, Resolution};
/// use highwater::{TableSpec, TableSpecExt};
/// use std::sync::Arc;
///
/// let deletes_win = |clash: &Clash<'_>| match clash.change {
///     Change::Delete(_) => Resolution::Remove,
///     _ => Resolution::Reject,
/// };
/// let store = MemoryDisk::default().builder().resolver("deletes", Arc::new(deletes_win)).open()?;
/// let spec = TableSpec::new("notes", "id").conflicts(ConflictStrategy::Custom).resolver("deletes");
/// store.create_table(spec)?;
/// let note = Document::from_json(r#"{"id":"n1"}"#)?;
/// store.put("notes", note.clone())?;
/// store.put("notes", note.clone())?;
/// assert!(store.apply(Mutation::put("notes", note).expect(Expect::Version(1))).is_err());
/// store.apply(Mutation::delete("notes", "n1").expect(Expect::Version(1)))?;
/// assert!(store.get("notes", "n1")?.is_none());
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// The item becomes this document. Its key attributes are the item's, whatever the document says.
    Resolve(Document),
    /// The mutation is refused with [`Error::Conflict`] and told the current item.
    Reject,
    /// The item is deleted.
    Remove,
}

/// Settles conflicts of tables that are declared with [`crate::ConflictStrategy::Custom`] and its name.
///
/// It is asked under the item's lock, so it must neither call the store nor take long. It is not asked where
/// a `put_if_changed` wants what is there already. Closures of its shape are resolvers.
///
/// ```
/// use highwater::{Clash, ConflictStrategy, Resolution, Store, TableSpec, TableSpecExt};
/// use std::sync::Arc;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("store");
/// // Deletes win; of two documents the longer one does.
/// let longer_wins = |clash: &Clash<'_>| match (&clash.preview, &clash.existing) {
///     (None, _) => Resolution::Remove,
///     (Some(new), Some(old)) if new.as_bytes().len() > old.document.as_bytes().len() => {
///         Resolution::Resolve(new.clone())
///     }
///     _ => Resolution::Reject,
/// };
/// let store = Store::builder(path).resolver("longer", Arc::new(longer_wins)).open()?;
/// let spec = TableSpec::new("notes", "id").conflicts(ConflictStrategy::Custom).resolver("longer");
/// store.create_table(spec)?;
/// # Ok(())
/// # }
/// ```
pub trait Resolver: Send + Sync + 'static {
    /// Settles one conflict.
    fn resolve(&self, clash: &Clash<'_>) -> Resolution;
}

impl<F> Resolver for F
where
    F: Fn(&Clash<'_>) -> Resolution + Send + Sync + 'static,
{
    fn resolve(&self, clash: &Clash<'_>) -> Resolution {
        self(clash)
    }
}

/// The resolvers of an open store, by name.
#[derive(Clone, Default)]
pub(crate) struct Resolvers(BTreeMap<String, Arc<dyn Resolver>>);

impl Resolvers {
    pub(crate) fn add(&mut self, name: &str, resolver: Arc<dyn Resolver>) {
        self.0.insert(name.to_owned(), resolver);
    }
}

/// Asks the table's resolver about a mutation that believes in `version`.
pub(super) fn settle(case: &Case<'_>, version: u64) -> Result<Decision> {
    let spec = &case.table.record.spec;
    let named = spec.resolver.as_deref().unwrap_or_default();
    let resolver = case.resolvers.0.get(named).ok_or_else(|| Error::NoResolver {
        table: spec.name.clone(),
        resolver: named.to_owned(),
    })?;
    let item = |record: Record| Item::new(case.key.clone(), record);
    let resolution = resolver.resolve(&Clash {
        table: &spec.name,
        key: case.key,
        change: &case.mutation.change,
        expected: case.mutation.expect,
        existing: case.stored.cloned().map(item),
        preview: case.preview()?,
        ancestor: case.ancestor(version)?.map(|past| item(past.record)),
    });
    Ok(match resolution {
        Resolution::Reject => Decision::Conflict,
        Resolution::Remove => case.delete(true),
        Resolution::Resolve(document) => {
            let mut map = document.to_map()?;
            map.extend(case.table.key_attributes(case.key));
            let document = Document::from_map(&map)?;
            Decision::Write { document, deleted: false, merged: true }
        }
    })
}
