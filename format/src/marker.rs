//! The `STORE` file beside the data: what must be known before the data can be opened.
//!
//! A small file (see `file.rs`) whose magic is "highwater", of a [`StoreMarker`].
//!
//! Version 2 has families that version 1 had not; the bytes of this file are the same. A store of
//! version 1 becomes one of version 2 when it is opened.

use crate::error::FormatError;
use crate::file;
use crate::time::Millis;
use bincode::{Decode, Encode};

const MAGIC: &[u8] = b"highwater";
const WHAT: &str = "STORE file";

/// The durability that the store's last session ran with.
///
/// ```
/// use highwater_format::{Millis, RecordedDurability, StoreMarker, StoreState};
/// let marker = StoreMarker {
///     bucket_width: Millis(60_000),
///     durability: RecordedDurability::Buffered,
///     boot: "the machine's boot".to_owned(),
///     clock_bound: Millis(0),
///     state: StoreState::Open,
/// };
/// let read = StoreMarker::decode(&marker.encode()?)?;
/// assert_eq!(read.durability, RecordedDurability::Buffered);
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum RecordedDurability {
    /// Each commit was on disk when it returned.
    Sync,
    /// Commits could be lost with the machine, not with the process.
    Buffered,
}

/// What became of the store last.
///
/// ```
/// use highwater_format::StoreState;
/// // A closed store tells which of its files must still be there, and how long each was.
/// let closed = StoreState::Closed(vec![("000004.log".to_owned(), 1_024)]);
/// let missing = StoreState::Closed(Vec::new());
/// assert_ne!(closed, missing);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum StoreState {
    /// It is being made; nobody has been told that it exists.
    New,
    /// It is open, or was when its process ended.
    Open,
    /// It was closed, and left its manifest and logs with these sizes. RocksDB does not miss a deleted
    /// log, nor the end of its manifest.
    Closed(Vec<(String, u64)>),
    /// An opening that gives up commits has begun and has not yet told anybody.
    Losing,
    /// A copy or a restored backup is being written here. It is no store yet, and nobody may open it.
    Unfinished,
    /// A whole copy of a store at an earlier moment, not opened yet: its first opening renews the
    /// incarnation, and goes on doing so until it has told somebody.
    Copied {
        /// It is a store of its own: the first opening also makes new token keys, and a new line of
        /// incarnations.
        new_keys: bool,
        /// The manifest and logs with their sizes, as in [`StoreState::Closed`]; none once an opening
        /// has begun.
        left: Vec<(String, u64)>,
    },
    /// The folder `restored` in here holds a whole store that takes this one's place; whoever comes next
    /// goes on with that.
    Replaced,
}

/// The content of the `STORE` file.
///
/// ```
/// use highwater_format::{FormatError, Millis, RecordedDurability, StoreMarker, StoreState};
/// let marker = StoreMarker {
///     bucket_width: Millis(60_000),
///     durability: RecordedDurability::Sync,
///     boot: String::new(),
///     clock_bound: Millis(1_750_000_000_000),
///     state: StoreState::New,
/// };
/// assert_eq!(StoreMarker::decode(&marker.encode()?)?, marker);
/// let other = StoreMarker::decode(b"a file of somebody else");
/// assert!(matches!(other, Err(FormatError::Malformed { .. })));
/// # Ok::<(), FormatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct StoreMarker {
    /// The width of the delta log's buckets, fixed when the store is created.
    pub bucket_width: Millis,
    /// How the last session wrote.
    pub durability: RecordedDurability,
    /// The machine's boot the last session ran in; empty where none could be told.
    pub boot: String,
    /// No time at or after this was ever handed out: a coarse copy of the lease, for when the log that
    /// holds the lease is what was lost.
    pub clock_bound: Millis,
    /// What became of the store last.
    pub state: StoreState,
}

impl StoreMarker {
    /// The file's bytes.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] only if the boot id is absurdly long.
    pub fn encode(&self) -> Result<Vec<u8>, FormatError> {
        file::encode(MAGIC, self)
    }

    /// Reads the file's bytes.
    ///
    /// # Errors
    /// [`FormatError::Version`] for a store of a newer format (told before anything else is believed),
    /// [`FormatError::Damaged`], [`FormatError::Malformed`] for a file that is none of ours.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        file::decode(MAGIC, bytes, WHAT)
    }
}
