//! A table as the engine holds it: its declaration, its identifiers, its floors.

use super::gone::Gone;
use super::index::{Index, Lookup};
use crate::error::{Error, Result};
use crate::options::{Limits, MOST_PARTITION_BYTES, MOST_SORT_BYTES};
use crate::recent::{Recent, TableTail};
use crate::storage::TableFloors;
use highwater_format::meta::{Floors, IndexPhase, KeyAttribute, KeyKind, TableRecord, TableSpec};
use highwater_format::{
    Document, IndexId, IndexedValue, ItemKey, KeyValue, Millis, Record, TableId, Timestamp, Value,
    ValueRef,
};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) record: TableRecord,
    pub(crate) indexes: Vec<Index>,
    /// The ordered secondary indexes.
    pub(crate) lookups: Vec<Lookup>,
    /// The index of expiry times, where items have a time to live.
    pub(crate) ttl_index: Option<Lookup>,
    /// Shared with the compaction filters, and by every state of this table across alterations.
    pub(crate) floors: Arc<TableFloors>,
    gone: Arc<Gone>,
    /// Whether it has another name by now. Shared by its states under this one.
    renamed: Arc<AtomicBool>,
    /// From when on it has its name, if another table had it before.
    pub(super) named: Timestamp,
    /// Its newest changes in memory, once somebody has asked for them.
    tail: OnceLock<Arc<TableTail>>,
}

fn kind_name(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::String => "string",
        KeyKind::Number => "number",
        KeyKind::Binary => "binary",
    }
}

pub(super) fn key_value(value: ValueRef<'_>) -> Option<(KeyKind, KeyValue)> {
    match value {
        ValueRef::String(s) => Some((KeyKind::String, KeyValue::String(s.into()))),
        ValueRef::Number(n) => Some((KeyKind::Number, KeyValue::Number(n))),
        ValueRef::Binary(b) => Some((KeyKind::Binary, KeyValue::Binary(b.to_vec()))),
        _ => None,
    }
}

/// That none of the names that `known` finds in the declaration is `name`.
pub(super) fn unknown_index(
    spec: &TableSpec,
    name: &str,
    known: impl FnOnce(&TableSpec) -> Vec<&str>,
) -> Error {
    let names = known(spec);
    Error::UnknownIndex {
        table: spec.name.clone(),
        index: name.to_owned(),
        known: if names.is_empty() { "none".to_owned() } else { names.join(", ") },
    }
}

impl Table {
    pub(crate) fn new(record: TableRecord, floors: Floors) -> Self {
        Self::made_of(record, Arc::new(TableFloors::new(floors)), Arc::default())
    }

    /// With a name that is its own from then on.
    pub(super) fn named_since(self, named: Timestamp) -> Self {
        Self { named, ..self }
    }

    /// This table under another name.
    pub(super) fn renamed(&self, record: TableRecord, since: Timestamp) -> Self {
        Self { renamed: Arc::default(), ..self.altered(record).named_since(since) }
    }

    pub(super) fn mark_renamed(&self, is_renamed: bool) {
        self.renamed.store(is_renamed, Ordering::SeqCst);
    }

    /// Whether whoever asks by its name is to be answered by another table, if by any.
    pub(super) fn is_renamed(&self) -> bool {
        self.renamed.load(Ordering::SeqCst)
    }

    /// Whether who was told everything before `since` under its name was told it of this table.
    pub(crate) fn was_meant(&self, since: Timestamp) -> bool {
        since >= self.named
    }

    /// This table with another declaration; floors stay shared.
    pub(crate) fn altered(&self, record: TableRecord) -> Self {
        let altered = Self::made_of(record, Arc::clone(&self.floors), Arc::clone(&self.gone));
        Self { renamed: Arc::clone(&self.renamed), ..altered.named_since(self.named) }
    }

    fn made_of(record: TableRecord, floors: Arc<TableFloors>, gone: Arc<Gone>) -> Self {
        let spec = &record.spec;
        let indexes = spec.indexes.iter().zip(&record.indexes);
        let indexes = indexes.map(|(spec, state)| Index::new(spec, state)).collect();
        let lookups = spec.lookups.iter().zip(&record.lookups);
        let lookups = lookups.map(|(spec, state)| Lookup::new(spec, state)).collect();
        let ttl = spec.ttl_attribute.as_ref().zip(record.ttl_index.as_ref());
        let ttl_index = ttl.map(|(attribute, state)| Lookup::of_times(attribute, state));
        let (renamed, named, tail) = (Arc::default(), Timestamp::ZERO, OnceLock::new());
        Self { indexes, lookups, ttl_index, record, floors, gone, renamed, named, tail }
    }

    pub(crate) fn id(&self) -> TableId {
        self.record.id
    }

    pub(crate) fn name(&self) -> &str {
        &self.record.spec.name
    }

    pub(crate) fn floors(&self) -> Floors {
        self.floors.get()
    }

    pub(crate) fn keeps_history(&self) -> bool {
        self.record.spec.ttls.history != Some(Millis(0))
    }

    /// Its newest changes in memory; `None` if none are kept.
    pub(crate) fn tail(&self, recent: &Recent) -> Option<&Arc<TableTail>> {
        if let Some(tail) = self.tail.get() {
            return Some(tail);
        }
        // Found first, and kept then: nobody who waits for this cell waits for a lock through it.
        let found = recent.table(self.id(), || self.is_dropped())?;
        Some(self.tail.get_or_init(|| found))
    }

    pub(crate) fn mark_dropped(&self) {
        self.gone.mark_table();
    }

    /// Takes it back where what was written with it certainly was not.
    pub(super) fn unmark_dropped_after(&self, error: &Error) {
        if is_certainly_unwritten(error) {
            self.gone.unmark_table();
        }
    }

    pub(crate) fn is_dropped(&self) -> bool {
        self.gone.table()
    }

    pub(super) fn mark_indexes_dropped(&self, indexes: &[IndexId]) {
        self.gone.mark_indexes(indexes);
    }

    /// Takes it back where what was written with it certainly was not.
    pub(super) fn unmark_indexes_dropped_after(&self, error: &Error, indexes: &[IndexId]) {
        if is_certainly_unwritten(error) {
            self.gone.unmark_indexes(indexes);
        }
    }

    /// Gives up if the table is gone by now, or an index of it that an answer runs through.
    pub(crate) fn check_not_dropped(&self, through: Option<IndexId>) -> Result<()> {
        if self.is_dropped() {
            return Err(Error::UnknownTable { table: self.name().to_owned() });
        }
        let is_gone = |id| !self.index_ids().any(|known| known == id) || self.gone.index(id);
        if through.is_some_and(is_gone) {
            return Err(Error::IndexDropped { table: self.name().to_owned() });
        }
        Ok(())
    }

    /// The index of this name, by which scopes are asked for.
    pub(crate) fn index(&self, name: &str) -> Result<&Index> {
        let found = self.indexes.iter().find(|index| index.spec.name == name);
        found.ok_or_else(|| {
            unknown_index(&self.record.spec, name, |spec| {
                spec.indexes.iter().map(|i| &*i.name).collect()
            })
        })
    }

    /// The ordered index of this name, by which queries are asked.
    pub(crate) fn lookup(&self, name: &str) -> Result<&Lookup> {
        let found = self.lookups.iter().find(|lookup| lookup.spec.name == name);
        found.ok_or_else(|| {
            unknown_index(&self.record.spec, name, |spec| {
                spec.lookups.iter().map(|l| &*l.name).collect()
            })
        })
    }

    /// That an index does not hold everything yet.
    pub(crate) fn index_building(&self, name: &str) -> Error {
        Error::IndexBuilding { table: self.name().to_owned(), index: name.to_owned() }
    }

    /// Whether a reader or a writer may see the record: live, or a tombstone at or above its floor.
    pub(crate) fn sees(&self, record: &Record) -> bool {
        !record.deleted || record.changed_at >= self.floors().tombstone
    }

    /// The primary key that `document` holds.
    pub(crate) fn key_of(&self, document: &Document, limits: &Limits) -> Result<ItemKey> {
        let read = |attribute: &KeyAttribute| {
            let value = document.as_map().get(&attribute.name)?;
            let found = value.map_or("nothing", |value| value.type_name());
            let key = value.and_then(key_value);
            key.filter(|(kind, _)| *kind == attribute.kind)
                .map(|(_, value)| value)
                .ok_or_else(|| self.key_mismatch(attribute, found.to_owned()))
        };
        let spec = &self.record.spec;
        let key = ItemKey {
            partition: read(&spec.partition)?,
            sort: spec.sort.as_ref().map(read).transpose()?,
        };
        self.check_sizes(&key, limits.partition_bytes, limits.sort_bytes)?;
        Ok(key)
    }

    fn key_mismatch(&self, attribute: &KeyAttribute, found: String) -> Error {
        Error::KeyAttribute {
            table: self.name().to_owned(),
            attribute: attribute.name.clone(),
            expected: kind_name(attribute.kind),
            found,
        }
    }

    /// Checks one key value against the attribute it is for.
    pub(crate) fn check_value(&self, attribute: &KeyAttribute, value: &KeyValue) -> Result<()> {
        let kind = match value {
            KeyValue::String(_) => KeyKind::String,
            KeyValue::Number(_) => KeyKind::Number,
            KeyValue::Binary(_) => KeyKind::Binary,
        };
        if kind == attribute.kind {
            return Ok(());
        }
        Err(self.key_mismatch(attribute, format!("a {}", kind_name(kind))))
    }

    /// Checks a key that a caller gave apart from a document. What is there may be longer than what is taken now.
    pub(crate) fn check_key(&self, key: &ItemKey) -> Result<()> {
        let spec = &self.record.spec;
        self.check_value(&spec.partition, &key.partition)?;
        match (&spec.sort, &key.sort) {
            (None, None) => {}
            (Some(attribute), Some(value)) => self.check_value(attribute, value)?,
            (Some(attribute), None) => {
                return Err(self.key_mismatch(attribute, "nothing".to_owned()));
            }
            (None, Some(value)) => {
                return Err(Error::out_of_range(
                    "sort value",
                    value,
                    format!("none: table `{}` has no sort attribute", self.name()),
                ));
            }
        }
        self.check_sizes(key, MOST_PARTITION_BYTES, MOST_SORT_BYTES)
    }

    fn check_sizes(&self, key: &ItemKey, partition: usize, sort: usize) -> Result<()> {
        let parts = [
            ("partition value", Some(&key.partition), partition),
            ("sort value", key.sort.as_ref(), sort),
        ];
        for (what, value, limit) in parts {
            let Some(value) = value else { continue };
            if value.size() == 0 {
                return Err(Error::out_of_range(what, "empty", "at least one byte"));
            }
            if value.size() > limit {
                let what = format!("the {what} for table `{}`", self.name());
                return Err(Error::TooLarge { what, found: value.size(), limit });
            }
        }
        Ok(())
    }

    /// Every ordered index, that of expiry times included.
    pub(crate) fn all_lookups(&self) -> impl Iterator<Item = &Lookup> {
        self.lookups.iter().chain(&self.ttl_index)
    }

    /// The identifiers of indexes that are not ready.
    pub(crate) fn unfinished(&self) -> impl Iterator<Item = IndexId> {
        let scopes = self.indexes.iter().map(|index| (index.id, index.phase));
        let lookups = self.all_lookups().map(|lookup| (lookup.id, lookup.phase));
        scopes.chain(lookups).filter(|(_, phase)| *phase != IndexPhase::Ready).map(|(id, _)| id)
    }

    /// The identifiers of all indexes.
    pub(crate) fn index_ids(&self) -> impl Iterator<Item = IndexId> {
        let lookups = self.all_lookups().map(|lookup| lookup.id);
        self.indexes.iter().map(|index| index.id).chain(lookups)
    }

    /// Where a live item with this document lies in each index.
    pub(crate) fn indexed_values(
        &self,
        document: &Document,
        limits: &Limits,
    ) -> Result<Vec<IndexedValue>> {
        self.indexed_values_at(Timestamp(u64::MAX), document, limits)
    }

    /// The same of the indexes that were there when the item was written.
    pub(crate) fn indexed_values_at(
        &self,
        written: Timestamp,
        document: &Document,
        limits: &Limits,
    ) -> Result<Vec<IndexedValue>> {
        let mut indexed = Vec::with_capacity(self.indexes.len() + self.lookups.len());
        for index in self.indexes.iter().filter(|index| index.published <= written) {
            let scope = index.scope_of(document, limits)?;
            indexed.extend(scope.map(|value| IndexedValue { index: index.id, value }));
        }
        for lookup in self.all_lookups().filter(|lookup| lookup.published <= written) {
            let values = lookup.values_of(document, limits)?;
            indexed.extend(values.map(|value| IndexedValue { index: lookup.id, value }));
        }
        indexed.sort();
        Ok(indexed)
    }

    /// The scopes that a tombstone stays in: those that its item is deleted from, which hear of it.
    pub(crate) fn scopes_left_behind(&self, record: &Record) -> Vec<IndexedValue> {
        let scopes = self.indexes.iter().filter_map(|index| {
            let value = index.scope_in(record)?.into_owned();
            Some(IndexedValue { index: index.id, value })
        });
        let mut scopes: Vec<_> = scopes.collect();
        scopes.sort();
        scopes
    }

    /// The key's attributes as a map: what an upsert starts from.
    pub(crate) fn key_attributes(&self, key: &ItemKey) -> BTreeMap<String, Value> {
        let tree = |value: &KeyValue| Value::from(value.clone());
        let spec = &self.record.spec;
        let mut map = BTreeMap::from([(spec.partition.name.clone(), tree(&key.partition))]);
        if let (Some(attribute), Some(value)) = (&spec.sort, &key.sort) {
            map.insert(attribute.name.clone(), tree(value));
        }
        map
    }

    /// A document of the key alone: what is told of an item that left a view.
    pub(crate) fn key_document(&self, key: &ItemKey) -> Result<Document> {
        Ok(Document::from_map(&self.key_attributes(key))?)
    }
}

/// Whether a batch that failed so has not reached the disk: after any other error nobody knows.
fn is_certainly_unwritten(error: &Error) -> bool {
    matches!(error, Error::Busy | Error::ReadOnly { .. })
}
