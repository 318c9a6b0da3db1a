//! RocksDB's options as the engine passes them (engine/src/storage/options.rs), of the families that are filled.

use rocksdb::{
    BlockBasedIndexType, BlockBasedOptions, Cache, ChecksumType, ColumnFamilyDescriptor,
    DBCompactionStyle, DBCompressionType, DBRecoveryMode, Options, WriteBufferManager,
};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;
/// The engine's `Limits::memory_bytes`.
const MEMORY: usize = 256 * MIB;

/// A family's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Family {
    pub(super) name: &'static str,
    block_size: usize,
    write_buffer: usize,
    bloom_bits: Option<f64>,
    in_parts: bool,
    l0_slowdown: i32,
    l0_stop: i32,
    pub(super) bottom: DBCompressionType,
}

const BASE: Family = Family {
    name: "base",
    block_size: 16 * KIB,
    write_buffer: 32 * MIB,
    bloom_bits: Some(10.0),
    in_parts: true,
    l0_slowdown: 20,
    l0_stop: 36,
    bottom: DBCompressionType::Zstd,
};

pub(super) const FAMILIES: [Family; 4] = [
    BASE,
    Family {
        name: "delta",
        block_size: 32 * KIB,
        bloom_bits: None,
        in_parts: false,
        l0_slowdown: 40,
        l0_stop: 80,
        bottom: DBCompressionType::Lz4,
        ..BASE
    },
    Family { name: "delta_index", block_size: 8 * KIB, ..BASE },
    Family { name: "digest", block_size: 4 * KIB, write_buffer: 16 * MIB, ..BASE },
];

pub(super) fn table_options(family: &Family) -> BlockBasedOptions {
    let mut table = BlockBasedOptions::default();
    table.set_block_size(family.block_size);
    table.set_cache_index_and_filter_blocks(true);
    table.set_pin_l0_filter_and_index_blocks_in_cache(true);
    table.set_checksum_type(ChecksumType::XXH3);
    table.set_format_version(6);
    table.set_whole_key_filtering(true);
    if let Some(bits) = family.bloom_bits {
        table.set_bloom_filter(bits, false);
    }
    if family.in_parts {
        table.set_index_type(BlockBasedIndexType::TwoLevelIndexSearch);
        table.set_partition_filters(family.bloom_bits.is_some());
        table.set_metadata_block_size(4 * KIB);
        table.set_pin_top_level_index_and_filter(true);
    }
    table
}

fn family_options(family: &Family, cache: &Cache) -> Options {
    let mut table = table_options(family);
    table.set_block_cache(cache);
    let mut out = Options::default();
    out.set_block_based_table_factory(&table);
    out.set_compaction_style(DBCompactionStyle::Level);
    out.set_level_compaction_dynamic_level_bytes(true);
    out.set_write_buffer_size(family.write_buffer);
    out.set_max_write_buffer_number(3);
    out.set_min_write_buffer_number_to_merge(1);
    out.set_level_zero_file_num_compaction_trigger(4);
    out.set_level_zero_slowdown_writes_trigger(family.l0_slowdown);
    out.set_level_zero_stop_writes_trigger(family.l0_stop);
    out.set_target_file_size_base(64 * MIB as u64);
    out.set_max_bytes_for_level_base(256 * MIB as u64);
    out.set_compression_type(DBCompressionType::Lz4);
    out.set_bottommost_compression_type(family.bottom);
    out.set_ttl(0);
    out.set_periodic_compaction_seconds(0);
    out.set_inplace_update_support(false);
    out
}

/// The database's options and its families'.
pub(super) fn build() -> (Options, Vec<ColumnFamilyDescriptor>) {
    let cache = Cache::new_lru_cache(MEMORY);
    let buffers =
        WriteBufferManager::new_write_buffer_manager_with_cache(MEMORY / 2, false, cache.clone());
    let mut db = Options::default();
    db.create_if_missing(true);
    db.create_missing_column_families(true);
    db.set_paranoid_checks(true);
    db.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
    db.set_max_total_wal_size(256 * MIB as u64);
    db.set_write_buffer_manager(&buffers);
    db.set_max_background_jobs(2);
    db.set_max_open_files(-1);
    db.set_bytes_per_sync(MIB as u64);
    db.set_wal_bytes_per_sync(0);
    db.set_recycle_log_file_num(0);
    db.set_manual_wal_flush(false);
    db.set_enable_pipelined_write(false);
    db.set_unordered_write(false);
    db.set_atomic_flush(true);
    db.set_allow_concurrent_memtable_write(true);
    db.set_track_and_verify_wals_in_manifest(true);
    db.set_avoid_unnecessary_blocking_io(true);
    db.set_statistics_level(rocksdb::statistics::StatsLevel::DisableAll);
    db.set_stats_dump_period_sec(0);
    db.set_keep_log_file_num(4);
    db.set_max_log_file_size(16 * MIB);
    db.set_use_fsync(false);
    let families = FAMILIES
        .iter()
        .map(|family| ColumnFamilyDescriptor::new(family.name, family_options(family, &cache)));
    (db, families.collect())
}
