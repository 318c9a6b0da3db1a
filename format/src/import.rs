//! The files of a bulk import under way: sorted runs, and the manifest that names those that are whole.
//!
//! ```text
//! manifest := "highwater import", version:1, crc:4 little-endian, bincode of ImportManifest
//! crc      := CRC-32 (IEEE) of version:1 and everything after the crc
//! run      := { entry }*                                      keys ascending, none twice
//! entry    := length:4 little-endian, crc:4 little-endian, body
//! body     := varint number, varint length and key, value     length and crc are the body's
//! ```
//!
//! They are gone when the import has ended. An import that was begun by one version of highwater can be gone
//! on with by another of the same manifest version.

use crate::codec::{self, Reader, put_bytes, put_varint};
use crate::error::FormatError;
use bincode::{Decode, Encode};
use std::ops::Range;

const MAGIC: &[u8; 16] = b"highwater import";
const VERSION: u8 = 1;

/// The bytes before an entry's body.
pub const ENTRY_HEADER: usize = 8;

/// A run that is wholly on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct RunInfo {
    /// Its number, which makes its file's name.
    pub number: u64,
    /// How many entries it has.
    pub entries: u64,
    /// Its length.
    pub bytes: u64,
    /// How often its entries have been merged with those of other runs.
    pub level: u8,
}

/// What a bulk import has taken so far.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ImportManifest {
    /// Its random name, by which an [`crate::meta::ImportRecord`] tells it from others of the same table.
    pub work: [u8; 8],
    /// The table that is to be, as an encoded [`crate::meta::TableRecord`] without identifiers.
    pub table: Vec<u8>,
    /// How many documents are in its runs, those that a later one replaced included.
    pub accepted: u64,
    /// Its runs.
    pub runs: Vec<RunInfo>,
    /// The caller's own note of where in the input they end.
    pub mark: Vec<u8>,
}

impl ImportManifest {
    /// The file's bytes.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] only if it outgrows what a decoder accepts.
    pub fn encode(&self) -> Result<Vec<u8>, FormatError> {
        let body = codec::encode(self)?;
        let mut out = MAGIC.to_vec();
        out.push(VERSION);
        out.extend_from_slice(&crc(&[&[VERSION], &body]).to_le_bytes());
        out.extend_from_slice(&body);
        Ok(out)
    }

    /// Reads the file's bytes.
    ///
    /// # Errors
    /// [`FormatError::Version`] for one of another version, [`FormatError::Damaged`],
    /// [`FormatError::Malformed`] for a file that is none.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        const WHAT: &str = "import manifest";
        let foreign = || FormatError::malformed(WHAT);
        let rest = bytes.strip_prefix(MAGIC.as_slice()).ok_or_else(foreign)?;
        let (&version, rest) = rest.split_first().ok_or_else(foreign)?;
        if version != VERSION {
            return Err(FormatError::Version { found: version, supported: VERSION });
        }
        let (stored, body) = rest.split_first_chunk::<4>().ok_or_else(foreign)?;
        check(*stored, crc(&[&[version], body]))?;
        codec::decode(body, WHAT)
    }
}

/// An entry of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunEntry {
    /// What runs are sorted by.
    pub key: Vec<u8>,
    /// Of two entries with one key the one with the higher number counts.
    pub number: u64,
    /// What stands under the key.
    pub value: Vec<u8>,
}

/// An entry whose parts lie where they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunEntryRef<'a> {
    /// As [`RunEntry::key`].
    pub key: &'a [u8],
    /// As [`RunEntry::number`].
    pub number: u64,
    /// As [`RunEntry::value`].
    pub value: &'a [u8],
}

impl RunEntryRef<'_> {
    /// Appends the entry, header included, to `out`. Gives where its key is in `out`.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] for one that is longer than a header can say, 4 GiB; `out` is as it was.
    pub fn encode_to(&self, out: &mut Vec<u8>) -> Result<Range<usize>, FormatError> {
        let start = out.len();
        out.extend_from_slice(&[0; ENTRY_HEADER]);
        put_varint(out, self.number);
        put_bytes(out, self.key);
        let key = out.len() - self.key.len()..out.len();
        out.extend_from_slice(self.value);
        if seal_entry(out.get_mut(start..).unwrap_or_default()).is_none() {
            out.truncate(start);
            return Err(FormatError::malformed("run entry to encode"));
        }
        Ok(key)
    }
}

/// Fills the header in, if it can say how long the body is.
fn seal_entry(entry: &mut [u8]) -> Option<()> {
    let (header, body) = entry.split_first_chunk_mut::<ENTRY_HEADER>()?;
    let length = u32::try_from(body.len()).ok()?;
    let parts = length.to_le_bytes().into_iter().chain(crc(&[body]).to_le_bytes());
    header.iter_mut().zip(parts).for_each(|(at, byte)| *at = byte);
    Some(())
}

impl RunEntry {
    /// The same, borrowed.
    #[must_use]
    pub fn as_ref(&self) -> RunEntryRef<'_> {
        RunEntryRef { key: &self.key, number: self.number, value: &self.value }
    }

    /// The length of the body that a header announces.
    #[must_use]
    pub fn body_length(header: [u8; ENTRY_HEADER]) -> u32 {
        let [a, b, c, d, ..] = header;
        u32::from_le_bytes([a, b, c, d])
    }

    /// Reads an entry from its header and its body.
    ///
    /// # Errors
    /// [`FormatError::Damaged`], [`FormatError::Malformed`].
    pub fn decode(header: [u8; ENTRY_HEADER], body: &[u8]) -> Result<Self, FormatError> {
        let mut entry = Self::default();
        entry.decode_into(header, body)?;
        Ok(entry)
    }

    /// The same, into the memory of an entry that is not needed any more.
    ///
    /// # Errors
    /// Those of [`RunEntry::decode`]; the entry is none then.
    pub fn decode_into(
        &mut self,
        header: [u8; ENTRY_HEADER],
        body: &[u8],
    ) -> Result<(), FormatError> {
        let [_, _, _, _, stored @ ..] = header;
        check(stored, crc(&[body]))?;
        let mut reader = Reader::new(body, "run entry");
        self.number = reader.varint()?;
        self.key.clear();
        self.key.extend_from_slice(reader.bytes()?);
        self.value.clear();
        self.value.extend_from_slice(reader.rest());
        Ok(())
    }
}

fn crc(parts: &[&[u8]]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    parts.iter().for_each(|part| crc.update(part));
    crc.finalize()
}

fn check(stored: [u8; 4], computed: u32) -> Result<(), FormatError> {
    let stored = u32::from_le_bytes(stored);
    if stored == computed { Ok(()) } else { Err(FormatError::Damaged { stored, computed }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn header_of(entry: &[u8]) -> ([u8; ENTRY_HEADER], &[u8]) {
        let (header, body) = entry.split_first_chunk().unwrap();
        (*header, body)
    }

    proptest! {
        #[test]
        fn every_flipped_bit_of_an_entry_is_found(
            key in any::<Vec<u8>>(), number in any::<u64>(), value in any::<Vec<u8>>(),
            at in any::<proptest::sample::Index>(), bit in 0_u8..8,
        ) {
            let entry = RunEntry { key, number, value };
            let mut bytes = b"before".to_vec();
            let place = entry.as_ref().encode_to(&mut bytes)?;
            prop_assert_eq!(&bytes[place], entry.key.as_slice());
            let mut bytes = bytes.split_off(6);
            let (header, body) = header_of(&bytes);
            prop_assert_eq!(RunEntry::body_length(header) as usize, body.len());
            prop_assert_eq!(RunEntry::decode(header, body)?, entry);
            let place = at.index(bytes.len());
            bytes[place] ^= 1 << bit;
            let (header, body) = header_of(&bytes);
            let right_length = RunEntry::body_length(header) as usize == body.len();
            prop_assert!(!right_length || RunEntry::decode(header, body).is_err());
        }

        #[test]
        fn any_bytes_are_answered(bytes in any::<Vec<u8>>(), header in any::<[u8; ENTRY_HEADER]>()) {
            let _ = RunEntry::decode(header, &bytes);
            let _ = ImportManifest::decode(&bytes);
            let sealed = [MAGIC.as_slice(), &[VERSION], &crc(&[&[VERSION], &bytes]).to_le_bytes()];
            let _ = ImportManifest::decode(&[sealed.concat(), bytes.clone()].concat());
            let _ = crate::meta::ImportRecord::decode(&bytes);
        }
    }
}
