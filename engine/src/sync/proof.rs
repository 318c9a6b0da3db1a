//! The digest with which a client proves its copy, on the last page of its sync.
//!
//! The copy is the table, or the scope, as of the run's upper bound. So the digest is told only if
//! nothing has changed since: a snapshot that is taken once the page has been read holds no change above
//! that bound. Otherwise the next sync tells it.

use super::fill::Running;
use super::request::{ScopeRequest, SyncRequest};
use crate::catalog::Table;
use crate::digest::digest_in;
use crate::error::Result;
use crate::log::LogScan;
use crate::recent::{Known, log_of};
use crate::storage::View;
use crate::store::Inner;
use highwater_format::keys::{self, DigestOf};
use highwater_format::token::{PageToken, Scope};
use highwater_format::{Digest, Family, IndexId, Timestamp};

/// The digest of what a client holds once the run has ended, if that can be told.
pub(super) fn digest_of(inner: &Inner, running: &Running<'_>) -> Result<Option<Digest>> {
    let Running { table, request, run, .. } = running;
    let of = match &run.through {
        _ if request.filter.is_some() => return Ok(None),
        Scope::Table => DigestOf::Table(table.id()),
        Scope::Index { index, value } => DigestOf::Scope(*index, value),
        // A partition that no index covers has no sum of its own.
        Scope::Partition(_) => return Ok(None),
    };
    let digest = match known(inner, running, of)? {
        Known::Digest(digest) => Some(digest),
        Known::Changed => None,
        Known::Nothing => stored(inner, table, run, of)?,
    };
    // Below a floor changes are forgotten. Floors rise before anything goes, so what was lacking shows
    // here.
    let floors = table.floors();
    let floor = match run.through {
        Scope::Table => floors.delta.max(floors.tombstone),
        _ => floors.tombstone,
    };
    let is_gone = table.check_not_dropped(run.through.index()).is_err();
    Ok(digest.filter(|_| !is_gone && run.upper.plus(1) >= floor))
}

/// What memory knows of it.
fn known(inner: &Inner, running: &Running<'_>, of: DigestOf<'_>) -> Result<Known> {
    let Running { table, run, .. } = running;
    let Some(tail) = table.tail(&inner.recent) else { return Ok(Known::Nothing) };
    let mut room = Vec::new();
    tail.known(
        log_of(&run.through, &mut room),
        run.upper,
        || digest_in(&inner.storage.latest(), of),
        || inner.clock.newest(),
    )
}

/// What the store tells: a snapshot that is taken now holds no change above the run's upper bound.
fn stored(
    inner: &Inner,
    table: &Table,
    run: &PageToken,
    of: DigestOf<'_>,
) -> Result<Option<Digest>> {
    let view = inner.storage.snapshot();
    let changed = match of {
        DigestOf::Table(_) => table_has_changed(inner, table, &view, run.upper)?,
        DigestOf::Scope(index, value) => scope_has_changed(index, value, &view, run.upper)?,
    };
    if changed { Ok(None) } else { digest_in(&view, of).map(Some) }
}

fn table_has_changed(
    inner: &Inner,
    table: &Table,
    view: &View<'_>,
    upper: Timestamp,
) -> Result<bool> {
    let end = Timestamp(u64::MAX);
    let mut log = LogScan::new(view, table.id(), upper.plus(1), end, inner.bucket_width)?;
    Ok(log.advance()?.is_some())
}

fn scope_has_changed(
    index: IndexId,
    value: &[u8],
    view: &View<'_>,
    upper: Timestamp,
) -> Result<bool> {
    let from = keys::scope_entry(index, value, upper.plus(1));
    let mut to = keys::scope_entry(index, value, Timestamp(u64::MAX));
    to.push(0);
    Ok(view.scan(Family::DeltaIndex, &from, to)?.advance()?.is_some())
}

impl Inner {
    /// The digest of a table or of a scope of an index, as of now.
    pub(crate) fn digest(&self, table: &str, scope: &ScopeRequest) -> Result<Option<Digest>> {
        self.catalog.answer(table, |table| self.digest_of(table, scope))
    }

    fn digest_of(&self, table: &Table, scope: &ScopeRequest) -> Result<Option<Digest>> {
        let request = SyncRequest { scope: scope.clone(), ..SyncRequest::new(table.name()) };
        let through = super::plan::through_of(table, &request)?;
        let view = self.storage.latest();
        let digest = match &through {
            Scope::Table => Some(digest_in(&view, DigestOf::Table(table.id()))?),
            Scope::Index { index, value } => {
                Some(digest_in(&view, DigestOf::Scope(*index, value))?)
            }
            Scope::Partition(_) => None,
        };
        table.check_not_dropped(through.index())?;
        Ok(digest)
    }
}
