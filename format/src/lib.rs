//! The bytes of a highwater store, and nothing else.
//!
//! Keys, records, documents, timestamps and sealed tokens: pure functions from values to bytes and
//! back. Nothing here reads a file, a clock or a random number, and nothing names a storage engine.
//! Every decoder takes untrusted bytes and answers with [`FormatError`], never with a panic.
//!
//! ARCHITECTURE.md ("The bytes") draws each encoding; the golden tests pin them.

mod backup;
mod codec;
mod digest;
mod document;
mod entry;
mod envelope;
mod error;
mod file;
mod ids;
pub mod import;
mod integer;
mod json;
mod key;
pub mod keys;
mod marker;
pub mod meta;
mod number;
mod number_serde;
mod receipt;
mod record;
#[cfg(feature = "testing")]
pub mod strategies;
mod text;
mod time;
pub mod token;
mod value;

pub use backup::{BackupEntry, BackupMarker};
pub use digest::{DIGEST_SLOTS, Digest, digest_slot};
pub use document::{Document, ListRef, MapRef, SetRef, ValueRef};
pub use entry::{IndexEntry, IndexEntryRef, IndexEvent, LogEntry, MarkerEntry};
pub use envelope::{Family, open, reopen, seal};
pub use error::FormatError;
pub use ids::{BucketId, Incarnation, IndexId, TableId};
pub use json::{
    parse_json, parse_typed_json, parse_typed_value, write_json, write_json_string,
    write_json_value, write_typed_json,
};
pub use key::{ItemKey, KeyValue};
pub use marker::{RecordedDurability, StoreMarker, StoreState};
pub use number::{Number, NumberError};
pub use receipt::{Answer, Receipt};
pub use record::{IndexedValue, Record, RecordRef};
pub use text::KeyText;
pub use time::{Millis, Timestamp};
pub use value::Value;

/// The version of the on-disk format that this crate reads and writes.
pub const FORMAT_VERSION: u8 = 1;

/// The deepest nesting of lists and maps in a document, as DynamoDB limits it.
pub const MAX_DEPTH: usize = 32;
