//! A change in an ordered secondary index.

use super::entries::Step;
use crate::catalog::Lookup;
use crate::storage::Batch;
use highwater_format::{Family, keys};

/// Adds what a step changes in one ordered index to `batch`.
pub(super) fn put_into(step: &Step<'_>, lookup: &Lookup, batch: &mut Batch) {
    let old = step.before.and_then(|before| lookup.values_in(before));
    let new = lookup.values_in(step.after);
    // What the index may lack is put in now: its building does not come back to what has changed.
    let known = !step.before.is_some_and(|before| lookup.may_lack(before));
    if old == new && known {
        return;
    }
    if let Some(values) = old {
        batch.delete(Family::Lookup, keys::lookup(lookup.id, &values, step.item));
    }
    if let Some(values) = new {
        batch.put(Family::Lookup, keys::lookup(lookup.id, &values, step.item), &[]);
    }
}
