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
    fn part(&mut self, of: DigestOf<'_>, item: &[u8]) -> &mut Digest {
        self.parts.entry(keys::digest(of, digest_slot(item))).or_default()
    }

    /// Adds a record that is there from now on, if it is a live one.
    pub(crate) fn add(&mut self, of: DigestOf<'_>, item: &[u8], record: &Record) {
        if !record.deleted {
            self.part(of, item).add(item, record.changed_at, record.version);
        }
    }

    /// Takes out a record that was there until now, if it was a live one.
    pub(crate) fn remove(&mut self, of: DigestOf<'_>, item: &[u8], record: &Record) {
        if !record.deleted {
            self.part(of, item).remove(item, record.changed_at, record.version);
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
