//! One item's change as changes of every family.

use super::{lookups, scopes};
use crate::catalog::Table;
use crate::digest::DigestChanges;
use crate::error::Result;
use crate::storage::{Batch, View};
use highwater_format::keys::{self, DigestOf};
use highwater_format::{Family, LogEntry, Millis, Record};

/// The record before a change and after it, under the item's encoded key.
pub(super) struct Step<'a> {
    pub(super) table: &'a Table,
    pub(super) item: &'a [u8],
    /// What is physically stored, a tombstone below its floor included: its entries must go.
    pub(super) before: Option<&'a Record>,
    pub(super) after: &'a Record,
    /// Whether history takes the record before.
    pub(super) keeps_before: bool,
}

impl Step<'_> {
    /// Adds the step to `batch`. `view` is asked for markers under the item's lock.
    pub(super) fn put_into(
        &self,
        batch: &mut Batch,
        digests: &mut DigestChanges,
        view: &View<'_>,
        width: Millis,
    ) -> Result<()> {
        let table = self.table.id();
        let at = self.after.changed_at;
        let record = self.after.encode();
        batch.put(Family::Base, keys::base(table, self.item), &record);
        if let Some(before) = self.before {
            // Below the floor the log is range-deleted already. A log key is removed at most once.
            if before.changed_at >= self.table.floors().delta {
                let old = before.changed_at;
                batch.single_delete_delta(keys::delta(old.bucket(width), table, old));
            }
            if self.keeps_before && self.table.sees(before) {
                batch.put(Family::History, keys::history(table, self.item, at), &before.encode());
            }
            digests.remove(DigestOf::Table(table), self.item, before);
        }
        let entry = LogEntry::encode(self.item, &record);
        batch.put(Family::Delta, keys::delta(at.bucket(width), table, at), &entry);
        digests.add(DigestOf::Table(table), self.item, self.after);
        for index in &self.table.indexes {
            scopes::Change::of(self, index, view)?.put_into(batch, digests, view, &record)?;
        }
        for lookup in self.table.all_lookups() {
            lookups::put_into(self, lookup, batch);
        }
        Ok(())
    }
}
