//! Changing the indexes of a table: what is asked for, and the table's record with it applied.

use super::table::unknown_index;
use crate::error::{Error, Result};
use highwater_format::meta::{
    IndexPhase, IndexSpec, IndexState, LookupSpec, Projection, TableRecord, TableSpec,
};
use highwater_format::{IndexId, Timestamp};

/// A change of the indexes of a table that may hold data.
///
/// ```
/// use highwater::{IndexChange, IndexSpec, Projection};
/// let rebuilt = [
///     IndexChange::Drop("byOwner".to_owned()),
///     IndexChange::Add(IndexSpec {
///         name: "byOwner".to_owned(),
///         attribute: "ownerId".to_owned(),
///         projection: Projection::All,
///     }),
/// ];
/// assert_ne!(rebuilt[0], rebuilt[1]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexChange {
    /// Declares an index: a scope for each value of its attribute.
    Add(IndexSpec),
    /// Declares an ordered secondary index.
    AddLookup(LookupSpec),
    /// Forgets the index of this name, of either kind, and everything in it.
    Drop(String),
    /// Gives the entries of an index another projection. Its clients notice nothing.
    Project(String, Projection),
    /// From now on items expire by this attribute; by none, if there is none.
    ExpireBy(Option<String>),
}

impl IndexChange {
    /// Whether something must be built or rewritten for it.
    pub(crate) fn needs_work(&self) -> bool {
        !matches!(self, Self::Drop(_) | Self::ExpireBy(None))
    }
}

/// A table's record with changes applied, and what goes with it.
pub(super) struct Changed {
    pub(super) record: TableRecord,
    /// Indexes that are gone.
    pub(super) dropped: Vec<IndexId>,
    /// Indexes whose work begins, at the table's start.
    pub(super) begun: Vec<IndexId>,
    /// The next free identifier.
    pub(super) next_id: u32,
    /// When it is published.
    now: Timestamp,
}

impl Changed {
    pub(super) fn new(record: TableRecord, next_id: u32, now: Timestamp) -> Self {
        Self { record, dropped: Vec::new(), begun: Vec::new(), next_id, now }
    }

    pub(super) fn apply(&mut self, change: &IndexChange) -> Result<()> {
        match change {
            IndexChange::Add(spec) => {
                let state = self.begin()?;
                self.record.spec.indexes.push(spec.clone());
                self.record.indexes.push(state);
            }
            IndexChange::AddLookup(spec) => {
                let state = self.begin()?;
                self.record.spec.lookups.push(spec.clone());
                self.record.lookups.push(state);
            }
            IndexChange::Drop(name) => self.drop_index(name)?,
            IndexChange::Project(name, projection) => self.project(name, *projection)?,
            IndexChange::ExpireBy(attribute) if *attribute != self.record.spec.ttl_attribute => {
                self.dropped.extend(self.record.ttl_index.take().map(|state| state.id));
                self.record.spec.ttl_attribute.clone_from(attribute);
                self.record.ttl_index = attribute.is_some().then(|| self.begin()).transpose()?;
            }
            IndexChange::ExpireBy(_) => {}
        }
        Ok(())
    }

    /// An index that begins to be built.
    fn begin(&mut self) -> Result<IndexState> {
        let id = IndexId(self.next_id);
        self.next_id = self.next_id.checked_add(1).ok_or_else(|| {
            Error::out_of_range("index id", id.0, "below 2^32; copy the store to a new one")
        })?;
        self.begun.push(id);
        Ok(IndexState { id, floor: self.now, published: self.now, phase: IndexPhase::Building })
    }

    fn drop_index(&mut self, name: &str) -> Result<()> {
        let spec = &self.record.spec;
        let scope = spec.indexes.iter().position(|index| index.name == name);
        let lookup = spec.lookups.iter().position(|lookup| lookup.name == name);
        let state = match (scope, lookup) {
            (Some(at), _) => {
                self.record.spec.indexes.remove(at);
                self.record.indexes.remove(at)
            }
            (None, Some(at)) => {
                self.record.spec.lookups.remove(at);
                self.record.lookups.remove(at)
            }
            (None, None) => return Err(unknown_index(spec, name, names)),
        };
        self.dropped.push(state.id);
        Ok(())
    }

    fn project(&mut self, name: &str, projection: Projection) -> Result<()> {
        let TableRecord { spec, indexes: states, .. } = &mut self.record;
        let found = spec.indexes.iter_mut().zip(states).find(|(index, _)| index.name == name);
        let Some((index, state)) = found else {
            if spec.lookups.iter().any(|lookup| lookup.name == name) {
                let reason = format!("index `{name}` is ordered: its entries hold keys alone");
                return Err(Error::BadSpec { table: spec.name.clone(), reason });
            }
            return Err(unknown_index(spec, name, names));
        };
        if index.projection == projection {
            return Ok(());
        }
        index.projection = projection;
        if state.phase == IndexPhase::Ready {
            state.phase = IndexPhase::Reprojecting;
        }
        // Also one that was at it: what it has written has the other projection.
        self.begun.push(state.id);
        Ok(())
    }

    /// Drops every index that was published at `published` and is not built yet.
    pub(super) fn take_back(&mut self, published: Timestamp) {
        let is_meant = |state: &IndexState| {
            state.published == published && state.phase == IndexPhase::Building
        };
        let TableRecord { spec, indexes, lookups, ttl_index, .. } = &mut self.record;
        let dropped = &mut self.dropped;
        remove_where(&mut spec.indexes, indexes, is_meant, dropped);
        remove_where(&mut spec.lookups, lookups, is_meant, dropped);
        if let Some(state) = ttl_index.take_if(|state| is_meant(state)) {
            spec.ttl_attribute = None;
            dropped.push(state.id);
        }
    }
}

/// The names of all indexes, of either kind.
fn names(spec: &TableSpec) -> Vec<&str> {
    let lookups = spec.lookups.iter().map(|lookup| &*lookup.name);
    spec.indexes.iter().map(|index| &*index.name).chain(lookups).collect()
}

/// Removes the states that are meant and the declarations beside them.
fn remove_where<S>(
    specs: &mut Vec<S>,
    states: &mut Vec<IndexState>,
    is_meant: impl Fn(&IndexState) -> bool,
    dropped: &mut Vec<IndexId>,
) {
    dropped.extend(states.iter().filter(|state| is_meant(state)).map(|state| state.id));
    let mut beside = states.iter();
    specs.retain(|_| !beside.next().is_some_and(&is_meant));
    states.retain(|state| !is_meant(state));
}
