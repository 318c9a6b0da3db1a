//! Striped item locks: two commits that share an item wait for each other, most others do not.

use parking_lot::{Mutex, MutexGuard};
use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};

const STRIPES: usize = 1024;

/// The stripes.
pub(crate) struct Locks {
    stripes: Vec<Mutex<()>>,
    hasher: RandomState,
}

impl Default for Locks {
    fn default() -> Self {
        Self { stripes: (0..STRIPES).map(|_| Mutex::new(())).collect(), hasher: RandomState::new() }
    }
}

impl Locks {
    /// Locks the stripes of all `keys`, in one global order, so that no two commits can deadlock.
    pub(crate) fn lock<'a>(&self, keys: impl Iterator<Item = &'a [u8]>) -> Vec<MutexGuard<'_, ()>> {
        let count = self.stripes.len() as u64;
        let wanted: BTreeSet<u64> = keys.map(|key| self.hasher.hash_one(key) % count).collect();
        wanted
            .into_iter()
            .filter_map(|i| self.stripes.get(usize::try_from(i).ok()?))
            .map(Mutex::lock)
            .collect()
    }
}
