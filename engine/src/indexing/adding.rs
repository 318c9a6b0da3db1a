//! One item's entries in the unfinished indexes of its table.

use crate::catalog::{Index, Lookup, Table};
use crate::digest::DigestChanges;
use crate::error::{Error, Result};
use crate::options::Limits;
use crate::storage::{Batch, View};
use highwater_format::keys::{self, DigestOf};
use highwater_format::meta::{IndexPhase, IndexWork, Projection};
use highwater_format::{Family, IndexEntry, IndexEvent, IndexId, ItemKey, Record, Timestamp};
use std::borrow::Cow;

/// That an item cannot be in an index.
pub(super) struct Refusal {
    /// When the index was published.
    pub(super) published: Timestamp,
    pub(super) error: Error,
}

/// Entries on their way into indexes. Whoever adds them holds the items' locks.
pub(super) struct Adding<'a> {
    table: &'a Table,
    view: &'a View<'a>,
    limits: &'a Limits,
    batch: Batch,
    digests: DigestChanges,
}

impl<'a> Adding<'a> {
    pub(super) fn new(table: &'a Table, view: &'a View<'a>, limits: &'a Limits) -> Self {
        let (batch, digests) = (Batch::default(), DigestChanges::default());
        Self { table, view, limits, batch, digests }
    }

    /// Adds what is stored under `item` to the indexes that have not come to it.
    pub(super) fn item(
        &mut self,
        item: &[u8],
        works: &[(IndexId, IndexWork)],
    ) -> Result<Option<Refusal>> {
        let base = keys::base(self.table.id(), item);
        let record = self.view.get(Family::Base, &base, Record::decode)?;
        let Some(record) = record.filter(|record| self.table.sees(record)) else {
            return Ok(None);
        };
        let is_due = |id: IndexId| {
            works.iter().any(|(known, work)| *known == id && work.after.as_slice() < item)
        };
        let table = self.table;
        for index in table.indexes.iter().filter(|index| is_due(index.id)) {
            let value = match index.may_lack(&record) && !record.deleted {
                true => index.scope_of(&record.document, self.limits).map(|v| v.map(Cow::Owned)),
                false => Ok(index.scope_in(&record)),
            };
            match value {
                Ok(Some(value)) => self.scope_entry(index, &value, item, &record)?,
                Ok(None) => {}
                Err(error) => return self.refusal(item, index.published, error).map(Some),
            }
        }
        let lookups = table.all_lookups().filter(|lookup| is_due(lookup.id));
        for lookup in lookups.filter(|lookup| lookup.may_lack(&record) && !record.deleted) {
            match lookup.values_of(&record.document, self.limits) {
                Ok(values) => self.lookup_entry(lookup, values, item),
                Err(error) => return self.refusal(item, lookup.published, error).map(Some),
            }
        }
        Ok(None)
    }

    fn scope_entry(
        &mut self,
        index: &Index,
        value: &[u8],
        item: &[u8],
        record: &Record,
    ) -> Result<()> {
        let event = if record.deleted { IndexEvent::Deleted } else { IndexEvent::Changed };
        let projected = (index.spec.projection == Projection::All).then(|| record.encode());
        let entry = IndexEntry::encode(event, record.version, item, projected.as_deref());
        let key = keys::scope_entry(index.id, value, record.changed_at);
        let is_same = self.view.get(Family::DeltaIndex, &key, |held| Ok(held == entry))?;
        match is_same {
            Some(true) => {}
            Some(false) => self.batch.put(Family::DeltaIndex, key, &entry),
            None if index.phase == IndexPhase::Building => {
                self.batch.put(Family::DeltaIndex, key, &entry);
                self.digests.add(DigestOf::Scope(index.id, value), item, record);
            }
            // What a finished index lacks is damage, and for `verify` to find.
            None => {}
        }
        Ok(())
    }

    fn lookup_entry(&mut self, lookup: &Lookup, values: Option<Vec<u8>>, item: &[u8]) {
        if let Some(values) = values {
            self.batch.put(Family::Lookup, keys::lookup(lookup.id, &values, item), &[]);
        }
    }

    /// What an item that an index refuses ends in; a document that cannot be read is another matter.
    fn refusal(&self, item: &[u8], published: Timestamp, error: Error) -> Result<Refusal> {
        let (Error::IndexedAttribute { .. } | Error::TooLarge { .. }) = &error else {
            return Err(error);
        };
        let (table, key) = (self.table.name().to_owned(), ItemKey::decode(item)?);
        let error = Error::Unindexable { table, key: Box::new(key), reason: error.to_string() };
        Ok(Refusal { published, error })
    }

    /// Everything that was added.
    pub(super) fn into_batch(self) -> Result<Batch> {
        let Self { mut batch, digests, view, .. } = self;
        digests.put_into(&mut batch, view)?;
        Ok(batch)
    }
}
