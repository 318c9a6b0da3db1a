//! What a history has come to, so that a test can tell whether histories come to everything.

use super::device::Asked;
use super::expect::{Effect, Planned};
use super::world::World;
use highwater::{
    ConflictStrategy, Error, Millis, Mode, Since, State, SyncPage, Timestamp, TokenProblem,
};
use std::collections::BTreeSet;

/// Everything that histories are meant to come to.
pub const ALL: [&str; 63] = [
    "a base page",
    "a delta from the log",
    "a delta from an index",
    "a catch-up",
    "a further page",
    "an item that left",
    "an item that was deleted",
    "a page filled to its bytes",
    "a page that expired",
    "a token from a lost incarnation",
    "a token of a table that ended",
    "a cursor that was refused",
    "a table that ended amid a page",
    "a page that was applied late",
    "a page from a lost incarnation",
    "a conflict",
    "a merge",
    "a three-way merge",
    "a clash that was resolved",
    "a clash that removed the item",
    "a mutation that changed nothing",
    "an item that was forgotten and came anew",
    "a sync amid a commit",
    "a sync amid expiry",
    "a sync of a read-only store",
    "a failed commit that was there",
    "a failed commit that was not there",
    "a crash amid a commit",
    "a crash amid expiry",
    "a log without damage",
    "a log that lost its end",
    "a backup that was restored",
    "a checkpoint that was turned to",
    "files that were put back",
    "a copy with keys of its own",
    "a bulk import",
    "an import that was cut short",
    "an import that was gone on with",
    "a leap that was confirmed",
    "a device that went back",
    "a copy that was proved",
    "a follower that was told",
    "a follower that was overtaken",
    "a retry that was answered as the first time",
    "a retry that was executed anew",
    "a mutation id for other mutations",
    "an item that was erased",
    "a query over what changed since its last page",
    "a page of a query that ends amid equal numbers",
    "a table that was truncated",
    "an item whose time was over",
    "a change of indexes",
    "a change of indexes that was cut short",
    "indexes that were gone on with",
    "a write while indexes were built",
    "a scope whose index is not finished",
    "a token of a scope whose index was dropped",
    "a run whose index was dropped",
    "a follower whose index was dropped",
    "a query whose index was dropped",
    "a scope that is older than its index",
    "a sync of both tables that ended",
    "a sync of both tables that resets one",
];

impl World {
    /// Notes that the history has come to this.
    pub(super) fn reach(&mut self, what: &'static str) {
        debug_assert!(ALL.contains(&what), "{what}");
        self.reached.insert(what);
    }

    /// What the history has come to, of [`ALL`].
    pub fn reached(&self) -> &BTreeSet<&'static str> {
        &self.reached
    }

    pub(super) fn reach_page(&mut self, asked: &Asked, page: &SyncPage) {
        let viewing = &self.devices[asked.device].views[asked.view];
        let table = &self.oracle.tables[viewing.view.table];
        let (indexed, floors) = (viewing.view.index(table).is_some(), table.floors);
        self.reach(match page.mode {
            Mode::Base => "a base page",
            Mode::CatchUp => "a catch-up",
            Mode::Delta if indexed => "a delta from an index",
            Mode::Delta => "a delta from the log",
        });
        let reaches_back = match asked.request.since {
            Since::LastSync(ms) if asked.request.next_token.is_none() && ms < page.started_at => {
                Timestamp::first_of(ms.after(Millis(1))) >= floors.tombstone
            }
            _ => false,
        };
        let facts = [
            ("a scope that is older than its index", reaches_back && page.reset),
            ("a further page", asked.request.next_token.is_some()),
            ("an item that left", page.items.iter().any(|item| item.state == State::Left)),
            ("an item that was deleted", page.items.iter().any(|i| i.state == State::Deleted)),
            (
                "a page filled to its bytes",
                page.next_token.is_some() && page.scanned_count < asked.request.limit as usize,
            ),
            ("a sync of a read-only store", self.doubt.is_some()),
        ];
        for (what, _) in facts.into_iter().filter(|(_, so)| *so) {
            self.reach(what);
        }
    }

    pub(super) fn reach_refusal(&mut self, asked: &Asked, error: &Error) {
        let first = asked.request.next_token.is_none();
        match error {
            Error::Expired { .. } => self.reach("a page that expired"),
            Error::IndexBuilding { .. } => self.reach("a scope whose index is not finished"),
            Error::IndexDropped { .. } => self.reach("a run whose index was dropped"),
            Error::Token { problem: TokenProblem::Foreign("scope"), .. } => {
                self.reach("a token of a scope whose index was dropped");
            }
            Error::Token { .. } if first => self.reach("a cursor that was refused"),
            Error::Token { problem: TokenProblem::OtherIncarnation, .. } => {
                self.reach("a token from a lost incarnation");
            }
            Error::Token { problem: TokenProblem::Foreign(_), .. } => {
                self.reach("a token of a table that ended");
            }
            _ => {}
        }
    }

    /// Pages are about to be applied.
    pub(super) fn reach_late(&mut self, device: usize, view: usize) {
        let Some(run) = &self.devices[device].views[view].run else { return };
        let waiting = !run.waiting.is_empty();
        let late = waiting && run.bound.known.changes != self.known.changes;
        let lost = waiting && run.bound.incarnation != self.incarnation;
        if late {
            self.reach("a page that was applied late");
        }
        if lost {
            self.reach("a page from a lost incarnation");
        }
    }

    pub(super) fn reach_mutation(&mut self, one: &Planned) {
        match &one.effect {
            Effect::Keep => self.reach("a mutation that changed nothing"),
            Effect::Conflict => self.reach("a conflict"),
            Effect::Write { merged: true, deleted, .. } => {
                self.reach(match self.oracle.tables[one.table].setup.conflicts {
                    ConflictStrategy::ThreeWayMerge => "a three-way merge",
                    ConflictStrategy::Custom if *deleted => "a clash that removed the item",
                    ConflictStrategy::Custom => "a clash that was resolved",
                    _ => "a merge",
                });
            }
            Effect::Write { version: 1, .. } => {
                if self.oracle.tables[one.table].items.contains_key(&one.key) {
                    self.reach("an item that was forgotten and came anew");
                }
            }
            Effect::Write { .. } => {}
        }
    }
}
