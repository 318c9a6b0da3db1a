//! The primitive encodings, all bincode's: little-endian varints and length-prefixed strings.
//!
//! A [`Reader`] walks untrusted bytes without copying them; every step checks what is left.

use crate::error::FormatError;
use bincode::config::{Configuration, Limit, LittleEndian, Varint};

/// What one decoded structure may claim: more than any spec or token, far less than memory.
const DECODE_LIMIT: usize = 1 << 21;

/// bincode's standard configuration with a bound, so that a hostile length cannot reserve memory.
pub(crate) const CONFIG: Configuration<LittleEndian, Varint, Limit<DECODE_LIMIT>> =
    bincode::config::standard().with_limit::<DECODE_LIMIT>();

/// A cursor over encoded bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    /// Reads `bytes`; errors will name `what`.
    pub(crate) fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { rest: bytes, what }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn error(&self) -> FormatError {
        FormatError::malformed(self.what)
    }

    #[inline]
    pub(crate) fn byte(&mut self) -> Result<u8, FormatError> {
        let (first, rest) = self.rest.split_first().ok_or(FormatError::malformed(self.what))?;
        self.rest = rest;
        Ok(*first)
    }

    pub(crate) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], FormatError> {
        let (head, rest) =
            self.rest.split_first_chunk::<N>().ok_or(FormatError::malformed(self.what))?;
        self.rest = rest;
        Ok(*head)
    }

    /// A varint in its shortest form, so that a value has one encoding. Almost all are one byte,
    /// which is worth a path of its own.
    #[inline]
    pub(crate) fn varint(&mut self) -> Result<u64, FormatError> {
        match self.rest.split_first() {
            Some((&byte, rest)) if byte <= 250 => {
                self.rest = rest;
                Ok(u64::from(byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, FormatError> {
        let (value, used) =
            bincode::decode_from_slice::<u64, _>(self.rest, CONFIG).map_err(|_| self.error())?;
        let shortest = match value {
            0..=250 => 1,
            251..=0xffff => 3,
            0x1_0000..=0xffff_ffff => 5,
            _ => 9,
        };
        if used != shortest {
            return Err(self.error());
        }
        self.rest = self.rest.get(used..).ok_or(self.error())?;
        Ok(value)
    }

    /// A length-prefixed run of bytes.
    #[inline]
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], FormatError> {
        let len = usize::try_from(self.varint()?).map_err(|_| self.error())?;
        let (head, rest) = self.rest.split_at_checked(len).ok_or(self.error())?;
        self.rest = rest;
        Ok(head)
    }

    /// A length-prefixed UTF-8 string.
    #[inline]
    pub(crate) fn str(&mut self) -> Result<&'a str, FormatError> {
        let what = self.what;
        std::str::from_utf8(self.bytes()?).map_err(|_| FormatError::malformed(what))
    }

    /// Everything must have been read.
    pub(crate) fn end(self) -> Result<(), FormatError> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.error()) }
    }
}

/// Appends a varint. Encoding into a `Vec` cannot fail.
#[inline]
pub(crate) fn put_varint(out: &mut Vec<u8>, value: u64) {
    match u8::try_from(value) {
        Ok(byte) if byte <= 250 => out.push(byte),
        _ => {
            let mut buffer = [0; 9];
            // A u64 varint is at most nine bytes, so the buffer always holds it.
            let used = bincode::encode_into_slice(value, &mut buffer, CONFIG).unwrap_or_default();
            out.extend_from_slice(buffer.get(..used).unwrap_or_default());
        }
    }
}

/// Appends a length-prefixed run of bytes (or the bytes of a string).
#[inline]
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Encodes a small structure (a spec, a token's content) with bincode.
pub(crate) fn encode<T: bincode::Encode>(value: &T) -> Result<Vec<u8>, FormatError> {
    bincode::encode_to_vec(value, CONFIG).map_err(|_| FormatError::malformed("structure to encode"))
}

/// Decodes a structure from the front of `bytes`; gives it and the bytes after it.
pub(crate) fn decode_prefix<'a, T: bincode::Decode<()>>(
    bytes: &'a [u8],
    what: &'static str,
) -> Result<(T, &'a [u8]), FormatError> {
    let malformed = || FormatError::malformed(what);
    let (value, used) = bincode::decode_from_slice(bytes, CONFIG).map_err(|_| malformed())?;
    Ok((value, bytes.get(used..).ok_or_else(malformed)?))
}

/// Decodes a structure that must fill `bytes` exactly.
pub(crate) fn decode<T: bincode::Decode<()>>(
    bytes: &[u8],
    what: &'static str,
) -> Result<T, FormatError> {
    match decode_prefix(bytes, what)? {
        (value, []) => Ok(value),
        _ => Err(FormatError::malformed(what)),
    }
}
