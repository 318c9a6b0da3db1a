//! Indexes of tables with data: published, finished, taken back.

use super::builder::check;
use super::change::{Changed, IndexChange};
use super::ddl::Catalog;
use super::table::Table;
use crate::error::Result;
use crate::options::Limits;
use crate::storage::Batch;
use highwater_format::meta::{
    self, IndexPhase, IndexState, IndexWork, NextId, TableRecord, index_work_key, table_key,
};
use highwater_format::{Family, IndexId, TableId, Timestamp, keys};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Catalog {
    pub(crate) fn by_id(&self, id: TableId) -> Option<Arc<Table>> {
        self.tables.read().values().find(|table| table.id() == id).cloned()
    }

    /// Applies changes in one step. What they begin is unfinished from `now` on.
    pub(crate) fn change_indexes(
        &self,
        name: &str,
        changes: &[IndexChange],
        limits: &Limits,
        now: Timestamp,
        write: impl FnOnce(Batch) -> Result<()>,
    ) -> Result<TableId> {
        let table = self.get(name)?;
        let mut changed = Changed::new(table.record.clone(), *self.next_id.read(), now);
        changes.iter().try_for_each(|change| changed.apply(change))?;
        // A limit that was lowered since hinders nobody from dropping some.
        let spec = &table.record.spec;
        let indexes = limits.indexes.max(spec.indexes.len() + spec.lookups.len());
        check(&changed.record.spec, &Limits { indexes, ..limits.clone() })?;
        self.publish_change(&table, changed, write)?;
        Ok(table.id())
    }

    /// Drops the unfinished indexes of a table that were published together.
    pub(crate) fn take_back(
        &self,
        id: TableId,
        published: Timestamp,
        write: impl FnOnce(Batch) -> Result<()>,
    ) -> Result<()> {
        let Some(table) = self.by_id(id) else { return Ok(()) };
        let mut changed = Changed::new(table.record.clone(), *self.next_id.read(), published);
        changed.take_back(published);
        self.publish_change(&table, changed, write)
    }

    /// The work on `done` has come to its end: what was built knows every change from `floor` on.
    pub(crate) fn finish_indexes(
        &self,
        table: &Table,
        done: &[IndexId],
        floor: Timestamp,
        write: impl FnOnce(Batch) -> Result<()>,
    ) -> Result<()> {
        let mut record = table.record.clone();
        let TableRecord { indexes, lookups, ttl_index, .. } = &mut record;
        let finish = |state: &mut IndexState| {
            if state.phase == IndexPhase::Building {
                state.floor = floor;
            }
            state.phase = IndexPhase::Ready;
        };
        let states = indexes.iter_mut().chain(lookups).chain(ttl_index);
        states.filter(|state| done.contains(&state.id)).for_each(finish);
        let mut batch = Batch::default();
        batch.put(Family::Meta, table_key(record.id), &record.encode()?);
        done.iter().for_each(|id| batch.delete(Family::Meta, index_work_key(*id)));
        write(batch)?;
        self.replace(&mut self.tables.write(), table, record);
        Ok(())
    }

    fn publish_change(
        &self,
        table: &Table,
        changed: Changed,
        write: impl FnOnce(Batch) -> Result<()>,
    ) -> Result<()> {
        let Changed { record, dropped, begun, next_id, .. } = changed;
        // Who looks for the table meanwhile waits, until it is known whether the indexes are gone.
        let mut tables = self.tables.write();
        let mut held_id = self.next_id.write();
        let mut batch = Batch::default();
        if next_id != *held_id {
            batch.put(Family::Meta, meta::NEXT_ID.to_vec(), &NextId(next_id).encode()?);
        }
        batch.put(Family::Meta, table_key(record.id), &record.encode()?);
        for id in &begun {
            batch.put(Family::Meta, index_work_key(*id), &IndexWork::default().encode()?);
        }
        // After the works: what is begun and dropped in one step leaves none.
        dropped.iter().for_each(|id| forget_index(&mut batch, *id));
        // Before the rows go: a page that reads them now finds out when it is done.
        table.mark_indexes_dropped(&dropped);
        write(batch).inspect_err(|error| table.unmark_indexes_dropped_after(error, &dropped))?;
        *held_id = next_id;
        self.rules.forget(dropped.into_iter());
        self.replace(&mut tables, table, record);
        Ok(())
    }

    /// Puts `record` in the place of the table's.
    fn replace(
        &self,
        tables: &mut BTreeMap<String, Arc<Table>>,
        table: &Table,
        record: TableRecord,
    ) {
        let table = Arc::new(table.altered(record));
        self.rules.add(table.id(), table.index_ids(), &table.floors);
        tables.insert(table.name().to_owned(), table);
    }
}

/// Removes everything that is kept for an index.
pub(super) fn forget_index(batch: &mut Batch, index: IndexId) {
    let prefix = keys::index(index);
    let end = keys::after_prefix(&prefix);
    for family in [Family::DeltaIndex, Family::Lookup, Family::Digest] {
        batch.delete_range(family, prefix.clone(), end.clone());
    }
    batch.delete(Family::Meta, index_work_key(index));
}
