//! The digest with which a client proves its copy, on the last page of its sync.
//!
//! The copy is the table, or the scope, as of the run's upper bound. So the digest is told only if
//! nothing has changed since: a snapshot that is taken once the page has been read holds no change above
//! that bound. Otherwise the next sync tells it.

use super::request::{ScopeRequest, SyncRequest};
use crate::catalog::Table;
use crate::digest::digest_in;
use crate::error::Result;
use crate::log::LogScan;
use crate::storage::View;
use crate::store::Inner;
use highwater_format::keys::{self, DigestOf};
use highwater_format::token::{PageToken, Scope};
use highwater_format::{Digest, Family, IndexId, Timestamp};

/// The digest of what a client holds once the run has ended, if that can be told.
pub(super) fn digest_of(
    inner: &Inner,
    table: &Table,
    request: &SyncRequest,
    run: &PageToken,
) -> Result<Option<Digest>> {
    if request.filter.is_some() {
        return Ok(None);
    }
    let view = inner.storage.snapshot();
    let (of, changed) = match &run.through {
        Scope::Table => {
            (DigestOf::Table(table.id()), table_has_changed(inner, table, &view, run.upper)?)
        }
        Scope::Index { index, value } => {
            (DigestOf::Scope(*index, value), scope_has_changed(*index, value, &view, run.upper)?)
        }
        // A partition that no index covers has no sum of its own.
        Scope::Partition(_) => return Ok(None),
    };
    // Below a floor changes are forgotten. Floors rise before anything goes, so what the snapshot lacks
    // shows here.
    let floors = table.floors();
    let floor = match run.through {
        Scope::Table => floors.delta.max(floors.tombstone),
        _ => floors.tombstone,
    };
    let is_gone = table.check_not_dropped(run.through.index()).is_err();
    if changed || is_gone || run.upper.plus(1) < floor {
        return Ok(None);
    }
    digest_in(&view, of).map(Some)
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
    Ok(view.scan(Family::DeltaIndex, &from, &to)?.advance()?.is_some())
}

impl Inner {
    /// The digest of a table or of a scope of an index, as of now.
    pub(crate) fn digest(&self, table: &str, scope: &ScopeRequest) -> Result<Option<Digest>> {
        self.catalog.answer(table, |table| self.digest_of(table, scope))
    }

    fn digest_of(&self, table: &Table, scope: &ScopeRequest) -> Result<Option<Digest>> {
        let request = SyncRequest { scope: scope.clone(), ..SyncRequest::new(table.name()) };
        let through = super::plan::through_of(table, &request, &self.options.limits)?;
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
