//! Every key of a store, its constructors and its decoders: all in this file.
//!
//! Keys sort as the values they are made of, and none is a prefix of another of its kind. Fixed-width
//! numbers are big-endian; an attribute's value delimits itself:
//!
//! ```text
//! number  'N'  the number's own order-preserving bytes (number.rs)
//! string  'S'  UTF-8, each 00 written as 00 ff    00 00
//! binary  'b'  bytes, each 00 written as 00 ff    00 00
//!
//! item         := partition value, [ sort value ]
//! base         := table:4, item
//! delta        := bucket:8, table:4, changed_at:8
//! delta_index  := index:4, 00, value, changed_at:8        an entry, in commit order
//!               | index:4, 01, value, item                where the item's marker in this scope is
//! history      := table:4, item, superseded_at:8
//! meta         := ASCII name
//! ```

use crate::error::FormatError;
use crate::ids::{BucketId, IndexId, TableId};
use crate::number::Number;
use crate::time::Timestamp;
use std::fmt;

const TAG_NUMBER: u8 = b'N';
const TAG_STRING: u8 = b'S';
const TAG_BINARY: u8 = b'b';

/// The value of a key attribute: DynamoDB's S, N or B.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyValue {
    /// A number.
    Number(Number),
    /// A string.
    String(String),
    /// Bytes.
    Binary(Vec<u8>),
}

impl KeyValue {
    fn encode_into(&self, out: &mut Vec<u8>) {
        let escaped = |out: &mut Vec<u8>, tag: u8, bytes: &[u8]| {
            out.push(tag);
            for &byte in bytes {
                out.push(byte);
                if byte == 0 {
                    out.push(0xff);
                }
            }
            out.extend_from_slice(&[0, 0]);
        };
        match self {
            Self::Number(n) => {
                out.push(TAG_NUMBER);
                out.extend_from_slice(n.as_bytes());
            }
            Self::String(s) => escaped(out, TAG_STRING, s.as_bytes()),
            Self::Binary(b) => escaped(out, TAG_BINARY, b),
        }
    }

    /// The order-preserving, self-delimiting encoding.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(32);
        self.encode_into(&mut out);
        out
    }

    /// Reads one value from the front of `bytes`; gives it and the bytes after it.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] if [`KeyValue::encode`] cannot have made the bytes.
    pub fn decode_prefix(bytes: &[u8]) -> Result<(Self, &[u8]), FormatError> {
        let bad = || FormatError::malformed("key value");
        let (tag, rest) = bytes.split_first().ok_or_else(bad)?;
        if *tag == TAG_NUMBER {
            let (number, rest) = Number::decode_prefix(rest).ok_or_else(bad)?;
            return Ok((Self::Number(number), rest));
        }
        let (plain, rest) = unescape(rest).ok_or_else(bad)?;
        match *tag {
            TAG_STRING => Ok((Self::String(String::from_utf8(plain).map_err(|_| bad())?), rest)),
            TAG_BINARY => Ok((Self::Binary(plain), rest)),
            _ => Err(bad()),
        }
    }

    /// The number of bytes of the value itself, as limits count them.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Number(n) => n.as_bytes().len(),
            Self::String(s) => s.len(),
            Self::Binary(b) => b.len(),
        }
    }
}

fn unescape(bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut plain = Vec::new();
    let mut rest = bytes;
    loop {
        let zero = rest.iter().position(|b| *b == 0)?;
        let (head, tail) = rest.split_at_checked(zero)?;
        plain.extend_from_slice(head);
        match tail {
            [0, 0, after @ ..] => return Some((plain, after)),
            [0, 0xff, after @ ..] => {
                plain.push(0);
                rest = after;
            }
            _ => return None,
        }
    }
}

impl fmt::Display for KeyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(n) => write!(f, "{n}"),
            Self::String(s) => write!(f, "{s:?}"),
            Self::Binary(b) => {
                f.write_str("0x")?;
                b.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}

impl From<&str> for KeyValue {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for KeyValue {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<i64> for KeyValue {
    fn from(value: i64) -> Self {
        Self::Number(value.into())
    }
}

/// An item's primary key within its table: the partition value and, if the table has one, the sort value.
///
/// ```
/// use highwater_format::ItemKey;
/// let key = ItemKey::from("user-1").with_sort(7);
/// assert_eq!(ItemKey::decode(&key.encode())?, key);
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemKey {
    /// The partition attribute's value.
    pub partition: KeyValue,
    /// The sort attribute's value, for tables that declare one.
    pub sort: Option<KeyValue>,
}

impl ItemKey {
    /// This key with a sort value.
    #[must_use]
    pub fn with_sort(self, sort: impl Into<KeyValue>) -> Self {
        Self { sort: Some(sort.into()), ..self }
    }

    /// The encoding that stands in base, history and marker keys and in log entries.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.partition.encode();
        if let Some(sort) = &self.sort {
            sort.encode_into(&mut out);
        }
        out
    }

    /// Reads a key that must fill `bytes` exactly.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] if [`ItemKey::encode`] cannot have made the bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let (partition, rest) = KeyValue::decode_prefix(bytes)?;
        if rest.is_empty() {
            return Ok(Self { partition, sort: None });
        }
        match KeyValue::decode_prefix(rest)? {
            (sort, []) => Ok(Self { partition, sort: Some(sort) }),
            _ => Err(FormatError::malformed("item key")),
        }
    }
}

impl<T: Into<KeyValue>> From<T> for ItemKey {
    fn from(partition: T) -> Self {
        Self { partition: partition.into(), sort: None }
    }
}

impl fmt::Display for ItemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.sort {
            None => write!(f, "{}", self.partition),
            Some(sort) => write!(f, "{}/{sort}", self.partition),
        }
    }
}

/// Constructors and decoders of the keys of each column family.
pub mod keys {
    use super::{BucketId, FormatError, IndexId, TableId, Timestamp};

    /// Entries of a scope in commit order.
    const BY_TIME: u8 = 0;
    /// Where an item's marker in a scope is.
    const MARKER: u8 = 1;

    fn concat(parts: &[&[u8]]) -> Vec<u8> {
        parts.concat()
    }

    /// The smallest key that is greater than every key starting with `prefix`; empty if none is.
    #[must_use]
    pub fn after_prefix(prefix: &[u8]) -> Vec<u8> {
        let mut end = prefix.to_vec();
        while let Some(last) = end.pop() {
            if last < 0xff {
                end.push(last + 1);
                break;
            }
        }
        end
    }

    /// The prefix of a table in `base` and `history`.
    #[must_use]
    pub fn table(table: TableId) -> Vec<u8> {
        table.0.to_be_bytes().to_vec()
    }

    /// An item, or the start of a partition, in `base`.
    #[must_use]
    pub fn base(table: TableId, item: &[u8]) -> Vec<u8> {
        concat(&[&table.0.to_be_bytes(), item])
    }

    /// The table and the item of a `base` key.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] if it is shorter than a table id.
    pub fn decode_base(key: &[u8]) -> Result<(TableId, &[u8]), FormatError> {
        let (id, item) = key.split_first_chunk::<4>().ok_or(FormatError::malformed("base key"))?;
        Ok((TableId(u32::from_be_bytes(*id)), item))
    }

    /// A change in `delta`.
    #[must_use]
    pub fn delta(bucket: BucketId, table: TableId, at: Timestamp) -> Vec<u8> {
        concat(&[&bucket.0.to_be_bytes(), &table.0.to_be_bytes(), &at.0.to_be_bytes()])
    }

    /// The first key of a bucket in `delta`.
    #[must_use]
    pub fn delta_bucket(bucket: BucketId) -> Vec<u8> {
        bucket.0.to_be_bytes().to_vec()
    }

    /// The first key of a table within a bucket of `delta`.
    #[must_use]
    pub fn delta_table(bucket: BucketId, table: TableId) -> Vec<u8> {
        concat(&[&bucket.0.to_be_bytes(), &table.0.to_be_bytes()])
    }

    /// Bucket, table and timestamp of a `delta` key.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] if it is not exactly 20 bytes.
    pub fn decode_delta(key: &[u8]) -> Result<(BucketId, TableId, Timestamp), FormatError> {
        let bad = || FormatError::malformed("delta key");
        let (bucket, rest) = key.split_first_chunk::<8>().ok_or_else(bad)?;
        let (table, rest) = rest.split_first_chunk::<4>().ok_or_else(bad)?;
        let at = <[u8; 8]>::try_from(rest).map_err(|_| bad())?;
        Ok((
            BucketId(u64::from_be_bytes(*bucket)),
            TableId(u32::from_be_bytes(*table)),
            Timestamp(u64::from_be_bytes(at)),
        ))
    }

    /// The prefix of an index in `delta_index`.
    #[must_use]
    pub fn index(index: IndexId) -> Vec<u8> {
        index.0.to_be_bytes().to_vec()
    }

    /// The prefix of a scope's entries; `value` is an encoded [`super::KeyValue`].
    #[must_use]
    pub fn scope(index: IndexId, value: &[u8]) -> Vec<u8> {
        concat(&[&index.0.to_be_bytes(), &[BY_TIME], value])
    }

    /// A scope's entry of a moment.
    #[must_use]
    pub fn scope_entry(index: IndexId, value: &[u8], at: Timestamp) -> Vec<u8> {
        concat(&[&index.0.to_be_bytes(), &[BY_TIME], value, &at.0.to_be_bytes()])
    }

    /// Where the marker of `item` in a scope is to be found.
    #[must_use]
    pub fn scope_marker(index: IndexId, value: &[u8], item: &[u8]) -> Vec<u8> {
        concat(&[&index.0.to_be_bytes(), &[MARKER], value, item])
    }

    /// A key of `delta_index`, taken apart.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum IndexKey<'a> {
        /// An entry in commit order.
        Entry {
            /// The index.
            index: IndexId,
            /// The encoded value: the scope.
            value: &'a [u8],
            /// When.
            at: Timestamp,
        },
        /// The place of an item's marker.
        Marker {
            /// The index.
            index: IndexId,
            /// The encoded value followed by the encoded item key.
            value_and_item: &'a [u8],
        },
    }

    /// Takes a `delta_index` key apart.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] if it is neither kind.
    pub fn decode_index(key: &[u8]) -> Result<IndexKey<'_>, FormatError> {
        let bad = || FormatError::malformed("index key");
        let (index, rest) = key.split_first_chunk::<4>().ok_or_else(bad)?;
        let index = IndexId(u32::from_be_bytes(*index));
        match rest.split_first() {
            Some((&BY_TIME, rest)) => {
                let (value, at) = rest.split_last_chunk::<8>().ok_or_else(bad)?;
                Ok(IndexKey::Entry { index, value, at: Timestamp(u64::from_be_bytes(*at)) })
            }
            Some((&MARKER, value_and_item)) => Ok(IndexKey::Marker { index, value_and_item }),
            _ => Err(bad()),
        }
    }

    /// A superseded record in `history`; `at` is when it was superseded.
    #[must_use]
    pub fn history(table: TableId, item: &[u8], at: Timestamp) -> Vec<u8> {
        concat(&[&table.0.to_be_bytes(), item, &at.0.to_be_bytes()])
    }

    /// Table, item and time of a `history` key.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] if it is too short.
    pub fn decode_history(key: &[u8]) -> Result<(TableId, &[u8], Timestamp), FormatError> {
        let bad = || FormatError::malformed("history key");
        let (table, rest) = key.split_first_chunk::<4>().ok_or_else(bad)?;
        let (item, at) = rest.split_last_chunk::<8>().ok_or_else(bad)?;
        Ok((TableId(u32::from_be_bytes(*table)), item, Timestamp(u64::from_be_bytes(*at))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn any_key_value() -> impl Strategy<Value = KeyValue> {
        prop_oneof![
            any::<i64>().prop_map(KeyValue::from),
            "[\\x00-\\x02a-c]{0,6}".prop_map(KeyValue::String),
            proptest::collection::vec(
                prop_oneof![Just(0_u8), Just(1), Just(255), any::<u8>()],
                0..6
            )
            .prop_map(KeyValue::Binary),
        ]
    }

    fn any_item() -> impl Strategy<Value = ItemKey> {
        (any_key_value(), proptest::option::of(any_key_value()))
            .prop_map(|(partition, sort)| ItemKey { partition, sort })
    }

    proptest! {
        #[test]
        fn item_keys_are_read_back(key in any_item()) {
            prop_assert_eq!(ItemKey::decode(&key.encode()), Ok(key));
        }

        #[test]
        fn order_of_bytes_is_order_of_values(a in any_item(), b in any_item()) {
            prop_assert_eq!(a.encode().cmp(&b.encode()), a.cmp(&b));
        }

        #[test]
        fn no_value_is_a_prefix_of_another(a in any_key_value(), b in any_key_value()) {
            prop_assert!(a == b || !b.encode().starts_with(&a.encode()));
        }

        #[test]
        fn any_bytes_are_answered(bytes in any::<Vec<u8>>()) {
            if let Ok(key) = ItemKey::decode(&bytes) {
                prop_assert_eq!(key.encode(), bytes.clone());
            }
            let _ = (keys::decode_delta(&bytes), keys::decode_index(&bytes));
            let _ = (keys::decode_base(&bytes), keys::decode_history(&bytes));
        }
    }

    #[test]
    fn the_end_of_a_prefix_lies_behind_all_its_keys() {
        assert_eq!(keys::after_prefix(&[1, 2]), [1, 3]);
        assert_eq!(keys::after_prefix(&[1, 255]), [2]);
        assert!(keys::after_prefix(&[255, 255]).is_empty());
    }
}
