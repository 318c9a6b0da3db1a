//! Commits that are executed once: a caller's id for a commit, and the receipt that a retry is answered
//! from.
//!
//! The receipt is written in the commit's own batch, and found by the id and by each item that it tells of.
//! Who holds the id's lock may read and change all of that; an item finds no new receipt while its own
//! lock is held.

use super::commit::Outcome;
use super::fingerprint::fingerprint;
use super::mutation::Mutation;
use crate::error::{Error, Result, hex};
use crate::item::Item;
use crate::storage::Batch;
use crate::store::Inner;
use highwater_format::{Answer, Family, ItemKey, Millis, Receipt, keys};

/// The longest mutation id, in bytes.
const LONGEST: usize = 255;

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
