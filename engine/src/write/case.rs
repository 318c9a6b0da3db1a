//! A mutation, what it meets, and what there is to decide by.

use super::mutation::{Change, Expect, Mutation, Update};
use super::resolver::Resolvers;
use crate::catalog::Table;
use crate::error::Result;
use crate::options::Limits;
use crate::read::{Past, version_before};
use crate::storage::View;
use highwater_format::{Document, ItemKey, Record};

/// A mutation held against the stored item, under the item's lock.
pub(super) struct Case<'a> {
    pub(super) table: &'a Table,
    pub(super) key: &'a ItemKey,
    /// The encoded key.
    pub(super) item: &'a [u8],
    pub(super) mutation: &'a Mutation,
    /// The record that a writer may see: `None` also for a tombstone below its floor.
    pub(super) stored: Option<&'a Record>,
    pub(super) view: &'a View<'a>,
    pub(super) limits: &'a Limits,
    pub(super) resolvers: &'a Resolvers,
}

/// What becomes of a mutation.
pub(super) enum Decision {
    /// A new version with this document; a tombstone if `deleted`.
    Write { document: Document, deleted: bool, merged: bool },
    /// The stored item is as the mutation wants it.
    Keep,
    /// The stored item is another than the mutation believes in.
    Conflict,
}

impl<'a> Case<'a> {
    pub(super) fn live(&self) -> Option<&'a Record> {
        self.stored.filter(|record| !record.deleted)
    }

    /// Whether the stored item is as the mutation believes.
    pub(super) fn is_as_expected(&self) -> bool {
        match self.mutation.expect {
            Expect::Any => true,
            Expect::Absent => self.live().is_none(),
            Expect::Version(version) => self.stored.is_some_and(|s| s.version == version),
        }
    }

    /// Whether the mutation is a put of nothing but what is there.
    pub(super) fn changes_nothing(&self) -> bool {
        match (&self.mutation.change, self.live()) {
            (Change::PutIfChanged(document), Some(live)) => live.document == *document,
            _ => false,
        }
    }

    /// The document if the mutation is applied as it stands; `None` for a delete.
    pub(super) fn preview(&self) -> Result<Option<Document>> {
        self.applied_to(self.live())
    }

    /// The document if the mutation were applied to `record`; `None` for a delete.
    pub(super) fn applied_to(&self, record: Option<&Record>) -> Result<Option<Document>> {
        match &self.mutation.change {
            Change::Put(document) | Change::PutIfChanged(document) => Ok(Some(document.clone())),
            Change::Update(_, update) => self.updated(record, update).map(Some),
            Change::Delete(_) => Ok(None),
        }
    }

    fn updated(&self, record: Option<&Record>, update: &Update) -> Result<Document> {
        let mut map = match record {
            Some(record) => record.document.to_map()?,
            None => self.table.key_attributes(self.key),
        };
        map.retain(|name, _| !update.remove.contains(name));
        map.extend(update.set.clone());
        Ok(Document::from_map(&map)?)
    }

    /// The mutation as it stands.
    pub(super) fn apply(&self) -> Result<Decision> {
        Ok(match self.preview()? {
            Some(document) => Decision::Write { document, deleted: false, merged: false },
            None => self.delete(false),
        })
    }

    /// The item is deleted, if it is there.
    pub(super) fn delete(&self, merged: bool) -> Decision {
        self.live().map_or(Decision::Keep, |live| {
            let document = live.document.clone();
            Decision::Write { document, deleted: true, merged }
        })
    }

    /// The superseded version that the mutation believes in, if history still tells of it.
    pub(super) fn ancestor(&self, version: u64) -> Result<Option<Past>> {
        version_before(self.view, self.table, self.item, self.stored, version)
    }
}
