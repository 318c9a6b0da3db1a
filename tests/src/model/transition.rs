//! What can happen in a history. Every transition can be played in every state.

use super::body::{Body, Edit};
use super::import::CutShort;
use super::indexing::Reindexing;
use super::lookup::Question;
use highwater::Ttls;

/// One step of a history.
#[derive(Debug, Clone)]
pub enum Transition {
    /// Mutations in one commit: alone, or a batch of them across tables.
    Commit(Batch),
    /// The same while devices sync: with the timestamps taken and nothing written, or written and
    /// nobody told.
    CommitAmidSyncs { batch: Batch, written: bool, steps: Vec<Step> },
    /// The commit fails with an unknown outcome. The store is read-only until it is opened again.
    CommitFails { batch: Batch, written: bool },
    /// What was last sent under a mutation id is sent again.
    Retry(u8),
    /// Every trace of an item goes.
    Erase { table: usize, item: u8 },
    /// The floors move, expired files go.
    Expire,
    /// The same while devices sync, between the cut of the log and the dropping of its files.
    ExpireAmidSyncs(Vec<Step>),
    /// Expiry and a sweep.
    Compact,
    /// Time passes, in milliseconds.
    Advance(u64),
    /// The wall clock alone moves.
    Wall(Jump),
    /// The operator believes a leap of the wall.
    ConfirmLeap,
    /// The store is closed, or its process ends, and it is opened again.
    Reopen { closing: Closing, jump: Option<Jump> },
    /// The store's folder is copied, as a backup.
    Backup(Keeping),
    /// Another store is made of what is committed.
    Copy,
    /// The store is replaced by its backup: every commit since is lost.
    Restore,
    /// Items are imported in bulk, in place of what a table holds; perhaps by two processes.
    Import { table: usize, rows: Vec<(u8, Body)>, cut: Option<CutShort> },
    /// A table gets another name, and gets its own back.
    Rename(usize),
    /// A table is dropped and made again under its name.
    Remake(usize),
    /// All of a table is forgotten at once.
    Truncate(usize),
    /// A table gets other times to live. What has expired does not come back.
    Retune(usize, Ttls),
    /// The indexes of a table change; or the disk fails once the change is published.
    Reindex { table: usize, change: Reindexing, fails: bool },
    /// Indexes that are not finished are gone on with.
    BuildIndexes,
    /// A new key for tokens.
    RotateKeys,
    /// Somebody begins to walk through an ordered index, with a page of this many items.
    Query { question: Question, limit: u32 },
    /// A walk goes on with another page.
    QueryOn(u32),
    /// A walk asks for another page, and the indexes change while it is read.
    QueryAmid { limit: u32, change: Reindexing },
    /// A device fetches a page, and applies it now or later.
    Sync(Step),
    /// The same with something happening inside of the page: between its plan and its reading, or
    /// between its reading and its last look at the floors.
    SyncAmid { step: Step, read: bool, interference: Interference },
    /// A client of both tables fetches a page of all of them, and applies it.
    Gather { limit: u32, by_cursor: bool },
    /// A device finishes the run that it is in, or makes a whole new one.
    Finish(Step),
    /// A device applies the pages of a view that it has fetched before.
    Deliver { device: usize, view: usize },
    /// Somebody begins to watch what a device's view shows.
    Follow { device: usize, view: usize },
    /// Every follower takes in what it has missed.
    TellFollowers,
    /// A device gives up a run and will begin anew from its last completed one.
    Abandon { device: usize, view: usize },
    /// A device keeps a copy of itself.
    Keep(usize),
    /// A device goes back to the copy of itself that it kept.
    Rewind(usize),
}

/// Mutations that are committed together.
#[derive(Debug, Clone)]
pub struct Batch {
    pub writes: Vec<Write>,
    /// The mutation id that they are sent under.
    pub once: Option<u8>,
}

impl From<Vec<Write>> for Batch {
    fn from(writes: Vec<Write>) -> Self {
        Self { writes, once: None }
    }
}

/// A mutation.
#[derive(Clone)]
pub struct Write {
    pub table: usize,
    pub item: u8,
    pub deed: Deed,
    pub belief: Belief,
}

/// The kinds of mutation.
#[derive(Debug, Clone)]
pub enum Deed {
    Put(Body),
    PutIfChanged(Body),
    /// A put, if changed, of what is there already.
    PutSame,
    Update(Edit),
    Delete,
}

impl Deed {
    /// Whether nothing is written where it changes nothing.
    pub fn is_if_changed(&self) -> bool {
        matches!(self, Self::PutIfChanged(_) | Self::PutSame)
    }
}

/// What the writer believes to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Belief {
    Any,
    Absent,
    /// The version that is there.
    Right,
    /// One so many before it.
    Stale(u64),
    /// One that is yet to come.
    Ahead,
}

/// A step of the wall clock, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jump(pub i64);

/// How a session ends, and what the next one begins with.
#[derive(Debug, Clone)]
pub enum Closing {
    /// It is closed.
    Clean,
    /// The process is killed: everything written is there, nothing was tidied up.
    Crash,
    /// The process is killed in the middle of a commit, before or after it was written.
    CrashInCommit { batch: Batch, written: bool },
    /// The process is killed in the middle of expiry, once the log is cut.
    CrashInExpiry,
    /// It is killed, its log is damaged, and its operator opens it with `recover`.
    Recover(Damage),
    /// The machine goes down: a `Buffered` store may have lost its last commits, a `Sync` store not.
    MachineDown(Damage),
}

/// What happens to the newest write-ahead log, at a place given in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// Nothing: all of it is there.
    None,
    /// It ends there.
    Cut(u8),
    /// A bit of it flips.
    Flip(u8),
}

/// A page that a device fetches.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub device: usize,
    pub view: usize,
    pub limit: u32,
    /// Whether the page is filled after filtering.
    pub filled: bool,
    /// What a new run says that the device has.
    pub since: StepSince,
    /// Whether the page is applied at once.
    pub deliver: bool,
}

/// What a new run says that the device has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepSince {
    LastSync,
    /// The cursor, where there is one.
    Cursor,
    /// Nothing: a device that wants to begin anew.
    Nothing,
}

/// What happens inside of a page.
#[derive(Debug, Clone)]
pub enum Interference {
    /// Time passes and the floors move.
    Expire(u64),
    /// Time passes, the floors move and the sweep runs.
    Compact(u64),
    /// A commit, and then time passes.
    Commit(Vec<Write>, u64),
    /// The table is dropped and made again.
    Remake,
    /// All of the table is forgotten.
    Truncate,
    /// Its indexes change.
    Reindex(Reindexing),
}

/// How a backup is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    Files,
    Checkpoint,
    Folder,
}
