//! What one commit changes in the tails of its tables.

use super::{LogOf, TableTail, TailChange};
use crate::error::Result;
use highwater_format::{Digest, TableId, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What happens in one log.
#[derive(Debug)]
pub(super) enum Op {
    Put(TailChange),
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

/// A log of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogAt<'a> {
    pub(crate) table: TableId,
    pub(crate) tail: &'a Arc<TableTail>,
    pub(crate) log: LogOf<'a>,
}

impl RecentChanges {
    fn add(&mut self, LogAt { table, tail, log }: LogAt<'_>, op: Op) {
        let of_table = self.tables.entry(table).or_insert_with(|| OfTable {
            tail: Arc::clone(tail),
            log: Vec::new(),
            scopes: Vec::new(),
        });
        match log {
            LogOf::Table => of_table.log.push(op),
            // Of a scope that nobody asks for nothing is kept. One that is asked for from now on begins above
            // this commit, whose timestamps are taken.
            LogOf::Scope(scope) if tail.has_scopes() => of_table.scopes.push((scope.to_vec(), op)),
            LogOf::Scope(_) => {}
        }
    }

    /// A log gains an entry.
    pub(crate) fn put(&mut self, log: LogAt<'_>, change: TailChange) {
        self.add(log, Op::Put(change));
    }

    /// A log loses an entry.
    pub(crate) fn remove(&mut self, log: LogAt<'_>, at: Timestamp) {
        self.add(log, Op::Remove(at));
    }

    /// The digest of a log's live items changes by so much.
    pub(crate) fn sum(&mut self, log: LogAt<'_>, by: Digest) {
        self.add(log, Op::Sum(by));
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
