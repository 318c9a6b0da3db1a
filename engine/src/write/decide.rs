//! A mutation held against the stored item: what is written, if anything.

use super::automerge::merge;
use super::mutation::{Change, Expect, Update};
use crate::catalog::Table;
use crate::error::Result;
use crate::options::Limits;
use highwater_format::meta::ConflictStrategy;
use highwater_format::{Document, FormatError, ItemKey, Record, Value};
use std::collections::BTreeMap;

/// The outcome of holding a mutation against what is stored.
pub(super) enum Decision {
    /// A new version with this document; a tombstone if `deleted`.
    Write { document: Document, deleted: bool, merged: bool },
    /// The stored item is as the mutation wants it.
    Keep,
    /// The stored item is another than the mutation believes in.
    Conflict,
}

/// Decides. `stored` is the record a writer may see: `None` also for a tombstone below its floor.
pub(super) fn decide(
    table: &Table,
    key: &ItemKey,
    change: &Change,
    expect: Expect,
    stored: Option<&Record>,
    limits: &Limits,
) -> Result<Decision> {
    let live = stored.filter(|record| !record.deleted);
    let matches = match expect {
        Expect::Any => true,
        Expect::Absent => live.is_none(),
        Expect::Version(version) => stored.is_some_and(|record| record.version == version),
    };
    let merges = table.record.spec.conflicts == ConflictStrategy::Automerge
        && matches!(expect, Expect::Version(_));
    let wanted = match change {
        Change::Delete(_) if matches => {
            return Ok(live.map_or(Decision::Keep, |record| Decision::Write {
                document: record.document.clone(),
                deleted: true,
                merged: false,
            }));
        }
        // Whatever was believed: what is wanted is there, and a merge would only double its lists.
        Change::PutIfChanged(document)
            if (matches || merges) && live.is_some_and(|record| record.document == *document) =>
        {
            return Ok(Decision::Keep);
        }
        Change::Put(document) | Change::PutIfChanged(document) if matches => document.clone(),
        Change::Update(_, update) if matches => apply(table, key, update, live)?,
        change => match (table.record.spec.conflicts, live, expect) {
            // A stale delete is never merged: half a delete is none.
            (ConflictStrategy::Automerge, Some(live), Expect::Version(_)) => {
                match incoming(change)? {
                    Some(incoming) => {
                        let mut map = live.document.to_map()?;
                        merge(&mut map, incoming);
                        let document = Document::from_map(&map)?;
                        check(table, key, &document, limits)?;
                        return Ok(Decision::Write { document, deleted: false, merged: true });
                    }
                    None => return Ok(Decision::Conflict),
                }
            }
            _ => return Ok(Decision::Conflict),
        },
    };
    check(table, key, &wanted, limits)?;
    Ok(Decision::Write { document: wanted, deleted: false, merged: false })
}

/// What a stale mutation brings to a merge; `None` for a delete.
fn incoming(change: &Change) -> Result<Option<BTreeMap<String, Value>>, FormatError> {
    match change {
        Change::Put(document) | Change::PutIfChanged(document) => document.to_map().map(Some),
        Change::Update(_, update) => Ok(Some(update.set.clone())),
        Change::Delete(_) => Ok(None),
    }
}

fn apply(table: &Table, key: &ItemKey, update: &Update, live: Option<&Record>) -> Result<Document> {
    let mut map = match live {
        Some(record) => record.document.to_map()?,
        None => table.key_attributes(key),
    };
    map.retain(|name, _| !update.remove.contains(name));
    map.extend(update.set.clone());
    Ok(Document::from_map(&map)?)
}

/// The document must still hold the key it was reached by, fit, and be indexable.
pub(crate) fn check(
    table: &Table,
    key: &ItemKey,
    document: &Document,
    limits: &Limits,
) -> Result<()> {
    let found = document.as_bytes().len();
    if found > limits.item_bytes {
        return Err(crate::Error::TooLarge {
            what: format!("the document of item {key} in table `{}`", table.name()),
            found,
            limit: limits.item_bytes,
        });
    }
    let held = table.key_of(document, limits)?;
    if held != *key {
        return Err(crate::Error::out_of_range(
            "key",
            held,
            format!("{key}: an update cannot move an item"),
        ));
    }
    Ok(())
}
