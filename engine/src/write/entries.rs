//! One item's change as changes of every family.

use crate::catalog::{Index, Table};
use crate::error::Result;
use crate::storage::{Batch, View};
use highwater_format::meta::Projection;
use highwater_format::{
    Family, IndexEntry, IndexEvent, LogEntry, MarkerEntry, Millis, Record, Timestamp, keys,
};

/// The record before a change and after it, under the item's encoded key.
pub(super) struct Step<'a> {
    pub(super) table: &'a Table,
    pub(super) item: &'a [u8],
    /// What is physically stored, a tombstone below its floor included: its entries must go.
    pub(super) before: Option<&'a Record>,
    pub(super) after: &'a Record,
}

impl Step<'_> {
    /// Adds the step to `batch`. `view` is asked for markers under the item's lock.
    pub(super) fn put_into(&self, batch: &mut Batch, view: &View<'_>, width: Millis) -> Result<()> {
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
            if self.table.keeps_history() && self.table.sees(before) {
                batch.put(Family::History, keys::history(table, self.item, at), &before.encode());
            }
        }
        let entry = LogEntry::encode(self.item, &record);
        batch.put(Family::Delta, keys::delta(at.bucket(width), table, at), &entry);

        for index in &self.table.indexes {
            self.put_index(batch, view, index, &record)?;
        }
        Ok(())
    }

    fn put_index(
        &self,
        batch: &mut Batch,
        view: &View<'_>,
        index: &Index,
        record: &[u8],
    ) -> Result<()> {
        let at = self.after.changed_at;
        let old = self.before.and_then(|before| Some((before, before.value_in(index.id)?)));
        let new = self.after.value_in(index.id);

        if let Some((before, value)) = old {
            let entry = keys::scope_entry(index.id, value, before.changed_at);
            batch.delete(Family::DeltaIndex, entry);
            // Who syncs the old scope must hear of it, also if what left it was a tombstone.
            if new != Some(value) && self.table.sees(before) {
                self.put_marker(batch, index, value, at);
            }
        }
        let Some(value) = new else { return Ok(()) };
        if old.map(|(_, value)| value) != Some(value) {
            self.remove_marker(batch, view, index, value)?;
        }
        let event = if self.after.deleted { IndexEvent::Deleted } else { IndexEvent::Changed };
        let projected = (index.spec.projection == Projection::All).then_some(record);
        let entry = IndexEntry::encode(event, self.after.version, self.item, projected);
        batch.put(Family::DeltaIndex, keys::scope_entry(index.id, value, at), &entry);
        Ok(())
    }

    fn put_marker(&self, batch: &mut Batch, index: &Index, value: &[u8], at: Timestamp) {
        let entry = IndexEntry::encode(IndexEvent::Left, self.after.version, self.item, None);
        batch.put(Family::DeltaIndex, keys::scope_entry(index.id, value, at), &entry);
        let place = keys::scope_marker(index.id, value, self.item);
        batch.put(Family::DeltaIndex, place, &MarkerEntry(at).encode());
    }

    /// An item that comes back to a scope takes the marker of its leaving with it, so that a scope
    /// names each item once, however often it comes and goes.
    fn remove_marker(
        &self,
        batch: &mut Batch,
        view: &View<'_>,
        index: &Index,
        value: &[u8],
    ) -> Result<()> {
        let place = keys::scope_marker(index.id, value, self.item);
        if let Some(marker) = view.get(Family::DeltaIndex, &place, MarkerEntry::decode)? {
            batch.delete(Family::DeltaIndex, keys::scope_entry(index.id, value, marker.0));
            batch.delete(Family::DeltaIndex, place);
        }
        Ok(())
    }
}
