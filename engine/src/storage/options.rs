//! RocksDB's options, every one passed by name: its defaults are not ours and they move.

use super::Recovery;
use super::expiry::{ExpiryFilterFactory, ExpiryRules};
use crate::options::Options;
use highwater_format::Family;
use rocksdb::statistics::StatsLevel;
use rocksdb::{
    BlockBasedIndexType, BlockBasedOptions, Cache, ChecksumType, ColumnFamilyDescriptor,
    DBCompactionStyle, DBCompressionType, DBRecoveryMode, Options as RocksOptions,
    WriteBufferManager,
};
use std::sync::Arc;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// RocksDB starts so many threads for a file's compression at most, and uses them as it needs them.
const FILE_THREADS: i32 = 4;

/// What a family is tuned for.
struct Tuning {
    block_size: usize,
    write_buffer: usize,
    /// Bits per key of the whole-key bloom filter; none where nobody asks for single keys.
    bloom_bits: Option<f64>,
    /// Whether a file's index and filter are kept in parts. In one piece either takes up to megabytes, as much
    /// as a shard of the cache has: it is then not kept there, and every get and seek reads it again.
    in_parts: bool,
    l0_slowdown: i32,
    l0_stop: i32,
    compression: DBCompressionType,
    bottom: DBCompressionType,
}

fn tuning(family: Family, write_buffer: usize) -> Tuning {
    use DBCompressionType::{Lz4, None as Plain, Zstd};
    let common = Tuning {
        block_size: 16 * KIB,
        write_buffer,
        bloom_bits: Some(10.0),
        in_parts: true,
        l0_slowdown: 20,
        l0_stop: 36,
        compression: Lz4,
        bottom: Zstd,
    };
    match family {
        Family::Base => common,
        // Appended and scanned, never asked for a key. Its files hardly overlap, so many of them at
        // level 0 cost little; stalling writers for their number would be for nothing. An index of such
        // large blocks is small.
        Family::Delta => Tuning {
            block_size: 32 * KIB,
            bloom_bits: None,
            in_parts: false,
            l0_slowdown: 40,
            l0_stop: 80,
            bottom: Lz4,
            ..common
        },
        // Scanned by scope; the places of markers are asked for by key, mostly in vain.
        Family::DeltaIndex => Tuning { block_size: 8 * KIB, ..common },
        Family::History | Family::Receipts => Tuning { write_buffer: write_buffer / 2, ..common },
        // Scanned by value, never asked for a key.
        Family::Lookup => Tuning { block_size: 8 * KIB, bloom_bits: None, ..common },
        // Small values that change with every commit.
        Family::Digest => Tuning { block_size: 4 * KIB, write_buffer: write_buffer / 2, ..common },
        // Small, hot, and never allowed to pin the log for long.
        Family::Meta => Tuning {
            block_size: 4 * KIB,
            write_buffer: (MIB).min(write_buffer),
            compression: Plain,
            bottom: Plain,
            ..common
        },
    }
}

fn table_options(tuning: &Tuning) -> BlockBasedOptions {
    let mut table = BlockBasedOptions::default();
    table.set_block_size(tuning.block_size);
    table.set_cache_index_and_filter_blocks(true);
    table.set_pin_l0_filter_and_index_blocks_in_cache(true);
    table.set_checksum_type(ChecksumType::XXH3);
    table.set_format_version(6);
    table.set_whole_key_filtering(true);
    if let Some(bits) = tuning.bloom_bits {
        // The second argument is a leftover: `true` asks for the original, worse format.
        table.set_bloom_filter(bits, false);
    }
    if tuning.in_parts {
        table.set_index_type(BlockBasedIndexType::TwoLevelIndexSearch);
        table.set_partition_filters(tuning.bloom_bits.is_some());
        table.set_metadata_block_size(4 * KIB);
        table.set_pin_top_level_index_and_filter(true);
    }
    table
}

/// For files that are written outside of the database: as a compaction to the bottom would write them, but
/// with somebody waiting. Zstandard's first level makes files as small as its third, RocksDB's choice (of
/// documents of 256 bytes, 156.1 MB instead of 155.6), in a third of the time less, and other cores help.
pub(super) fn file_options(family: Family) -> RocksOptions {
    let tuning = tuning(family, 0);
    let mut out = RocksOptions::default();
    out.set_block_based_table_factory(&table_options(&tuning));
    out.set_compression_type(tuning.bottom);
    out.set_bottommost_compression_type(tuning.bottom);
    // The window and the strategy are the library's defaults; only the level is ours.
    out.set_compression_options(-14, 1, 0, 0);
    out.set_compression_options_parallel_threads(FILE_THREADS);
    out
}

fn family_options(
    family: Family,
    options: &Options,
    cache: &Cache,
    rules: &Arc<ExpiryRules>,
) -> RocksOptions {
    let tuning = tuning(family, options.tuning.write_buffer_bytes);
    let mut table = table_options(&tuning);
    table.set_block_cache(cache);

    let mut out = RocksOptions::default();
    out.set_block_based_table_factory(&table);
    out.set_compaction_style(DBCompactionStyle::Level);
    out.set_level_compaction_dynamic_level_bytes(true);
    out.set_write_buffer_size(tuning.write_buffer.max(64 * KIB));
    out.set_max_write_buffer_number(3);
    out.set_min_write_buffer_number_to_merge(1);
    out.set_level_zero_file_num_compaction_trigger(if family == Family::Meta { 1 } else { 4 });
    out.set_level_zero_slowdown_writes_trigger(tuning.l0_slowdown);
    out.set_level_zero_stop_writes_trigger(tuning.l0_stop);
    out.set_target_file_size_base(64 * MIB as u64);
    out.set_max_bytes_for_level_base(256 * MIB as u64);
    out.set_compression_type(tuning.compression);
    out.set_bottommost_compression_type(tuning.bottom);
    // The default rewrites everything each 30 days; our own expiry decides what is old.
    out.set_ttl(0);
    out.set_periodic_compaction_seconds(0);
    out.set_inplace_update_support(false);
    if matches!(family, Family::Base | Family::DeltaIndex | Family::History | Family::Receipts) {
        out.set_compaction_filter_factory(ExpiryFilterFactory { family, rules: Arc::clone(rules) });
    }
    out
}

/// The database's options and its families' descriptors.
pub(super) fn build(
    options: &Options,
    recovery: Recovery,
    rules: &Arc<ExpiryRules>,
) -> (RocksOptions, Vec<ColumnFamilyDescriptor>) {
    let memory = options.limits.memory_bytes;
    let cache = Cache::new_lru_cache(memory);
    // Memtables are charged to the cache: one number bounds both.
    let buffers =
        WriteBufferManager::new_write_buffer_manager_with_cache(memory / 2, false, cache.clone());

    let mut db = RocksOptions::default();
    db.create_missing_column_families(true);
    db.set_paranoid_checks(true);
    db.set_wal_recovery_mode(match recovery {
        Recovery::TornTailOnly => DBRecoveryMode::TolerateCorruptedTailRecords,
        Recovery::AcceptLoss => DBRecoveryMode::PointInTime,
    });
    db.set_max_total_wal_size(256 * MIB as u64);
    db.set_write_buffer_manager(&buffers);
    db.set_max_background_jobs(options.tuning.background_jobs);
    db.set_max_open_files(-1);
    db.set_bytes_per_sync(MIB as u64);
    db.set_wal_bytes_per_sync(0);
    db.set_recycle_log_file_num(0);
    db.set_manual_wal_flush(false);
    db.set_enable_pipelined_write(false);
    db.set_unordered_write(false);
    // All families flush together: what a live log holds is then in no file, so that a recovery that
    // drops the end of a damaged log leaves every family at one and the same commit. It does not hold
    // for a flush by hand, which therefore names them all.
    db.set_atomic_flush(true);
    db.set_allow_concurrent_memtable_write(true);
    db.set_track_and_verify_wals_in_manifest(recovery == Recovery::TornTailOnly);
    db.set_avoid_unnecessary_blocking_io(true);
    db.set_statistics_level(StatsLevel::DisableAll);
    db.set_stats_dump_period_sec(0);
    db.set_keep_log_file_num(4);
    db.set_max_log_file_size(16 * MIB);
    db.set_use_fsync(false);
    if let Some(rate) = options.tuning.compaction_bytes_per_second {
        db.set_ratelimiter(i64::try_from(rate.max(1)).unwrap_or(i64::MAX), 100_000, 10);
    }
    let families = Family::ALL.map(|family| {
        ColumnFamilyDescriptor::new(family.name(), family_options(family, options, &cache, rules))
    });
    let default = ColumnFamilyDescriptor::new("default", RocksOptions::default());
    (db, families.into_iter().chain([default]).collect())
}

#[cfg(test)]
mod tests {
    use crate::options::{Limits, Options};
    use crate::storage::counted::bytes_read;
    use crate::storage::{Batch, ExpiryRules, Files, Recovery, Storage};
    use highwater_format::Family;
    use std::sync::Arc;

    /// Bytes that look like nothing.
    fn noise(n: u64, bytes: usize) -> Vec<u8> {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ n;
        let mut next = || {
            hash = (hash ^ (hash >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            hash.to_be_bytes()[0]
        };
        (0..bytes).map(|_| next()).collect()
    }

    /// Writes entries to a store in whose cache a shard has half a MiB, reads what it keeps of their file's
    /// index and filter, and then counts the bytes that the read of an entry takes from files.
    fn bytes_of_a_read(
        family: Family,
        (entries, entry): (u64, impl Fn(u64) -> (Vec<u8>, Vec<u8>)),
        read: impl Fn(&Storage, &[u8]),
    ) -> u64 {
        let dir = tempfile::tempdir().unwrap();
        let limits = Limits { memory_bytes: 8 << 20, ..Limits::default() };
        let options = Options { limits, ..Options::default() };
        let files = Files::Folder(dir.path().to_owned());
        let rules = Arc::new(ExpiryRules::default());
        let recovery = Recovery::TornTailOnly;
        let storage = Storage::open(&files, true, &options, recovery, &rules).unwrap();
        for first in (0..entries).step_by(500) {
            let mut batch = Batch::default();
            for (key, value) in (first..first + 500).map(&entry) {
                batch.put(family, key, &value);
            }
            storage.write_patiently(batch).unwrap();
        }
        storage.compact(family).unwrap();
        read(&storage, &entry(0).0);
        let read = || (0..100).for_each(|n| read(&storage, &entry(n * (entries / 100)).0));
        bytes_read(read).1 / 100
    }

    #[test]
    fn a_get_does_not_read_the_whole_of_a_filter_that_the_cache_has_no_room_for() {
        let many = (600_000, |n: u64| (n.to_be_bytes().to_vec(), noise(n, 8)));
        let bytes = bytes_of_a_read(Family::Digest, many, |storage, key| {
            let found = storage.latest().get(Family::Digest, key, |_| Ok(())).unwrap();
            assert_eq!(found, Some(()));
        });
        // A block of values, one of the index and one of the filter.
        assert!(bytes <= 3 * 4096, "{bytes} bytes");
    }

    #[test]
    fn a_seek_does_not_read_the_whole_of_an_index_that_the_cache_has_no_room_for() {
        // Each fills a block, and the index tells pairs of them apart by all that they have in common.
        let key =
            |n: u64| [&(n / 2).to_be_bytes()[..], &noise(n / 2, 600), &[(n % 2) as u8]].concat();
        let large = (4000, |n: u64| (key(n), noise(n, 8 << 10)));
        let bytes = bytes_of_a_read(Family::Lookup, large, |storage, key| {
            let view = storage.latest();
            let mut scan = view.scan(Family::Lookup, key, Vec::new()).unwrap();
            assert_eq!(scan.advance().unwrap(), Some(key));
        });
        assert!(bytes <= (8 << 10) + 2 * 4096, "{bytes} bytes");
    }
}
