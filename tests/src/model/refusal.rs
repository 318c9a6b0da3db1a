//! Whether a refusal is right: what a token was bound to has ended, or a floor has passed a run.

use super::device::{Asked, Bound};
use super::index::Index;
use super::view::View;
use super::world::World;
use highwater::{Error, Millis, Since, Timestamp, TokenProblem};

/// The last token keys open; older ones are gone.
const RING: u32 = 4;

/// How a token is refused that was bound to an ordered index.
pub(super) const OTHER_LOOKUP: &str = "index, or to one that was dropped since";

impl Bound {
    /// Whether the table has been made again until `now`.
    fn is_remade(self, now: Self, table: usize) -> bool {
        self.known.generations[table] != now.known.generations[table]
    }

    /// Whether the index has been dropped until `now`.
    pub(super) fn is_dropped(self, now: Self, table: usize, index: Option<Index>) -> bool {
        let count = |bound: Self| index.map(|index| bound.known.indexes[table][index as usize]);
        count(self) != count(now)
    }

    /// Whether a token of this table, or of this index of it, that is bound so must be refused at `now`.
    pub(super) fn has_ended(self, now: Self, table: usize, index: Option<Index>) -> bool {
        let lost = self.incarnation != now.incarnation;
        lost || self.is_remade(now, table) || self.is_dropped(now, table, index)
    }
}

impl World {
    /// Whether a token of this view that is bound so can have this problem.
    pub(super) fn may_refuse(&self, bound: Bound, view: &View, problem: &TokenProblem) -> bool {
        let now = self.bound();
        match problem {
            TokenProblem::Foreign("scope") => {
                let lost = bound.incarnation != now.incarnation;
                let scope = view.scope_index();
                scope.is_some() && (lost || bound.is_dropped(now, view.table, scope))
            }
            problem => self.may_refuse_table(bound, view.table, problem),
        }
    }

    /// The same for what any token can have.
    pub(super) fn may_refuse_table(
        &self,
        bound: Bound,
        table: usize,
        problem: &TokenProblem,
    ) -> bool {
        let now = self.bound();
        let lost = bound.incarnation != now.incarnation;
        match problem {
            TokenProblem::OtherIncarnation => lost,
            TokenProblem::Foreign("table") => lost || bound.is_remade(now, table),
            TokenProblem::Foreign(OTHER_LOOKUP) => {
                lost || bound.is_dropped(now, table, Some(Index::Lookup))
            }
            TokenProblem::Unreadable(_) => {
                lost || now.known.rotations >= bound.known.rotations + RING
            }
            _ => false,
        }
    }

    /// Whether the device may be refused so.
    pub(super) fn is_right(&self, asked: &Asked, error: &Error) -> bool {
        let viewing = &self.devices[asked.device].views[asked.view];
        let view = &viewing.view;
        let bound = match (&viewing.run, &asked.request.since) {
            (Some(run), _) => Some(run.bound),
            (None, Since::Cursor(_)) => viewing.completed,
            (None, _) => None,
        };
        match error {
            Error::Expired { .. } => self.has_expired(asked),
            Error::Token { problem, .. } => {
                bound.is_some_and(|bound| self.may_refuse(bound, view, problem))
            }
            Error::IndexDropped { .. } => {
                let through = viewing.run.as_ref().map(|run| (run.began, run.through));
                let (began, through) = through.unwrap_or((asked.bound, asked.index));
                began.is_dropped(self.bound(), view.table, through)
            }
            _ => false,
        }
    }

    /// Whether a floor has passed what the run relies on.
    fn has_expired(&self, asked: &Asked) -> bool {
        let viewing = &self.devices[asked.device].views[asked.view];
        let table = &self.oracle.tables[viewing.view.table];
        let by_log = match &viewing.run {
            Some(run) => run.is_by_log(),
            None => viewing.view.index(table).is_none(),
        };
        let floor = if by_log { table.floors.delta } else { table.floors.tombstone };
        match asked.request.since {
            Since::LastSync(ms) => Timestamp::first_of(ms.after(Millis(1))) < floor,
            // Only the engine knows the moment that a cursor stands for.
            Since::Cursor(_) => true,
            Since::Never => false,
        }
    }
}
