//! The catalog: tables by name, created, altered and dropped.

use super::builder::{check, check_ttls};
use super::table::Table;
use crate::error::{Error, Result};
use crate::options::Limits;
use crate::storage::{Batch, ExpiryRules, Storage};
use highwater_format::meta::{
    self, Floors, IndexState, NextId, TableRecord, TableSpec, Ttls, floors_key, table_key,
};
use highwater_format::{Family, IndexId, TableId, Timestamp, keys};
use parking_lot::RwLock;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Every table of a store.
pub(crate) struct Catalog {
    tables: RwLock<BTreeMap<String, Arc<Table>>>,
    next_id: RwLock<u32>,
    rules: Arc<ExpiryRules>,
}

impl Catalog {
    /// Reads the catalog of an open store.
    pub(crate) fn load(storage: &Storage, rules: Arc<ExpiryRules>) -> Result<Self> {
        let view = storage.latest();
        let next_id = view.get(Family::Meta, meta::NEXT_ID, NextId::decode)?;
        let mut tables = BTreeMap::new();
        let mut scan = view.scan(Family::Meta, meta::TABLES, &keys::after_prefix(meta::TABLES))?;
        while scan.advance()?.is_some() {
            let record = TableRecord::decode(scan.entry()?.1)?;
            let floors = view
                .get(Family::Meta, &floors_key(record.id), Floors::decode)?
                .ok_or_else(|| Error::Damaged {
                    place: format!("meta of table `{}`", record.spec.name),
                    reason: "its floors are missing".to_owned(),
                })?;
            let table = Arc::new(Table::new(record, floors));
            rules.add(table.id(), table.index_ids(), &table.floors);
            tables.insert(table.name().to_owned(), table);
        }
        let next_id = RwLock::new(next_id.map_or(1, |next| next.0));
        Ok(Self { tables: RwLock::new(tables), next_id, rules })
    }

    pub(crate) fn get(&self, name: &str) -> Result<Arc<Table>> {
        self.tables
            .read()
            .get(name)
            .cloned()
            .ok_or_else(|| Error::UnknownTable { table: name.to_owned() })
    }

    pub(crate) fn all(&self) -> Vec<Arc<Table>> {
        self.tables.read().values().cloned().collect()
    }

    /// Declares a table. `barrier` is the first timestamp of a millisecond that nobody has been
    /// given: all floors start there, so that no client of an earlier table of this name is inside.
    pub(crate) fn create(
        &self,
        spec: TableSpec,
        limits: &Limits,
        barrier: impl FnOnce() -> Result<Timestamp>,
        write: impl FnOnce(Batch) -> Result<()>,
    ) -> Result<()> {
        check(&spec, limits)?;
        let mut tables = self.tables.write();
        if tables.contains_key(&spec.name) {
            return Err(Error::TableExists { table: spec.name });
        }
        let mut next_id = self.next_id.write();
        let count =
            spec.indexes.len() + spec.lookups.len() + usize::from(spec.ttl_attribute.is_some());
        let wanted = u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1);
        let after = next_id.checked_add(wanted).ok_or_else(|| {
            Error::out_of_range("table id", *next_id, "below 2^32; copy the store to a new one")
        })?;
        let created_at = barrier()?;
        let mut states =
            (*next_id + 1..after).map(|id| IndexState::with_table(IndexId(id), created_at));
        let indexes = states.by_ref().take(spec.indexes.len()).collect();
        let lookups = states.by_ref().take(spec.lookups.len()).collect();
        let ttl_index = states.next();
        let id = TableId(*next_id);
        let record = TableRecord { id, created_at, spec, indexes, lookups, ttl_index };
        let floors = Floors { delta: created_at, tombstone: created_at, history: created_at };

        let mut batch = Batch::default();
        batch.put(Family::Meta, meta::NEXT_ID.to_vec(), &NextId(after).encode()?);
        batch.put(Family::Meta, table_key(record.id), &record.encode()?);
        batch.put(Family::Meta, floors_key(record.id), &floors.encode()?);
        write(batch)?;

        *next_id = after;
        let table = Arc::new(Table::new(record, floors));
        self.rules.add(table.id(), table.index_ids(), &table.floors);
        tables.insert(table.name().to_owned(), table);
        Ok(())
    }

    /// Changes a table's times to live. A floor that has risen stays where it is.
    pub(crate) fn alter_ttls(
        &self,
        name: &str,
        ttls: Ttls,
        write: impl FnOnce(Batch) -> Result<()>,
    ) -> Result<()> {
        let mut tables = self.tables.write();
        let table =
            tables.get(name).ok_or_else(|| Error::UnknownTable { table: name.to_owned() })?;
        check_ttls(&table.record.spec, &ttls)?;
        let mut record = table.record.clone();
        record.spec.ttls = ttls;
        let mut batch = Batch::default();
        batch.put(Family::Meta, table_key(record.id), &record.encode()?);
        write(batch)?;
        let altered = Arc::new(table.altered(record));
        tables.insert(name.to_owned(), altered);
        Ok(())
    }

    /// Forgets a table and everything in it. `log_ranges` gives the table's ranges in the log.
    pub(crate) fn drop_table(
        &self,
        name: &str,
        log_ranges: impl FnOnce(&Table) -> Result<Vec<(Vec<u8>, Vec<u8>)>>,
        write: impl FnOnce(Batch) -> Result<()>,
    ) -> Result<()> {
        let mut tables = self.tables.write();
        let table = tables
            .get(name)
            .cloned()
            .ok_or_else(|| Error::UnknownTable { table: name.to_owned() })?;
        let mut batch = Batch::default();
        batch.delete(Family::Meta, table_key(table.id()));
        batch.delete(Family::Meta, floors_key(table.id()));
        let whole = keys::table(table.id());
        for family in [Family::Base, Family::History, Family::Digest] {
            batch.delete_range(family, whole.clone(), keys::after_prefix(&whole));
        }
        for family in [Family::DeltaIndex, Family::Lookup, Family::Digest] {
            for index in table.index_ids() {
                let prefix = keys::index(index);
                let end = keys::after_prefix(&prefix);
                batch.delete_range(family, prefix, end);
            }
        }
        for (from, to) in log_ranges(&table)? {
            batch.delete_range(Family::Delta, from, to);
        }
        // Before its rows go: a page that reads them now finds out when it is done.
        table.mark_dropped();
        write(batch)?;
        self.rules.remove(table.id(), table.index_ids());
        tables.remove(name);
        Ok(())
    }
}
