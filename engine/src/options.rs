//! Settings of a store: plain data, with defaults that suit a backend on a small machine.

use highwater_format::Millis;

/// When a commit counts as done.
///
/// ```
/// use highwater::{Durability, Options};
/// assert_eq!(Options::default().durability, Durability::Sync);
/// // A cache that can be filled again.
/// let quick = Options { durability: Durability::Buffered, ..Options::default() };
/// assert_ne!(quick, Options::default());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// On disk when it returns. Concurrent writers share one fsync.
    #[default]
    Sync,
    /// In the operating system's hands when it returns: a killed process loses nothing, a machine that
    /// goes down may lose the last commits. Every client is then reset.
    Buffered,
}

/// What happens to a commit while RocksDB holds writers back.
///
/// ```
/// use highwater::{Options, WriteStall};
/// let import = Options { write_stall: WriteStall::Wait, ..Options::default() };
/// assert_eq!(Options::default().write_stall, WriteStall::Refuse);
/// assert_ne!(import, Options::default());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WriteStall {
    /// It is refused at once with [`crate::Error::Busy`]; nothing was written.
    #[default]
    Refuse,
    /// It waits. For bulk loads and command lines.
    Wait,
}

/// The longest values that a store may hold, whatever was taken when: what asks for a key that is there goes by these.
pub(crate) const MOST_PARTITION_BYTES: usize = 2048;
pub(crate) const MOST_SORT_BYTES: usize = 1024;

/// Bounds that protect the process. Each is checked before anything is changed.
///
/// ```
/// use highwater::{Document, Error, Limits, Options, TableSpec, TableSpecExt, testing::MemoryDisk};
/// let limits = Limits { item_bytes: 1024, ..Limits::default() };
/// let options = Options { limits, ..Options::default() };
/// let store = MemoryDisk::default().builder().options(options).open()?;
/// store.create_table(TableSpec::new("notes", "id"))?;
/// let long = format!(r#"{{"id":"n1","text":"{}"}}"#, "x".repeat(1024));
/// let refused = store.put("notes", Document::from_json(&long)?);
/// assert!(matches!(refused, Err(Error::TooLarge { limit: 1024, .. })));
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The largest document, in encoded bytes. DynamoDB's 400 KiB.
    pub item_bytes: usize,
    /// The longest partition value that is taken, in bytes: DynamoDB's 2048, and no more than that.
    pub partition_bytes: usize,
    /// The longest sort value that is taken, in bytes: DynamoDB's 1024, and no more than that.
    pub sort_bytes: usize,
    /// The most mutations in one batch.
    pub batch_items: usize,
    /// The most document bytes in one batch, those that history keeps included; what is written is a multiple of it:
    /// base, log and each index that projects everything.
    pub batch_bytes: usize,
    /// The most document and key bytes in one page (a page always has room for one item).
    pub page_bytes: usize,
    /// The most items that one page examines when it is filled after filtering.
    pub scan_items: usize,
    /// The most indexes a table may declare.
    pub indexes: usize,
    /// Memory for RocksDB's caches and write buffers together.
    pub memory_bytes: usize,
    /// Memory for the newest changes, of all tables together: clients that ask for what happened in the last
    /// seconds or minutes are answered from it. 0 keeps none, and each of them is answered from RocksDB.
    pub recent_bytes: usize,
    /// Writes are refused with [`crate::Error::DiskBudget`] above this; `None` for no bound. Looked at each 64
    /// commits; counts data files and write buffers, not the write-ahead log (at most 256 MiB).
    pub disk_bytes: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            item_bytes: 400 << 10,
            partition_bytes: MOST_PARTITION_BYTES,
            sort_bytes: MOST_SORT_BYTES,
            batch_items: 1000,
            batch_bytes: 16 << 20,
            page_bytes: 4 << 20,
            scan_items: 10_000,
            indexes: 20,
            memory_bytes: 256 << 20,
            recent_bytes: 32 << 20,
            disk_bytes: None,
        }
    }
}

/// How far the wall clock may be from the store's before it is not believed any more.
///
/// ```
/// use highwater::{ClockLimits, Millis, Options};
/// // A machine whose clock is well kept: what is off by a minute is wrong.
/// let clock = ClockLimits { running: Millis(60_000), ..ClockLimits::default() };
/// let options = Options { clock, ..Options::default() };
/// assert_eq!(options.clock.closed, Millis(90 * 86_400_000));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockLimits {
    /// While the store is open. A larger difference is a leap: reported, and not followed until confirmed. The store may
    /// be five minutes ahead of the wall whatever this is: an opening after a loss sets it up to one or two ahead.
    pub running: Millis,
    /// From the last closing (or crash) to the opening.
    pub closed: Millis,
}

impl Default for ClockLimits {
    /// One hour while running, 90 days while closed.
    fn default() -> Self {
        Self { running: Millis(3_600_000), closed: Millis(90 * 86_400_000) }
    }
}

/// The built-in background worker.
///
/// ```
/// use highwater::{Millis, Options, Worker};
/// let nightly = Worker { sweep_every: Millis(86_400_000), every: Millis(10_000) };
/// let options = Options { worker: Some(nightly), ..Options::default() };
/// assert!(options.worker.is_some_and(|worker| worker.every < worker.sweep_every));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worker {
    /// How often floors move and expired files go.
    pub every: Millis,
    /// How often tombstones, markers and history below their floors are swept out by compaction.
    pub sweep_every: Millis,
}

impl Default for Worker {
    /// Each minute; a sweep each day.
    fn default() -> Self {
        Self { every: Millis(60_000), sweep_every: Millis(86_400_000) }
    }
}

/// Sizes of RocksDB's parts. Tests make them tiny so that rare paths become common.
///
/// ```
/// use highwater::{Options, Tuning};
/// // Leave most of the disk to others.
/// let tuning = Tuning { compaction_bytes_per_second: Some(16 << 20), ..Tuning::default() };
/// let options = Options { tuning, ..Options::default() };
/// assert_eq!(options.tuning.background_jobs, 2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tuning {
    /// The write buffer of each large family.
    pub write_buffer_bytes: usize,
    /// Threads for flushes and compactions.
    pub background_jobs: i32,
    /// A bound on what flushes and compactions write; `None` for none.
    pub compaction_bytes_per_second: Option<u64>,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { write_buffer_bytes: 32 << 20, background_jobs: 2, compaction_bytes_per_second: None }
    }
}

/// How a store is opened.
///
/// ```
/// use highwater::{Durability, Options};
/// let options = Options { durability: Durability::Buffered, ..Options::default() };
/// assert!(options.create_if_missing);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Make a new store where there is none.
    pub create_if_missing: bool,
    /// When a commit counts as done.
    pub durability: Durability,
    /// What happens to a commit while RocksDB holds writers back.
    pub write_stall: WriteStall,
    /// Bounds that protect the process.
    pub limits: Limits,
    /// How far the wall clock is believed.
    pub clock: ClockLimits,
    /// The width of the log's time buckets; fixed when the store is created, ignored afterwards.
    pub bucket_width: Millis,
    /// For how long a retry of a commit with a mutation id is told the first answer; at least 1 ms.
    pub receipt_ttl: Millis,
    /// The background worker; `None` runs none, and [`crate::Store::compact`] does its work.
    pub worker: Option<Worker>,
    /// Sizes of RocksDB's parts.
    pub tuning: Tuning,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            create_if_missing: true,
            durability: Durability::default(),
            write_stall: WriteStall::default(),
            limits: Limits::default(),
            clock: ClockLimits::default(),
            bucket_width: Millis(3_600_000),
            receipt_ttl: Millis(86_400_000),
            worker: Some(Worker::default()),
            tuning: Tuning::default(),
        }
    }
}
