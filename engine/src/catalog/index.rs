//! Indexes as the engine holds them, and where an item lies in each.

use super::table::key_value;
use crate::error::{Error, Result};
use crate::options::Limits;
use highwater_format::meta::{IndexPhase, IndexSpec, IndexState, KeyKind, LookupSpec};
use highwater_format::{Document, IndexId, KeyValue, Record, Timestamp, ValueRef};
use std::borrow::Cow;

/// A declared index of the change log.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    pub(crate) id: IndexId,
    /// It knows every change at or after this.
    pub(crate) floor: Timestamp,
    /// Every write since this moment has kept it up.
    pub(crate) published: Timestamp,
    pub(crate) phase: IndexPhase,
    pub(crate) spec: IndexSpec,
}

/// An ordered secondary index, or the index of expiry times.
#[derive(Debug, Clone)]
pub(crate) struct Lookup {
    pub(crate) id: IndexId,
    /// Every write since this moment has kept it up.
    pub(crate) published: Timestamp,
    pub(crate) phase: IndexPhase,
    pub(crate) spec: LookupSpec,
    /// What is no number lies outside, rather than being refused: a time to live.
    numbers_only: bool,
}

impl Index {
    pub(super) fn new(spec: &IndexSpec, state: &IndexState) -> Self {
        let IndexState { id, floor, published, phase } = *state;
        Self { id, floor, published, phase, spec: spec.clone() }
    }

    /// Whether the record may be missing although it belongs here: an index that is being built may not have
    /// come to it yet.
    pub(crate) fn may_lack(&self, record: &Record) -> bool {
        self.phase == IndexPhase::Building && record.changed_at < self.published
    }

    /// The scope that an item with this document lies in; missing and null lie in none.
    pub(crate) fn scope_of(&self, document: &Document, limits: &Limits) -> Result<Option<Vec<u8>>> {
        let name = (&*self.spec.name, &*self.spec.attribute);
        let value = indexable(name, document, limits.partition_bytes)?;
        Ok(value.map(|value| value.encode()))
    }

    /// The scope that a stored record lies in, or a tombstone lay in. A record from before the index is
    /// asked for its attribute; what could not be indexed lies in none.
    pub(crate) fn scope_in<'r>(&self, record: &'r Record) -> Option<Cow<'r, [u8]>> {
        held_or(self.id, self.published, record, || {
            self.scope_of(&record.document, &Limits::default()).ok().flatten()
        })
    }
}

impl Lookup {
    pub(super) fn new(spec: &LookupSpec, state: &IndexState) -> Self {
        let IndexState { id, published, phase, .. } = *state;
        Self { id, published, phase, spec: spec.clone(), numbers_only: false }
    }

    /// The index of the times at which items expire.
    pub(super) fn of_times(attribute: &str, state: &IndexState) -> Self {
        let attribute = attribute.to_owned();
        let spec = LookupSpec { name: attribute.clone(), attribute, sort: None };
        Self { numbers_only: true, ..Self::new(&spec, state) }
    }

    /// As [`Index::may_lack`].
    pub(crate) fn may_lack(&self, record: &Record) -> bool {
        self.phase == IndexPhase::Building && record.changed_at < self.published
    }

    /// The values under which a live item with this document stands, encoded one after the other; an item
    /// that lacks one is not in the index.
    pub(crate) fn values_of(
        &self,
        document: &Document,
        limits: &Limits,
    ) -> Result<Option<Vec<u8>>> {
        if self.numbers_only {
            let value = document.as_map().get(&self.spec.attribute)?;
            return Ok(value
                .and_then(key_value)
                .and_then(|(kind, value)| (kind == KeyKind::Number).then(|| value.encode())));
        }
        let name = (&*self.spec.name, &*self.spec.attribute);
        let Some(value) = indexable(name, document, limits.partition_bytes)? else {
            return Ok(None);
        };
        let mut values = value.encode();
        if let Some(sort) = &self.spec.sort {
            let name = (&*self.spec.name, &**sort);
            match indexable(name, document, limits.sort_bytes)? {
                Some(sort) => values.extend(sort.encode()),
                None => return Ok(None),
            }
        }
        Ok(Some(values))
    }

    /// The item that an entry names: what follows its values.
    pub(crate) fn item_of<'e>(&self, entry: &'e [u8]) -> Result<&'e [u8]> {
        let (_, mut rest) = KeyValue::decode_prefix(entry)?;
        if self.spec.sort.is_some() {
            rest = KeyValue::decode_prefix(rest)?.1;
        }
        Ok(rest)
    }

    /// The values under which a stored record stands; a tombstone stands nowhere.
    pub(crate) fn values_in<'r>(&self, record: &'r Record) -> Option<Cow<'r, [u8]>> {
        if record.deleted {
            return None;
        }
        held_or(self.id, self.published, record, || {
            self.values_of(&record.document, &Limits::default()).ok().flatten()
        })
    }
}

/// What a record holds for an index, or what it would hold had it been written after the index was
/// declared.
fn held_or(
    id: IndexId,
    published: Timestamp,
    record: &Record,
    computed: impl FnOnce() -> Option<Vec<u8>>,
) -> Option<Cow<'_, [u8]>> {
    if record.changed_at >= published {
        return record.value_in(id).map(Cow::Borrowed);
    }
    computed().map(Cow::Owned)
}

/// The value of an indexed attribute; missing and null are none.
fn indexable(
    (index, attribute): (&str, &str),
    document: &Document,
    limit: usize,
) -> Result<Option<KeyValue>> {
    let value = match document.as_map().get(attribute)? {
        None | Some(ValueRef::Null) => return Ok(None),
        Some(value) => value,
    };
    let Some((_, key)) = key_value(value) else {
        return Err(Error::IndexedAttribute {
            index: index.to_owned(),
            attribute: attribute.to_owned(),
            found: value.type_name(),
        });
    };
    if key.size() > limit {
        let what = format!("attribute `{attribute}` of index `{index}`");
        return Err(Error::TooLarge { what, found: key.size(), limit });
    }
    Ok(Some(key))
}
