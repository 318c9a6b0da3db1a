//! Erasing: an item goes with everything that was ever kept of it, and leaves a bare tombstone.

use super::commit::Outcome;
use super::entries::Step;
use super::forget::forget;
use crate::catalog::Table;
use crate::error::Result;
use crate::item::Item;
use crate::lock::MutexGuard;
use crate::storage::{Batch, View};
use crate::store::Inner;
use highwater_format::{Family, ItemKey, Record, Timestamp, keys};
use std::collections::BTreeSet;

/// Mutation ids.
type Ids = BTreeSet<Vec<u8>>;

impl Inner {
    /// Erases one item: its document in base, log and indexes, its history, and every receipt that tells of
    /// it.
    pub(crate) fn erase(&self, table: &str, key: ItemKey) -> Result<Outcome> {
        self.measured_commit(1, || {
            let outcome = self.erase_now(table, key)?;
            self.count_written(std::slice::from_ref(&outcome));
            Ok(outcome)
        })
    }

    fn erase_now(&self, table: &str, key: ItemKey) -> Result<Outcome> {
        let _tables_stay = self.ddl.read();
        self.health.check()?;
        let table = self.catalog.get(table)?;
        self.imports.check_writable(table.name())?;
        table.check_key(&key)?;
        let item = key.encode();
        let (_stays, ids) = self.lock_with_receipts(&table, &item)?;
        let view = self.storage.latest();
        let base = keys::base(table.id(), &item);
        let stored = view.get(Family::Base, &base, Record::decode)?;
        let seen = stored.as_ref().filter(|record| table.sees(record));

        let document = table.key_document(&key)?;
        let bare = |record: &Record| record.deleted && record.document == document;
        let tombstone = seen.filter(|record| !bare(record)).map(|record| Record {
            version: record.version + 1,
            // Taken when nothing can refuse the erasure any more.
            changed_at: Timestamp::ZERO,
            deleted: true,
            indexed: table.scopes_left_behind(record),
            document: document.clone(),
        });
        let mut traces = Batch::default();
        forget_history(&mut traces, &view, &table, &item)?;
        for id in &ids {
            forget(&mut traces, &view, table.id(), &item, id)?;
        }
        let mut after = tombstone;
        if after.is_some() || !traces.is_empty() {
            self.write_in_flight(after.iter().count() as u64, |first, changes| {
                changes.batch = traces;
                if let Some(after) = &mut after {
                    after.changed_at = first;
                    let before = stored.as_ref();
                    let step =
                        Step { table: &table, item: &item, before, after, keeps_before: false };
                    step.put_into(changes, &view, self.bucket_width)?;
                    changes.touched.add(&table, &key, before, after);
                }
                Ok(())
            })?;
        }
        let written = after.is_some();
        let record = after.or_else(|| stored.filter(|record| table.sees(record)));
        Ok(Outcome { item: record.map(|record| Item::new(key, record)), written, merged: false })
    }

    /// Locks an item together with the ids of all receipts that tell of it.
    ///
    /// Locks are taken in one go and in one order, so the ids are looked at first; while the item was not
    /// locked, another may have joined them.
    fn lock_with_receipts(
        &self,
        table: &Table,
        item: &[u8],
    ) -> Result<(Vec<MutexGuard<'_, ()>>, Ids)> {
        let mut ids = self.receipts_of(table, item)?;
        loop {
            let guards = self.locks.lock(ids.iter().map(Vec::as_slice).chain([item]));
            let now = self.receipts_of(table, item)?;
            if now.is_subset(&ids) {
                return Ok((guards, now));
            }
            drop(guards);
            ids = now;
        }
    }

    fn receipts_of(&self, table: &Table, item: &[u8]) -> Result<Ids> {
        let prefix = keys::receipts_of_item(table.id(), item);
        let view = self.storage.latest();
        let mut scan = view.scan(Family::Receipts, &prefix, keys::after_prefix(&prefix))?;
        let mut ids = Ids::new();
        while let Some(key) = scan.advance()? {
            ids.extend(key.strip_prefix(prefix.as_slice()).map(<[u8]>::to_vec));
        }
        Ok(ids)
    }
}

/// Removes every superseded record of the item, those below the history floor included.
fn forget_history(batch: &mut Batch, view: &View<'_>, table: &Table, item: &[u8]) -> Result<()> {
    let from = keys::history(table.id(), item, Timestamp::ZERO);
    let mut to = keys::history(table.id(), item, Timestamp(u64::MAX));
    to.push(0);
    if view.last_key(Family::History, &from, to.clone())?.is_some() {
        batch.delete_range(Family::History, from, to);
    }
    Ok(())
}
