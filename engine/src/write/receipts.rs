//! Commits that are executed once: a caller's id for a commit, and the receipt that a retry is answered
//! from.
//!
//! The receipt is written in the commit's own batch, and found by the id and by each item that it tells of.
//! Who holds the id's lock may read and change all of that; an item finds no new receipt while its own
//! lock is held.

use super::commit::Outcome;
use super::fingerprint::fingerprint;
use super::mutation::Mutation;
use crate::catalog::Table;
use crate::error::{Error, Result, hex};
use crate::item::Item;
use crate::storage::{Batch, StorageError, View};
use crate::store::Inner;
use highwater_format::keys::ReceiptKey;
use highwater_format::{Answer, Family, ItemKey, Millis, Receipt, keys};

/// The longest mutation id, in bytes.
const LONGEST: usize = 255;
/// How many receipts of a dropped table go in one batch.
const STEP: usize = 1000;

/// A commit that is to be executed once.
pub(super) struct Once<'a> {
    pub(super) id: &'a [u8],
    fingerprint: [u8; 32],
    /// When it is committed, by the clock that records age by.
    aged: Millis,
    /// What an earlier commit of the same id was answered, which nobody is told any more.
    stale: Vec<Answer>,
}

impl<'a> Once<'a> {
    pub(super) fn new(id: &'a [u8], mutations: &[Mutation]) -> Result<Self> {
        if id.is_empty() || id.len() > LONGEST {
            let found = format!("{} bytes", id.len());
            return Err(Error::out_of_range("mutation id", found, format!("1 to {LONGEST} bytes")));
        }
        let fingerprint = fingerprint(mutations)?;
        Ok(Self { id, fingerprint, aged: Millis(0), stale: Vec::new() })
    }

    /// Adds the receipt to the commit's batch.
    pub(super) fn put_into(&self, batch: &mut Batch, answers: Vec<Answer>) {
        for answer in &self.stale {
            let key = keys::receipt_of_item(answer.table, &answer.item, self.id);
            batch.delete(Family::Receipts, key);
        }
        for answer in &answers {
            let key = keys::receipt_of_item(answer.table, &answer.item, self.id);
            batch.put(Family::Receipts, key, &Receipt::encode_of_item(self.aged));
        }
        let receipt = Receipt { aged: self.aged, fingerprint: self.fingerprint, answers };
        batch.put(Family::Receipts, keys::receipt(self.id), &receipt.encode());
    }
}

impl Inner {
    /// What the commit was answered before, if it was. The caller holds the id's lock.
    pub(super) fn answered(&self, once: &mut Once<'_>) -> Result<Option<Vec<Outcome>>> {
        once.aged = self.clock.aged();
        let key = keys::receipt(once.id);
        let view = self.storage.latest();
        let Some(receipt) = view.get(Family::Receipts, &key, Receipt::decode)? else {
            return Ok(None);
        };
        let since = once.aged.before(self.options.receipt_ttl).max(self.rules.receipts_floor());
        let expired = receipt.aged < since;
        // A table that was dropped amid a crash has left its receipts.
        if expired || !self.has_all_tables_of(&receipt) {
            once.stale = receipt.answers;
            return Ok(None);
        }
        if receipt.fingerprint != once.fingerprint {
            return Err(Error::MutationIdReused { id: shown(once.id) });
        }
        receipt.answers.into_iter().map(outcome).collect::<Result<Vec<_>>>().map(Some)
    }

    fn has_all_tables_of(&self, receipt: &Receipt) -> bool {
        let tables = self.catalog.all();
        let there = |answer: &Answer| tables.iter().any(|table| table.id() == answer.table);
        receipt.answers.iter().all(there)
    }

    /// Forgets the receipts that tell of a dropped table's items. The caller keeps commits out.
    pub(crate) fn forget_receipts_of_table(&self, table: &Table) -> Result<()> {
        let prefix = keys::receipts_of_table(table.id());
        let sorted = table.record.spec.sort.is_some();
        loop {
            let view = self.storage.latest();
            let mut scan = view.scan(Family::Receipts, &prefix, &keys::after_prefix(&prefix))?;
            let mut batch = Batch::default();
            let mut left = STEP;
            while left > 0
                && let Some(key) = scan.advance()?
            {
                left -= 1;
                batch.delete(Family::Receipts, key.to_vec());
                if let ReceiptKey::OfItem(_, rest) = keys::decode_receipt(key)? {
                    remove(&mut batch, &view, ItemKey::split_prefix(rest, sorted)?.1)?;
                }
            }
            if batch.is_empty() {
                return Ok(());
            }
            self.storage.write_patiently(batch).map_err(|error| self.health.fail(&error))?;
        }
    }
}

/// Removes the receipt of a mutation id, and what leads to it from its items. One that cannot be read any
/// more goes too; what leads to it then expires.
pub(super) fn remove(batch: &mut Batch, view: &View<'_>, id: &[u8]) -> Result<()> {
    let key = keys::receipt(id);
    match view.get(Family::Receipts, &key, Receipt::decode) {
        Ok(None) => return Ok(()),
        Ok(Some(receipt)) => {
            for answer in &receipt.answers {
                let key = keys::receipt_of_item(answer.table, &answer.item, id);
                batch.delete(Family::Receipts, key);
            }
        }
        Err(StorageError::Value { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    batch.delete(Family::Receipts, key);
    Ok(())
}

fn outcome(answer: Answer) -> Result<Outcome> {
    let key = ItemKey::decode(&answer.item)?;
    let item = answer.record.map(|record| Item::new(key, record));
    Ok(Outcome { item, written: answer.written, merged: answer.merged })
}

/// An id as messages show it.
fn shown(id: &[u8]) -> String {
    std::str::from_utf8(id).map_or_else(|_| format!("0x{}", hex(id)), str::to_owned)
}
