//! Every entry of the log, and from it to the item.

use super::Check;
use crate::error::{Result, hex};
use highwater_format::{Family, LogEntry, Record, keys};

impl Check<'_> {
    pub(super) fn log(&mut self) -> Result<()> {
        self.each(Family::Delta, |check, key, payload| {
            check.report.log_entries += 1;
            let (bucket, id, at) = keys::decode_delta(key)?;
            let place = format!("delta key {}", hex(key));
            let Some(table) = check.table(id) else {
                check.report.problem(place, "its table does not exist");
                return Ok(());
            };
            let entry = LogEntry::decode(payload)?;
            if bucket != at.bucket(check.width) || entry.record.changed_at != at {
                check.report.problem(place, "it lies at another moment than its record's");
                return Ok(());
            }
            // What is below the floor goes by whole buckets; until then nobody reads it.
            if at < table.floors().delta {
                return Ok(());
            }
            let base = keys::base(id, &entry.item);
            match check.view.get(Family::Base, &base, Record::decode) {
                // Reported where the base table itself is read.
                Err(_) => {}
                Ok(Some(record)) if record.changed_at == at => {}
                Ok(Some(_)) => check.report.problem(place, "its item has changed since"),
                Ok(None) if entry.record.deleted && at < table.floors().tombstone => {}
                Ok(None) => check.report.problem(place, "its item is not in base"),
            }
            Ok(())
        })
    }
}
