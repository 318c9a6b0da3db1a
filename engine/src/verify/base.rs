//! Every item, and from it to the log and to each index.

use super::Check;
use crate::catalog::{Index, Table};
use crate::error::{Result, hex};
use crate::options::Limits;
use highwater_format::meta::{IndexPhase, Projection};
use highwater_format::{
    Document, Family, IndexEntry, IndexEvent, IndexId, IndexedValue, ItemKey, LogEntry, Record,
    Timestamp, keys,
};
use std::collections::HashMap;

impl Check<'_> {
    pub(super) fn base(&mut self) -> Result<()> {
        self.each(Family::Base, |check, key, payload| {
            let (id, item) = keys::decode_base(key)?;
            let Some(table) = check.table(id) else {
                if check.is_hidden(id.0) {
                    return Ok(());
                }
                check.report.problem(format!("base key {}", hex(key)), "its table does not exist");
                return Ok(());
            };
            let record = Record::decode(payload)?;
            check.sum_up_item(id, item, &record);
            check.item(&table, item, &record)
        })
    }

    fn item(&mut self, table: &Table, item: &[u8], record: &Record) -> Result<()> {
        let key = ItemKey::decode(item)?;
        let place = format!("table `{}` item {key}", table.name());
        if record.deleted {
            self.report.tombstones += 1;
        } else {
            self.report.items += 1;
        }
        self.moments.push(record.changed_at);

        Document::from_bytes(record.document.as_bytes().to_vec())?;
        // What was within the limits when it was written is no problem now.
        let limits =
            &Limits { partition_bytes: usize::MAX, sort_bytes: usize::MAX, ..Limits::default() };
        match table.key_of(&record.document, limits) {
            Ok(held) if held == key => {}
            Ok(held) => self.report.problem(&place, format!("its document holds key {held}")),
            Err(error) => self.report.problem(&place, error),
        }
        if record.version == 0 {
            self.report.problem(&place, "its version is 0");
        }
        if !record.deleted && !recorded_values_fit(table, record, limits) {
            self.report.problem(&place, "its recorded index values are not its document's");
        }
        self.in_log(table, item, record, &place)?;
        for index in &table.indexes {
            self.in_index(table, index, item, record, &place)?;
        }
        for lookup in table.all_lookups() {
            self.in_lookup(lookup, item, record, &place)?;
        }
        Ok(())
    }

    /// Within the delta TTL the log holds the item's newest change.
    fn in_log(&mut self, table: &Table, item: &[u8], record: &Record, place: &str) -> Result<()> {
        let at = record.changed_at;
        let log = keys::delta(at.bucket(self.width), table.id(), at);
        let entry = match self.view.get(Family::Delta, &log, LogEntry::decode) {
            Ok(entry) => entry,
            // Reported where the log itself is read.
            Err(_) => return Ok(()),
        };
        match entry {
            Some(entry) if entry.item == item && entry.record == *record => {}
            Some(_) => self.report.problem(place, "its log entry is not equal to it"),
            None if at < table.floors().delta => {}
            None => self.report.problem(place, "it has no log entry"),
        }
        Ok(())
    }

    fn in_index(
        &mut self,
        table: &Table,
        index: &Index,
        item: &[u8],
        record: &Record,
        place: &str,
    ) -> Result<()> {
        let Some(value) = index.scope_in(record) else {
            return Ok(());
        };
        let key = keys::scope_entry(index.id, &value, record.changed_at);
        let event = if record.deleted { IndexEvent::Deleted } else { IndexEvent::Changed };
        let Ok(entry) = self.view.get(Family::DeltaIndex, &key, IndexEntry::decode) else {
            return Ok(());
        };
        let name = &index.spec.name;
        let is_due = index.may_lack(record) && !self.has_reached(index.id, item);
        // A forgotten tombstone's entry may be swept before it, and is left as it is by a change of projection.
        let is_forgotten = !table.sees(record);
        match entry {
            Some(entry)
                if entry.item == item
                    && entry.event == event
                    && entry.version == record.version
                    && entry.record.as_ref().is_none_or(|held| held == record)
                    && (is_forgotten || is_projected(index, &entry)) => {}
            Some(_) => {
                self.report.problem(place, format!("its entry in index `{name}` is not its own"));
            }
            None if is_forgotten || is_due => {}
            None => self.report.problem(place, format!("it has no entry in index `{name}`")),
        }
        Ok(())
    }
}

/// Whether an entry carries what is declared, or may carry something else for a while.
fn is_projected(index: &Index, entry: &IndexEntry) -> bool {
    let whole = index.spec.projection == Projection::All;
    index.phase != IndexPhase::Ready || entry.record.is_some() == whole
}

/// Whether a record names the values that its document has in each index that was there when it was
/// written.
fn recorded_values_fit(table: &Table, record: &Record, limits: &Limits) -> bool {
    let indexes = table.indexes.iter().map(|index| (index.id, index.published));
    let lookups = table.all_lookups().map(|lookup| (lookup.id, lookup.published));
    let known: HashMap<IndexId, Timestamp> = indexes.chain(lookups).collect();
    let was_there = |value: &&IndexedValue| {
        known.get(&value.index).is_some_and(|published| record.changed_at >= *published)
    };
    // An index that is being built may yet meet a value that it cannot take.
    let Ok(wanted) = table.indexed_values_at(record.changed_at, &record.document, limits) else {
        return false;
    };
    wanted.iter().eq(record.indexed.iter().filter(was_there))
}
