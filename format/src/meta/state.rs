//! The state of a store: floors, identifiers, the clock, incarnations, token keys.

use crate::codec;
use crate::error::FormatError;
use crate::ids::Incarnation;
use crate::time::{Millis, Timestamp};
use bincode::{Decode, Encode};

/// How far back a table's past can still be told; whole milliseconds, never going back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Floors {
    /// The log holds every live item's change at or after this.
    pub delta: Timestamp,
    /// Tombstones and index markers before this are absent, removed or not.
    pub tombstone: Timestamp,
    /// History superseded before this is absent, removed or not.
    pub history: Timestamp,
}

/// The next identifier for a table or an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct NextId(pub u32);

/// Receipts that aged before this are absent, removed or not; never going back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct ReceiptsFloor(pub Millis);

/// What the clock must remember across restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct ClockRecord {
    /// No timestamp and no `startedAt` at or after this was ever handed out.
    pub lease: Millis,
    /// How much of the clock's advance came from confirmed leaps and must not age anything.
    pub leapt: Millis,
}

/// One incarnation and when it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct IncarnationEntry {
    /// Its random name.
    pub id: Incarnation,
    /// The opening clock from which it counts.
    pub since: Timestamp,
}

/// Every incarnation of the store, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct IncarnationChain(pub Vec<IncarnationEntry>);

/// A key that seals tokens.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct RingKey {
    /// Its number, sealed tokens name it.
    pub id: u32,
    /// The XChaCha20-Poly1305 key.
    pub secret: [u8; 32],
    /// When it was made.
    pub created: Millis,
}

impl std::fmt::Debug for RingKey {
    /// Shows no secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RingKey({})", self.id)
    }
}

/// The token keys, oldest first; the last one seals, all of them open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct KeyRing(pub Vec<RingKey>);

macro_rules! stored {
    ($($type:ty, $what:literal;)*) => {$(
        impl $type {
            /// The encoding.
            ///
            /// # Errors
            /// [`FormatError::Malformed`] only if it outgrows what a decoder accepts.
            pub fn encode(&self) -> Result<Vec<u8>, FormatError> {
                codec::encode(self)
            }

            /// Reads a value that must fill `bytes` exactly.
            ///
            /// # Errors
            /// [`FormatError::Malformed`].
            pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
                codec::decode(bytes, $what)
            }
        }
    )*};
}
stored! {
    Floors, "floors";
    NextId, "next identifier";
    ReceiptsFloor, "receipts floor";
    ClockRecord, "clock record";
    IncarnationChain, "incarnation chain";
    KeyRing, "token key ring";
}
