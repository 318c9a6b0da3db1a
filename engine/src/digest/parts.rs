//! Changes of digests that are written with a commit.

use crate::error::Result;
use crate::storage::{Batch, View};
use highwater_format::keys::{self, DigestOf};
use highwater_format::{Digest, Family, Record, digest_slot};
use std::collections::BTreeMap;

/// What a batch changes in digests, by the key of the part.
#[derive(Default)]
pub(crate) struct DigestChanges {
    parts: BTreeMap<Vec<u8>, Digest>,
}

impl DigestChanges {
    /// Changes the part of a slot.
    pub(crate) fn change(&mut self, (of, slot): (DigestOf<'_>, u8), by: Digest) {
        let part = self.parts.entry(keys::digest(of, slot)).or_default();
        *part = part.and(by);
    }

    /// Adds a record that is there from now on, if it is a live one.
    pub(crate) fn add(&mut self, of: DigestOf<'_>, item: &[u8], record: &Record) {
        if !record.deleted {
            let mut added = Digest::default();
            added.add(item, record.changed_at, record.version);
            self.change((of, digest_slot(item)), added);
        }
    }

    /// Adds the changed parts to `batch`. The caller holds the locks of all items that were named, and so
    /// the slots of all parts; `view` shows the newest state.
    pub(crate) fn put_into(self, batch: &mut Batch, view: &View<'_>) -> Result<()> {
        for (key, change) in self.parts {
            if change == Digest::default() {
                continue;
            }
            let held = view.get(Family::Digest, &key, Digest::decode)?.unwrap_or_default();
            let part = held.and(change);
            if part == Digest::default() {
                batch.delete(Family::Digest, key);
            } else {
                batch.put(Family::Digest, key, &part.encode());
            }
        }
        Ok(())
    }
}
