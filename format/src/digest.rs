//! Digests: sums over the live items of a table or of a scope, by which a client proves its copy.
//!
//! ```text
//! digest      := sum modulo 2^128 of the hashes of all live items, and how many they are
//! hash        := first 16 bytes, as a big-endian number, of
//!                SHA-256( changed_at:8 big-endian, version:8 big-endian, encoded item key )
//! digest part := items, sum:16 big-endian                        items := varint
//! ```
//!
//! A sum does not depend on an order, and one item is added or taken out in one step. It is kept in parts,
//! one for each slot that an item's key can fall into, so that commits on different items do not wait for
//! each other.

use crate::codec::{Reader, put_varint};
use crate::error::FormatError;
use crate::time::Timestamp;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// The sum over live items and their number.
///
/// ```
/// use highwater_format::{Digest, ItemKey, Timestamp};
/// let mut digest = Digest::default();
/// digest.add(&ItemKey::from("n1").encode(), Timestamp(7), 1);
/// digest.add(&ItemKey::from("n2").encode(), Timestamp(8), 1);
/// digest.remove(&ItemKey::from("n1").encode(), Timestamp(7), 1);
/// assert_eq!(digest.items, 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Digest {
    /// How many items are summed up.
    pub items: u64,
    /// The sum of their hashes modulo 2^128.
    pub sum: u128,
}

/// How many slots there are.
pub const DIGEST_SLOTS: usize = 256;

/// The slot that an item's encoded key falls into: for ever the same.
#[must_use]
pub fn digest_slot(item: &[u8]) -> u8 {
    let [slot, ..] = crc32fast::hash(item).to_le_bytes();
    slot
}

fn hash(item: &[u8], changed_at: Timestamp, version: u64) -> u128 {
    let mut hasher = Sha256::new();
    hasher.update(changed_at.0.to_be_bytes());
    hasher.update(version.to_be_bytes());
    hasher.update(item);
    let hash: [u8; 32] = hasher.finalize().into();
    hash.first_chunk().map_or(0, |first| u128::from_be_bytes(*first))
}

impl Digest {
    /// Adds a live item, by its encoded key.
    pub fn add(&mut self, item: &[u8], changed_at: Timestamp, version: u64) {
        self.items = self.items.wrapping_add(1);
        self.sum = self.sum.wrapping_add(hash(item, changed_at, version));
    }

    /// Takes an item out that was added before.
    pub fn remove(&mut self, item: &[u8], changed_at: Timestamp, version: u64) {
        self.items = self.items.wrapping_sub(1);
        self.sum = self.sum.wrapping_sub(hash(item, changed_at, version));
    }

    /// The digest of both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { items: self.items.wrapping_add(other.items), sum: self.sum.wrapping_add(other.sum) }
    }

    /// The encoding of a part.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(25);
        put_varint(&mut out, self.items);
        out.extend_from_slice(&self.sum.to_be_bytes());
        out
    }

    /// Reads a part that must fill `bytes` exactly.
    ///
    /// # Errors
    /// [`FormatError::Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut reader = Reader::new(bytes, "digest part");
        let items = reader.varint()?;
        let sum = u128::from_be_bytes(reader.fixed()?);
        reader.end()?;
        Ok(Self { items, sum })
    }
}

impl fmt::Display for Digest {
    /// The sum in hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Live = (Vec<u8>, u64, u64);

    fn of(items: &[Live]) -> Digest {
        let mut digest = Digest::default();
        items.iter().for_each(|(item, at, version)| digest.add(item, Timestamp(*at), *version));
        digest
    }

    #[test]
    fn it_is_shown_as_its_sum() {
        let shown = Digest { items: 3, sum: 0xfeed }.to_string();
        assert_eq!(shown, "0000000000000000000000000000feed");
    }

    proptest! {
        #[test]
        fn a_digest_is_that_of_what_is_there_in_any_order(
            items in proptest::collection::vec(any::<Live>(), 0..8),
            gone in proptest::collection::vec(any::<Live>(), 0..8),
        ) {
            let mut digest = of(&gone).and(of(&items));
            gone.iter().rev().for_each(|(item, at, v)| digest.remove(item, Timestamp(*at), *v));
            prop_assert_eq!(digest, of(&items));
            let reversed: Vec<_> = items.iter().rev().cloned().collect();
            prop_assert_eq!(digest, of(&reversed));
            prop_assert_eq!(Digest::decode(&digest.encode()), Ok(digest));
        }

        #[test]
        fn every_part_of_an_item_counts(item in any::<Live>(), other in any::<Live>()) {
            prop_assert_eq!(item == other, of(&[item]) == of(&[other]));
        }

        #[test]
        fn any_bytes_are_answered(bytes in any::<Vec<u8>>()) {
            if let Ok(digest) = Digest::decode(&bytes) {
                prop_assert_eq!(digest.encode(), bytes);
            }
        }
    }
}
