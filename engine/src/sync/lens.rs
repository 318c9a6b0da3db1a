//! What a client is told of an item that its sync comes to.

use super::page::{State, SyncItem};
use super::request::{Leavers, ScopeRequest, SyncRequest};
use super::source::Candidate;
use crate::catalog::Table;
use crate::error::Result;
use crate::filter::{Filter, Subject};
use highwater_format::token::Mode;
use highwater_format::{ItemKey, Record};

/// The item as the client of `request` is told of it, and its weight in bytes; `None` if it is told
/// nothing.
pub(super) fn seen(
    table: &Table,
    request: &SyncRequest,
    mode: Mode,
    candidate: Candidate,
) -> Result<Option<(SyncItem, usize)>> {
    let Some(state) = state(request, mode, &candidate)? else {
        return Ok(None);
    };
    let key = ItemKey::decode(&candidate.item)?;
    let document = match (state, candidate.record) {
        (State::Live | State::Deleted, Some(record)) => record.document,
        _ => table.key_document(&key)?,
    };
    let bytes = candidate.item.len() + document.as_bytes().len();
    let (version, changed_at) = (candidate.version, candidate.changed_at);
    Ok(Some((SyncItem { key, version, changed_at, state, document }, bytes)))
}

fn state(request: &SyncRequest, mode: Mode, candidate: &Candidate) -> Result<Option<State>> {
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
fn passes(filter: &Filter, record: &Record) -> Result<bool> {
    Ok(filter.matches(&Subject {
        document: record.document.as_map(),
        version: record.version,
        changed_at: record.changed_at.millis(),
        deleted: record.deleted,
    })?)
}
