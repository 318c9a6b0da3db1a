//! A walk over a range of keys, each payload verified before it is shown.

use super::StorageError;
use highwater_format::{Family, open};
use rocksdb::{DB, DBRawIteratorWithThreadMode};

/// An iterator whose entries are borrowed until the next step.
pub(crate) struct Scan<'a> {
    iter: DBRawIteratorWithThreadMode<'a, DB>,
    family: Family,
    fresh: bool,
    back: bool,
}

impl<'a> Scan<'a> {
    /// A walk from where `iter` stands, in descending order if `back`.
    pub(super) fn new(
        iter: DBRawIteratorWithThreadMode<'a, DB>,
        family: Family,
        back: bool,
    ) -> Self {
        Self { iter, family, fresh: true, back }
    }

    /// Steps to the next entry and gives its key; the end of the range is `None`.
    pub(crate) fn advance(&mut self) -> Result<Option<&[u8]>, StorageError> {
        if !std::mem::take(&mut self.fresh) && self.iter.valid() {
            if self.back {
                self.iter.prev();
            } else {
                self.iter.next();
            }
        }
        if self.iter.valid() {
            return Ok(self.iter.key());
        }
        self.iter.status()?;
        Ok(None)
    }

    /// Jumps to the first key at or after `key` (walking back, to the last one at or before it); the next
    /// [`Scan::advance`] shows it.
    pub(crate) fn seek(&mut self, key: &[u8]) {
        if self.back {
            self.iter.seek_for_prev(key);
        } else {
            self.iter.seek(key);
        }
        self.fresh = true;
    }

    /// The entry that the last [`Scan::advance`] came to: its key and its verified payload.
    pub(crate) fn entry(&self) -> Result<(&[u8], &[u8]), StorageError> {
        let (key, value) = self.iter.item().unwrap_or_default();
        let payload = open(self.family, key, value).map_err(|source| StorageError::Value {
            family: self.family,
            key: key.to_vec(),
            source,
        })?;
        Ok((key, payload))
    }
}
