//! A walk over a range of keys, in their order or against it, each payload verified before it is shown.

use super::StorageError;
use highwater_format::{Family, open, reopen};
use rocksdb::{DB, DBRawIteratorWithThreadMode};
use std::cell::Cell;

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
    /// Whether there is nothing more.
    ended: bool,
    /// Whether the payload that the walk stands on has been verified.
    verified: Cell<bool>,
}

impl<'a> Scan<'a> {
    /// A walk from where `iter` stands.
    pub(super) fn new(iter: DBRawIteratorWithThreadMode<'a, DB>, family: Family, way: Way) -> Self {
        Self { iter, family, way, fresh: true, ended: false, verified: Cell::new(false) }
    }

    /// Steps to the next entry; whether there is one, or the range has ended.
    #[inline]
    pub(crate) fn step(&mut self) -> Result<bool, StorageError> {
        self.verified.set(false);
        if !std::mem::take(&mut self.fresh) && !self.ended {
            match self.way {
                Way::Forth => self.iter.next(),
                Way::Back => self.iter.prev(),
            }
        }
        self.ended = !self.iter.valid();
        if self.ended {
            self.iter.status()?;
        }
        Ok(!self.ended)
    }

    /// Steps to the next entry and gives its key; the end of the range is `None`.
    pub(crate) fn advance(&mut self) -> Result<Option<&[u8]>, StorageError> {
        Ok(if self.step()? { self.iter.key() } else { None })
    }

    /// Jumps to the first key that the walk meets at or behind `key`; the next [`Scan::advance`] shows it.
    pub(crate) fn seek(&mut self, key: &[u8]) {
        match self.way {
            Way::Forth => self.iter.seek(key),
            Way::Back => self.iter.seek_for_prev(key),
        }
        self.fresh = true;
        self.ended = false;
    }

    /// The greatest key of the range. It ends the walk.
    pub(crate) fn last(&mut self) -> Result<Option<&[u8]>, StorageError> {
        self.iter.seek_to_last();
        self.fresh = false;
        self.ended = true;
        self.iter.status()?;
        Ok(self.iter.key())
    }

    /// The entry that the last [`Scan::advance`] came to: its key and its payload, verified when it is
    /// asked for the first time.
    #[inline(always)]
    pub(crate) fn entry(&self) -> Result<(&[u8], &[u8]), StorageError> {
        let (key, value) = self.iter.item().unwrap_or_default();
        let opened = match self.verified.get() {
            true => reopen(value),
            false => open(self.family, key, value),
        };
        let payload = opened.map_err(|source| StorageError::Value {
            family: self.family,
            key: key.to_vec(),
            source,
        })?;
        self.verified.set(true);
        Ok((key, payload))
    }
}
