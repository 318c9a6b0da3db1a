//! The keys of every column family: their constructors and their decoders, all in this file.
//!
//! ```text
//! item         := partition value, [ sort value ]            (key.rs)
//! base         := table:4, item
//! delta        := bucket:8, table:4, changed_at:8
//! delta_index  := index:4, 00, value, changed_at:8           an entry, in commit order
//!               | index:4, 01, value, item                   where the item's marker in this scope is
//! lookup       := index:4, value, [ sort value ], item       an entry, in the order of its values
//! history      := table:4, item, superseded_at:8
//! digest       := table or index:4, [ value ], slot:1        one part of a table's or a scope's sum
//! receipts     := 00, mutation id                            what a commit was answered
//!               | 01, table:4, item, mutation id             which receipts tell of an item
//! meta         := ASCII name
//! ```
//!
//! Fixed-width numbers are big-endian, so that keys sort as what they are made of.

use crate::error::FormatError;
use crate::ids::{BucketId, IndexId, TableId};
use crate::time::Timestamp;

/// Entries of a scope in commit order.
const BY_TIME: u8 = 0;
/// Where an item's marker in a scope is.
const MARKER: u8 = 1;

/// With room for one byte more: the key behind another is that and a zero.
fn concat(parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    let mut key = Vec::with_capacity(length + 1);
    parts.iter().for_each(|part| key.extend_from_slice(part));
    key
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
#[inline(always)]
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

/// The prefix of a scope's entries; `value` is an encoded [`crate::KeyValue`].
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

/// An entry of an ordered index; `values` is the encoded value, followed by the encoded sort value where
/// the index has one.
#[must_use]
pub fn lookup(index: IndexId, values: &[u8], item: &[u8]) -> Vec<u8> {
    concat(&[&index.0.to_be_bytes(), values, item])
}

/// The index of a `lookup` key, and its values and item.
///
/// # Errors
/// [`FormatError::Malformed`] if it is shorter than an index id.
pub fn decode_lookup(key: &[u8]) -> Result<(IndexId, &[u8]), FormatError> {
    let (id, rest) = key.split_first_chunk::<4>().ok_or(FormatError::malformed("lookup key"))?;
    Ok((IndexId(u32::from_be_bytes(*id)), rest))
}

/// Whose items a digest sums up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DigestOf<'a> {
    /// A whole table's.
    Table(TableId),
    /// Those of one scope: an index and the encoded value.
    Scope(IndexId, &'a [u8]),
}

/// What all parts of a digest's keys begin with.
#[must_use]
pub fn digest_parts(of: DigestOf<'_>) -> Vec<u8> {
    match of {
        DigestOf::Table(table) => table.0.to_be_bytes().to_vec(),
        DigestOf::Scope(index, value) => concat(&[&index.0.to_be_bytes(), value]),
    }
}

/// One part of a digest.
#[must_use]
pub fn digest(of: DigestOf<'_>, slot: u8) -> Vec<u8> {
    let mut key = digest_parts(of);
    key.push(slot);
    key
}

/// The table's or index's number, the encoded value (empty for a table) and the slot of a `digest` key.
///
/// # Errors
/// [`FormatError::Malformed`] if it is shorter than a number and a slot.
pub fn decode_digest(key: &[u8]) -> Result<(u32, &[u8], u8), FormatError> {
    let bad = || FormatError::malformed("digest key");
    let (id, rest) = key.split_first_chunk::<4>().ok_or_else(bad)?;
    let (slot, value) = rest.split_last().ok_or_else(bad)?;
    Ok((u32::from_be_bytes(*id), value, *slot))
}

/// Receipts by mutation id.
const RECEIPT: u8 = 0;
/// Receipts by the items they tell of.
const RECEIPT_OF_ITEM: u8 = 1;

/// The receipt of a mutation id.
#[must_use]
pub fn receipt(mutation_id: &[u8]) -> Vec<u8> {
    concat(&[&[RECEIPT], mutation_id])
}

/// What the keys of all receipts that tell of an item begin with; the mutation id follows.
#[must_use]
pub fn receipts_of_item(table: TableId, item: &[u8]) -> Vec<u8> {
    concat(&[&[RECEIPT_OF_ITEM], &table.0.to_be_bytes(), item])
}

/// What leads from an item to a receipt that tells of it.
#[must_use]
pub fn receipt_of_item(table: TableId, item: &[u8], mutation_id: &[u8]) -> Vec<u8> {
    concat(&[&[RECEIPT_OF_ITEM], &table.0.to_be_bytes(), item, mutation_id])
}

/// What the keys of all receipts that tell of a table's items begin with.
#[must_use]
pub fn receipts_of_table(table: TableId) -> Vec<u8> {
    concat(&[&[RECEIPT_OF_ITEM], &table.0.to_be_bytes()])
}

/// A key of `receipts`, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptKey<'a> {
    /// The receipt of a mutation id.
    Receipt(&'a [u8]),
    /// The table that a receipt tells of, and the encoded item followed by the mutation id.
    OfItem(TableId, &'a [u8]),
}

/// Takes a `receipts` key apart.
///
/// # Errors
/// [`FormatError::Malformed`] if it is neither kind.
pub fn decode_receipt(key: &[u8]) -> Result<ReceiptKey<'_>, FormatError> {
    let bad = || FormatError::malformed("receipt key");
    match key.split_first() {
        Some((&RECEIPT, id)) if !id.is_empty() => Ok(ReceiptKey::Receipt(id)),
        Some((&RECEIPT_OF_ITEM, rest)) => {
            let (table, rest) = rest.split_first_chunk::<4>().ok_or_else(bad)?;
            Ok(ReceiptKey::OfItem(TableId(u32::from_be_bytes(*table)), rest))
        }
        _ => Err(bad()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_end_of_a_prefix_lies_behind_all_its_keys() {
        assert_eq!(after_prefix(&[1, 2]), [1, 3]);
        assert_eq!(after_prefix(&[1, 255]), [2]);
        assert!(after_prefix(&[255, 255]).is_empty());
    }

    #[test]
    fn a_receipt_has_a_mutation_id() {
        assert_eq!(decode_receipt(&receipt(b"id")), Ok(ReceiptKey::Receipt(b"id")));
        assert!(decode_receipt(&receipt(b"")).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in any::<Vec<u8>>()) {
            let _ = (decode_delta(&bytes), decode_index(&bytes), decode_lookup(&bytes));
            let _ = (decode_base(&bytes), decode_history(&bytes), decode_digest(&bytes));
            let _ = decode_receipt(&bytes);
        }

        #[test]
        fn digest_and_receipt_keys_are_read_back(
            id in any::<u32>(), value in any::<Vec<u8>>(), slot in any::<u8>(), name in "[a-z]{1,9}",
        ) {
            let key = digest(DigestOf::Scope(IndexId(id), &value), slot);
            prop_assert_eq!(decode_digest(&key)?, (id, value.as_slice(), slot));
            let key = digest(DigestOf::Table(TableId(id)), slot);
            prop_assert_eq!(decode_digest(&key)?, (id, [].as_slice(), slot));
            let key = receipt(name.as_bytes());
            prop_assert_eq!(decode_receipt(&key)?, ReceiptKey::Receipt(name.as_bytes()));
            let key = receipt_of_item(TableId(id), &value, name.as_bytes());
            prop_assert!(key.starts_with(&receipts_of_item(TableId(id), &value)));
            let rest = [value, name.into_bytes()].concat();
            prop_assert_eq!(decode_receipt(&key)?, ReceiptKey::OfItem(TableId(id), &rest));
        }
    }
}
