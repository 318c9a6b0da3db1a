//! What became of a mutation, and of one that was refused.

use crate::failure::Failure;
use crate::output;
use crate::show::{Notation, Object, item_json, moment};
use highwater::{Error, Mutation, Outcome, Store};

/// Commits a mutation and shows what became of it.
pub(super) fn apply(
    store: &Store,
    mutation: Mutation,
    notation: Notation,
    json: bool,
) -> Result<(), Failure> {
    match store.apply(mutation) {
        Ok(outcome) => {
            let shown = if json { as_json(&outcome, notation)? } else { as_text(&outcome) };
            Ok(output::result(&shown)?)
        }
        Err(error) => Err(refusal(error, notation)),
    }
}

/// A conflict brings the current item, so that whoever wrote can decide anew.
fn refusal(error: Error, notation: Notation) -> Failure {
    let current = match &error {
        Error::Conflict(conflict) => {
            let item = conflict.current.as_ref().map(|item| item_json(item, notation));
            Some(item.and_then(Result::ok).unwrap_or_else(|| "null".to_owned()))
        }
        _ => None,
    };
    let failure = Failure::from(error);
    match current {
        Some(json) => failure.detail("current", json),
        None => failure,
    }
}

fn as_json(outcome: &Outcome, notation: Notation) -> Result<String, Failure> {
    let item = outcome.item.as_ref().map(|item| item_json(item, notation)).transpose()?;
    Ok(Object::new()
        .field("written", outcome.written)
        .field("merged", outcome.merged)
        .raw("item", item.as_deref().unwrap_or("null"))
        .finish())
}

fn as_text(outcome: &Outcome) -> String {
    let Some(item) = &outcome.item else {
        return "unchanged: there is no such item".to_owned();
    };
    let what = match (outcome.written, outcome.merged, item.deleted) {
        (false, ..) => "unchanged",
        (true, true, _) => "merged",
        (true, false, true) => "deleted",
        (true, false, false) => "written",
    };
    let (key, version, at) = (&item.key, item.version, moment(item.changed_at.millis()));
    format!("{what}: {key} version {version}, {at}")
}
