//! The `BACKUP` file of a backup folder: whose backups these are, and which of them are whole.
//!
//! A small file (see `file.rs`) whose magic is "hw-backup", of a [`BackupMarker`].

use crate::error::FormatError;
use crate::file;
use crate::ids::Incarnation;
use crate::time::Millis;
use bincode::{Decode, Encode};

const MAGIC: &[u8] = b"hw-backup";
const WHAT: &str = "BACKUP file";

/// One whole backup.
///
/// ```
/// use highwater_format::{BackupEntry, Incarnation, Millis};
/// let entry = BackupEntry {
///     id: 7,
///     made_at: Millis(1_750_000_000_000),
///     incarnation: Incarnation([1; 16]),
///     files: 24,
///     bytes: 1 << 20,
///     list_crc: 0,
/// };
/// let later = BackupEntry { id: 8, made_at: Millis(1_750_000_060_000), ..entry };
/// assert!(entry.made_at < later.made_at && entry.incarnation == later.incarnation);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct BackupEntry {
    /// RocksDB's number for it, growing.
    pub id: u32,
    /// The store's clock when it was begun: what was acknowledged before is in it.
    pub made_at: Millis,
    /// The incarnation it was made in.
    pub incarnation: Incarnation,
    /// How many files it is made of, shared ones included.
    pub files: u32,
    /// Their bytes together.
    pub bytes: u64,
    /// CRC-32C of RocksDB's list of these files, `rocksdb/meta/<id>`, which has none of its own.
    pub list_crc: u32,
}

/// The content of the `BACKUP` file.
///
/// ```
/// use highwater_format::{BackupMarker, FormatError, Incarnation, Millis};
/// let marker = BackupMarker {
///     store: Incarnation([1; 16]),
///     bucket_width: Millis(60_000),
///     clock_bound: Millis(1_750_000_000_000),
///     backups: Vec::new(),
/// };
/// let mut bytes = marker.encode()?;
/// assert_eq!(BackupMarker::decode(&bytes)?, marker);
/// *bytes.last_mut().expect("a file with bytes") ^= 1;
/// assert!(matches!(BackupMarker::decode(&bytes), Err(FormatError::Damaged { .. })));
/// # Ok::<(), FormatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct BackupMarker {
    /// The first incarnation of the store whose backups these are: its name through all that follow.
    pub store: Incarnation,
    /// The width of the delta log's buckets.
    pub bucket_width: Millis,
    /// No time at or after this had been handed out when the newest backup was made.
    pub clock_bound: Millis,
    /// The whole backups, oldest first. What else lies in the folder was interrupted.
    pub backups: Vec<BackupEntry>,
}

impl BackupMarker {
    /// The most backups that a folder holds: the file stays well below what a decoder accepts.
    pub const MAX_BACKUPS: usize = 10_000;

    /// The file's bytes.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] only for more than [`BackupMarker::MAX_BACKUPS`] backups.
    pub fn encode(&self) -> Result<Vec<u8>, FormatError> {
        if self.backups.len() > Self::MAX_BACKUPS {
            return Err(FormatError::malformed(WHAT));
        }
        file::encode(MAGIC, self)
    }

    /// Reads the file's bytes.
    ///
    /// # Errors
    /// [`FormatError::Version`] for a folder of a newer format (told before anything else is believed),
    /// [`FormatError::Damaged`], [`FormatError::Malformed`] for a file that is none of ours.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        file::decode(MAGIC, bytes, WHAT)
    }
}
