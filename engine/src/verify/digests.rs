//! Every part of every digest, held against the items that it sums up.
//!
//! A table's items are summed up while base is read, a scope's while its entries are read, which lie
//! together.

use super::Check;
use crate::error::{Result, hex};
use crate::storage::{StorageError, View};
use highwater_format::keys::{self, DigestOf};
use highwater_format::{Digest, Family, IndexId, Record, TableId, Timestamp, digest_slot};
use std::collections::BTreeMap;

const DIFFERS: &str = "it is not the sum of its items";

/// The sums of what has been read.
#[derive(Default)]
pub(super) struct Sums {
    tables: BTreeMap<(TableId, u8), Digest>,
    /// The scope that is being read, and its parts.
    scope: Option<(IndexId, Vec<u8>)>,
    parts: BTreeMap<u8, Digest>,
    /// The scope that was last found to have entries.
    known: Option<(IndexId, Vec<u8>)>,
}

impl Check<'_> {
    /// An item of a table has been read.
    pub(super) fn sum_up_item(&mut self, table: TableId, item: &[u8], record: &Record) {
        if !record.deleted {
            let part = self.sums.tables.entry((table, digest_slot(item))).or_default();
            part.add(item, record.changed_at, record.version);
        }
    }

    /// A live entry of a scope has been read.
    pub(super) fn sum_up_entry(&mut self, item: &[u8], at: Timestamp, version: u64) {
        self.sums.parts.entry(digest_slot(item)).or_default().add(item, at, version);
    }

    /// What is read next lies in this scope, or in none: the one before it is complete.
    pub(super) fn enter_scope(&mut self, next: Option<(IndexId, &[u8])>) -> Result<()> {
        let held = self.sums.scope.as_ref().map(|(index, value)| (*index, value.as_slice()));
        if held == next {
            return Ok(());
        }
        let parts = std::mem::take(&mut self.sums.parts);
        let next = next.map(|(index, value)| (index, value.to_vec()));
        if let Some((index, value)) = std::mem::replace(&mut self.sums.scope, next) {
            self.scope_is_summed_up(index, &value, parts)?;
        }
        Ok(())
    }

    fn scope_is_summed_up(
        &mut self,
        index: IndexId,
        value: &[u8],
        mut parts: BTreeMap<u8, Digest>,
    ) -> Result<()> {
        let of = DigestOf::Scope(index, value);
        let mut end = keys::digest(of, u8::MAX);
        end.push(0);
        let mut wrong = Vec::new();
        {
            let mut scan = self.view.scan(Family::Digest, &keys::digest(of, 0), end)?;
            while scan.advance()?.is_some() {
                let (key, payload) = match scan.entry() {
                    Ok(entry) => entry,
                    // Reported where the digests themselves are read.
                    Err(StorageError::Value { key, .. }) => {
                        parts.remove(&key.last().copied().unwrap_or_default());
                        continue;
                    }
                    Err(error) => return Err(error.into()),
                };
                let slot = keys::decode_digest(key)?.2;
                let sum = parts.remove(&slot).unwrap_or_default();
                if Digest::decode(payload).is_ok_and(|part| part != sum) {
                    wrong.push(key.to_vec());
                }
            }
        }
        let missing = parts.into_keys().map(|slot| keys::digest(of, slot));
        for key in wrong.into_iter().chain(missing) {
            self.report.problem(format!("digest key {}", hex(&key)), DIFFERS);
        }
        Ok(())
    }

    /// Base and all entries of scopes have been read.
    pub(super) fn digests(&mut self) -> Result<()> {
        self.each(Family::Digest, |check, key, payload| {
            check.report.digest_parts += 1;
            let (id, value, slot) = keys::decode_digest(key)?;
            // Taken out first: what cannot be read is one problem.
            let sum = check.sums.tables.remove(&(TableId(id), slot)).unwrap_or_default();
            let part = Digest::decode(payload)?;
            let fits = if check.is_hidden(id) {
                true
            } else if check.table(TableId(id)).is_some() {
                value.is_empty() && part == sum
            } else {
                // Scopes with entries have been held against their digests.
                check.table_of(IndexId(id)).is_some() && check.has_entries(IndexId(id), value)?
            };
            if !fits {
                check.report.problem(format!("digest key {}", hex(key)), DIFFERS);
            }
            Ok(())
        })?;
        for ((table, slot), _) in std::mem::take(&mut self.sums.tables) {
            let key = keys::digest(DigestOf::Table(table), slot);
            self.report.problem(format!("digest key {}", hex(&key)), DIFFERS);
        }
        Ok(())
    }

    fn has_entries(&mut self, index: IndexId, value: &[u8]) -> Result<bool> {
        let is_known = |(i, v): &(IndexId, Vec<u8>)| *i == index && v == value;
        if self.sums.known.as_ref().is_some_and(is_known) {
            return Ok(true);
        }
        let found = first_entry(&self.view, index, value)?;
        if found {
            self.sums.known = Some((index, value.to_vec()));
        }
        Ok(found)
    }
}

fn first_entry(view: &View<'_>, index: IndexId, value: &[u8]) -> Result<bool> {
    let from = keys::scope(index, value);
    Ok(view.scan(Family::DeltaIndex, &from, keys::after_prefix(&from))?.advance()?.is_some())
}
