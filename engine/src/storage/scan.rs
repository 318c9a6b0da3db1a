//! A walk over a range of keys, in their order or against it, each payload verified before it is shown.

use super::StorageError;
use highwater_format::{Family, open};
use rocksdb::{DB, DBRawIteratorWithThreadMode};

/// Which way a walk goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Forth,
    Back,
}

/// An iterator whose entries are borrowed until the next step.
pub(crate) struct Scan<'a> {
    iter: DBRawIteratorWithThreadMode<'a, DB>,
    family: Family,
    way: Way,
    fresh: bool,
}

impl<'a> Scan<'a> {
    /// A walk from where `iter` stands.
    pub(super) fn new(iter: DBRawIteratorWithThreadMode<'a, DB>, family: Family, way: Way) -> Self {
        Self { iter, family, way, fresh: true }
    }

    /// Steps to the next entry and gives its key; the end of the range is `None`.
    pub(crate) fn advance(&mut self) -> Result<Option<&[u8]>, StorageError> {
        if !std::mem::take(&mut self.fresh) && self.iter.valid() {
            match self.way {
                Way::Forth => self.iter.next(),
                Way::Back => self.iter.prev(),
            }
        }
        if self.iter.valid() {
            return Ok(self.iter.key());
        }
        self.iter.status()?;
        Ok(None)
    }

    /// Jumps to the first key that the walk meets at or behind `key`; the next [`Scan::advance`] shows it.
    pub(crate) fn seek(&mut self, key: &[u8]) {
        match self.way {
            Way::Forth => self.iter.seek(key),
            Way::Back => self.iter.seek_for_prev(key),
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
