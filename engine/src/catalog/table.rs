//! A table as the engine holds it: its declaration, its identifiers, its floors.

use crate::error::{Error, Result};
use crate::options::Limits;
use crate::storage::TableFloors;
use highwater_format::meta::{Floors, IndexSpec, KeyAttribute, KeyKind, TableRecord};
use highwater_format::{
    Document, IndexId, IndexedValue, ItemKey, KeyValue, Millis, Record, TableId, Timestamp, Value,
    ValueRef,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A declared index with its identifier.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    pub(crate) id: IndexId,
    /// It knows every change at or after this.
    pub(crate) floor: Timestamp,
    pub(crate) spec: IndexSpec,
}

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) record: TableRecord,
    pub(crate) indexes: Vec<Index>,
    /// Shared with the compaction filters, and by every state of this table across alterations.
    pub(crate) floors: Arc<TableFloors>,
    dropped: Arc<AtomicBool>,
}

fn kind_name(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::String => "string",
        KeyKind::Number => "number",
        KeyKind::Binary => "binary",
    }
}

fn key_value(value: ValueRef<'_>) -> Option<(KeyKind, KeyValue)> {
    match value {
        ValueRef::String(s) => Some((KeyKind::String, KeyValue::String(s.to_owned()))),
        ValueRef::Number(n) => Some((KeyKind::Number, KeyValue::Number(n))),
        ValueRef::Binary(b) => Some((KeyKind::Binary, KeyValue::Binary(b.to_vec()))),
        _ => None,
    }
}

impl Table {
    pub(crate) fn new(record: TableRecord, floors: Floors) -> Self {
        let indexes = record
            .spec
            .indexes
            .iter()
            .zip(&record.indexes)
            .map(|(spec, state)| Index { id: state.id, floor: state.floor, spec: spec.clone() })
            .collect();
        let floors = Arc::new(TableFloors::new(floors));
        Self { record, indexes, floors, dropped: Arc::default() }
    }

    /// This table with another declaration; identifiers and floors stay shared.
    pub(crate) fn altered(&self, record: TableRecord) -> Self {
        Self {
            record,
            indexes: self.indexes.clone(),
            floors: Arc::clone(&self.floors),
            dropped: Arc::clone(&self.dropped),
        }
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

    pub(crate) fn mark_dropped(&self) {
        self.dropped.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_dropped(&self) -> bool {
        self.dropped.load(Ordering::SeqCst)
    }

    pub(crate) fn index(&self, name: &str) -> Result<&Index> {
        self.indexes.iter().find(|index| index.spec.name == name).ok_or_else(|| {
            let names: Vec<&str> = self.indexes.iter().map(|i| i.spec.name.as_str()).collect();
            Error::UnknownIndex {
                table: self.name().to_owned(),
                index: name.to_owned(),
                known: if names.is_empty() { "none".to_owned() } else { names.join(", ") },
            }
        })
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
        self.check_sizes(&key, limits)?;
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

    /// Checks a key that a caller gave apart from a document.
    pub(crate) fn check_key(&self, key: &ItemKey, limits: &Limits) -> Result<()> {
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
        self.check_sizes(key, limits)
    }

    fn check_sizes(&self, key: &ItemKey, limits: &Limits) -> Result<()> {
        let parts = [
            ("partition value", Some(&key.partition), limits.partition_bytes),
            ("sort value", key.sort.as_ref(), limits.sort_bytes),
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

    /// The scopes that a live item with this document lies in. Missing and null lie in none.
    pub(crate) fn scopes_of(
        &self,
        document: &Document,
        limits: &Limits,
    ) -> Result<Vec<IndexedValue>> {
        let mut indexed = Vec::with_capacity(self.indexes.len());
        for index in &self.indexes {
            let attribute = &index.spec.attribute;
            let value = match document.as_map().get(attribute)? {
                None | Some(ValueRef::Null) => continue,
                Some(value) => value,
            };
            let Some((_, key)) = key_value(value) else {
                return Err(Error::IndexedAttribute {
                    index: index.spec.name.clone(),
                    attribute: attribute.clone(),
                    found: value.type_name(),
                });
            };
            if key.size() > limits.partition_bytes {
                return Err(Error::TooLarge {
                    what: format!("attribute `{attribute}` of index `{}`", index.spec.name),
                    found: key.size(),
                    limit: limits.partition_bytes,
                });
            }
            indexed.push(IndexedValue { index: index.id, value: key.encode() });
        }
        indexed.sort();
        Ok(indexed)
    }

    /// The key's attributes as a map: what an upsert starts from.
    pub(crate) fn key_attributes(&self, key: &ItemKey) -> BTreeMap<String, Value> {
        let tree = |value: &KeyValue| match value {
            KeyValue::String(s) => Value::String(s.clone()),
            KeyValue::Number(n) => Value::Number(*n),
            KeyValue::Binary(b) => Value::Binary(b.clone()),
        };
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
