//! The receipt: what a commit with a mutation id was answered, so that a retry gets the same answer.
//!
//! ```text
//! receipt      := aged:8 big-endian, fingerprint:32, count, answer*
//! answer       := table, item, flags:1, [ record ]
//! flags        := bit 0 written, bit 1 merged, bit 2 a record follows; all others 0
//! of an item   := aged:8 big-endian
//! count, table := varint      item, record := length, bytes
//! ```
//!
//! Both kinds of value begin with the moment by which they age: all that expiry asks.

use crate::codec::{Reader, put_bytes, put_varint};
use crate::error::FormatError;
use crate::ids::TableId;
use crate::record::Record;
use crate::time::Millis;

const WRITTEN: u8 = 1;
const MERGED: u8 = 2;
const HAS_RECORD: u8 = 4;

/// What one mutation of the commit was answered.
///
/// ```
/// use highwater_format::{Answer, Millis, Receipt, TableId};
/// // A delete of what was not there: nothing was written, and no item is told.
/// let nothing_to_do = Answer {
///     table: TableId(1),
///     item: b"item".to_vec(),
///     written: false,
///     merged: false,
///     record: None,
/// };
/// let answers = vec![nothing_to_do];
/// let receipt = Receipt { aged: Millis(0), fingerprint: [0; 32], answers };
/// assert_eq!(Receipt::decode(&receipt.encode())?.answers, receipt.answers);
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The table that was changed.
    pub table: TableId,
    /// The encoded item key.
    pub item: Vec<u8>,
    /// Whether a new version was written.
    pub written: bool,
    /// Whether a stale mutation was merged rather than applied.
    pub merged: bool,
    /// The item after it, without its index values; `None` where there was none.
    pub record: Option<Record>,
}

/// What a commit was answered.
///
/// ```
/// use highwater_format::{Millis, Receipt};
/// let aged = Millis(1_750_000_000_000);
/// let receipt = Receipt { aged, fingerprint: [7; 32], answers: Vec::new() };
/// let bytes = receipt.encode();
/// assert_eq!(Receipt::peek(&bytes)?, aged);
/// assert_eq!(Receipt::decode(&bytes)?, receipt);
/// assert!(Receipt::decode(&bytes[..20]).is_err());
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// When it was committed, by the clock that records age by.
    pub aged: Millis,
    /// The SHA-256 of what was to be committed.
    pub fingerprint: [u8; 32],
    /// One answer for each mutation, in their order.
    pub answers: Vec<Answer>,
}

impl Answer {
    fn put_into(&self, out: &mut Vec<u8>) {
        put_varint(out, u64::from(self.table.0));
        put_bytes(out, &self.item);
        let flag = |set: bool, bit: u8| if set { bit } else { 0 };
        out.push(
            flag(self.written, WRITTEN)
                | flag(self.merged, MERGED)
                | flag(self.record.is_some(), HAS_RECORD),
        );
        if let Some(record) = &self.record {
            put_bytes(out, &record.encode());
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, FormatError> {
        let table = u32::try_from(reader.varint()?).map_err(|_| reader.error())?;
        let item = reader.bytes()?.to_vec();
        let flags = reader.byte()?;
        if flags & !(WRITTEN | MERGED | HAS_RECORD) != 0 {
            return Err(reader.error());
        }
        let record = match flags & HAS_RECORD {
            0 => None,
            _ => Some(Record::decode(reader.bytes()?)?),
        };
        let (written, merged) = (flags & WRITTEN != 0, flags & MERGED != 0);
        Ok(Self { table: TableId(table), item, written, merged, record })
    }
}

impl Receipt {
    /// The encoding.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.aged.0.to_be_bytes().to_vec();
        out.extend_from_slice(&self.fingerprint);
        put_varint(&mut out, self.answers.len() as u64);
        self.answers.iter().for_each(|answer| answer.put_into(&mut out));
        out
    }

    /// Reads a receipt that must fill `bytes` exactly.
    ///
    /// # Errors
    /// [`FormatError::Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut reader = Reader::new(bytes, "receipt");
        let aged = Millis(u64::from_be_bytes(reader.fixed()?));
        let fingerprint = reader.fixed()?;
        let count = reader.varint()?;
        // Not reserved: the count is only what the bytes claim.
        let mut answers = Vec::new();
        for _ in 0..count {
            answers.push(Answer::read(&mut reader)?);
        }
        reader.end()?;
        Ok(Self { aged, fingerprint, answers })
    }

    /// The value under which an item finds the receipt.
    #[must_use]
    pub fn encode_of_item(aged: Millis) -> Vec<u8> {
        aged.0.to_be_bytes().to_vec()
    }

    /// Reads the moment by which a value of either kind ages.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] if the bytes end before that.
    pub fn peek(bytes: &[u8]) -> Result<Millis, FormatError> {
        let (aged, _) = bytes.split_first_chunk().ok_or(FormatError::malformed("receipt"))?;
        Ok(Millis(u64::from_be_bytes(*aged)))
    }

    /// Reads a value under which an item finds a receipt; it must fill `bytes` exactly.
    ///
    /// # Errors
    /// [`FormatError::Malformed`].
    pub fn decode_of_item(bytes: &[u8]) -> Result<Millis, FormatError> {
        let mut reader = Reader::new(bytes, "receipt of an item");
        let aged = Millis(u64::from_be_bytes(reader.fixed()?));
        reader.end()?;
        Ok(aged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_answer() -> impl Strategy<Value = Answer> {
        let record =
            (any::<u64>(), any::<u64>(), any::<bool>()).prop_map(|(version, at, deleted)| Record {
                version,
                changed_at: crate::Timestamp(at),
                deleted,
                indexed: Vec::new(),
                document: crate::Document::default(),
            });
        let record = proptest::option::of(record);
        (any::<u32>(), any::<Vec<u8>>(), any::<bool>(), any::<bool>(), record).prop_map(
            |(table, item, written, merged, record)| Answer {
                table: TableId(table),
                item,
                written,
                merged,
                record,
            },
        )
    }

    proptest! {
        #[test]
        fn receipts_are_read_back(
            aged in any::<u64>(),
            fingerprint in any::<[u8; 32]>(),
            answers in proptest::collection::vec(any_answer(), 0..4),
        ) {
            let receipt = Receipt { aged: Millis(aged), fingerprint, answers };
            let bytes = receipt.encode();
            prop_assert_eq!(Receipt::peek(&bytes), Ok(receipt.aged));
            prop_assert_eq!(Receipt::decode(&bytes), Ok(receipt));
            let of_item = Receipt::encode_of_item(Millis(aged));
            prop_assert_eq!(Receipt::peek(&of_item), Ok(Millis(aged)));
            prop_assert_eq!(Receipt::decode_of_item(&of_item), Ok(Millis(aged)));
        }

        #[test]
        fn any_bytes_are_answered(bytes in any::<Vec<u8>>(), count in any::<u8>()) {
            // A plausible beginning first, or hardly any case would come to an answer.
            for bytes in [bytes.clone(), [&[0; 40], [count].as_slice(), &bytes].concat()] {
                let _ = (Receipt::peek(&bytes), Receipt::decode_of_item(&bytes));
                if let Ok(receipt) = Receipt::decode(&bytes) {
                    prop_assert_eq!(receipt.encode(), bytes);
                }
            }
        }
    }
}
