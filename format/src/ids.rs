//! Newtypes for the identifiers that appear in keys.

use bincode::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A table's identifier: the first bytes of its keys, given once and never used again.
///
/// ```
/// use highwater_format::{ItemKey, TableId, keys};
/// let item = ItemKey::from("a").encode();
/// let [first, second] = [TableId(1), TableId(2)].map(|table| keys::base(table, &item));
/// assert!(first < second && first != second);
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize,
)]
pub struct TableId(pub u32);

/// An index's identifier, drawn from the same sequence as [`TableId`] and never used again.
///
/// ```
/// use highwater_format::{IndexId, Timestamp, keys};
/// let entry = keys::scope_entry(IndexId(3), b"value", Timestamp(1));
/// assert!(entry.starts_with(&keys::index(IndexId(3))));
/// assert!(!entry.starts_with(&keys::index(IndexId(4))));
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize,
)]
pub struct IndexId(pub u32);

/// A slice of the delta log: a timestamp's milliseconds divided by the store's bucket width.
///
/// ```
/// use highwater_format::{BucketId, Millis, Timestamp};
/// let bucket = Timestamp::first_of(Millis(59_999)).bucket(Millis(60_000));
/// assert_eq!(bucket, BucketId(0));
/// assert_eq!(Timestamp::first_of(Millis(60_000)).bucket(Millis(60_000)), bucket.next());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketId(pub u64);

impl BucketId {
    /// The bucket after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// The random name of one unbroken line of commits; a store that may have lost some gets a new one.
///
/// ```
/// use highwater_format::Incarnation;
/// let name = Incarnation([0xab; 16]).to_string();
/// assert_eq!(name, "ab".repeat(16));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
pub struct Incarnation(pub [u8; 16]);

impl std::fmt::Display for Incarnation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
