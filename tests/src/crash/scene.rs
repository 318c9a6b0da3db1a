//! The store that is written to until it is killed, and what the rounds came to.

use highwater::{
    Document, Durability, Error, Millis, Options, Projection, Store, SyncRequest, TableSpec,
    TableSpecExt, Ttls, Tuning,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// The table that writers write to.
pub const NOTES: &str = "notes";
/// The table that bulk imports replace.
pub const BULK: &str = "bulk";
/// How many rows each of them has.
pub const BULK_ROWS: usize = 200;
/// A table that comes and goes, how many rows it has, and how many are written together.
pub const PASSING: &str = "passing";
pub const PASSING_ROWS: usize = 300;
pub const PASSING_BATCH: usize = 100;
/// An index of [`NOTES`] that comes and goes.
pub const BY_EVEN: &str = "byEven";
/// The key that all writers share.
pub const SHARED: &str = "shared";
/// The folder of backups.
pub const BACKUPS: &str = "backups";
/// Writers, and the keys of each.
pub const WRITERS: u64 = 3;
pub const KEYS: u64 = 24;
/// Owners, by whom devices ask.
pub const OWNERS: u64 = 4;
/// Devices: two of the whole table, one of an owner, one of a filter.
pub const DEVICES: u64 = 4;

/// How the store is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scene {
    /// When a commit counts as done.
    pub durability: Durability,
    /// Whether deltas are read from memory where they can be.
    pub recent: bool,
}

/// How much was tried and held against the store.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    /// Children that were killed.
    pub kills: u64,
    /// Those that ended before the store was open.
    pub in_opening: u64,
    /// Those of whose commits one failed before they were killed.
    pub failed: u64,
    /// Pages that devices got afterwards.
    pub pages_after: u64,
    /// Commits that were answered.
    pub commits: u64,
    /// Commits that were asked for and not answered, and how many of them were there.
    pub unanswered: u64,
    /// Of these, those that were there.
    pub landed: u64,
    /// Times that a writer wrote the shared item, and times that another had been faster.
    pub won: u64,
    pub lost: u64,
    /// Pages that devices got.
    pub pages: u64,
    /// What the keeper was at when it was killed, and how often.
    pub amid: BTreeMap<&'static str, u64>,
    /// What it had done to the end before.
    pub done: BTreeMap<&'static str, u64>,
    /// Floors that rose.
    pub raised: u64,
    /// Checkpoints that were opened and held against what was acknowledged before they were begun.
    pub copies: u64,
    /// Items of the restored backup that were.
    pub restored: u64,
}

/// How many milliseconds a store may stay locked after it was closed.
const LOCKED_FOR: u32 = 2_000;

/// Opens, or does something else to, a store that may have been closed a moment ago. A process that another test
/// starts has, between its fork and its exec, every file that their parent had open, and so the store's lock.
///
/// # Errors
/// Those of what is done.
pub fn unlocked<T>(open: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
    for _ in 0..LOCKED_FOR {
        match open() {
            Err(Error::AlreadyOpen { .. }) => {
                #[expect(clippy::disallowed_methods, reason = "nobody tells when it is over")]
                std::thread::sleep(Duration::from_millis(1));
            }
            done => return done,
        }
    }
    open()
}

impl Scene {
    /// The options, with everything small so that rare things are common.
    pub fn options(self) -> Options {
        let mut options = Options {
            durability: self.durability,
            bucket_width: Millis(20),
            worker: None,
            tuning: Tuning { write_buffer_bytes: 64 << 10, ..Tuning::default() },
            ..Options::default()
        };
        options.limits.memory_bytes = 16 << 20;
        if !self.recent {
            options.limits.recent_bytes = 0;
        }
        options
    }

    /// Opens the store, with its table.
    ///
    /// # Errors
    /// Those of opening: none is expected after a kill.
    pub fn open(self, folder: &Path) -> Result<Store, Error> {
        let store = unlocked(|| Store::builder(folder).options(self.options()).open())?;
        if !has_table(&store, NOTES) {
            let ttls = Ttls {
                delta: Some(Millis(60)),
                tombstone: Some(Millis(2_000)),
                history: Some(Millis(500)),
            };
            let spec = TableSpec::new(NOTES, "id").index("byOwner", "owner", Projection::All);
            let spec = spec.lookup("byNumber", "owner", Some("n"));
            store.create_table(spec.ttls(ttls))?;
        }
        Ok(store)
    }
}

/// The name of a writer's key.
pub fn key(writer: u64, n: u64) -> String {
    format!("w{writer}-{n:02}")
}

/// The owner of a document with this number.
pub fn owner(n: u64) -> String {
    format!("owner-{}", n % OWNERS)
}

/// The document of a key with this number.
pub fn document(key: &str, n: u64) -> String {
    let text = "x".repeat(usize::try_from(n % 300).unwrap_or_default());
    let owner = owner(n);
    format!(
        r#"{{"id":"{key}","owner":"{owner}","n":{n},"even":{},"text":"{text}"}}"#,
        n.is_multiple_of(2)
    )
}

/// A row of the table that comes and goes.
///
/// # Panics
/// Never: it is a document.
pub fn passing(n: usize) -> Document {
    let text = format!(r#"{{"id":"p{n:03}","owner":"owner-{}"}}"#, n % 7);
    Document::from_json(&text).expect("JSON")
}

/// Whether there is a table of this name.
pub fn has_table(store: &Store, name: &str) -> bool {
    store.tables().iter().any(|table| table.name == name)
}

/// Whether [`NOTES`] has the index that comes and goes.
pub fn has_index(store: &Store) -> bool {
    let is_it = |table: &TableSpec| table.indexes.iter().any(|index| index.name == BY_EVEN);
    store.tables().iter().any(|table| table.name == NOTES && is_it(table))
}

/// What a device asks.
pub fn request(device: u64) -> SyncRequest {
    let whole = SyncRequest::new(NOTES).limit(7).without_cursor();
    match device {
        0 | 1 => whole,
        2 => whole.index("byOwner", owner(1).as_str()),
        _ => whole.filter(super::devices::even()),
    }
}
