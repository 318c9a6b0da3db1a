//! A change in the scopes of one declared index: entries, markers and digests.

use super::entries::Step;
use crate::catalog::Index;
use crate::digest::DigestChanges;
use crate::error::Result;
use crate::storage::{Batch, View};
use highwater_format::keys::{self, DigestOf};
use highwater_format::meta::Projection;
use highwater_format::{Family, IndexEntry, IndexEvent, MarkerEntry, Record, Timestamp};
use std::borrow::Cow;

/// What a step changes in one index.
pub(super) struct Change<'a> {
    step: &'a Step<'a>,
    index: &'a Index,
    /// The record that the index holds, and under which value.
    old: Option<(&'a Record, Cow<'a, [u8]>)>,
    new: Option<Cow<'a, [u8]>>,
}

impl<'a> Change<'a> {
    pub(super) fn of(step: &'a Step<'a>, index: &'a Index, view: &View<'_>) -> Result<Self> {
        let old = step.before.and_then(|before| Some((before, index.scope_in(before)?)));
        let old = match old {
            Some((before, value)) if !holds(index, before, &value, view)? => None,
            old => old,
        };
        Ok(Self { step, index, old, new: index.scope_in(step.after) })
    }

    pub(super) fn put_into(
        self,
        batch: &mut Batch,
        digests: &mut DigestChanges,
        view: &View<'_>,
        record: &[u8],
    ) -> Result<()> {
        let Self { step, index, old, new } = self;
        let at = step.after.changed_at;
        if let Some((before, value)) = &old {
            let entry = keys::scope_entry(index.id, value, before.changed_at);
            batch.delete(Family::DeltaIndex, entry);
            digests.remove(DigestOf::Scope(index.id, value), step.item, before);
            // Who syncs the old scope must hear of it, also if what left it was a tombstone.
            if new.as_ref() != Some(value) && step.table.sees(before) {
                put_marker(batch, step, index, value, at);
            }
        }
        let Some(value) = &new else { return Ok(()) };
        if old.map(|(_, value)| value).as_ref() != Some(value) {
            remove_marker(batch, view, step, index, value)?;
        }
        let event = if step.after.deleted { IndexEvent::Deleted } else { IndexEvent::Changed };
        let projected = (index.spec.projection == Projection::All).then_some(record);
        let entry = IndexEntry::encode(event, step.after.version, step.item, projected);
        batch.put(Family::DeltaIndex, keys::scope_entry(index.id, value, at), &entry);
        digests.add(DigestOf::Scope(index.id, value), step.item, step.after);
        Ok(())
    }
}

/// Whether the index holds the record: one that is being built may not have come to it yet.
fn holds(index: &Index, record: &Record, value: &[u8], view: &View<'_>) -> Result<bool> {
    if !index.may_lack(record) {
        return Ok(true);
    }
    let entry = keys::scope_entry(index.id, value, record.changed_at);
    Ok(view.get(Family::DeltaIndex, &entry, |_| Ok(()))?.is_some())
}

fn put_marker(batch: &mut Batch, step: &Step<'_>, index: &Index, value: &[u8], at: Timestamp) {
    let entry = IndexEntry::encode(IndexEvent::Left, step.after.version, step.item, None);
    batch.put(Family::DeltaIndex, keys::scope_entry(index.id, value, at), &entry);
    let place = keys::scope_marker(index.id, value, step.item);
    batch.put(Family::DeltaIndex, place, &MarkerEntry(at).encode());
}

/// An item that comes back to a scope takes the marker of its leaving with it, so that a scope names
/// each item once, however often it comes and goes.
fn remove_marker(
    batch: &mut Batch,
    view: &View<'_>,
    step: &Step<'_>,
    index: &Index,
    value: &[u8],
) -> Result<()> {
    let place = keys::scope_marker(index.id, value, step.item);
    if let Some(marker) = view.get(Family::DeltaIndex, &place, MarkerEntry::decode)? {
        batch.delete(Family::DeltaIndex, keys::scope_entry(index.id, value, marker.0));
        batch.delete(Family::DeltaIndex, place);
    }
    Ok(())
}
