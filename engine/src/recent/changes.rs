//! What one commit changes in the tails of its tables.

use super::{LogOf, Recent, TableTail};
use crate::error::Result;
use highwater_format::{Digest, IndexEvent, TableId, Timestamp};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// What happens in one log.
#[derive(Debug)]
pub(super) enum Op {
    Put(Timestamp, IndexEvent, Arc<[u8]>),
    Remove(Timestamp),
    Sum(Digest),
}

/// What happens in the logs of one table.
#[derive(Debug)]
struct OfTable {
    tail: Arc<TableTail>,
    log: Vec<Op>,
    scopes: Vec<(Vec<u8>, Op)>,
}

/// What a commit changes. It must be begun before it is written, and then noted before it lands, or
/// given up if it certainly was not written. Where nobody knows, it stays begun.
#[derive(Default)]
pub(crate) struct RecentChanges {
    tables: BTreeMap<TableId, OfTable>,
}

impl RecentChanges {
    fn table(&mut self, recent: &Recent, id: TableId) -> Option<&mut OfTable> {
        match self.tables.entry(id) {
            Entry::Occupied(known) => Some(known.into_mut()),
            Entry::Vacant(place) => {
                let tail = recent.table(id)?;
                Some(place.insert(OfTable { tail, log: Vec::new(), scopes: Vec::new() }))
            }
        }
    }

    fn add(&mut self, recent: &Recent, id: TableId, log: LogOf<'_>, op: Op) {
        let Some(table) = self.table(recent, id) else { return };
        match log {
            LogOf::Table => table.log.push(op),
            // Of a scope that nobody asks for nothing is kept. One that is asked for from now on begins above
            // this commit, whose timestamps are taken.
            LogOf::Scope(scope) if table.tail.has_scopes() => {
                table.scopes.push((scope.to_vec(), op));
            }
            LogOf::Scope(_) => {}
        }
    }

    /// A log gains an entry.
    pub(crate) fn put(
        &mut self,
        recent: &Recent,
        (id, log): (TableId, LogOf<'_>),
        (at, event): (Timestamp, IndexEvent),
        entry: &Arc<[u8]>,
    ) {
        self.add(recent, id, log, Op::Put(at, event, Arc::clone(entry)));
    }

    /// A log loses an entry.
    pub(crate) fn remove(
        &mut self,
        recent: &Recent,
        (id, log): (TableId, LogOf<'_>),
        at: Timestamp,
    ) {
        self.add(recent, id, log, Op::Remove(at));
    }

    /// The digest of a log's live items changes by so much.
    pub(crate) fn sum(&mut self, recent: &Recent, (id, log): (TableId, LogOf<'_>), by: Digest) {
        self.add(recent, id, log, Op::Sum(by));
    }

    /// The commit is about to be written. `load` reads the digest of a table that nobody has written to yet.
    pub(crate) fn begin(&self, load: impl Fn(TableId) -> Result<Digest>) -> Result<()> {
        for (begun, (id, table)) in self.tables.iter().enumerate() {
            if let Err(error) = table.tail.begin(|| load(*id)) {
                self.tables.values().take(begun).for_each(|table| table.tail.give_up());
                return Err(error);
            }
        }
        Ok(())
    }

    /// The commit is written.
    pub(crate) fn note(self) {
        for OfTable { tail, log, scopes } in self.tables.into_values() {
            tail.note(log, scopes);
        }
    }

    /// The commit was not written.
    pub(crate) fn give_up(&self) {
        self.tables.values().for_each(|table| table.tail.give_up());
    }
}
