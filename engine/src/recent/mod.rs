//! The newest changes of each table, and of each scope that is asked for, in memory: what nearly every
//! client asks for is answered without a look into a file.
//!
//! [`change`] is a change that is kept, [`tail`] the newest part of one log, [`table`] holds those of one table and
//! keeps them up with its commits, [`changes`] is what one commit changes in them.
//!
//! A tail is complete above its floor. That holds because every commit notes its changes after they are
//! written and before it lands: what the safe point has passed is noted. A reader that finds its
//! beginning at or above the floor reads what an iterator over the log would show it; every other reads the
//! log. Nothing here outlives the process, and nothing is answered that the log would not answer.

mod change;
mod changes;
mod table;
mod tail;
#[cfg(test)]
mod tests;

pub(crate) use change::TailChange;
pub(crate) use changes::{LogAt, RecentChanges};
pub(crate) use table::{Known, TableTail};
pub(crate) use tail::Part;

use crate::lock::RwLock;
use highwater_format::token::Scope;
use highwater_format::{TableId, Timestamp, keys};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which log of a table: its own, or that of a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogOf<'a> {
    Table,
    /// The prefix of the scope's keys.
    Scope(&'a [u8]),
}

/// The key of the log that a run reads; a scope's is made in `room`.
pub(crate) fn log_of<'r>(through: &Scope, room: &'r mut Vec<u8>) -> LogOf<'r> {
    match through {
        Scope::Table | Scope::Partition(_) => LogOf::Table,
        Scope::Index { index, value } => {
            *room = keys::scope(*index, value);
            LogOf::Scope(room)
        }
    }
}

/// The tails of all tables, within one bound.
pub(crate) struct Recent {
    limit: usize,
    /// Every later commit notes itself.
    opened_at: Timestamp,
    tables: RwLock<BTreeMap<TableId, Arc<TableTail>>>,
}

impl Recent {
    /// Of a store that has just been opened, with at most `limit` bytes; none at all for 0.
    pub(crate) fn new(limit: usize, opened_at: Timestamp) -> Self {
        Self { limit, opened_at, tables: RwLock::default() }
    }

    /// The tails of a table; `None` if none are kept, or it has ended: that is said before they are forgotten.
    pub(crate) fn table(
        &self,
        id: TableId,
        has_ended: impl Fn() -> bool,
    ) -> Option<Arc<TableTail>> {
        if self.limit == 0 {
            return None;
        }
        if let Some(found) = self.tables.read().get(&id) {
            return Some(Arc::clone(found));
        }
        let mut tables = self.tables.write();
        if has_ended() {
            return None;
        }
        let share = self.limit / (tables.len() + 1);
        let made = tables.entry(id).or_insert_with(|| TableTail::new(self.opened_at, share).into());
        let made = Arc::clone(made);
        tables.values().for_each(|table| table.share(share));
        Some(made)
    }

    /// Lets go what is kept of a table that has ended; the others have its room.
    pub(crate) fn forget(&self, id: TableId) {
        let mut tables = self.tables.write();
        if tables.remove(&id).is_some() && !tables.is_empty() {
            let share = self.limit / tables.len();
            tables.values().for_each(|table| table.share(share));
        }
    }
}
