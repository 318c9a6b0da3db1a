//! Every entry and marker of the declared indexes, and from it to the item.

use super::Check;
use crate::catalog::Table;
use crate::error::{Result, hex};
use highwater_format::keys::IndexKey;
use highwater_format::{
    Family, IndexEntry, IndexEvent, IndexId, KeyValue, MarkerEntry, Record, Timestamp, keys,
};
use std::sync::Arc;

impl Check<'_> {
    pub(super) fn index(&mut self) -> Result<()> {
        self.each(Family::DeltaIndex, |check, key, payload| {
            check.report.index_entries += 1;
            let place = format!("delta_index key {}", hex(key));
            let parts = keys::decode_index(key)?;
            let (IndexKey::Entry { index, .. } | IndexKey::Marker { index, .. }) = parts;
            let Some(table) = check.table_of(index) else {
                if check.is_hidden(index.0) {
                    return Ok(());
                }
                check.report.problem(place, "its index does not exist");
                return Ok(());
            };
            match parts {
                IndexKey::Entry { index, value, at } => {
                    check.enter_scope(Some((index, value)))?;
                    let entry = IndexEntry::decode(payload)?;
                    if entry.event == IndexEvent::Changed {
                        check.sum_up_entry(&entry.item, at, entry.version);
                    }
                    check.index_entry(&table, index, value, at, &entry, &place)
                }
                IndexKey::Marker { index, value_and_item } => {
                    let at = MarkerEntry::decode(payload)?.0;
                    let (_, item) = KeyValue::decode_prefix(value_and_item)?;
                    let value = value_and_item.strip_suffix(item).unwrap_or_default();
                    check.marker(&table, &keys::scope_entry(index, value, at), at, &place)
                }
            }
        })?;
        self.enter_scope(None)
    }

    pub(super) fn table_of(&self, index: IndexId) -> Option<Arc<Table>> {
        let mut tables = self.tables.values();
        tables.find(|table| table.index_ids().any(|id| id == index)).cloned()
    }

    fn index_entry(
        &mut self,
        table: &Table,
        index: IndexId,
        value: &[u8],
        at: Timestamp,
        entry: &IndexEntry,
        place: &str,
    ) -> Result<()> {
        let base = keys::base(table.id(), &entry.item);
        let Ok(record) = self.view.get(Family::Base, &base, Record::decode) else {
            return Ok(());
        };
        let declared = table.indexes.iter().find(|declared| declared.id == index);
        let lies_in = |record| declared.and_then(|declared| declared.scope_in(record));
        let fits = match (&record, entry.event) {
            (Some(record), IndexEvent::Changed | IndexEvent::Deleted) => {
                record.changed_at == at
                    && lies_in(record).as_deref() == Some(value)
                    && record.deleted == (entry.event == IndexEvent::Deleted)
            }
            (Some(record), IndexEvent::Left) => {
                let place = keys::scope_marker(index, value, &entry.item);
                let marker = self.view.get(Family::DeltaIndex, &place, MarkerEntry::decode);
                let placed = marker.is_ok_and(|marker| marker == Some(MarkerEntry(at)));
                record.changed_at >= at && lies_in(record).as_deref() != Some(value) && placed
            }
            (None, _) => false,
        };
        // Below the floor a marker is absent, whether swept or not, and so may be what it speaks of.
        let absent = entry.event != IndexEvent::Changed && at < table.floors().tombstone;
        if !fits && !absent {
            self.report.problem(place, "it does not agree with its item");
        }
        Ok(())
    }

    fn marker(&mut self, table: &Table, entry: &[u8], at: Timestamp, place: &str) -> Result<()> {
        let Ok(entry) = self.view.get(Family::DeltaIndex, entry, IndexEntry::decode) else {
            return Ok(());
        };
        let fits = entry.is_some_and(|entry| entry.event == IndexEvent::Left);
        if !fits && at >= table.floors().tombstone {
            self.report.problem(place, "it does not lead to a marker");
        }
        Ok(())
    }
}
