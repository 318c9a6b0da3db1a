//! The same schema over any store of ordered keys: rows, a log of changes, and the log by owner.

use super::kv::{Kv, Map};
use crate::page::{Got, Page, Told};
use crate::rows::{Key, Row, passes};
use crate::subject::{Layout, Moment, Place, Result, Subject};
use std::sync::atomic::{AtomicU64, Ordering};

/// The schema over a store.
pub struct Tables<K> {
    kv: K,
    layout: Layout,
    clock: AtomicU64,
}

/// Change time, version, whether it is deleted, owner.
const HEAD: usize = 8 + 8 + 1 + 11;
const KEY: usize = 13;
/// Below every key: LMDB knows no empty one.
const FIRST: &[u8] = &[0];

fn time(bytes: &[u8]) -> u64 {
    u64::from_be_bytes(bytes.first_chunk().copied().unwrap_or_default())
}

fn is_deleted(row: &[u8]) -> bool {
    row.get(16).is_some_and(|flag| *flag != 0)
}

fn told(key: &[u8], row: &[u8]) -> Told {
    Told {
        key: key.to_vec(),
        document: row.split_at(HEAD).1.to_vec(),
        version: time(row.split_at(8).1),
        changed_at: time(row),
        deleted: is_deleted(row),
    }
}

/// What a commit does to a row: writes a document, or lets it go.
type Change<'a> = (&'a Key, Option<&'a [u8]>);

impl<K: Kv> Tables<K> {
    /// Over a store that was just opened.
    pub fn open(kv: K, layout: Layout) -> Result<Self> {
        let mut newest = 0;
        kv.read(&mut |view| {
            newest = view.last(Map::Log)?.map_or(0, |key| time(&key));
            Ok(())
        })?;
        Ok(Self { kv, layout, clock: AtomicU64::new(newest + 1) })
    }

    fn commit(&self, changes: &[Change<'_>]) -> Result<()> {
        self.kv.write(&mut |batch| {
            for (Key { text, owner, .. }, document) in changes {
                // Inside of the commit: the order of times is the order of commits.
                let at = self.clock.fetch_add(1, Ordering::SeqCst).to_be_bytes();
                let (key, owner) = (text.as_bytes(), owner.as_bytes());
                let (mut before, mut last) = (None, Vec::new());
                batch.get(Map::Rows, key, &mut |row| {
                    before = row.first_chunk::<16>().copied();
                    // A tombstone keeps its document.
                    if document.is_none() {
                        last = row.split_at(HEAD).1.to_vec();
                    }
                })?;
                let version = before.map_or(0, |head| time(head.split_at(8).1)) + 1;
                if let Some(old) = before.as_ref().and_then(|head| head.first_chunk::<8>()) {
                    batch.remove(Map::Log, old)?;
                    batch.remove(Map::Scopes, &[owner, &old[..]].concat())?;
                }
                let (deleted, document) = (u8::from(document.is_none()), document.unwrap_or(&last));
                let row = [&at[..], &version.to_be_bytes(), &[deleted], owner, document].concat();
                batch.put(Map::Rows, key, &row)?;
                let entry = match self.layout {
                    Layout::ByHand => key,
                    Layout::Clustered => &[key, &row[..]].concat(),
                };
                batch.append(Map::Log, &at, entry)?;
                batch.put(Map::Scopes, &[owner, &at[..]].concat(), entry)?;
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
                    Layout::Clustered => rows.push(told(key, row)),
                    Layout::ByHand => {
                        view.get(Map::Rows, key, &mut |row| rows.push(told(key, row)))?;
                    }
                }
                Ok(rows.len() < limit as usize)
            })
        })?;
        Ok(Page::Rows(rows))
    }

    fn rows(&self, from: &[u8], limit: u32, wanted: impl Fn(&[u8]) -> bool) -> Result<Page> {
        let mut rows = Vec::new();
        self.kv.read(&mut |view| {
            view.range(Map::Rows, from, &[0xff], &mut |key, row| {
                if !is_deleted(row) && wanted(row.split_at(HEAD).1) {
                    rows.push(told(key, row));
                }
                Ok(rows.len() < limit as usize)
            })
        })?;
        Ok(Page::Rows(rows))
    }
}

impl<K: Kv> Subject for Tables<K> {
    fn insert(&self, rows: &[Row]) -> Result<()> {
        let changes = rows.iter().map(|row| (&row.key, Some(row.document.as_slice())));
        self.commit(&changes.collect::<Vec<_>>())
    }

    fn update(&self, row: &Row) -> Result<()> {
        self.commit(&[(&row.key, Some(&row.document))])
    }

    fn delete(&self, keys: &[Key]) -> Result<()> {
        self.commit(&keys.iter().map(|key| (key, None)).collect::<Vec<_>>())
    }

    fn get(&self, key: &Key) -> Result<Option<Got>> {
        let (key, mut found) = (key.text.as_bytes(), None);
        self.kv.read(&mut |view| {
            view.get(Map::Rows, key, &mut |row| {
                found = (!is_deleted(row)).then(|| Got::Row(told(key, row)));
            })
        })?;
        Ok(found)
    }

    fn now(&self) -> Result<Moment> {
        Ok(Moment(self.clock.load(Ordering::SeqCst)))
    }

    fn base(&self, from: &Place, limit: u32) -> Result<Page> {
        let from = match from {
            Place::Row(key) => key.text.as_bytes(),
            Place::Token(_) => FIRST,
        };
        self.rows(from, limit, |_| true)
    }

    fn filtered(&self, limit: u32) -> Result<Page> {
        self.rows(FIRST, limit, passes)
    }

    fn delta(&self, since: Moment, limit: u32) -> Result<Page> {
        self.changes(Map::Log, &since.0.to_be_bytes(), &[0xff; 8], limit)
    }

    fn scope_delta(&self, of: &Key, since: Moment, limit: u32) -> Result<Page> {
        let (owner, from, to) = (of.owner.as_bytes(), since.0.to_be_bytes(), [0xff; 8]);
        let from = [owner, &from[..]].concat();
        self.changes(Map::Scopes, &from, &[owner, &to[..]].concat(), limit)
    }

    fn expire(&self, before: Moment) -> Result<bool> {
        if self.layout == Layout::ByHand {
            return Ok(false);
        }
        self.kv.cut_log(&before.0.to_be_bytes())?;
        Ok(true)
    }

    fn tells_before(&self, before: Moment) -> Result<bool> {
        let mut told = false;
        self.kv.read(&mut |view| {
            view.range(Map::Log, FIRST, &before.0.to_be_bytes(), &mut |_, _| {
                told = true;
                Ok(false)
            })
        })?;
        Ok(told)
    }

    fn merges(&self) -> bool {
        self.kv.merges()
    }

    fn compact(&mut self) -> Result<()> {
        self.kv.compact()
    }

    fn settle(&self) -> Result<()> {
        self.kv.settle()
    }

    fn is_quiet(&self) -> Result<bool> {
        Ok(self.kv.is_quiet())
    }
}
