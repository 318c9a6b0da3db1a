//! The limit: RocksDB used directly with the engine's families, keys, sizes of values, reads and writes,
//! and nothing else: no clock, no locks, no tokens, no checks of its own.

use crate::rows::{Page, key, owner};
use crate::subject::{Durability, Kind, Moment, Result, Subject};
use highwater_format::{
    BucketId, IndexId, ItemKey, KeyValue, TableId, Timestamp, digest_slot, keys,
};
use rocksdb::{
    BlockBasedIndexType, BlockBasedOptions, Cache, ColumnFamily, ColumnFamilyDescriptor, DB,
    DBCompressionType, DBRawIterator, Options, ReadOptions, WriteBatch, WriteOptions,
};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

pub(super) const TABLE: TableId = TableId(1);
pub(super) const INDEX: IndexId = IndexId(2);
const BUCKET: BucketId = BucketId(1);
/// Envelope, flags, version and change time of a value, and the owner that it lies under.
const HEAD: usize = 5 + 1 + 1 + 8 + 3 + 14;
pub(super) const FAMILIES: [(&str, usize, Option<f64>); 4] = [
    ("base", 16 << 10, Some(10.0)),
    ("delta", 32 << 10, None),
    ("delta_index", 8 << 10, Some(10.0)),
    ("digest", 4 << 10, Some(10.0)),
];

/// RocksDB.
pub struct Limit;

impl Kind for Limit {
    fn name(&self) -> String {
        "limit".to_owned()
    }

    fn open(&self, folder: &Path, durability: Durability) -> Result<Box<dyn Subject>> {
        let cache = Cache::new_lru_cache(256 << 20);
        let families = FAMILIES.map(|(name, block, bloom)| {
            let mut table = table_options(block, bloom);
            table.set_block_cache(&cache);
            let mut options = Options::default();
            options.set_block_based_table_factory(&table);
            options.set_level_compaction_dynamic_level_bytes(true);
            options.set_write_buffer_size(32 << 20);
            options.set_max_write_buffer_number(3);
            options.set_compression_type(DBCompressionType::Lz4);
            let bottom =
                if name == "delta" { DBCompressionType::Lz4 } else { DBCompressionType::Zstd };
            options.set_bottommost_compression_type(bottom);
            ColumnFamilyDescriptor::new(name, options)
        });
        let mut options = Options::default();
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        options.set_max_total_wal_size(256 << 20);
        options.set_atomic_flush(true);
        options.set_bytes_per_sync(1 << 20);
        options.set_max_background_jobs(2);
        let db = DB::open_cf_descriptors(&options, folder, families)?;
        let limit =
            OpenLimit { db, synced: durability == Durability::Synced, clock: AtomicU64::new(1) };
        let newest = limit.last_change()?;
        limit.clock.store(newest + 1, Ordering::SeqCst);
        Ok(Box::new(limit))
    }
}

pub(super) fn table_options(block: usize, bloom: Option<f64>) -> BlockBasedOptions {
    let mut table = BlockBasedOptions::default();
    table.set_block_size(block);
    table.set_cache_index_and_filter_blocks(true);
    table.set_pin_l0_filter_and_index_blocks_in_cache(true);
    table.set_format_version(6);
    if let Some(bits) = bloom {
        table.set_bloom_filter(bits, false);
        // As the engine's: in one piece they grow beyond what a shard of the cache keeps.
        table.set_index_type(BlockBasedIndexType::TwoLevelIndexSearch);
        table.set_partition_filters(true);
    }
    table
}

struct OpenLimit {
    db: DB,
    synced: bool,
    clock: AtomicU64,
}

pub(super) fn value(at: u64, version: u64, document: &[u8], before: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEAD + before.len() + document.len());
    out.extend_from_slice(&at.to_be_bytes());
    out.extend_from_slice(&version.to_be_bytes());
    out.resize(HEAD, 0);
    out.extend_from_slice(before);
    out.extend_from_slice(document);
    out
}

fn number(bytes: &[u8], at: usize) -> u64 {
    let bytes = bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
    u64::from_be_bytes(bytes.unwrap_or_default())
}

pub(super) fn item(n: u64) -> Vec<u8> {
    ItemKey::from(key(n).as_str()).encode()
}

pub(super) fn scope(n: u64) -> Vec<u8> {
    KeyValue::from(owner(n).as_str()).encode()
}

/// Type, text, end.
fn text(item: &[u8]) -> &[u8] {
    item.get(1..item.len().saturating_sub(2)).unwrap_or_default()
}

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
        options.set_total_order_seek(true);
        options.set_iterate_upper_bound(to);
        let mut iter = self.db.raw_iterator_cf_opt(self.family(family), options);
        iter.seek(from);
        iter
    }

    fn page<'a>(
        mut iter: DBRawIterator<'a>,
        limit: u32,
        row: impl Fn(&[u8], &[u8]) -> (Vec<u8>, Vec<u8>),
    ) -> Result<Page> {
        let mut rows = Vec::new();
        while rows.len() < limit as usize
            && let Some((key, value)) = iter.item()
        {
            rows.push(row(key, value));
            iter.next();
        }
        iter.status()?;
        Ok(Page::Rows(rows))
    }

    fn log_row(_: &[u8], value: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let length = item(0).len();
        let (item, document) = value.split_at(HEAD).1.split_at(length);
        (text(item).to_vec(), document.to_vec())
    }

    fn base_row(key: &[u8], value: &[u8]) -> (Vec<u8>, Vec<u8>) {
        (text(key.split_at(4).1).to_vec(), value.split_at(HEAD).1.to_vec())
    }

    /// A part of a digest is read and written with each change.
    fn digest(&self, batch: &mut WriteBatch, key: Vec<u8>, add: u64) -> Result<()> {
        let family = self.family("digest");
        let held = self.db.get_pinned_cf(family, &key)?.map_or(0, |held| number(&held, 5));
        let mut part = vec![0; 5];
        part.extend_from_slice(&held.wrapping_add(add).to_be_bytes());
        part.resize(5 + 1 + 16, 0);
        batch.put_cf(family, key, part);
        Ok(())
    }

    fn write(&self, rows: &[(u64, &[u8])]) -> Result<()> {
        let mut batch = WriteBatch::default();
        let first = self.clock.fetch_add(rows.len() as u64, Ordering::SeqCst);
        for (at, (n, document)) in (first..).zip(rows) {
            let (item, scope) = (item(*n), scope(*n));
            let base = keys::base(TABLE, &item);
            let before = self.db.get_pinned_cf(self.family("base"), &base)?;
            let version = before.as_ref().map_or(0, |value| number(value, 8)) + 1;
            batch.put_cf(self.family("base"), base, value(at, version, document, &[]));
            let entry = value(at, version, document, &item);
            if let Some(before) = before {
                let old = Timestamp(number(&before, 0));
                batch.single_delete_cf(self.family("delta"), keys::delta(BUCKET, TABLE, old));
                batch.delete_cf(self.family("delta_index"), keys::scope_entry(INDEX, &scope, old));
            }
            batch.put_cf(self.family("delta"), keys::delta(BUCKET, TABLE, Timestamp(at)), &entry);
            let place = keys::scope_entry(INDEX, &scope, Timestamp(at));
            batch.put_cf(self.family("delta_index"), place, &entry);
            let slot = digest_slot(&item);
            self.digest(&mut batch, keys::digest(keys::DigestOf::Table(TABLE), slot), at)?;
            self.digest(&mut batch, keys::digest(keys::DigestOf::Scope(INDEX, &scope), slot), at)?;
        }
        let mut options = WriteOptions::default();
        options.set_sync(self.synced);
        self.db.write_opt(batch, &options)?;
        Ok(())
    }
}

impl Subject for OpenLimit {
    fn insert(&self, rows: &[(u64, Vec<u8>)]) -> Result<()> {
        let rows: Vec<_> = rows.iter().map(|(n, bytes)| (*n, bytes.as_slice())).collect();
        self.write(&rows)
    }

    fn update(&self, n: u64, document: &[u8]) -> Result<()> {
        self.write(&[(n, document)])
    }

    fn get(&self, n: u64) -> Result<Option<Vec<u8>>> {
        let value = self.db.get_pinned_cf(self.family("base"), keys::base(TABLE, &item(n)))?;
        Ok(value.map(|value| value.split_at(HEAD).1.to_vec()))
    }

    fn scan(&self, n: u64, limit: u32) -> Result<Page> {
        let end = keys::after_prefix(&keys::table(TABLE));
        Self::page(self.range("base", keys::base(TABLE, &item(n)), end), limit, Self::base_row)
    }

    fn now(&self) -> Result<Moment> {
        Ok(Moment(self.clock.load(Ordering::SeqCst)))
    }

    fn base(&self, limit: u32) -> Result<Page> {
        let start = keys::table(TABLE);
        let end = keys::after_prefix(&start);
        Self::page(self.range("base", start, end), limit, Self::base_row)
    }

    fn delta(&self, since: Moment, limit: u32) -> Result<Page> {
        let from = keys::delta(BUCKET, TABLE, Timestamp(since.0));
        let to = keys::after_prefix(&keys::delta_table(BUCKET, TABLE));
        Self::page(self.range("delta", from, to), limit, Self::log_row)
    }

    fn scope_delta(&self, owner_of: u64, since: Moment, limit: u32) -> Result<Page> {
        let scope = scope(owner_of);
        let from = keys::scope_entry(INDEX, &scope, Timestamp(since.0));
        let to = keys::scope_entry(INDEX, &scope, Timestamp(u64::MAX));
        Self::page(self.range("delta_index", from, to), limit, Self::log_row)
    }

    fn expire(&self, before: Moment) -> Result<()> {
        let (from, to) = (Timestamp(0), Timestamp(before.0));
        let mut batch = WriteBatch::default();
        let (from, to) = (keys::delta(BUCKET, TABLE, from), keys::delta(BUCKET, TABLE, to));
        batch.delete_range_cf(self.family("delta"), from, to);
        let mut options = WriteOptions::default();
        options.set_sync(true);
        self.db.write_opt(batch, &options)?;
        Ok(())
    }

    fn compact(&self) -> Result<()> {
        for (name, ..) in FAMILIES {
            self.db.compact_range_cf(self.family(name), None::<&[u8]>, None::<&[u8]>);
        }
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        Ok(self.db.flush_wal(true)?)
    }
}
