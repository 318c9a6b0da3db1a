//! The limit: RocksDB used directly with the engine's families, options, keys, sizes of values, reads and
//! writes, and nothing else: no clock, no locks, no tokens, no checks of its own.

use super::limit_options::{FAMILIES, build};
use crate::page::{Got, Page, Told};
use crate::rows::{Key, Row, passes};
use crate::subject::{Durability, Kind, Moment, Place, Result, Setup, Subject};
use highwater_format::{BucketId, IndexId, TableId, Timestamp, digest_slot, keys};
use rocksdb::{
    BottommostLevelCompaction, ColumnFamily, CompactOptions, DB, DBRawIterator, FlushOptions,
    ReadOptions, WriteBatch, WriteOptions,
};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

pub(super) const TABLE: TableId = TableId(1);
pub(super) const INDEX: IndexId = IndexId(2);
const BUCKET: BucketId = BucketId(1);
/// Envelope, flags, version and change time of a value, and the owner that it lies under.
const HEAD: usize = 5 + 1 + 1 + 8 + 3 + 14;
/// Where a value says that it is a tombstone, behind its change time and version.
const DELETED: usize = 16;

/// RocksDB.
pub struct Limit;

impl Kind for Limit {
    fn name(&self) -> String {
        "limit".to_owned()
    }

    fn open(&self, setup: Setup<'_>) -> Result<Box<dyn Subject>> {
        let (options, families) = build();
        let db = DB::open_cf_descriptors(&options, setup.folder, families)?;
        // One for all gets, as the engine has it: making one costs as much as a small read.
        let mut reading = ReadOptions::default();
        reading.set_verify_checksums(true);
        reading.set_total_order_seek(true);
        let synced = setup.durability == Durability::Synced;
        let limit = OpenLimit { db, reading, synced, clock: AtomicU64::new(1) };
        let newest = limit.last_change()?;
        limit.clock.store(newest + 1, Ordering::SeqCst);
        Ok(Box::new(limit))
    }
}

struct OpenLimit {
    db: DB,
    reading: ReadOptions,
    synced: bool,
    clock: AtomicU64,
}

pub(super) fn value(
    (at, version, deleted): (u64, u64, bool),
    document: &[u8],
    before: &[u8],
) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEAD + before.len() + document.len());
    out.extend_from_slice(&at.to_be_bytes());
    out.extend_from_slice(&version.to_be_bytes());
    out.push(u8::from(deleted));
    out.resize(HEAD, 0);
    out.extend_from_slice(before);
    out.extend_from_slice(document);
    out
}

fn number(bytes: &[u8], at: usize) -> u64 {
    let bytes = bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
    u64::from_be_bytes(bytes.unwrap_or_default())
}

fn is_deleted(value: &[u8]) -> bool {
    value.get(DELETED).is_some_and(|flag| *flag != 0)
}

/// Type, text, end.
fn text(item: &[u8]) -> &[u8] {
    item.get(1..item.len().saturating_sub(2)).unwrap_or_default()
}

fn told(item: &[u8], value: &[u8], document: &[u8]) -> Told {
    Told {
        key: text(item).to_vec(),
        document: document.to_vec(),
        version: number(value, 8),
        changed_at: number(value, 0),
        deleted: is_deleted(value),
    }
}

/// Bytes of an encoded key: type, text, end.
const ITEM: usize = 1 + 13 + 2;

/// What a commit writes under a key: a document, or that the row is gone.
type Change<'a> = (&'a Key, Option<&'a [u8]>);

impl OpenLimit {
    fn family(&self, name: &str) -> &ColumnFamily {
        self.db.cf_handle(name).expect("opened with it")
    }

    fn last_change(&self) -> Result<u64> {
        let mut iter = self.db.raw_iterator_cf(self.family("delta"));
        iter.seek_to_last();
        let last = iter.key().map(|key| number(key, key.len() - 8));
        iter.status()?;
        Ok(last.unwrap_or_default())
    }

    fn range(&self, family: &str, from: Vec<u8>, to: Vec<u8>) -> DBRawIterator<'_> {
        let mut options = ReadOptions::default();
        options.set_verify_checksums(true);
        options.set_total_order_seek(true);
        options.set_iterate_lower_bound(from.as_slice());
        options.set_iterate_upper_bound(to);
        let mut iter = self.db.raw_iterator_cf_opt(self.family(family), options);
        iter.seek(from);
        iter
    }

    fn page(
        mut iter: DBRawIterator<'_>,
        limit: u32,
        row: impl Fn(&[u8], &[u8]) -> Option<Told>,
    ) -> Result<Page> {
        let mut rows = Vec::new();
        while rows.len() < limit as usize
            && let Some((key, value)) = iter.item()
        {
            rows.extend(row(key, value));
            iter.next();
        }
        iter.status()?;
        Ok(Page::Rows(rows))
    }

    fn log_page(iter: DBRawIterator<'_>, of: usize, limit: u32) -> Result<Page> {
        Self::page(iter, limit, |_, value| {
            let (item, document) = value.split_at(HEAD).1.split_at(of);
            Some(told(item, value, document))
        })
    }

    fn base_row(key: &[u8], value: &[u8]) -> Option<Told> {
        (!is_deleted(value)).then(|| told(key.split_at(4).1, value, value.split_at(HEAD).1))
    }

    /// Parts of digests are read and written once in a commit, what it changes in each summed up before.
    fn digests(&self, batch: &mut WriteBatch, parts: BTreeMap<Vec<u8>, u64>) -> Result<()> {
        let family = self.family("digest");
        for (key, add) in parts {
            let held = self.db.get_pinned_cf_opt(family, &key, &self.reading)?;
            let held = held.map_or(0, |held| number(&held, 5));
            let mut part = vec![0; 5];
            part.extend_from_slice(&held.wrapping_add(add).to_be_bytes());
            part.resize(5 + 1 + 16, 0);
            batch.put_cf(family, key, part);
        }
        Ok(())
    }

    fn write<'a>(&self, count: u64, changes: impl Iterator<Item = Change<'a>>) -> Result<()> {
        let (mut batch, mut parts) = (WriteBatch::default(), BTreeMap::new());
        let [base, delta, scopes] = ["base", "delta", "delta_index"].map(|name| self.family(name));
        let first = self.clock.fetch_add(count, Ordering::SeqCst);
        for (at, (Key { item, scope, .. }, document)) in (first..).zip(changes) {
            let key = keys::base(TABLE, item);
            let before = self.db.get_pinned_cf_opt(base, &key, &self.reading)?;
            let version = before.as_ref().map_or(0, |value| number(value, 8)) + 1;
            let head = (at, version, document.is_none());
            let last = before.as_ref().map(|value| value.split_at(HEAD).1).unwrap_or_default();
            let document = document.unwrap_or(last);
            let entry = value(head, document, item);
            batch.put_cf(base, key, value(head, document, &[]));
            if let Some(before) = &before {
                let old = Timestamp(number(before, 0));
                batch.single_delete_cf(delta, keys::delta(BUCKET, TABLE, old));
                batch.delete_cf(scopes, keys::scope_entry(INDEX, scope, old));
            }
            batch.put_cf(delta, keys::delta(BUCKET, TABLE, Timestamp(at)), &entry);
            batch.put_cf(scopes, keys::scope_entry(INDEX, scope, Timestamp(at)), &entry);
            let slot = digest_slot(item);
            for of in [keys::DigestOf::Table(TABLE), keys::DigestOf::Scope(INDEX, scope)] {
                let sum: &mut u64 = parts.entry(keys::digest(of, slot)).or_default();
                *sum = sum.wrapping_add(at);
            }
        }
        self.digests(&mut batch, parts)?;
        let mut options = WriteOptions::default();
        options.set_sync(self.synced);
        self.db.write_opt(batch, &options)?;
        Ok(())
    }

    fn families(&self) -> impl Iterator<Item = &ColumnFamily> {
        FAMILIES.iter().map(|family| self.family(family.name))
    }
}

impl Subject for OpenLimit {
    fn insert(&self, rows: &[Row]) -> Result<()> {
        let changes = rows.iter().map(|row| (&row.key, Some(row.document.as_slice())));
        self.write(rows.len() as u64, changes)
    }

    fn update(&self, row: &Row) -> Result<()> {
        self.write(1, std::iter::once((&row.key, Some(row.document.as_slice()))))
    }

    fn delete(&self, keys: &[Key]) -> Result<()> {
        self.write(keys.len() as u64, keys.iter().map(|key| (key, None)))
    }

    fn get(&self, key: &Key) -> Result<Option<Got>> {
        let place = keys::base(TABLE, &key.item);
        let value = self.db.get_pinned_cf_opt(self.family("base"), place, &self.reading)?;
        let value = value.filter(|value| !is_deleted(value));
        Ok(value.map(|value| Got::Row(told(&key.item, &value, value.split_at(HEAD).1))))
    }

    fn now(&self) -> Result<Moment> {
        Ok(Moment(self.clock.load(Ordering::SeqCst)))
    }

    fn base(&self, from: &Place, limit: u32) -> Result<Page> {
        let table = keys::table(TABLE);
        let end = keys::after_prefix(&table);
        let start = match from {
            Place::Row(key) => keys::base(TABLE, &key.item),
            Place::Token(_) => table,
        };
        Self::page(self.range("base", start, end), limit, Self::base_row)
    }

    fn filtered(&self, limit: u32) -> Result<Page> {
        let table = keys::table(TABLE);
        let end = keys::after_prefix(&table);
        Self::page(self.range("base", table, end), limit, |key, value| {
            if passes(value.split_at(HEAD).1) { Self::base_row(key, value) } else { None }
        })
    }

    fn delta(&self, since: Moment, limit: u32) -> Result<Page> {
        let from = keys::delta(BUCKET, TABLE, Timestamp(since.0));
        let to = keys::after_prefix(&keys::delta_table(BUCKET, TABLE));
        Self::log_page(self.range("delta", from, to), ITEM, limit)
    }

    fn scope_delta(&self, of: &Key, since: Moment, limit: u32) -> Result<Page> {
        let from = keys::scope_entry(INDEX, &of.scope, Timestamp(since.0));
        let to = keys::scope_entry(INDEX, &of.scope, Timestamp(u64::MAX));
        Self::log_page(self.range("delta_index", from, to), ITEM, limit)
    }

    fn expire(&self, before: Moment) -> Result<bool> {
        let delta = self.family("delta");
        let (from, to) = (Timestamp(0), Timestamp(before.0));
        let (from, to) = (keys::delta(BUCKET, TABLE, from), keys::delta(BUCKET, TABLE, to));
        let mut batch = WriteBatch::default();
        batch.delete_range_cf(delta, &from, &to);
        let mut options = WriteOptions::default();
        options.set_sync(true);
        self.db.write_opt(batch, &options)?;
        self.db.delete_file_in_range_cf(delta, &from, &to)?;
        Ok(true)
    }

    fn tells_before(&self, before: Moment) -> Result<bool> {
        let from = keys::delta(BUCKET, TABLE, Timestamp(0));
        let iter = self.range("delta", from, keys::delta(BUCKET, TABLE, Timestamp(before.0)));
        iter.status()?;
        Ok(iter.valid())
    }

    fn log_bytes(&self) -> Result<Option<u64>> {
        let delta = self.family("delta");
        Ok(self.db.property_int_value_cf(delta, "rocksdb.total-sst-files-size")?)
    }

    fn merges(&self) -> bool {
        true
    }

    fn compact(&mut self) -> Result<()> {
        let mut options = CompactOptions::default();
        options.set_exclusive_manual_compaction(false);
        options.set_bottommost_level_compaction(BottommostLevelCompaction::ForceOptimized);
        self.db.flush_cfs_opt(&self.families().collect::<Vec<_>>(), &FlushOptions::default())?;
        for family in self.families() {
            self.db.compact_range_cf_opt(family, None::<&[u8]>, None::<&[u8]>, &options);
        }
        Ok(())
    }

    fn is_quiet(&self) -> Result<bool> {
        let running = ["rocksdb.num-running-compactions", "rocksdb.num-running-flushes"];
        let mut counts = running.into_iter().map(|name| self.db.property_int_value(name));
        Ok(counts.try_fold(0, |sum, count| Ok::<_, rocksdb::Error>(sum + count?.unwrap_or(0)))?
            == 0)
    }
}
