//! Small files beside the data: a magic, the version of the data's layout, a checksum, and one structure.
//!
//! ```text
//! magic, version:1, crc:4 little-endian, bincode of the structure
//! crc := CRC-32 (IEEE) of version:1 and everything after the crc
//! ```

use crate::codec;
use crate::error::FormatError;

/// The version of a store's layout that this build makes.
const STORE_VERSION: u8 = 2;
/// The oldest that it reads.
const OLDEST_VERSION: u8 = 1;

/// The file's bytes.
pub(crate) fn encode<T: bincode::Encode>(magic: &[u8], value: &T) -> Result<Vec<u8>, FormatError> {
    let body = codec::encode(value)?;
    let mut out = magic.to_vec();
    out.push(STORE_VERSION);
    out.extend_from_slice(&crc(STORE_VERSION, &body).to_le_bytes());
    out.extend_from_slice(&body);
    Ok(out)
}

/// Reads the file's bytes. The version is told before anything else is believed.
pub(crate) fn decode<T: bincode::Decode<()>>(
    magic: &[u8],
    bytes: &[u8],
    what: &'static str,
) -> Result<T, FormatError> {
    let foreign = || FormatError::malformed(what);
    let rest = bytes.strip_prefix(magic).ok_or_else(foreign)?;
    let (&version, rest) = rest.split_first().ok_or_else(foreign)?;
    if !(OLDEST_VERSION..=STORE_VERSION).contains(&version) {
        return Err(FormatError::Version { found: version, supported: STORE_VERSION });
    }
    let (stored, body) = rest.split_first_chunk::<4>().ok_or_else(foreign)?;
    let (stored, computed) = (u32::from_le_bytes(*stored), crc(version, body));
    if stored != computed {
        return Err(FormatError::Damaged { stored, computed });
    }
    codec::decode(body, what)
}

fn crc(version: u8, body: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&[version]);
    crc.update(body);
    crc.finalize()
}
