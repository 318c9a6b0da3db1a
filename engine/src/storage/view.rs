//! A view: the newest state or a snapshot, read by key or by range.

use super::scan::{Scan, Way};
use super::{Storage, StorageError};
use highwater_format::{Family, FormatError, open};
use rocksdb::{DB, DBRawIteratorWithThreadMode, ReadOptions, SnapshotWithThreadMode};

/// How everything is read that is read as of now.
pub(super) fn read_options() -> ReadOptions {
    let mut options = ReadOptions::default();
    options.set_verify_checksums(true);
    options.set_total_order_seek(true);
    options
}

/// Something to read from.
pub(crate) struct View<'a> {
    storage: &'a Storage,
    snapshot: Option<SnapshotWithThreadMode<'a, DB>>,
}

impl<'a> View<'a> {
    pub(super) fn latest(storage: &'a Storage) -> Self {
        Self { storage, snapshot: None }
    }

    pub(super) fn snapshot(storage: &'a Storage) -> Self {
        Self { storage, snapshot: Some(storage.db.snapshot()) }
    }

    fn read_options(&self) -> ReadOptions {
        let mut options = read_options();
        if let Some(snapshot) = &self.snapshot {
            options.set_snapshot(snapshot);
        }
        options
    }

    /// Reads the payload at `key` and hands it to `decode` without copying it.
    pub(crate) fn get<T>(
        &self,
        family: Family,
        key: &[u8],
        decode: impl FnOnce(&[u8]) -> Result<T, FormatError>,
    ) -> Result<Option<T>, StorageError> {
        let handle = self.storage.handle(family)?;
        let of_snapshot = self.snapshot.as_ref().map(|_| self.read_options());
        let options = of_snapshot.as_ref().unwrap_or(&self.storage.reading);
        let value = self.storage.db.get_pinned_cf_opt(handle, key, options)?;
        value
            .map(|value| open(family, key, &value).and_then(decode))
            .transpose()
            .map_err(|source| StorageError::Value { family, key: key.to_vec(), source })
    }

    /// An iterator that stays below `to`, if that is not empty.
    fn iterator(
        &self,
        family: Family,
        mut options: ReadOptions,
        to: Vec<u8>,
    ) -> Result<DBRawIteratorWithThreadMode<'_, DB>, StorageError> {
        if !to.is_empty() {
            options.set_iterate_upper_bound(to);
        }
        Ok(self.storage.db.raw_iterator_cf_opt(self.storage.handle(family)?, options))
    }

    /// Walks `from..to` in ascending order; an empty `to` reaches to the end of the family. For what is asked again and
    /// again: it has no lower bound, which nothing but [`Scan::last`] could step over.
    pub(crate) fn scan(
        &self,
        family: Family,
        from: &[u8],
        to: Vec<u8>,
    ) -> Result<Scan<'_>, StorageError> {
        let mut iter = self.iterator(family, self.read_options(), to)?;
        iter.seek(from);
        Ok(Scan::new(iter, family, Way::Forth))
    }

    /// Walks `from..to` in descending order; an empty `to` begins at the end of the family.
    pub(crate) fn scan_back(
        &self,
        family: Family,
        from: &[u8],
        to: Vec<u8>,
    ) -> Result<Scan<'_>, StorageError> {
        let mut options = self.read_options();
        options.set_iterate_lower_bound(from);
        let mut iter = self.iterator(family, options, to)?;
        iter.seek_to_last();
        Ok(Scan::new(iter, family, Way::Back))
    }

    /// The greatest key in `from..to`.
    pub(crate) fn last_key(
        &self,
        family: Family,
        from: &[u8],
        to: Vec<u8>,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self.scan_back(family, from, to)?.advance()?.map(<[u8]>::to_vec))
    }
}
