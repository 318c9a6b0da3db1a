//! The catalog: tables by name, created, altered and dropped.

use super::builder::{check, check_ttls};
use super::table::Table;
use super::unfinished::forget_index;
use crate::error::{Error, Result};
use crate::lock::RwLock;
use crate::options::Limits;
use crate::storage::{Batch, ExpiryRules, Storage};
use highwater_format::meta::{
    self, Floors, IndexState, NameRecord, NextId, TableRecord, TableSpec, Ttls, floors_key,
    name_key, table_key,
};
use highwater_format::{Family, IndexId, TableId, Timestamp, keys};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Every table of a store.
pub(crate) struct Catalog {
    pub(super) tables: RwLock<BTreeMap<String, Arc<Table>>>,
    pub(super) next_id: RwLock<u32>,
    pub(super) rules: Arc<ExpiryRules>,
}

impl Catalog {
    /// Reads the catalog of an open store.
    pub(crate) fn load(storage: &Storage, rules: Arc<ExpiryRules>) -> Result<Self> {
        let view = storage.latest();
        let next_id = view.get(Family::Meta, meta::NEXT_ID, NextId::decode)?;
        let mut tables = BTreeMap::new();
        let mut scan = view.scan(Family::Meta, meta::TABLES, keys::after_prefix(meta::TABLES))?;
        while scan.advance()?.is_some() {
            let record = TableRecord::decode(scan.entry()?.1)?;
            let floors = view
                .get(Family::Meta, &floors_key(record.id), Floors::decode)?
                .ok_or_else(|| Error::Damaged {
                    place: format!("meta of table `{}`", record.spec.name),
                    reason: "its floors are missing".to_owned(),
                })?;
            let noted = view.get(Family::Meta, &name_key(&record.spec.name), NameRecord::decode)?;
            let own = noted.filter(|noted| noted.owner == record.id);
            let named = own.map_or(Timestamp::ZERO, |own| own.since);
            let table = Arc::new(Table::new(record, floors).named_since(named));
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
        let after = ids_after(*next_id, &spec)?;
        let created_at = barrier()?;
        let record = with_ids(spec, TableId(*next_id), created_at);
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
        forget(&table, log_ranges(&table)?, &mut batch);
        give_up_name(&table, &mut batch)?;
        // Before its rows go: a page that reads them now finds out when it is done.
        table.mark_dropped();
        write(batch).inspect_err(|error| table.unmark_dropped_after(error))?;
        self.rules.remove(table.id(), table.index_ids());
        tables.remove(name);
        Ok(())
    }
}

/// Notes whose its name was: under the same name, a time says nothing to another table.
pub(super) fn give_up_name(table: &Table, batch: &mut Batch) -> Result<()> {
    let noted = NameRecord { owner: table.id(), since: table.named };
    batch.put(Family::Meta, name_key(table.name()), &noted.encode()?);
    Ok(())
}

/// The identifier after those that a table and its indexes get, the table's being `first`.
pub(super) fn ids_after(first: u32, spec: &TableSpec) -> Result<u32> {
    let count = spec.indexes.len() + spec.lookups.len() + usize::from(spec.ttl_attribute.is_some());
    let wanted = u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1);
    first.checked_add(wanted).ok_or_else(|| {
        Error::out_of_range("table id", first, "below 2^32; copy the store to a new one")
    })
}

/// A table as it is created: its identifier is `id`, those after it are its indexes'.
pub(super) fn with_ids(spec: TableSpec, id: TableId, created_at: Timestamp) -> TableRecord {
    let mut states =
        (id.0.saturating_add(1)..).map(|index| IndexState::with_table(IndexId(index), created_at));
    let indexes = states.by_ref().take(spec.indexes.len()).collect();
    let lookups = states.by_ref().take(spec.lookups.len()).collect();
    let ttl_index = spec.ttl_attribute.as_ref().and_then(|_| states.next());
    TableRecord { id, created_at, spec, indexes, lookups, ttl_index }
}

/// Adds to `batch` the removal of a table's record, floors and rows.
pub(super) fn forget(table: &Table, log_ranges: Vec<(Vec<u8>, Vec<u8>)>, batch: &mut Batch) {
    batch.delete(Family::Meta, table_key(table.id()));
    batch.delete(Family::Meta, floors_key(table.id()));
    let whole = keys::table(table.id());
    for family in [Family::Base, Family::History, Family::Digest] {
        batch.delete_range(family, whole.clone(), keys::after_prefix(&whole));
    }
    table.index_ids().for_each(|index| forget_index(batch, index));
    for (from, to) in log_ranges {
        batch.delete_range(Family::Delta, from, to);
    }
}
