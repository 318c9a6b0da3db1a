//! One item's change as changes of every family.

use super::changes::Changes;
use super::{lookups, scopes};
use crate::catalog::Table;
use crate::error::Result;
use crate::recent::{LogOf, TailChange};
use crate::storage::View;
use bytes::Bytes;
use highwater_format::keys::{self, DigestOf};
use highwater_format::{Digest, Family, IndexEvent, LogEntry, Millis, Record, digest_slot};

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

/// What a step puts into every log, made once.
pub(super) struct Made {
    /// The record's encoding.
    pub(super) record: Vec<u8>,
    /// The log's entry, and as it is kept in memory.
    pub(super) entry: Bytes,
    pub(super) kept: TailChange,
    /// The item's slot in digests, and by what the step changes them: what goes, and what comes.
    pub(super) slot: u8,
    pub(super) taken: Option<Digest>,
    pub(super) added: Option<Digest>,
}

impl Step<'_> {
    /// Adds the step to `changes`. `view` is asked for markers under the item's lock.
    pub(super) fn put_into(
        &self,
        changes: &mut Changes<'_>,
        view: &View<'_>,
        width: Millis,
    ) -> Result<()> {
        let table = self.table.id();
        let (at, log) = (self.after.changed_at, (self.table, LogOf::Table));
        let made = self.make()?;
        changes.batch.put(Family::Base, keys::base(table, self.item), &made.record);
        if let Some(before) = self.before {
            // Below the floor the log is range-deleted already. A log key is removed at most once.
            if before.changed_at >= self.table.floors().delta {
                let old = before.changed_at;
                changes.batch.single_delete_delta(keys::delta(old.bucket(width), table, old));
            }
            changes.unlogged(log, before.changed_at);
            if self.keeps_before && self.table.sees(before) {
                let place = keys::history(table, self.item, at);
                changes.batch.put(Family::History, place, &before.encode());
            }
        }
        changes.batch.put(Family::Delta, keys::delta(at.bucket(width), table, at), &made.entry);
        changes.logged(log, self.event(), &made.kept);
        let by = both(made.taken, made.added);
        changes.sum(log, (DigestOf::Table(table), made.slot), by);
        for index in &self.table.indexes {
            scopes::Change::of(self, &made, index, view)?.put_into(changes, view)?;
        }
        for lookup in self.table.all_lookups() {
            lookups::put_into(self, lookup, &mut changes.batch);
        }
        Ok(())
    }

    /// What the step is in a log that holds the item before and after it.
    pub(super) fn event(&self) -> IndexEvent {
        if self.after.deleted { IndexEvent::Deleted } else { IndexEvent::Changed }
    }

    fn make(&self) -> Result<Made> {
        let record = self.after.encode();
        let entry = LogEntry::encode(self.item, &record).into();
        let kept = TailChange::new(self.event(), &entry, self.after)?;
        let taken = self.before.filter(|before| !before.deleted).map(|before| {
            let mut digest = Digest::default();
            digest.remove(self.item, before.changed_at, before.version);
            digest
        });
        let added = (!self.after.deleted).then(|| {
            let mut digest = Digest::default();
            digest.add(self.item, self.after.changed_at, self.after.version);
            digest
        });
        Ok(Made { record, entry, kept, slot: digest_slot(self.item), taken, added })
    }
}

/// What changes where the item goes and comes.
pub(super) fn both(taken: Option<Digest>, added: Option<Digest>) -> Option<Digest> {
    match (taken, added) {
        (Some(taken), Some(added)) => Some(taken.and(added)),
        (one, other) => one.or(other),
    }
}
