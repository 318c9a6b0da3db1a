//! A commit under a mutation id: it and its receipt are there together, or neither is.

use super::session::mutations;
use crate::crash::NOTES;
use highwater::{Outcome, Store};

/// What was sent, and what was answered.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    id: String,
    items: Vec<(String, Option<u64>)>,
    /// None if nobody was answered.
    outcomes: Option<Vec<Outcome>>,
}

impl Sent {
    pub(super) fn new(id: String, items: &[(String, Option<u64>)]) -> Self {
        Self { id, items: items.to_vec(), outcomes: None }
    }

    pub(super) fn answer(&mut self, outcomes: &[Outcome]) {
        self.outcomes = Some(outcomes.to_vec());
    }

    /// Its id, and the items that were asked for.
    pub(super) fn into_parts(self) -> (String, Vec<(String, Option<u64>)>) {
        (self.id, self.items)
    }

    /// Sends it again, which is there: what it was answered is told, and nothing is done.
    pub(super) fn is_told_again(&mut self, store: &Store) -> Result<(), String> {
        let Self { id, items, outcomes } = self;
        let told = store.apply_once(&*id, &mutations(items)).map_err(|e| format!("{id}: {e}"))?;
        match outcomes {
            Some(outcomes) if *outcomes == told => {}
            Some(outcomes) => {
                return Err(format!("{id} was told {told:?}, and first {outcomes:?}"));
            }
            // Nobody knows the answer, but it was the last commit: it tells of what stands.
            None => {
                for item in told.iter().filter_map(|outcome| outcome.item.as_ref()) {
                    let stored = store.get_with_tombstone(NOTES, item.key.clone());
                    let stored = stored.map_err(|e| format!("{id}: {e}"))?;
                    let is_it = stored.as_ref().map_or(item.deleted, |stored| stored == item);
                    if !is_it {
                        return Err(format!("{id} was told of {item:?}, and it is {stored:?}"));
                    }
                }
                *outcomes = Some(told);
            }
        }
        Ok(())
    }
}
