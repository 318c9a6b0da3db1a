//! What `meta` holds: the catalog, the clock, floors, incarnations and token keys.
//!
//! Each value is bincode of the structure below it, in an envelope like every other value.
//!
//! ```text
//! table/<id, 8 hex digits>        TableRecord
//! floors/<id, 8 hex digits>       Floors
//! name/<key value of the name>     NameRecord, for good, once a table has given the name up
//! index_work/<id, 8 hex digits>   IndexWork, while an index is being built or rewritten
//! next_id                         NextId
//! clock                           ClockRecord
//! incarnations                    IncarnationChain
//! token_keys                      KeyRing
//! digests                         nothing: the digests have been made
//! import/<id, 8 hex digits>       ImportRecord, while a bulk import has rows that are hidden
//! receipts                        ReceiptsFloor, once a receipt has expired
//! ```

mod import;
mod record;
mod spec;
mod state;

pub use import::{ImportPhase, ImportRecord};
pub use record::{IndexPhase, IndexState, IndexWork, TableRecord};
pub use spec::{
    ConflictStrategy, IndexSpec, KeyAttribute, KeyKind, LookupSpec, MergeRule, MergeRules,
    Projection, TableSpec, Ttls,
};
pub use state::{
    ClockRecord, Floors, IncarnationChain, IncarnationEntry, KeyRing, NameRecord, NextId,
    ReceiptsFloor, RingKey,
};

use crate::ids::{IndexId, TableId};
use crate::key::KeyValue;

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
/// The prefix of what is noted about names.
pub const NAMES: &[u8] = b"name/";

/// Where it is noted that every table's digests have been made. A store from before there were digests
/// lacks it.
pub const DIGESTS: &[u8] = b"digests";
/// Where it is noted which receipts have expired.
pub const RECEIPTS: &[u8] = b"receipts";
/// The prefix of what is noted about unfinished indexes.
pub const INDEX_WORK: &[u8] = b"index_work/";
/// The prefix of what is noted about bulk imports that have not ended.
pub const IMPORTS: &[u8] = b"import/";

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

/// The key of what is noted about a table's name.
#[must_use]
pub fn name_key(name: &str) -> Vec<u8> {
    [NAMES, &KeyValue::from(name).encode()].concat()
}

/// The key of how far an index's building or rewriting has come.
#[must_use]
pub fn index_work_key(id: IndexId) -> Vec<u8> {
    format!("index_work/{:08x}", id.0).into_bytes()
}

/// The key of what is noted about the bulk import whose table has this identifier.
#[must_use]
pub fn import_key(id: TableId) -> Vec<u8> {
    format!("import/{:08x}", id.0).into_bytes()
}
