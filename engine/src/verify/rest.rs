//! The walk over a family, and the families that nothing refers to: history and meta.

use super::Check;
use crate::error::{Error, Result, hex};
use crate::storage::StorageError;
use highwater_format::meta::{
    self, ClockRecord, Floors, ImportPhase, ImportRecord, IncarnationChain, IndexWork, KeyRing,
    NameRecord, NextId, ReceiptsFloor, TableRecord,
};
use highwater_format::{Document, Family, FormatError, ItemKey, Record, keys};
use std::rc::Rc;

impl Check<'_> {
    /// Shows every entry of a family to `look`. What cannot be read is a problem, not an end.
    pub(super) fn each(
        &mut self,
        family: Family,
        mut look: impl FnMut(&mut Self, &[u8], &[u8]) -> Result<()>,
    ) -> Result<()> {
        let view = Rc::clone(&self.view);
        let mut scan = view.scan(family, &[], Vec::new())?;
        loop {
            match scan.advance() {
                Ok(Some(_)) => {}
                Ok(None) => return Ok(()),
                // A block that RocksDB itself cannot read: nothing behind it can be reached.
                Err(StorageError::Corruption(reason)) => {
                    self.report
                        .problem(family.name(), format!("unreadable from here on: {reason}"));
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            }
            let outcome = match scan.entry() {
                Ok((key, payload)) => {
                    let outcome = look(self, key, payload);
                    outcome.map_err(|error| (format!("{} key {}", family.name(), hex(key)), error))
                }
                Err(StorageError::Value { key, source, .. }) => {
                    Err((format!("{} key {}", family.name(), hex(&key)), Error::Format(source)))
                }
                Err(error) => return Err(error.into()),
            };
            match outcome {
                Ok(()) => {}
                Err((place, error @ (Error::Format(_) | Error::Damaged { .. }))) => {
                    self.report.problem(place, error);
                }
                Err((_, error)) => return Err(error),
            }
        }
    }

    /// Which identifiers bulk imports have taken that are not shown yet; what cannot be read is reported with the rest
    /// of `meta`.
    pub(super) fn imports(&mut self) -> Result<()> {
        let view = Rc::clone(&self.view);
        let mut scan = view.scan(Family::Meta, meta::IMPORTS, keys::after_prefix(meta::IMPORTS))?;
        while scan.advance()?.is_some() {
            let record = scan.entry().ok().and_then(|(_, it)| ImportRecord::decode(it).ok());
            self.hidden.extend(record.filter(|it| it.phase == ImportPhase::Hidden));
        }
        Ok(())
    }

    pub(super) fn history(&mut self) -> Result<()> {
        self.each(Family::History, |check, key, payload| {
            check.report.history_records += 1;
            let (id, item, superseded_at) = keys::decode_history(key)?;
            let record = Record::decode(payload)?;
            ItemKey::decode(item)?;
            Document::from_bytes(record.document.as_bytes().to_vec())?;
            let place = format!("history key {}", hex(key));
            if check.table(id).is_none() {
                check.report.problem(place, "its table does not exist");
            } else if record.changed_at >= superseded_at {
                check.report.problem(place, "it was superseded before it was made");
            }
            Ok(())
        })
    }

    pub(super) fn meta(&mut self) -> Result<()> {
        self.each(Family::Meta, |check, key, payload| {
            check.report.meta_values += 1;
            let known = match key {
                meta::CLOCK => ClockRecord::decode(payload).map(drop),
                meta::INCARNATIONS => IncarnationChain::decode(payload).map(drop),
                meta::TOKEN_KEYS => KeyRing::decode(payload).map(drop),
                meta::NEXT_ID => NextId::decode(payload).map(drop),
                meta::DIGESTS => Ok(()),
                meta::RECEIPTS => ReceiptsFloor::decode(payload).map(drop),
                _ if key.starts_with(meta::INDEX_WORK) => IndexWork::decode(payload).map(drop),
                _ if key.starts_with(meta::IMPORTS) => ImportRecord::decode(payload).map(drop),
                _ if key.starts_with(meta::TABLES) => TableRecord::decode(payload).map(drop),
                _ if key.starts_with(meta::NAMES) => NameRecord::decode(payload).map(drop),
                _ if key.starts_with(b"floors/") => Floors::decode(payload).map(drop),
                _ => Err(FormatError::Malformed { what: "meta key: it is none of ours" }),
            };
            Ok(known?)
        })
    }
}
