//! What the store must hold: the history, replayed in memory without the engine.

use super::data::Step;
use super::error::Error;
use super::features::{ID, View, text};
use highwater::{Document, ItemKey};
use std::collections::BTreeMap;

/// The features as of some step.
#[derive(Default)]
pub(super) struct Expected {
    features: BTreeMap<ItemKey, Feature>,
}

struct Feature {
    document: Document,
    json_bytes: u64,
}

impl Expected {
    /// Plays a step.
    pub(super) fn apply(&mut self, step: &Step) -> Result<(), Error> {
        match step {
            Step::Delete(key) => {
                self.features.remove(key);
            }
            Step::Put(document) => {
                let id = text(document, ID).ok_or(Error::NoId)?;
                let feature =
                    Feature { document: document.clone(), json_bytes: json_bytes(document)? };
                self.features.insert(id.into(), feature);
            }
        }
        Ok(())
    }

    /// How many features there are.
    pub(super) fn len(&self) -> usize {
        self.features.len()
    }

    /// The features of a view, in key order.
    pub(super) fn of(&self, view: View) -> impl Iterator<Item = (&ItemKey, &Document)> {
        self.within(view).map(|(key, feature)| (key, &feature.document))
    }

    /// What a client would get that asks for all of a view.
    pub(super) fn full_bytes(&self, view: View) -> u64 {
        self.within(view).map(|(_, feature)| feature.json_bytes).sum()
    }

    fn within(&self, view: View) -> impl Iterator<Item = (&ItemKey, &Feature)> {
        self.features.iter().filter(move |(_, feature)| view.holds(&feature.document))
    }
}

/// A document's size as a client gets it.
pub(super) fn json_bytes(document: &Document) -> Result<u64, Error> {
    Ok(document.to_json().map_err(highwater::Error::from)?.len() as u64)
}
