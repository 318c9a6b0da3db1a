//! What `meta` holds: the catalog, the clock, floors, incarnations and token keys.
//!
//! Each value is bincode of the structure below it, in an envelope like every other value.
//!
//! ```text
//! table/<id, 8 hex digits>    TableRecord
//! floors/<id, 8 hex digits>   Floors
//! next_id                     NextId
//! clock                       ClockRecord
//! incarnations                IncarnationChain
//! token_keys                  KeyRing
//! ```

use crate::codec;
use crate::error::FormatError;
use crate::ids::{Incarnation, IndexId, TableId};
use crate::time::{Millis, Timestamp};
use bincode::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Where the clock's state is kept.
pub const CLOCK: &[u8] = b"clock";
/// Where the incarnations are kept.
pub const INCARNATIONS: &[u8] = b"incarnations";
/// Where the token keys are kept.
pub const TOKEN_KEYS: &[u8] = b"token_keys";
/// Where the next free identifier is kept.
pub const NEXT_ID: &[u8] = b"next_id";
/// The prefix of all table records.
pub const TABLES: &[u8] = b"table/";

/// The key of a table's record.
#[must_use]
pub fn table_key(id: TableId) -> Vec<u8> {
    format!("table/{:08x}", id.0).into_bytes()
}

/// The key of a table's floors.
#[must_use]
pub fn floors_key(id: TableId) -> Vec<u8> {
    format!("floors/{:08x}", id.0).into_bytes()
}

/// The type of a key attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
pub enum KeyKind {
    /// A string.
    #[serde(rename = "S")]
    String,
    /// A number.
    #[serde(rename = "N")]
    Number,
    /// Bytes.
    #[serde(rename = "B")]
    Binary,
}

/// A key attribute: its name and its type.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
pub struct KeyAttribute {
    /// The attribute's name, at the top level of the document.
    pub name: String,
    /// The type that every item must have there.
    pub kind: KeyKind,
}

/// What an index entry carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Projection {
    /// The whole record: a scope is read in one scan.
    All,
    /// The item's key: the record is looked up in the same snapshot.
    KeysOnly,
}

/// A declared index of the change log: a scope for each value of `attribute`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
pub struct IndexSpec {
    /// The index's name, unique in its table.
    pub name: String,
    /// The top-level attribute whose value makes the scope.
    pub attribute: String,
    /// What its entries carry.
    pub projection: Projection,
}

/// What happens when a mutation believes in another version than the stored one.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Encode, Decode, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ConflictStrategy {
    /// The mutation is rejected and told the current item.
    #[default]
    OptimisticConcurrency,
    /// The mutation is merged into the stored item by AppSync's Automerge rules.
    Automerge,
}

/// Times to live, in milliseconds; `None` keeps for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
pub struct Ttls {
    /// How long the change log serves deltas.
    pub delta: Option<Millis>,
    /// How long a deleted item is remembered; never shorter than `delta`.
    pub tombstone: Option<Millis>,
    /// How long superseded records are kept. `Some(0)` keeps none at all.
    pub history: Option<Millis>,
}

/// A table's declaration.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
pub struct TableSpec {
    /// The table's name, unique in its store.
    pub name: String,
    /// The partition attribute.
    pub partition: KeyAttribute,
    /// The sort attribute, if items of one partition are to be many.
    pub sort: Option<KeyAttribute>,
    /// The declared indexes.
    pub indexes: Vec<IndexSpec>,
    /// The three times to live.
    pub ttls: Ttls,
    /// What happens on a version mismatch.
    pub conflicts: ConflictStrategy,
}

/// An index as it is stored: its identifier and from when on it knows everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct IndexState {
    /// The identifier in its keys.
    pub id: IndexId,
    /// No change before this moment is promised to be in it.
    pub floor: Timestamp,
}

/// A table as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct TableRecord {
    /// The identifier in its keys.
    pub id: TableId,
    /// When it was created: the first timestamp of a millisecond of its own.
    pub created_at: Timestamp,
    /// Its declaration.
    pub spec: TableSpec,
    /// The state of each declared index, in the order of the declaration.
    pub indexes: Vec<IndexState>,
}

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
    TableRecord, "table record";
    Floors, "floors";
    NextId, "next identifier";
    ClockRecord, "clock record";
    IncarnationChain, "incarnation chain";
    KeyRing, "token key ring";
}
