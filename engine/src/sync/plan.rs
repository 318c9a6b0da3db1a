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
use crate::options::MOST_PARTITION_BYTES;
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
pub(crate) fn scope_of(table: &Table, request: &SyncRequest) -> Result<Scope> {
    if let ScopeRequest::Partition(value) | ScopeRequest::Index { value, .. } = &request.scope {
        let (found, limit) = (value.size(), MOST_PARTITION_BYTES);
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
pub(super) fn through_of(table: &Table, request: &SyncRequest) -> Result<Scope> {
    Ok(through(table, request, &scope_of(table, request)?))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::token::view_for;
    use crate::testing::{Faults, ManualTime, MemoryDisk, Point};
    use crate::{
        Document, Filter, IndexChange, IndexSpec, Millis, Options, Projection, Store, TableSpec,
        TableSpecExt, Ttls, parse_json,
    };
    use std::result::Result;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

    const START: Millis = Millis(1_800_000_000_000);

    /// In which mode, and whether through an index.
    type Answer = (Mode, bool);

    const BASE: Answer = (Mode::Base, false);
    const BASE_OF_INDEX: Answer = (Mode::Base, true);
    const CATCH_UP: Answer = (Mode::CatchUp, false);
    const LOG: Answer = (Mode::Delta, false);
    const INDEX: Answer = (Mode::Delta, true);

    /// Interrupts the first building of an index.
    #[derive(Default)]
    struct OneInterruption(AtomicBool);

    impl Faults for OneInterruption {
        fn at(&self, point: Point) -> Result<(), String> {
            let fails = point == Point::IndexChunk && !self.0.swap(true, Relaxed);
            if fails { Err("interrupted".to_owned()) } else { Ok(()) }
        }
    }

    /// Two tables whose tombstones reach back to five seconds after the start, and their logs to ten. One has an
    /// index of its partition.
    fn scene() -> Store {
        let time = Arc::new(ManualTime::at(START));
        let options = Options { worker: None, bucket_width: Millis(1_000), ..Options::default() };
        let builder = MemoryDisk::default().builder().options(options);
        let builder = builder.faults(Arc::new(OneInterruption::default()));
        let store = builder.time_source(Arc::clone(&time) as _).open().unwrap();
        let ttls =
            Ttls { delta: Some(Millis(10_000)), tombstone: Some(Millis(15_000)), history: None };
        for (name, attribute) in [("t", "book"), ("u", "shelf")] {
            let spec = TableSpec::new(name, "book").index("byOwner", "owner", Projection::All);
            store.create_table(spec.index("i", attribute, Projection::All).ttls(ttls)).unwrap();
        }
        // An index of an empty table needs no building.
        store.put("t", Document::from_json(r#"{"book":"b"}"#).unwrap()).unwrap();
        time.advance(Millis(20_000));
        store.expire().unwrap();
        store
    }

    /// How a client is answered that has nothing, and one that has what was there two, seven, twelve and
    /// twenty-five seconds after the start.
    fn answers(store: &Store, request: &SyncRequest) -> [Answer; 5] {
        let table = store.inner().catalog.get(&request.table).unwrap();
        let scope = scope_of(&table, request).unwrap();
        let moments = [None, Some(2_000), Some(7_000), Some(12_000), Some(25_000)];
        moments.map(|moment| {
            let since = moment.map(|ms| Timestamp::first_of(START.after(Millis(ms))));
            let view = view_for(table.id(), scope.clone(), request, None);
            let Plan { mode, through, since: from } = choose(&table, request, &view, since);
            assert_eq!(from, if mode == Mode::Base { Timestamp::ZERO } else { since.unwrap() });
            (mode, matches!(through, Scope::Index { .. }))
        })
    }

    fn filtered(table: &str, attribute: &str) -> SyncRequest {
        let json = parse_json(&format!(r#"{{"{attribute}":{{"eq":"x"}}}}"#)).unwrap();
        SyncRequest::new(table).filter(Filter::from_amplify(&json).unwrap())
    }

    #[test]
    fn each_scope_is_answered_from_as_little_as_knows_all_of_it() {
        let store = scene();
        let of = |request: SyncRequest| answers(&store, &request);
        let of_table = [BASE, BASE, CATCH_UP, LOG, LOG];
        let of_index = [BASE_OF_INDEX, BASE_OF_INDEX, INDEX, INDEX, INDEX];
        assert_eq!(of(SyncRequest::new("t")), of_table);
        assert_eq!(of(SyncRequest::new("t").index("byOwner", "x")), of_index);
        assert_eq!(of(SyncRequest::new("t").partition("x")), of_index);
        let partition = [BASE, BASE, CATCH_UP, CATCH_UP, CATCH_UP];
        assert_eq!(of(SyncRequest::new("u").partition("x")), partition);
        // What a filter pins is a scope, and what it does not is none.
        assert_eq!(of(filtered("t", "owner")), of_index);
        assert_eq!(of(filtered("t", "title")), of_table);
    }

    #[test]
    fn who_wants_leavers_in_base_is_told_them_from_base() {
        let store = scene();
        let of = |request: SyncRequest| answers(&store, &request.leavers(Leavers::ReportInBase));
        assert_eq!(of(filtered("t", "owner")), [BASE, BASE, INDEX, INDEX, INDEX]);
        let of_index = [BASE_OF_INDEX, BASE_OF_INDEX, INDEX, INDEX, INDEX];
        assert_eq!(of(SyncRequest::new("t").index("byOwner", "x")), of_index);
    }

    #[test]
    fn an_index_answers_once_it_is_built_and_for_what_it_has_seen() {
        let store = scene();
        let by_tag = IndexSpec {
            name: "byTag".to_owned(),
            attribute: "tag".to_owned(),
            projection: Projection::All,
        };
        store.change_indexes("t", &[IndexChange::Add(by_tag)]).unwrap_err();
        let of_table = [BASE, BASE, CATCH_UP, LOG, LOG];
        assert_eq!(answers(&store, &filtered("t", "tag")), of_table, "it is being built");
        store.build_indexes().unwrap();
        let pinned = [BASE_OF_INDEX, BASE_OF_INDEX, CATCH_UP, CATCH_UP, INDEX];
        assert_eq!(answers(&store, &filtered("t", "tag")), pinned);
        let of_index = [BASE_OF_INDEX, BASE_OF_INDEX, BASE_OF_INDEX, BASE_OF_INDEX, INDEX];
        let request = SyncRequest::new("t").index("byTag", "x");
        assert_eq!(answers(&store, &request), of_index);
    }
}
