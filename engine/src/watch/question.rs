//! What a follower asks, held against the store: from where it begins, what it reads through, and reading.

use super::request::WatchFrom;
use super::touched::Topic;
use crate::catalog::Table;
use crate::error::{Error, Result};
use crate::store::Inner;
use crate::sync::{
    SyncItem, SyncRequest, View, check_limit, open_cursor, scope_of, seal_cursor, through, view_of,
};
use highwater_format::token::{Mode, PageToken, Position, Scope};
use highwater_format::{Millis, Timestamp};
use std::sync::Arc;

/// A question that can be answered.
#[derive(Debug)]
pub(super) struct Question {
    ask: SyncRequest,
    /// What cursors are bound to.
    view: View,
    /// The log, or the index that tells the same.
    through: Scope,
}

fn must_sync(table: &Table) -> Error {
    Error::Expired { table: table.name().to_owned() }
}

impl Question {
    /// The question, and the last timestamp that its asker knows; `None` asks from now on.
    pub(super) fn begin(
        store: &Inner,
        ask: SyncRequest,
        from: &WatchFrom,
    ) -> Result<(Self, Option<Timestamp>)> {
        check_limit(ask.limit)?;
        let table = store.catalog.get(&ask.table)?;
        let view = view_of(table.id(), scope_of(&table, &ask)?, &ask);
        let known = known(store, &table, from, &view)?;
        let since = known.unwrap_or_else(|| store.clock.safe_point()).plus(1);
        let through = reach(&table, &ask, &view.scope, since)?;
        let question = Self { ask, view, through };
        // What cannot be told any more is refused now, not when somebody waits for it.
        store.check_floors(&table, &question.run(store, since.prev(), since.prev()))?;
        Ok((question, known))
    }

    pub(super) fn topic(&self) -> Topic {
        Topic::of(self.view.table, &self.through)
    }

    /// The table as it is now, whatever its name, unless it was dropped, or dropped and made again.
    fn table(&self, store: &Inner) -> Result<Arc<Table>> {
        let unknown = || Error::UnknownTable { table: self.ask.table.clone() };
        store.catalog.by_id(self.view.table).ok_or_else(unknown)
    }

    /// Fails where its table was dropped.
    pub(super) fn is_there(&self, store: &Inner) -> Result<()> {
        self.table(store).map(drop)
    }

    /// Whether there is still something to wait for: the table, the index, a store that is written to.
    pub(super) fn check(&self, store: &Inner, told: Timestamp) -> Result<()> {
        self.of_table(store, |table| store.check_floors(table, &self.run(store, told, told)))?;
        store.health.check()
    }

    /// The next changes in `after..=to` and up to where they reach.
    pub(super) fn read(
        &self,
        store: &Inner,
        after: Timestamp,
        to: Timestamp,
    ) -> Result<(Vec<SyncItem>, Timestamp)> {
        self.of_table(store, |table| {
            let mut run = self.run(store, after, to);
            let (items, ended) = store.read_on(table, &self.ask, &mut run)?;
            let up_to = match run.after {
                Position::Change(at) if !ended => at,
                _ => to,
            };
            Ok((items, up_to))
        })
    }

    /// Asks the table; and once more where it, or the index, seems to be gone: its end may have been held back, for
    /// which whoever looks for the table waits.
    fn of_table<T>(&self, store: &Inner, ask: impl Fn(&Table) -> Result<T>) -> Result<T> {
        match ask(&*self.table(store)?) {
            Err(Error::UnknownTable { .. } | Error::IndexDropped { .. }) => {
                ask(&*self.table(store)?)
            }
            answer => answer,
        }
    }

    /// A delta page that begins after `after`.
    fn run(&self, store: &Inner, after: Timestamp, to: Timestamp) -> PageToken {
        PageToken {
            incarnation: store.incarnation,
            view: self.view.clone(),
            through: self.through.clone(),
            mode: Mode::Delta,
            reset: false,
            started_at: Millis(0),
            since: after.plus(1),
            upper: to,
            last_item: Vec::new(),
            after: Position::Change(after),
        }
    }

    /// A cursor from which a sync or another follower that asks the same goes on.
    pub(super) fn cursor(&self, store: &Inner, at: Timestamp) -> Result<String> {
        seal_cursor(store, &self.view, at)
    }
}

/// The last timestamp that the asker knows.
fn known(store: &Inner, table: &Table, from: &WatchFrom, view: &View) -> Result<Option<Timestamp>> {
    let at = match from {
        WatchFrom::Now => return Ok(None),
        WatchFrom::LastSync(ms) => Timestamp::first_of(ms.after(Millis(1))).prev(),
        WatchFrom::Cursor(text) => {
            let cursor = open_cursor(store, text, view)?;
            if cursor.incarnation != store.incarnation {
                return Err(must_sync(table));
            }
            cursor.at
        }
        WatchFrom::After(at) => *at,
    };
    let is_bound = matches!(from, WatchFrom::Cursor(_));
    // From the future, or of another table that had the name: nothing of ours was told there.
    if at > store.clock.newest() || !is_bound && !table.was_meant(at.plus(1)) {
        return Err(must_sync(table));
    }
    // A commit that is known, above one that is still in flight: told again, so that the other is not missed.
    Ok(Some(at.min(store.clock.safe_point())))
}

/// What knows every change since: the log, or a narrower index that knows the same.
fn reach(table: &Table, ask: &SyncRequest, scope: &Scope, since: Timestamp) -> Result<Scope> {
    let narrow = through(table, ask, scope);
    let Scope::Index { index: id, .. } = &narrow else { return Ok(narrow) };
    let index = table.indexes.iter().find(|index| index.id == *id);
    match (index, scope) {
        (Some(index), _) if since >= index.floor => Ok(narrow),
        (_, Scope::Index { .. }) => Err(must_sync(table)),
        _ => Ok(scope.clone()),
    }
}
