//! RocksDB's options, every one passed by name: its defaults are not ours and they move.

use super::Recovery;
use super::expiry::{ExpiryFilterFactory, ExpiryRules};
use crate::options::Options;
use highwater_format::Family;
use rocksdb::statistics::StatsLevel;
use rocksdb::{
    BlockBasedOptions, Cache, ChecksumType, ColumnFamilyDescriptor, DBCompactionStyle,
    DBCompressionType, DBRecoveryMode, Options as RocksOptions, WriteBufferManager,
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
        l0_slowdown: 20,
        l0_stop: 36,
        compression: Lz4,
        bottom: Zstd,
    };
    match family {
        Family::Base => common,
        // Appended and scanned, never asked for a key. Its files hardly overlap, so many of them at
        // level 0 cost little; stalling writers for their number would be for nothing.
        Family::Delta => Tuning {
            block_size: 32 * KIB,
            bloom_bits: None,
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
