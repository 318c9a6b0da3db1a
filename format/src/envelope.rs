//! The envelope around every stored value: a format version and a checksum over key and value.
//!
//! ```text
//! value := version:1, crc:4 little-endian, payload
//! crc   := CRC-32 (IEEE) of family:1, key length:4 little-endian, key, version:1, payload
//! ```
//!
//! The key and the family are part of the sum, so a value that turns up under another key is as
//! wrong as a flipped bit.

use crate::FORMAT_VERSION;
use crate::error::FormatError;
use crc32fast::Hasher;
use std::sync::LazyLock;

const HEADER: usize = 5;

/// The column families of a store.
///
/// ```
/// use highwater_format::{Family, FormatError, open, seal};
/// let value = seal(Family::Base, b"key", b"payload");
/// assert_eq!(open(Family::Base, b"key", &value)?, b"payload");
/// // A value that turns up in another family is as wrong as a flipped bit.
/// let misplaced = open(Family::History, b"key", &value);
/// assert!(matches!(misplaced, Err(FormatError::Damaged { .. })));
/// # Ok::<(), FormatError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Family {
    /// Item key to the item's present record.
    Base = 1,
    /// The change log: time bucket, table, commit order.
    Delta = 2,
    /// The change log by declared attributes.
    DeltaIndex = 3,
    /// Superseded records.
    History = 4,
    /// Catalog, clock, floors, incarnations, token keys.
    Meta = 5,
    /// Ordered secondary indexes: live items in the order of declared attributes.
    Lookup = 6,
    /// Sums over live items, per table and per scope.
    Digest = 7,
    /// What commits with a mutation id were answered.
    Receipts = 8,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 8] = [
        Self::Base,
        Self::Delta,
        Self::DeltaIndex,
        Self::History,
        Self::Meta,
        Self::Lookup,
        Self::Digest,
        Self::Receipts,
    ];

    /// The column family's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Delta => "delta",
            Self::DeltaIndex => "delta_index",
            Self::History => "history",
            Self::Meta => "meta",
            Self::Lookup => "lookup",
            Self::Digest => "digest",
            Self::Receipts => "receipts",
        }
    }
}

/// Keys of fewer bytes, which almost all are, have the beginnings of their sums made beforehand.
const SHORT: usize = 128;

/// The sums over each family and each length of a short key: to add them one by one, or to gather them before
/// the key, would take as long as the sum over a small document.
static BEGINNINGS: LazyLock<[[Hasher; SHORT]; Family::ALL.len()]> = LazyLock::new(|| {
    Family::ALL.map(|family| std::array::from_fn(|length| beginning(family, length)))
});

fn beginning(family: Family, length: usize) -> Hasher {
    // Keys are bounded far below 4 GiB; the length keeps key and payload apart.
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    let mut crc = Hasher::new();
    crc.update(&[family as u8]);
    crc.update(&length.to_le_bytes());
    crc
}

fn checksum(family: Family, key: &[u8], payload: &[u8]) -> u32 {
    let of_family = BEGINNINGS.get(family as usize - 1);
    let begun = of_family.and_then(|lengths| lengths.get(key.len())).cloned();
    let mut crc = begun.unwrap_or_else(|| beginning(family, key.len()));
    crc.update(key);
    crc.update(&[FORMAT_VERSION]);
    crc.update(payload);
    crc.finalize()
}

/// Wraps a payload for `key`.
#[must_use]
pub fn seal(family: Family, key: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER + payload.len());
    out.push(FORMAT_VERSION);
    out.extend_from_slice(&checksum(family, key, payload).to_le_bytes());
    out.extend_from_slice(payload);
    out
}

/// The payload of a value that [`open`] has checked a moment ago, where it lies.
///
/// # Errors
/// [`FormatError::Malformed`] if there is no room for a header.
pub fn reopen(value: &[u8]) -> Result<&[u8], FormatError> {
    value.get(HEADER..).ok_or(FormatError::malformed("envelope"))
}

/// Checks a stored value against its key and gives the payload.
///
/// # Errors
/// [`FormatError::Version`] for a version this build does not know, [`FormatError::Damaged`] where the
/// checksum does not match, [`FormatError::Malformed`] if there is no room for a header.
pub fn open<'a>(family: Family, key: &[u8], value: &'a [u8]) -> Result<&'a [u8], FormatError> {
    let (header, payload) =
        value.split_first_chunk::<HEADER>().ok_or(FormatError::malformed("envelope"))?;
    let [version, crc @ ..] = *header;
    if version != FORMAT_VERSION {
        return Err(FormatError::Version { found: version, supported: FORMAT_VERSION });
    }
    let stored = u32::from_le_bytes(crc);
    let computed = checksum(family, key, payload);
    if stored != computed {
        return Err(FormatError::Damaged { stored, computed });
    }
    Ok(payload)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_was_opened_is_reopened_where_it_lies() {
        let sealed = seal(Family::Base, b"key", b"payload");
        assert_eq!(reopen(&sealed), Ok(&b"payload"[..]));
        assert_eq!(reopen(&sealed[..HEADER]), Ok(&b""[..]));
        assert!(reopen(&sealed[..HEADER - 1]).is_err());
    }

    /// What the envelope says of itself, byte after byte, whatever is made beforehand.
    #[test]
    fn a_sum_is_that_of_its_parts_at_every_length_of_keys() {
        let key = [7; SHORT + 2];
        for (family, length) in
            Family::ALL.into_iter().flat_map(|family| (0..=key.len()).map(move |n| (family, n)))
        {
            let mut bytes = vec![family as u8];
            bytes.extend_from_slice(&u32::try_from(length).unwrap().to_le_bytes());
            bytes.extend_from_slice(&key[..length]);
            bytes.push(FORMAT_VERSION);
            bytes.extend_from_slice(b"payload");
            let sum = checksum(family, &key[..length], b"payload");
            assert_eq!(sum, crc32fast::hash(&bytes), "{family:?}, a key of {length} bytes");
        }
    }

    proptest! {
        #[test]
        fn every_flipped_bit_is_found(
            key in proptest::collection::vec(any::<u8>(), 1..20),
            payload in any::<Vec<u8>>(),
            at in any::<proptest::sample::Index>(),
            bit in 0_u8..8,
        ) {
            let mut value = seal(Family::Base, &key, &payload);
            prop_assert_eq!(open(Family::Base, &key, &value), Ok(payload.as_slice()));
            prop_assert!(open(Family::Delta, &key, &value).is_err());
            let mut other = key.clone();
            other[at.index(key.len())] ^= 1 << bit;
            prop_assert!(open(Family::Base, &other, &value).is_err());
            let place = at.index(value.len());
            value[place] ^= 1 << bit;
            prop_assert!(open(Family::Base, &key, &value).is_err());
        }

        #[test]
        fn any_bytes_are_answered(bytes in any::<Vec<u8>>()) {
            let _ = open(Family::Meta, b"k", &bytes);
        }
    }
}
