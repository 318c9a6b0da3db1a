//! What is told of a table's indexes: whether they are finished, and how far the work has come.

use super::chunk::works;
use crate::catalog::Table;
use crate::error::Result;
use crate::store::Inner;
use highwater_format::meta::IndexPhase;
use highwater_format::{IndexId, ItemKey};

/// The kinds of index.
///
/// ```
/// use highwater::{IndexKind, Projection, TableSpec, TableSpecExt, testing::memory_store};
/// # let store = memory_store()?;
/// let spec = TableSpec::new("notes", "id")
///     .index("byOwner", "owner", Projection::All)
///     .lookup("byDay", "day", None)
///     .expires_by("ttl");
/// store.create_table(spec)?;
/// let indexes = &store.stats()?.tables[0].indexes;
/// let kinds: Vec<_> = indexes.iter().map(|index| index.kind).collect();
/// assert_eq!(kinds, [IndexKind::Scope, IndexKind::Lookup, IndexKind::Expiry]);
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IndexKind {
    /// Scopes that can be synced.
    Scope,
    /// Ordered, for queries.
    Lookup,
    /// The times at which items expire; named after their attribute.
    Expiry,
}

/// An index's state.
///
/// ```
/// use highwater::{Document, IndexChange, IndexPhase, LookupSpec, TableSpec, TableSpecExt};
/// # let store = highwater::testing::memory_store()?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// store.put("notes", Document::from_json(r#"{"id":"n1","day":"Monday"}"#)?)?;
/// let by_day = LookupSpec { name: "byDay".to_owned(), attribute: "day".to_owned(), sort: None };
/// store.change_indexes("notes", &[IndexChange::AddLookup(by_day)])?;
/// let index = &store.stats()?.tables[0].indexes[0];
/// assert_eq!((index.name.as_str(), index.phase), ("byDay", IndexPhase::Ready));
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexStats {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub kind: IndexKind,
    /// How far it is.
    pub phase: IndexPhase,
    /// The item, in key order, that the work has come to; none before the first and when all is done.
    pub reached: Option<ItemKey>,
}

impl Inner {
    /// The state of each index of a table.
    pub(crate) fn index_stats(&self, table: &Table) -> Result<Vec<IndexStats>> {
        let works = works(&self.storage.latest(), table)?;
        let stats = |id: IndexId, name: &str, kind, phase| {
            let work = works.iter().find(|(known, _)| *known == id);
            let reached = work.map(|(_, work)| &work.after).filter(|after| !after.is_empty());
            let reached = reached.map(|after| ItemKey::decode(after)).transpose()?;
            Ok(IndexStats { name: name.to_owned(), kind, phase, reached })
        };
        let scopes = table.indexes.iter();
        let scopes = scopes.map(|i| stats(i.id, &i.spec.name, IndexKind::Scope, i.phase));
        let lookups = table.lookups.iter();
        let lookups = lookups.map(|l| stats(l.id, &l.spec.name, IndexKind::Lookup, l.phase));
        let expiry = table.ttl_index.iter();
        let expiry = expiry.map(|l| stats(l.id, &l.spec.name, IndexKind::Expiry, l.phase));
        scopes.chain(lookups).chain(expiry).collect()
    }
}
