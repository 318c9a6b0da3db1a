//! What a client is told of an item that its sync comes to.

use super::page::State;
use super::request::{Leavers, ScopeRequest, SyncRequest};
use super::room::Room;
use super::source::Candidate;
use crate::catalog::Table;
use crate::error::Result;
use crate::filter::{Filter, Subject};
use highwater_format::token::Mode;
use highwater_format::{Document, ItemKey, RecordRef};

/// The document that a client is told of an item, in the state that [`state`] found. Nothing yet where it is handed over.
#[inline]
pub(super) fn document(
    table: &Table,
    state: State,
    candidate: &Candidate<'_>,
    room: &mut Room,
) -> Result<Document> {
    match (state, candidate.record) {
        _ if candidate.hands_over(state) => Ok(Document::default()),
        (State::Live | State::Deleted, Some(RecordRef { document, .. })) => {
            Ok(Document::from_trusted_bytes(room.keep(document)))
        }
        _ => table.key_document(&ItemKey::decode(candidate.item)?),
    }
}

/// In which state the client of `request` is told of the item; `None` if it is told nothing.
#[inline]
pub(super) fn state(
    request: &SyncRequest,
    mode: Mode,
    candidate: &Candidate<'_>,
) -> Result<Option<State>> {
    let leavers_are_told = match (request.leavers, mode) {
        (_, Mode::Delta | Mode::CatchUp) | (Leavers::ReportInBase, Mode::Base) => true,
        (Leavers::Report | Leavers::Hide, Mode::Base) => false,
    };
    let left = leavers_are_told.then_some(State::Left);
    // Who asks for a scope may know what leaves it; who has a filter for a permission may not.
    let scope_is_asked = request.scope != ScopeRequest::Table;
    let marker_is_told = scope_is_asked || request.leavers != Leavers::Hide;
    match (candidate.state, &candidate.record, &request.filter) {
        (State::Left, ..) | (_, None, _) => Ok(left.filter(|_| marker_is_told)),
        (State::Deleted, Some(record), filter) => {
            // Deleted items pass every filter, unless it is a permission.
            let filter = filter.as_ref().filter(|_| request.leavers == Leavers::Hide);
            let may_know = filter.map_or(Ok(true), |filter| passes(filter, record))?;
            let told = may_know && (mode != Mode::Base || request.tombstones);
            Ok(told.then_some(State::Deleted))
        }
        (State::Live, Some(_), None) => Ok(Some(State::Live)),
        (State::Live, Some(record), Some(filter)) => {
            if passes(filter, record)? {
                return Ok(Some(State::Live));
            }
            // At version 1 no client can hold an earlier one; but whoever begins anew may hold one of an earlier life,
            // from before its tombstone expired, its table was replaced or a backup was restored.
            let is_first = record.version == 1 && mode != Mode::Base;
            let may_be_held = !is_first && request.leavers != Leavers::Hide;
            Ok(left.filter(|_| may_be_held))
        }
    }
}

/// Whether an item, or the last document of a deleted one, passes.
fn passes(filter: &Filter, record: &RecordRef<'_>) -> Result<bool> {
    Ok(filter.matches(&Subject {
        document: record.as_map(),
        version: record.version,
        changed_at: record.changed_at.millis(),
        deleted: record.deleted,
    })?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_json;
    use highwater_format::Timestamp;

    const MODES: [Mode; 3] = [Mode::Base, Mode::CatchUp, Mode::Delta];

    /// Asks for what is Ann's.
    fn request(leavers: Leavers) -> SyncRequest {
        let json = parse_json(r#"{"owner":{"eq":"ann"}}"#).unwrap();
        SyncRequest::new("t").filter(Filter::from_amplify(&json).unwrap()).leavers(leavers)
    }

    /// What is told of an item of `owner` in each mode.
    fn told_of(request: &SyncRequest, at: State, version: u64, owner: &str) -> [Option<State>; 3] {
        let document = Document::from_json(&format!(r#"{{"owner":"{owner}"}}"#)).unwrap();
        let (changed_at, deleted) = (Timestamp(7), at == State::Deleted);
        let record = RecordRef { version, changed_at, deleted, document: document.as_bytes() };
        let record = (at != State::Left).then_some(record);
        let candidate =
            Candidate { item: b"k", version, changed_at, state: at, record, is_shared: false };
        MODES.map(|mode| state(request, mode, &candidate).unwrap())
    }

    const NOTHING: [Option<State>; 3] = [None; 3];
    const LIVE: [Option<State>; 3] = [Some(State::Live); 3];
    const LEFT: [Option<State>; 3] = [Some(State::Left); 3];
    const LEFT_BUT_IN_BASE: [Option<State>; 3] = [None, Some(State::Left), Some(State::Left)];
    const DELETED: [Option<State>; 3] = [Some(State::Deleted); 3];
    const DELETED_BUT_IN_BASE: [Option<State>; 3] =
        [None, Some(State::Deleted), Some(State::Deleted)];

    #[test]
    fn a_live_item_is_told_or_has_left_where_it_may_be_held() {
        for leavers in [Leavers::Report, Leavers::ReportInBase, Leavers::Hide] {
            let request = request(leavers);
            assert_eq!(told_of(&request, State::Live, 1, "ann"), LIVE);
            let in_base = (leavers == Leavers::ReportInBase).then_some(State::Left);
            let first = told_of(&request, State::Live, 1, "bob");
            assert_eq!(first, [in_base, None, None], "nobody holds it, but of an earlier life");
            let left = match leavers {
                Leavers::Report => LEFT_BUT_IN_BASE,
                Leavers::ReportInBase => LEFT,
                Leavers::Hide => NOTHING,
            };
            assert_eq!(told_of(&request, State::Live, 2, "bob"), left, "{leavers:?}");
        }
        assert_eq!(told_of(&SyncRequest::new("t"), State::Live, 2, "bob"), LIVE);
    }

    #[test]
    fn a_deleted_item_is_told_to_all_but_whom_a_filter_forbids_it() {
        for leavers in [Leavers::Report, Leavers::ReportInBase, Leavers::Hide] {
            let told = |owner| told_of(&request(leavers), State::Deleted, 2, owner);
            assert_eq!(told("ann"), DELETED);
            assert_eq!(told("bob"), if leavers == Leavers::Hide { NOTHING } else { DELETED });
            let request = request(leavers).tombstones(false);
            assert_eq!(told_of(&request, State::Deleted, 2, "ann"), DELETED_BUT_IN_BASE);
        }
    }

    #[test]
    fn what_has_left_is_told_to_who_asked_for_the_scope_or_may_know_it() {
        let told = |request: SyncRequest| told_of(&request, State::Left, 2, "");
        assert_eq!(told(request(Leavers::Report)), LEFT_BUT_IN_BASE);
        assert_eq!(told(request(Leavers::ReportInBase)), LEFT);
        assert_eq!(told(request(Leavers::Hide)), NOTHING);
        assert_eq!(told(request(Leavers::Hide).index("byOwner", "ann")), LEFT_BUT_IN_BASE);
    }
}
