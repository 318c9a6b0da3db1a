//! A change in the scopes of one declared index: entries, markers and digests.

use super::changes::Changes;
use super::entries::{Made, Step};
use crate::catalog::{Index, Table};
use crate::error::Result;
use crate::recent::LogOf;
use crate::storage::View;
use highwater_format::keys::{self, DigestOf};
use highwater_format::meta::Projection;
use highwater_format::{Family, IndexEntry, IndexEvent, MarkerEntry, Record};
use std::borrow::Cow;

/// What a step changes in one index.
pub(super) struct Change<'a> {
    step: &'a Step<'a>,
    made: &'a Made,
    index: &'a Index,
    /// The record that the index holds, and under which value.
    old: Option<(&'a Record, Cow<'a, [u8]>)>,
    new: Option<Cow<'a, [u8]>>,
}

impl<'a> Change<'a> {
    pub(super) fn of(
        step: &'a Step<'a>,
        made: &'a Made,
        index: &'a Index,
        view: &View<'_>,
    ) -> Result<Self> {
        let old = step.before.and_then(|before| Some((before, index.scope_in(before)?)));
        let old = match old {
            Some((before, value)) if !holds(index, before, &value, view)? => None,
            old => old,
        };
        Ok(Self { step, made, index, old, new: index.scope_in(step.after) })
    }

    pub(super) fn put_into(&self, changes: &mut Changes<'_>, view: &View<'_>) -> Result<()> {
        let Self { step, made, index, old, new } = self;
        let (table, slot) = (step.table, made.slot);
        if let Some((before, value)) = old {
            let scope = keys::scope(index.id, value);
            let log = (table, LogOf::Scope(&scope));
            let entry = keys::scope_entry(index.id, value, before.changed_at);
            changes.batch.delete(Family::DeltaIndex, entry);
            changes.unlogged(log, before.changed_at);
            changes.sum(log, (DigestOf::Scope(index.id, value), slot), made.taken);
            // Who syncs the old scope must hear of it, also if what left it was a tombstone.
            if new.as_ref() != Some(value) && step.table.sees(before) {
                self.put_marker(changes, log, value);
            }
        }
        let Some(value) = new else { return Ok(()) };
        let scope = keys::scope(index.id, value);
        let log = (table, LogOf::Scope(&scope));
        if old.as_ref().map(|(_, value)| value) != Some(value) {
            self.remove_marker(changes, view, log, value)?;
        }
        let (at, event) = (step.after.changed_at, step.event());
        let is_whole = index.spec.projection == Projection::All;
        let projected = is_whole.then_some(made.record.as_slice());
        let entry = IndexEntry::encode(event, step.after.version, step.item, projected);
        changes.batch.put(Family::DeltaIndex, keys::scope_entry(index.id, value, at), &entry);
        changes.logged(log, event, &made.kept);
        changes.sum(log, (DigestOf::Scope(index.id, value), slot), made.added);
        Ok(())
    }

    fn put_marker(&self, changes: &mut Changes<'_>, log: (&Table, LogOf<'_>), value: &[u8]) {
        let Self { step, made, index, .. } = self;
        let (event, at) = (IndexEvent::Left, step.after.changed_at);
        let entry = IndexEntry::encode(event, step.after.version, step.item, None);
        changes.batch.put(Family::DeltaIndex, keys::scope_entry(index.id, value, at), &entry);
        changes.logged(log, event, &made.kept);
        let place = keys::scope_marker(index.id, value, step.item);
        changes.batch.put(Family::DeltaIndex, place, &MarkerEntry(at).encode());
    }

    /// An item that comes back to a scope takes the marker of its leaving with it, so that a scope names
    /// each item once, however often it comes and goes.
    fn remove_marker(
        &self,
        changes: &mut Changes<'_>,
        view: &View<'_>,
        log: (&Table, LogOf<'_>),
        value: &[u8],
    ) -> Result<()> {
        let place = keys::scope_marker(self.index.id, value, self.step.item);
        if let Some(marker) = view.get(Family::DeltaIndex, &place, MarkerEntry::decode)? {
            let entry = keys::scope_entry(self.index.id, value, marker.0);
            changes.batch.delete(Family::DeltaIndex, entry);
            changes.unlogged(log, marker.0);
            changes.batch.delete(Family::DeltaIndex, place);
        }
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
