//! What a client is told of an item that its sync comes to.

use super::page::{State, SyncItem};
use super::request::{Leavers, ScopeRequest, SyncRequest};
use super::source::Candidate;
use crate::catalog::Table;
use crate::error::Result;
use crate::filter::{Filter, Subject};
use highwater_format::token::Mode;
use highwater_format::{Document, ItemKey, RecordRef};

/// The item as the client is told of it, in the state that [`state`] found.
#[inline]
pub(super) fn told(table: &Table, state: State, candidate: &Candidate<'_>) -> Result<SyncItem> {
    let key = ItemKey::decode(candidate.item)?;
    let document = match (state, candidate.record) {
        (State::Live | State::Deleted, Some(record)) => {
            Document::from_trusted_bytes(record.document.to_vec())
        }
        _ => table.key_document(&key)?,
    };
    let Candidate { version, changed_at, .. } = *candidate;
    Ok(SyncItem { key, version, changed_at, state, document })
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
            // At version 1 no client can hold an earlier one.
            let may_be_held = record.version > 1 && request.leavers != Leavers::Hide;
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
