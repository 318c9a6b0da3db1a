//! The same schema over any store of ordered keys: rows, a log of changes, and the log by owner.

use crate::rows::{OWNERS, Page, key, owner};
use crate::subject::{Layout, Moment, Result, Subject};
use std::sync::atomic::{AtomicU64, Ordering};

/// The maps of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Map {
    /// Key to row.
    Rows,
    /// Change time to key, or to key and document.
    Log,
    /// Owner and change time to the same.
    Scopes,
}

/// All maps, with their names.
pub const MAPS: [(Map, &str); 3] =
    [(Map::Rows, "rows"), (Map::Log, "log"), (Map::Scopes, "scopes")];

/// What a visitor of a range sees; it says whether to go on.
pub type Visit<'v> = dyn FnMut(&[u8], &[u8]) -> Result<bool> + 'v;

/// Reads from one state of the store.
pub trait Read {
    /// Hands the value to `see` if there is one.
    fn get(&self, map: Map, key: &[u8], see: &mut dyn FnMut(&[u8])) -> Result<()>;
    /// Visits keys from `from` on, in order, to before `to`.
    fn range(&self, map: Map, from: &[u8], to: &[u8], visit: &mut Visit<'_>) -> Result<()>;
}

/// One commit.
pub trait Write {
    /// The value as of this commit.
    fn get(&mut self, map: Map, key: &[u8]) -> Result<Option<Vec<u8>>>;
    /// Puts a value.
    fn put(&mut self, map: Map, key: &[u8], value: &[u8]) -> Result<()>;
    /// Removes a key.
    fn remove(&mut self, map: Map, key: &[u8]) -> Result<()>;
}

/// A store of ordered keys.
pub trait Kv: Send + Sync {
    /// Reads.
    fn read(&self, run: &mut dyn FnMut(&dyn Read) -> Result<()>) -> Result<()>;
    /// Commits what `run` writes.
    fn write(&self, run: &mut dyn FnMut(&mut dyn Write) -> Result<()>) -> Result<()>;
    /// As its documentation advises; nothing where it has no such thing.
    fn compact(&self) -> Result<()>;
    /// Everything to disk.
    fn flush(&self) -> Result<()>;
}

/// The schema over a store.
pub struct Tables<K> {
    kv: K,
    layout: Layout,
    clock: AtomicU64,
}

/// Change time, version, whether it is deleted, owner.
const HEAD: usize = 8 + 8 + 1 + 11;
const KEY: usize = 13;

fn time(bytes: &[u8]) -> u64 {
    u64::from_be_bytes(bytes.first_chunk().copied().unwrap_or_default())
}

fn owner_of(n: u64) -> Vec<u8> {
    owner(n % OWNERS).into_bytes()
}

impl<K: Kv> Tables<K> {
    /// Over a store that was just opened.
    pub fn open(kv: K, layout: Layout) -> Result<Self> {
        let mut newest = 0;
        kv.read(&mut |view| {
            view.range(Map::Log, &[0; 8], &[0xff; 8], &mut |key, _| {
                newest = time(key);
                Ok(true)
            })
        })?;
        Ok(Self { kv, layout, clock: AtomicU64::new(newest + 1) })
    }

    fn commit(&self, rows: &[(u64, &[u8])]) -> Result<()> {
        self.kv.write(&mut |batch| {
            for (n, document) in rows {
                // Inside of the commit: the order of times is the order of commits.
                let at = self.clock.fetch_add(1, Ordering::SeqCst).to_be_bytes();
                let (key, owner) = (key(*n).into_bytes(), owner_of(*n));
                let before = batch.get(Map::Rows, &key)?;
                let version = before.as_ref().map_or(0, |row| time(row.split_at(8).1)) + 1;
                if let Some(old) = before.as_ref().and_then(|row| row.first_chunk::<8>()) {
                    batch.remove(Map::Log, old)?;
                    batch.remove(Map::Scopes, &[&owner, &old[..]].concat())?;
                }
                let row = [&at[..], &version.to_be_bytes(), &[0], &owner, document].concat();
                batch.put(Map::Rows, &key, &row)?;
                let entry = match self.layout {
                    Layout::ByHand => key,
                    Layout::Clustered => [&key, &row[..]].concat(),
                };
                batch.put(Map::Log, &at, &entry)?;
                batch.put(Map::Scopes, &[&owner, &at[..]].concat(), &entry)?;
            }
            Ok(())
        })
    }

    fn changes(&self, map: Map, from: &[u8], to: &[u8], limit: u32) -> Result<Page> {
        let mut rows = Vec::new();
        self.kv.read(&mut |view| {
            view.range(map, from, to, &mut |_, entry| {
                let (key, row) = entry.split_at(KEY);
                match self.layout {
                    Layout::Clustered => rows.push((key.to_vec(), row.split_at(HEAD).1.to_vec())),
                    Layout::ByHand => view.get(Map::Rows, key, &mut |row| {
                        rows.push((key.to_vec(), row.split_at(HEAD).1.to_vec()));
                    })?,
                }
                Ok(rows.len() < limit as usize)
            })
        })?;
        Ok(Page::Rows(rows))
    }
}

impl<K: Kv> Subject for Tables<K> {
    fn insert(&self, rows: &[(u64, Vec<u8>)]) -> Result<()> {
        self.commit(&rows.iter().map(|(n, bytes)| (*n, bytes.as_slice())).collect::<Vec<_>>())
    }

    fn update(&self, n: u64, document: &[u8]) -> Result<()> {
        self.commit(&[(n, document)])
    }

    fn get(&self, n: u64) -> Result<Option<Vec<u8>>> {
        let mut found = None;
        self.kv.read(&mut |view| {
            view.get(Map::Rows, key(n).as_bytes(), &mut |row| {
                found = Some(row.split_at(HEAD).1.to_vec());
            })
        })?;
        Ok(found)
    }

    fn scan(&self, n: u64, limit: u32) -> Result<Page> {
        let mut rows = Vec::new();
        self.kv.read(&mut |view| {
            view.range(Map::Rows, key(n).as_bytes(), &[0xff], &mut |key, row| {
                rows.push((key.to_vec(), row.split_at(HEAD).1.to_vec()));
                Ok(rows.len() < limit as usize)
            })
        })?;
        Ok(Page::Rows(rows))
    }

    fn now(&self) -> Result<Moment> {
        Ok(Moment(self.clock.load(Ordering::SeqCst)))
    }

    fn base(&self, limit: u32) -> Result<Page> {
        self.scan(0, limit)
    }

    fn delta(&self, since: Moment, limit: u32) -> Result<Page> {
        self.changes(Map::Log, &since.0.to_be_bytes(), &[0xff; 8], limit)
    }

    fn scope_delta(&self, of: u64, since: Moment, limit: u32) -> Result<Page> {
        let (from, to) = (since.0.to_be_bytes(), [0xff; 8]);
        let owner = owner_of(of);
        let from = [&owner, &from[..]].concat();
        self.changes(Map::Scopes, &from, &[&owner, &to[..]].concat(), limit)
    }

    fn expire(&self, before: Moment) -> Result<()> {
        let mut old = Vec::new();
        self.kv.read(&mut |view| {
            view.range(Map::Log, &[0; 8], &before.0.to_be_bytes(), &mut |key, _| {
                old.push(key.to_vec());
                Ok(true)
            })
        })?;
        for keys in old.chunks(10_000) {
            self.kv
                .write(&mut |batch| keys.iter().try_for_each(|key| batch.remove(Map::Log, key)))?;
        }
        Ok(())
    }

    fn compact(&self) -> Result<()> {
        self.kv.compact()
    }

    fn flush(&self) -> Result<()> {
        self.kv.flush()
    }
}
