//! A table in another's place: made of the rows of a bulk import, under identifiers that were taken ahead
//! of it, or of none.

use super::builder::check;
use super::ddl::{Catalog, forget, ids_after, with_ids};
use super::table::Table;
use crate::error::Result;
use crate::options::Limits;
use crate::storage::Batch;
use highwater_format::meta::{self, Floors, NextId, TableRecord, TableSpec, floors_key, table_key};
use highwater_format::{Family, TableId, Timestamp};
use std::ops::Range;
use std::sync::Arc;

/// A table that is to be forgotten, and its ranges in the log.
pub(crate) type Replaced = (Arc<Table>, Vec<(Vec<u8>, Vec<u8>)>);

impl Catalog {
    /// The table of this name, if there is one.
    pub(crate) fn find(&self, name: &str) -> Option<Arc<Table>> {
        self.tables.read().get(name).cloned()
    }

    /// Refuses a declaration that cannot be kept.
    pub(crate) fn check(&self, spec: &TableSpec, limits: &Limits) -> Result<()> {
        check(spec, limits)
    }

    /// Takes the identifiers of a table that is to be and of its indexes, so that nobody else gets them.
    /// `note` adds to the batch what is to be noted about them.
    pub(crate) fn take_ids(
        &self,
        spec: &TableSpec,
        note: impl FnOnce(Range<u32>, &mut Batch) -> Result<()>,
        write: impl FnOnce(Batch) -> Result<()>,
    ) -> Result<TableId> {
        let mut next_id = self.next_id.write();
        let (first, after) = (*next_id, ids_after(*next_id, spec)?);
        let mut batch = Batch::default();
        batch.put(Family::Meta, meta::NEXT_ID.to_vec(), &NextId(after).encode()?);
        note(first..after, &mut batch)?;
        write(batch)?;
        *next_id = after;
        Ok(TableId(first))
    }

    /// Makes a table of rows that are there already, under identifiers that were taken for them, and forgets
    /// the one that it replaces: in one batch, together with what is in `batch`.
    pub(crate) fn publish(
        &self,
        record: TableRecord,
        replaced: Option<Replaced>,
        mut batch: Batch,
        write: impl FnOnce(Batch) -> Result<()>,
    ) -> Result<()> {
        let mut tables = self.tables.write();
        let TableRecord { id, created_at, .. } = record;
        let floors = Floors { delta: created_at, tombstone: created_at, history: created_at };
        batch.put(Family::Meta, table_key(id), &record.encode()?);
        batch.put(Family::Meta, floors_key(id), &floors.encode()?);
        let replaced = replaced.map(|(table, log_ranges)| {
            forget(&table, log_ranges, &mut batch);
            // Before its rows go: a page that reads them now finds out when it is done.
            table.mark_dropped();
            table
        });
        write(batch).inspect_err(|error| {
            replaced.iter().for_each(|table| table.unmark_dropped_after(error));
        })?;
        if let Some(table) = replaced {
            self.rules.remove(table.id(), table.index_ids());
        }
        let table = Arc::new(Table::new(record, floors));
        self.rules.add(table.id(), table.index_ids(), &table.floors);
        tables.insert(table.name().to_owned(), table);
        Ok(())
    }
}

impl Catalog {
    /// Puts an empty table of the same declaration in a table's place.
    pub(crate) fn truncate(
        &self,
        replaced: Replaced,
        created_at: Timestamp,
        write: impl FnOnce(Batch) -> Result<()>,
    ) -> Result<()> {
        let mut next_id = self.next_id.write();
        let spec = replaced.0.record.spec.clone();
        let after = ids_after(*next_id, &spec)?;
        let mut batch = Batch::default();
        batch.put(Family::Meta, meta::NEXT_ID.to_vec(), &NextId(after).encode()?);
        let record = with_ids(spec, TableId(*next_id), created_at);
        self.publish(record, Some(replaced), batch, write)?;
        *next_id = after;
        Ok(())
    }
}

/// A table whose rows were made between `first` and `created_at`, and whose every change is told of from
/// `created_at` on. Their index values are recorded with them.
pub(crate) fn imported(
    spec: TableSpec,
    id: TableId,
    first: Timestamp,
    created_at: Timestamp,
) -> TableRecord {
    let mut record = with_ids(spec, id, created_at);
    let states = record.indexes.iter_mut().chain(&mut record.lookups).chain(&mut record.ttl_index);
    states.for_each(|state| state.published = first);
    record
}
