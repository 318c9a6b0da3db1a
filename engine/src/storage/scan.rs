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

    /// Jumps to the first key that the walk meets at or behind `key`; the next [`Scan::advance`] or [`Scan::walk`]
    /// shows it.
    pub(crate) fn seek(&mut self, key: &[u8]) {
        self.verified.set(false);
        match self.way {
            Way::Forth => self.iter.seek(key),
            Way::Back => self.iter.seek_for_prev(key),
        }
        self.fresh = true;
        self.ended = false;
    }

    /// The greatest key of a range that begins with `prefix`.
    pub(crate) fn last(mut self, prefix: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        self.iter.seek_to_last();
        self.iter.status()?;
        Ok(self.iter.key().filter(|key| key.starts_with(prefix)).map(<[u8]>::to_vec))
    }

    /// The entry that the last [`Scan::advance`] or [`Scan::walk`] came to: its key and its payload, verified when
    /// it is asked for the first time.
    #[inline(always)]
    pub(crate) fn entry(&self) -> Result<(&[u8], &[u8]), StorageError> {
        let (key, value) = self.iter.item().unwrap_or_default();
        let (family, verified) = (self.family, &self.verified);
        Ok((key, Entry { key, value, family, verified }.payload()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;
    use crate::storage::{ExpiryRules, Files, Recovery, Storage};
    use highwater_format::seal;
    use std::sync::Arc;

    const FAMILY: Family = Family::Base;

    /// A store of keys of one letter, each with itself as its payload; those in `torn` are not as they were sealed.
    fn store(keys: &str, torn: &str) -> (tempfile::TempDir, Storage) {
        let dir = tempfile::tempdir().unwrap();
        let (files, rules) = (Files::Folder(dir.path().to_owned()), Arc::default());
        let rules: Arc<ExpiryRules> = rules;
        let options = Options::default();
        let storage =
            Storage::open(&files, true, &options, Recovery::TornTailOnly, &rules).unwrap();
        for key in keys.chars().map(String::from) {
            let payload = if torn.contains(&key) { "torn" } else { &key };
            let mut value = seal(FAMILY, key.as_bytes(), key.as_bytes());
            value.truncate(value.len() - key.len());
            value.extend_from_slice(payload.as_bytes());
            storage.db.put_cf(storage.handle(FAMILY).unwrap(), key, value).unwrap();
        }
        (dir, storage)
    }

    /// Walks until `stop`; the keys that it was shown, each with its payload, and whether that was all.
    fn walk(scan: &mut Scan<'_>, stop: &str) -> Result<(String, bool), StorageError> {
        let mut shown = String::new();
        let is_all = scan.walk(|entry| {
            assert_eq!(entry.payload()?, entry.key);
            let key = std::str::from_utf8(entry.key).unwrap();
            shown.push_str(key);
            Ok::<_, StorageError>(if key == stop { Next::Stop } else { Next::Entry })
        })?;
        Ok((shown, is_all))
    }

    #[test]
    fn a_walk_that_was_stopped_goes_on_behind_what_it_stands_on() {
        let (_dir, storage) = store("abcdef", "");
        let view = storage.latest();
        let mut scan = view.scan(FAMILY, b"b", b"f".to_vec()).unwrap();
        assert_eq!(walk(&mut scan, "c").unwrap(), ("bc".to_owned(), false));
        assert_eq!(scan.entry().unwrap(), (&b"c"[..], &b"c"[..]));
        assert_eq!(scan.advance().unwrap(), Some(&b"d"[..]));
        assert_eq!(walk(&mut scan, "").unwrap(), ("e".to_owned(), true));
        assert_eq!(
            walk(&mut scan, "").unwrap(),
            (String::new(), true),
            "nothing comes after the end"
        );
        assert_eq!(scan.advance().unwrap(), None);
        scan.seek(b"d");
        assert_eq!(walk(&mut scan, "d").unwrap(), ("d".to_owned(), false));
        let mut back = view.scan_back(FAMILY, b"b", b"f".to_vec()).unwrap();
        assert_eq!(walk(&mut back, "d").unwrap(), ("ed".to_owned(), false));
        assert_eq!(walk(&mut back, "").unwrap(), ("cb".to_owned(), true));
        assert_eq!(back.last(b"").unwrap().as_deref(), Some(&b"e"[..]));
        let last = |prefix: &[u8]| view.scan(FAMILY, b"b", b"f".to_vec()).unwrap().last(prefix);
        assert_eq!(last(b"e").unwrap().as_deref(), Some(&b"e"[..]));
        assert_eq!(last(b"f").unwrap(), None, "what lies before the range");
    }

    #[test]
    fn a_walk_goes_on_where_it_is_told_to() {
        let (_dir, storage) = store("abcdef", "");
        let view = storage.latest();
        let mut scan = view.scan(FAMILY, b"a", Vec::new()).unwrap();
        let mut shown = Vec::new();
        let is_all = scan.walk(|entry| {
            shown.push(entry.key.to_vec());
            Ok::<_, StorageError>(match entry.key {
                b"a" => Next::Seek(b"bb".to_vec()),
                b"d" => Next::Stop,
                _ => Next::Entry,
            })
        });
        assert!(!is_all.unwrap());
        assert_eq!(shown, [b"a", b"c", b"d"]);
        assert_eq!(walk(&mut scan, "").unwrap(), ("ef".to_owned(), true));
    }

    #[test]
    fn no_payload_is_shown_that_is_not_as_it_was_sealed() {
        let (_dir, storage) = store("abcd", "bd");
        let view = storage.latest();
        let refused = |result: Result<(String, bool), StorageError>| {
            assert!(matches!(result, Err(StorageError::Value { .. })), "{result:?}");
        };
        let mut scan = view.scan(FAMILY, b"a", Vec::new()).unwrap();
        refused(walk(&mut scan, ""));
        assert!(scan.entry().is_err(), "it stands there");
        assert_eq!(walk(&mut scan, "c").unwrap(), ("c".to_owned(), false));
        assert!(scan.entry().is_ok());
        assert_eq!(
            scan.advance().unwrap(),
            Some(&b"d"[..]),
            "its key is not asked for its payload"
        );
        assert!(scan.entry().is_err());
        scan.seek(b"c");
        assert_eq!(walk(&mut scan, "c").unwrap(), ("c".to_owned(), false));
        scan.seek(b"b");
        refused(walk(&mut scan, ""));
    }
}
