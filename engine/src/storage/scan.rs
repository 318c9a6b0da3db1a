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

/// An entry where it lies.
pub(crate) struct Entry<'a> {
    pub(crate) key: &'a [u8],
    value: &'a [u8],
    family: Family,
    verified: &'a Cell<bool>,
}

impl<'a> Entry<'a> {
    /// Its payload, verified when it is asked for the first time.
    #[inline(always)]
    pub(crate) fn payload(&self) -> Result<&'a [u8], StorageError> {
        let Self { key, value, family, verified } = *self;
        let opened = match verified.get() {
            true => reopen(value),
            false => open(family, key, value),
        };
        let failed = |source| StorageError::Value { family, key: key.to_vec(), source };
        let payload = opened.map_err(failed)?;
        verified.set(true);
        Ok(payload)
    }
}

/// Where a walk goes on behind an entry.
pub(crate) enum Next {
    /// At the next one.
    Entry,
    /// At the first at or behind a key.
    Seek(Vec<u8>),
    /// Nowhere: it stands there.
    Stop,
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

    /// Steps to the next entry and gives its key; the end of the range is `None`.
    pub(crate) fn advance(&mut self) -> Result<Option<&[u8]>, StorageError> {
        self.verified.set(false);
        if !std::mem::take(&mut self.fresh) && !self.ended {
            self.go_on();
        }
        self.ended = !self.iter.valid();
        if self.ended {
            self.iter.status()?;
        }
        Ok(self.iter.key())
    }

    /// Shows the next entry and those behind it until it is told to stop; whether it came to the end of the
    /// range. Each entry is asked of RocksDB once, not its key first and then both.
    #[inline(always)]
    pub(crate) fn walk<E: From<StorageError>>(
        &mut self,
        mut visit: impl FnMut(&Entry<'_>) -> Result<Next, E>,
    ) -> Result<bool, E> {
        if !std::mem::take(&mut self.fresh) && !self.ended {
            self.go_on();
        }
        loop {
            self.verified.set(false);
            let (family, verified) = (self.family, &self.verified);
            let Some((key, value)) = self.iter.item() else {
                self.ended = true;
                self.iter.status().map_err(StorageError::from)?;
                return Ok(true);
            };
            match visit(&Entry { key, value, family, verified })? {
                Next::Entry => self.go_on(),
                Next::Seek(key) => {
                    self.seek(&key);
                    self.fresh = false;
                }
                Next::Stop => return Ok(false),
            }
        }
    }

    fn go_on(&mut self) {
        match self.way {
            Way::Forth => self.iter.next(),
            Way::Back => self.iter.prev(),
        }
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
        let (family, verified) = (self.family, &self.verified);
        Ok((key, Entry { key, value, family, verified }.payload()?))
    }
}
