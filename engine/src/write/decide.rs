//! A mutation held against the stored item: what is written, if anything.
//!
//! Where the item is as the mutation believes, the mutation is applied. Where its version is another, the
//! table's strategy settles it: one function of the same shape for each.

use super::case::{Case, Decision};
use super::mutation::{Change, Expect};
use super::{automerge, resolver, three_way};
use crate::catalog::Table;
use crate::error::{Error, Result};
use crate::options::Limits;
use highwater_format::meta::ConflictStrategy;
use highwater_format::{Document, ItemKey};

/// Decides.
pub(super) fn decide(case: &Case<'_>) -> Result<Decision> {
    let decision = match case.mutation.expect {
        _ if case.is_as_expected() => case.apply()?,
        Expect::Version(version) => settle(case, version)?,
        // No version that somebody may have missed, but a condition.
        Expect::Any | Expect::Absent => Decision::Conflict,
    };
    if let Decision::Write { document, deleted: false, .. } = &decision {
        let same = case.live().is_some_and(|live| live.document == *document);
        if same && matches!(case.mutation.change, Change::PutIfChanged(_)) {
            return Ok(Decision::Keep);
        }
        check(case.table, case.key, document, case.limits)?;
    }
    Ok(decision)
}

/// The mutation believes in `version`, and that is not the stored one.
fn settle(case: &Case<'_>, version: u64) -> Result<Decision> {
    let strategy = case.table.record.spec.conflicts;
    match strategy {
        ConflictStrategy::OptimisticConcurrency => Ok(Decision::Conflict),
        // Whatever was believed: what is wanted is there, and a merge could only double its lists.
        _ if case.changes_nothing() => Ok(Decision::Keep),
        ConflictStrategy::Automerge => automerge::settle(case),
        ConflictStrategy::ThreeWayMerge => three_way::settle(case, version),
        ConflictStrategy::LastWriterWins => case.apply(),
        ConflictStrategy::Custom => resolver::settle(case, version),
    }
}

/// The document must still hold the key it was reached by, and fit.
pub(crate) fn check(
    table: &Table,
    key: &ItemKey,
    document: &Document,
    limits: &Limits,
) -> Result<()> {
    let limit = limits.item_bytes;
    let found = document.as_bytes().len();
    if found > limit {
        let what = format!("the document of item {key} in table `{}`", table.name());
        return Err(Error::TooLarge { what, found, limit });
    }
    let held = table.key_of(document, limits)?;
    if held != *key {
        let allowed = format!("{key}: an update cannot move an item");
        return Err(Error::out_of_range("key", held, allowed));
    }
    Ok(())
}
