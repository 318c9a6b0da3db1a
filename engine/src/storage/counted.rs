//! What RocksDB does on this thread while something is asked of it: for tests of what must cost it nothing.

use rocksdb::perf::{PerfContext, PerfMetric, PerfStatsLevel, set_perf_stats};

fn counted<T>(metric: PerfMetric, ask: impl FnOnce() -> T) -> (T, u64) {
    set_perf_stats(PerfStatsLevel::EnableCount);
    let mut perf = PerfContext::default();
    perf.reset();
    let answer = ask();
    let count = perf.metric(metric);
    set_perf_stats(PerfStatsLevel::Disable);
    (answer, count)
}

/// How many keys it compares: none only if nothing is sought.
pub(crate) fn keys_compared<T>(ask: impl FnOnce() -> T) -> (T, u64) {
    counted(PerfMetric::UserKeyComparisonCount, ask)
}

/// How many bytes of blocks it reads from files.
pub(super) fn bytes_read<T>(ask: impl FnOnce() -> T) -> (T, u64) {
    counted(PerfMetric::BlockReadByte, ask)
}
