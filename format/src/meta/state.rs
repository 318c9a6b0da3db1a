//! The state of a store: floors, identifiers, the clock, incarnations, token keys.

use crate::codec;
use crate::error::FormatError;
use crate::ids::{Incarnation, TableId};
use crate::time::{Millis, Timestamp};
use bincode::{Decode, Encode};

/// How far back a table's past can still be told; whole milliseconds, never going back.
///
/// ```
/// use highwater_format::meta::Floors;
/// use highwater_format::{Millis, Timestamp};
/// let at = |ms| Timestamp::first_of(Millis(ms));
/// let floors = Floors { delta: at(900), tombstone: at(100), history: at(0) };
/// // Who synced last at 500 gets no delta from the log, and is told of deletes all the same.
/// let since = at(501);
/// assert!(since < floors.delta && since >= floors.tombstone);
/// assert_eq!(Floors::decode(&floors.encode()?)?, floors);
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
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
///
/// ```
/// use highwater_format::meta::NextId;
/// let next = NextId(7);
/// assert_eq!(NextId::decode(&next.encode()?)?, next);
/// // Half a number is none.
/// assert!(NextId::decode(&[]).is_err());
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct NextId(pub u32);

/// Receipts that aged before this are absent, removed or not; never going back.
///
/// ```
/// use highwater_format::meta::ReceiptsFloor;
/// use highwater_format::{Millis, Receipt};
/// let floor = ReceiptsFloor(Millis(1_000));
/// let value = Receipt { aged: Millis(999), fingerprint: [0; 32], answers: Vec::new() }.encode();
/// assert!(Receipt::peek(&value)? < floor.0, "absent, removed or not");
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct ReceiptsFloor(pub Millis);

/// What the clock must remember across restarts.
///
/// ```
/// use highwater_format::Millis;
/// use highwater_format::meta::ClockRecord;
/// let clock = ClockRecord { lease: Millis(1_750_000_010_000), leapt: Millis(0) };
/// // The next session begins at the lease, whatever the wall shows.
/// let wall = Millis(1_600_000_000_000);
/// assert_eq!(clock.lease.max(wall), clock.lease);
/// assert_eq!(ClockRecord::decode(&clock.encode()?)?, clock);
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct ClockRecord {
    /// No timestamp and no `startedAt` at or after this was ever handed out.
    pub lease: Millis,
    /// How much of the clock's advance came from confirmed leaps and must not age anything.
    pub leapt: Millis,
}

/// Whose a table's name is, noted when a table gives it up. A client that has nothing but the name and a time does
/// not know of which table it was told.
///
/// ```
/// use highwater_format::meta::NameRecord;
/// use highwater_format::{TableId, Timestamp};
/// let second = NameRecord { owner: TableId(2), since: Timestamp(7) };
/// assert_eq!(NameRecord::decode(&second.encode()?)?, second);
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct NameRecord {
    /// The table that has the name, or was the last to have it.
    pub owner: TableId,
    /// From when on it had the name, if another table had it before: what a client was told under the name earlier
    /// is not of this table.
    pub since: Timestamp,
}

/// One incarnation and when it began.
///
/// ```
/// use highwater_format::meta::{IncarnationChain, IncarnationEntry};
/// use highwater_format::{Incarnation, Timestamp};
/// let first = IncarnationEntry { id: Incarnation([1; 16]), since: Timestamp(1) };
/// let restored = IncarnationEntry { id: Incarnation([2; 16]), since: Timestamp(9) };
/// let chain = IncarnationChain(vec![first, restored]);
/// assert_eq!(IncarnationChain::decode(&chain.encode()?)?.0, [first, restored]);
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct IncarnationEntry {
    /// Its random name.
    pub id: Incarnation,
    /// The opening clock from which it counts.
    pub since: Timestamp,
}

/// Every incarnation of the store, oldest first.
///
/// ```
/// use highwater_format::meta::{IncarnationChain, IncarnationEntry};
/// use highwater_format::{Incarnation, Timestamp};
/// let since = Timestamp(1);
/// let chain = IncarnationChain(vec![IncarnationEntry { id: Incarnation([1; 16]), since }]);
/// let present = chain.0.last().map(|entry| entry.id);
/// assert_eq!(present, Some(Incarnation([1; 16])));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct IncarnationChain(pub Vec<IncarnationEntry>);

/// A key that seals tokens.
///
/// ```
/// use highwater_format::Millis;
/// use highwater_format::meta::RingKey;
/// let key = RingKey { id: 3, secret: [0xab; 32], created: Millis(0) };
/// // What is logged gives no secret away.
/// assert_eq!(format!("{key:?}"), "RingKey(3)");
/// ```
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
///
/// ```
/// use highwater_format::Millis;
/// use highwater_format::meta::{KeyRing, RingKey};
/// let key = |id| RingKey { id, secret: [0; 32], created: Millis(0) };
/// let ring = KeyRing(vec![key(1), key(2)]);
/// let sealing = ring.0.last().map(|key| key.id);
/// assert_eq!(sealing, Some(2));
/// assert_eq!(KeyRing::decode(&ring.encode()?)?, ring);
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
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
    NameRecord, "name record";
    NextId, "next identifier";
    ReceiptsFloor, "receipts floor";
    ClockRecord, "clock record";
    IncarnationChain, "incarnation chain";
    KeyRing, "token key ring";
}
