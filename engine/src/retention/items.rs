//! Items whose time to live is over: deleted as anybody would delete them, so that clients hear of it.
//!
//! The index of expiry times gives them in the order of their times. Each is looked at again under its lock:
//! one that was given more time meanwhile stays.

use crate::catalog::{Lookup, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::fault::Point;
use crate::import::ImportError;
use crate::store::Inner;
use crate::write::Mutation;
use highwater_format::{Family, ItemKey, KeyValue, Millis, Number, Record, keys};

/// The most items that are deleted in one commit.
const ITEMS: usize = 64;

/// The times that are over.
struct Over<'a> {
    table: &'a Table,
    times: &'a Lookup,
    /// The encoded present, in seconds.
    now: &'a [u8],
}

/// Items that may be due, and the entry of the last of them.
#[derive(Default)]
struct Due {
    items: Vec<ItemKey>,
    bytes: usize,
    last: Vec<u8>,
}

/// What a round has come to.
struct Round<'a> {
    expired: &'a mut u64,
    failure: Option<Error>,
}

impl Inner {
    /// Deletes items whose time is over, for as long as `goes_on`, and counts them; what kept others from it.
    pub(super) fn expire_items(&self, expired: &mut u64, goes_on: &dyn Fn() -> bool) -> Result<()> {
        // The times are the wall's, and as yet nobody has said whether one that has leapt forward is right.
        let Some(now) = self.clock.surely() else { return Ok(()) };
        let now = seconds(now)?;
        let mut round = Round { expired, failure: None };
        for table in self.catalog.all() {
            if let Some(times) = &table.ttl_index {
                let over = Over { table: &table, times, now: &now };
                match self.expire_table(&over, goes_on, &mut round) {
                    Ok(()) => {}
                    // First: a running import is to be waited for, and yet no other table's affair.
                    Err(error) if is_of_the_table(&error) => {}
                    Err(error) if is_of_the_store(&error) => return Err(error),
                    Err(error) => round.pass_over(error),
                }
            }
        }
        round.failure.map_or(Ok(()), Err)
    }

    fn expire_table(
        &self,
        over: &Over<'_>,
        goes_on: &dyn Fn() -> bool,
        round: &mut Round<'_>,
    ) -> Result<()> {
        let mut from = keys::index(over.times.id);
        while goes_on() {
            let due = self.due(over, &from)?;
            if due.items.is_empty() {
                break;
            }
            from = due.last;
            from.push(0);
            let _ = self.faults.hit(Point::ItemsDue);
            let name = over.table.name();
            let deletes: Vec<_> =
                due.items.into_iter().map(|key| Mutation::delete(name, key)).collect();
            self.expire_due(&deletes, over, round)?;
        }
        Ok(())
    }

    /// Deletes them together, or one by one if one of them keeps the others from it.
    fn expire_due(
        &self,
        deletes: &[Mutation],
        over: &Over<'_>,
        round: &mut Round<'_>,
    ) -> Result<()> {
        match self.expire_together(deletes, over) {
            Ok(expired) => *round.expired += expired,
            // Another item would fare no better.
            Err(error) if is_of_the_table(&error) || is_of_the_store(&error) => return Err(error),
            Err(_) if deletes.len() > 1 => {
                return deletes.chunks(1).try_for_each(|one| self.expire_due(one, over, round));
            }
            Err(error) => round.pass_over(error),
        }
        Ok(())
    }

    fn expire_together(&self, deletes: &[Mutation], over: &Over<'_>) -> Result<u64> {
        let outcomes = self.commit_where(deletes, &|table, record| over.holds(table, record))?;
        Ok(outcomes.iter().filter(|outcome| outcome.written).count() as u64)
    }

    /// The next items that are due, no more than fit in one commit.
    fn due(&self, over: &Over<'_>, from: &[u8]) -> Result<Due> {
        let limits = &self.options.limits;
        // Some room: an item may have grown when its turn comes.
        let (most, most_bytes) = (ITEMS.min(limits.batch_items), limits.batch_bytes / 4);
        let to = keys::after_prefix(&keys::lookup(over.times.id, over.now, &[]));
        let view = self.storage.latest();
        let mut scan = view.scan(Family::Lookup, from, to)?;
        let mut due = Due::default();
        while due.items.len() < most
            && let Some(key) = scan.advance()?
        {
            let item = over.times.item_of(keys::decode_lookup(key)?.1)?;
            let base = keys::base(over.table.id(), item);
            // One that cannot be read is for its commit to tell of.
            let bytes = view.get(Family::Base, &base, |payload| Ok(payload.len()));
            due.bytes += bytes.ok().flatten().unwrap_or_default();
            if due.bytes > most_bytes && !due.items.is_empty() {
                break;
            }
            due.items.push(ItemKey::decode(item)?);
            due.last = key.to_vec();
        }
        Ok(due)
    }
}

impl Round<'_> {
    /// What cannot be expired keeps nothing else from it; it is told of in the end.
    fn pass_over(&mut self, error: Error) {
        tracing::warn!(%error, "something whose time to live is over cannot be deleted");
        self.failure.get_or_insert(error);
    }
}

/// Whether the table was renamed or dropped meanwhile, or is about to be replaced: the next round knows.
fn is_of_the_table(error: &Error) -> bool {
    matches!(error, Error::UnknownTable { .. } | Error::Import(ImportError::Running { .. }))
}

/// Whether another table would fare no better.
pub(super) fn is_of_the_store(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Retry | ErrorKind::Reopen)
}

impl Over<'_> {
    /// Whether a record's time is over; asked under its item's lock.
    fn holds(&self, table: &Table, record: Option<&Record>) -> bool {
        // The table may expire its items by another attribute by now, or by none.
        let is_asked = table.ttl_index.as_ref().is_some_and(|now| now.id == self.times.id);
        let time = record.and_then(|record| self.times.values_in(record));
        is_asked && time.is_some_and(|time| time.as_ref() <= self.now)
    }
}

/// The encoded number of seconds since the epoch.
fn seconds(now: Millis) -> Result<Vec<u8>> {
    let text = format!("{}.{:03}", now.0 / 1000, now.0 % 1000);
    let number: Number =
        text.parse().map_err(|e| Error::out_of_range("clock", &text, format!("a number: {e}")))?;
    Ok(KeyValue::Number(number).encode())
}

#[cfg(test)]
mod tests {
    use crate::storage::Batch;
    use crate::testing::{ManualTime, MemoryDisk};
    use crate::{Document, Millis, Store, TableSpec, TableSpecExt, Ttls};
    use highwater_format::{Family, ItemKey, TableId, Timestamp, keys};
    use std::sync::Arc;

    const TABLE: TableId = TableId(1);
    const DAY: Millis = Millis(24 * 3_600_000);

    /// Items that are due, one of which cannot be read.
    fn damaged() -> (Store, Arc<ManualTime>) {
        let time = Arc::new(ManualTime::at(Millis(1_700_000_000_000)));
        let store = MemoryDisk::default().builder().time_source(Arc::clone(&time) as _).open();
        let store = store.unwrap();
        let ttls = Ttls { delta: Some(DAY), tombstone: Some(DAY), history: Some(DAY) };
        store.create_table(TableSpec::new("t", "id").ttls(ttls).expires_by("ttl")).unwrap();
        for (id, ttl) in [("a", 1), ("b", 1), ("c", 1), ("stays", u64::MAX), ("stays", 1 << 50)] {
            let json = format!(r#"{{"id":"{id}","ttl":{ttl}}}"#);
            store.put("t", Document::from_json(&json).unwrap()).unwrap();
        }
        let mut batch = Batch::default();
        batch.put(Family::Base, keys::base(TABLE, &ItemKey::from("b").encode()), &[0xff]);
        store.inner().storage.write(batch, false).unwrap();
        (store, time)
    }

    #[test]
    fn one_item_that_cannot_be_deleted_keeps_no_other_and_is_told_of() {
        let (store, _) = damaged();
        let error = store.expire().unwrap_err();
        assert_eq!(error.to_string(), store.get("t", "b").unwrap_err().to_string());
        for (id, stays) in [("a", false), ("c", false), ("stays", true)] {
            assert_eq!(store.get("t", id).unwrap().is_some(), stays, "{id}");
        }
    }

    #[test]
    fn a_compaction_sweeps_though_an_item_cannot_be_deleted() {
        let (store, time) = damaged();
        let superseded = || {
            let view = store.inner().storage.latest();
            let item = ItemKey::from("stays").encode();
            let at = |at| keys::history(TABLE, &item, Timestamp(at));
            view.last_key(Family::History, &at(0), at(u64::MAX)).unwrap().is_some()
        };
        assert!(superseded());
        time.advance(Millis(3 * DAY.0));
        store.compact().unwrap_err();
        assert!(!superseded());
    }
}
