//! Digests of rows that come by in order: all of one table's or scope's, then all of the next.

use crate::error::Result;
use crate::storage::DataFiles;
use highwater_format::keys::{self, DigestOf};
use highwater_format::{DIGEST_SLOTS, Digest, Timestamp, digest_slot};

/// The digest under way, and the files that finished ones go to.
pub(super) struct Sums<'o> {
    files: DataFiles<'o>,
    /// What the keys of its parts begin with.
    parts: Vec<u8>,
    slots: Vec<Digest>,
}

impl<'o> Sums<'o> {
    pub(super) fn new(files: DataFiles<'o>) -> Self {
        Self { files, parts: Vec::new(), slots: vec![Digest::default(); DIGEST_SLOTS] }
    }

    /// Adds a live item. A digest that was left is not come back to, and they come in the order of their keys.
    pub(super) fn add(&mut self, of: DigestOf<'_>, item: &[u8], at: Timestamp) -> Result<()> {
        let parts = keys::digest_parts(of);
        if parts != self.parts {
            self.flush()?;
            self.parts = parts;
        }
        if let Some(slot) = self.slots.get_mut(usize::from(digest_slot(item))) {
            slot.add(item, at, super::build::VERSION);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        for (slot, digest) in (0..=u8::MAX).zip(&mut self.slots) {
            let digest = std::mem::take(digest);
            if digest != Digest::default() {
                let mut key = self.parts.clone();
                key.push(slot);
                self.files.add(&key, &digest.encode())?;
            }
        }
        Ok(())
    }

    /// Everything that was added is in the files.
    pub(super) fn finish(mut self) -> Result<DataFiles<'o>> {
        self.flush()?;
        Ok(self.files)
    }
}
