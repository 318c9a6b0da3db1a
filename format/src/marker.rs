//! The `STORE` file beside the data: what must be known before the data can be opened.
//!
//! ```text
//! "highwater", version:1, crc:4 little-endian, bincode of StoreMarker
//! crc := CRC-32 (IEEE) of version:1 and everything after the crc
//! ```
//!
//! Version 2 has families that version 1 had not; the bytes of this file are the same. A store of
//! version 1 becomes one of version 2 when it is opened.

use crate::codec;
use crate::error::FormatError;
use crate::time::Millis;
use bincode::{Decode, Encode};

const MAGIC: &[u8; 9] = b"highwater";

/// The version of a store's layout that this build makes.
const STORE_VERSION: u8 = 2;
/// The oldest that it reads.
const OLDEST_VERSION: u8 = 1;

/// The durability that the store's last session ran with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum RecordedDurability {
    /// Each commit was on disk when it returned.
    Sync,
    /// Commits could be lost with the machine, not with the process.
    Buffered,
}

/// What became of the store last.
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
}

/// The content of the `STORE` file.
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
        let body = codec::encode(self)?;
        let mut out = MAGIC.to_vec();
        out.push(STORE_VERSION);
        out.extend_from_slice(&crc(STORE_VERSION, &body).to_le_bytes());
        out.extend_from_slice(&body);
        Ok(out)
    }

    /// Reads the file's bytes.
    ///
    /// # Errors
    /// [`FormatError::Version`] for a store of a newer format (told before anything else is believed),
    /// [`FormatError::Damaged`], [`FormatError::Malformed`] for a file that is none of ours.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let foreign = || FormatError::malformed("STORE file");
        let rest = bytes.strip_prefix(MAGIC.as_slice()).ok_or_else(foreign)?;
        let (&version, rest) = rest.split_first().ok_or_else(foreign)?;
        if !(OLDEST_VERSION..=STORE_VERSION).contains(&version) {
            return Err(FormatError::Version { found: version, supported: STORE_VERSION });
        }
        let (stored, body) = rest.split_first_chunk::<4>().ok_or_else(foreign)?;
        let (stored, computed) = (u32::from_le_bytes(*stored), crc(version, body));
        if stored != computed {
            return Err(FormatError::Damaged { stored, computed });
        }
        codec::decode(body, "STORE file")
    }
}

fn crc(version: u8, body: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&[version]);
    crc.update(body);
    crc.finalize()
}
