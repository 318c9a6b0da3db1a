//! Page 1: which mode answers, from where.
//!
//! | since | whole table, partition | scope of an index |
//! |---|---|---|
//! | nothing, or before the tombstone floor, or the future | base, reset | base through the index, reset |
//! | at or after the delta floor | delta from the log | delta from the index |
//! | before that | catch-up over base | delta from the index |
//!
//! A filter that pins an indexed attribute is answered as that scope; if the index does not reach back so
//! far, by catch-up over base.

use super::request::{Leavers, ScopeRequest, SyncRequest};
use super::token::View;
use crate::catalog::Table;
use crate::clock::Observation;
use crate::error::{Error, Result};
use crate::options::Limits;
use crate::store::Inner;
use highwater_format::meta::{Floors, IndexPhase};
use highwater_format::token::{Mode, PageToken, Position, Scope};
use highwater_format::{Timestamp, keys};

/// How page 1 will be answered, before anything is read.
pub(super) struct Plan {
    pub(super) mode: Mode,
    pub(super) through: Scope,
    /// The first timestamp to tell of; zero for a base run.
    pub(super) since: Timestamp,
}

/// The scope a request names, in identifiers.
pub(crate) fn scope_of(table: &Table, request: &SyncRequest, limits: &Limits) -> Result<Scope> {
    if let ScopeRequest::Partition(value) | ScopeRequest::Index { value, .. } = &request.scope {
        let (found, limit) = (value.size(), limits.partition_bytes);
        if found > limit {
            return Err(Error::TooLarge { what: "the scope's value".to_owned(), found, limit });
        }
    }
    Ok(match &request.scope {
        ScopeRequest::Table => Scope::Table,
        ScopeRequest::Partition(value) => {
            table.check_value(&table.record.spec.partition, value)?;
            Scope::Partition(value.encode())
        }
        ScopeRequest::Index { name, value } => {
            let index = table.index(name)?;
            if index.phase == IndexPhase::Building {
                return Err(table.index_building(name));
            }
            Scope::Index { index: index.id, value: value.encode() }
        }
    })
}

/// The scope that answers an unfiltered or filtered request, in identifiers.
pub(super) fn through_of(table: &Table, request: &SyncRequest, limits: &Limits) -> Result<Scope> {
    Ok(through(table, request, &scope_of(table, request, limits)?))
}

/// The scope that answers: the one asked for, or a narrower index that knows the same.
pub(crate) fn through(table: &Table, request: &SyncRequest, scope: &Scope) -> Scope {
    let pinned = |attribute: &str| match (&request.scope, &request.filter) {
        (ScopeRequest::Partition(value), _) if *attribute == table.record.spec.partition.name => {
            Some(value.clone())
        }
        (ScopeRequest::Table, Some(filter)) => filter.pinned(attribute),
        _ => None,
    };
    // One that is being built does not know everything yet.
    let mut ready = table.indexes.iter().filter(|index| index.phase != IndexPhase::Building);
    ready
        .find_map(|index| {
            let value = pinned(&index.spec.attribute)?.encode();
            Some(Scope::Index { index: index.id, value })
        })
        .unwrap_or_else(|| scope.clone())
}

/// Chooses; `since` is the first timestamp that the client has not been told of.
fn choose(table: &Table, request: &SyncRequest, view: &View, since: Option<Timestamp>) -> Plan {
    let through = through(table, request, &view.scope);
    let floors = table.floors();
    let Some(since) = since.filter(|since| *since >= floors.tombstone) else {
        // Who wants leavers in a base run wants all of them: an index forgets those whose markers
        // have expired, the base table knows what each item is now.
        let whole = request.leavers == Leavers::ReportInBase && view.scope == Scope::Table;
        let through = if whole { view.scope.clone() } else { through };
        return Plan { mode: Mode::Base, through, since: Timestamp::ZERO };
    };
    let index = through.index();
    let index_floor = table.indexes.iter().find(|i| Some(i.id) == index).map(|i| i.floor);
    match (index_floor, &view.scope) {
        (Some(floor), _) if since >= floor => Plan { mode: Mode::Delta, through, since },
        // The scope's own index does not know that time: nothing else does.
        (Some(_), Scope::Index { .. }) => {
            Plan { mode: Mode::Base, through, since: Timestamp::ZERO }
        }
        // A pinned filter older than its index: over base, never by the log.
        (Some(_), scope) => Plan { mode: Mode::CatchUp, through: scope.clone(), since },
        // A partition is a range of base; the log would be read whole for it.
        (None, Scope::Partition(_)) => Plan { mode: Mode::CatchUp, through, since },
        (None, _) if since >= floors.delta => Plan { mode: Mode::Delta, through, since },
        (None, _) => Plan { mode: Mode::CatchUp, through, since },
    }
}

impl Inner {
    /// The state of a run before its first page is read.
    pub(super) fn first_page(
        &self,
        table: &Table,
        request: &SyncRequest,
        view: View,
        since: Option<Timestamp>,
        seen: Observation,
    ) -> PageToken {
        let Plan { mode, through, since } = choose(table, request, &view, since);
        let by_key = mode != Mode::Delta && !matches!(through, Scope::Index { .. });
        let after = match by_key {
            true => Position::Item(Vec::new()),
            false => Position::Change(since.prev()),
        };
        PageToken {
            incarnation: self.incarnation,
            view,
            through,
            mode,
            // A base run replaces what the client holds, also when it restarts after an interruption.
            reset: mode == Mode::Base,
            started_at: seen.started_at,
            since,
            upper: seen.safe,
            last_item: Vec::new(),
            after,
        }
    }

    /// Gives up if a floor that the run relies on has passed it, or what it reads was dropped. Returns the
    /// floors that it went by.
    pub(crate) fn check_floors(&self, table: &Table, run: &PageToken) -> Result<Floors> {
        table.check_not_dropped(run.through.index())?;
        let floors = table.floors();
        let inside = match (run.mode, &run.through) {
            (Mode::Base, _) => true,
            (Mode::Delta, Scope::Table | Scope::Partition(_)) => {
                run.since >= floors.delta && run.since >= floors.tombstone
            }
            (Mode::Delta, Scope::Index { .. }) | (Mode::CatchUp, _) => {
                run.since >= floors.tombstone
            }
        };
        if inside { Ok(floors) } else { Err(Error::Expired { table: table.name().to_owned() }) }
    }
}

/// The prefix of what a key-ordered run reads.
pub(super) fn base_prefix(table: &Table, scope: &Scope) -> Vec<u8> {
    match scope {
        Scope::Partition(value) => keys::base(table.id(), value),
        Scope::Table | Scope::Index { .. } => keys::table(table.id()),
    }
}
