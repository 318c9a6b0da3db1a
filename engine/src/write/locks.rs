//! Striped locks of items and mutation ids: two commits that share one wait for each other, most others do
//! not.
//!
//! The stripes are the slots of the digests: who holds an item's lock may change the part of a digest
//! that the item falls into.

use crate::lock::{Mutex, MutexGuard};
use highwater_format::{DIGEST_SLOTS, digest_slot};
use std::collections::BTreeSet;

/// The stripes.
pub(crate) struct Locks {
    stripes: Vec<Mutex<()>>,
}

impl Default for Locks {
    fn default() -> Self {
        Self { stripes: (0..DIGEST_SLOTS).map(|_| Mutex::new(())).collect() }
    }
}

impl Locks {
    /// Locks the stripes of all encoded item keys and mutation ids, in one global order, so that no two
    /// commits can deadlock: a caller asks once for everything it needs.
    pub(crate) fn lock<'a>(
        &self,
        names: impl Iterator<Item = &'a [u8]>,
    ) -> Vec<MutexGuard<'_, ()>> {
        let wanted: BTreeSet<u8> = names.map(digest_slot).collect();
        let stripes = wanted.into_iter().filter_map(|slot| self.stripes.get(usize::from(slot)));
        stripes.map(Mutex::lock).collect()
    }
}
