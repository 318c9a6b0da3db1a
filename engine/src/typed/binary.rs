//! For `#[serde(with = "highwater::typed::binary")]`: the field is a byte string, not a list of numbers.
//!
//! The field may be a `Vec<u8>`, a `[u8; N]` and the like; it reads lists of numbers as well.
//!
//! ```
//! use highwater::{Value, typed::to_document};
//! #[derive(serde::Serialize)]
//! struct Photo {
//!     #[serde(with = "highwater::typed::binary")]
//!     thumbnail: Vec<u8>,
//! }
//! let map = to_document(&Photo { thumbnail: vec![1, 2, 3] })?.to_map()?;
//! assert_eq!(map["thumbnail"], Value::Binary(vec![1, 2, 3]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use std::fmt;

/// Writes bytes as a byte string.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<B, S>(bytes: &B, serializer: S) -> Result<S::Ok, S::Error>
where
    B: AsRef<[u8]>,
    S: Serializer,
{
    Borrowed(bytes.as_ref()).serialize(serializer)
}

/// Reads a byte string or a list of numbers.
///
/// # Errors
/// Those of the deserializer, and bytes that do not fit the field's type.
pub fn deserialize<'de, B, D>(deserializer: D) -> Result<B, D::Error>
where
    B: TryFrom<Vec<u8>>,
    D: Deserializer<'de>,
{
    Owned::deserialize(deserializer)?.fit()
}

/// Bytes on their way out.
pub(super) struct Borrowed<'a>(pub(super) &'a [u8]);

impl Serialize for Borrowed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// Bytes on their way in.
pub(super) struct Owned(Vec<u8>);

impl Owned {
    /// The bytes as the field's type.
    pub(super) fn fit<B: TryFrom<Vec<u8>>, E: de::Error>(self) -> Result<B, E> {
        let len = self.0.len();
        B::try_from(self.0)
            .map_err(|_| E::custom(format!("{len} bytes do not fit the type of the field")))
    }
}

impl<'de> Deserialize<'de> for Owned {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(OwnedVisitor)
    }
}

struct OwnedVisitor;

impl<'de> Visitor<'de> for OwnedVisitor {
    type Value = Owned;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("binary")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Owned, E> {
        Ok(Owned(bytes.to_vec()))
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Owned, E> {
        Ok(Owned(bytes))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut bytes: A) -> Result<Owned, A::Error> {
        let mut all = Vec::new();
        while let Some(byte) = bytes.next_element()? {
            all.push(byte);
        }
        Ok(Owned(all))
    }
}
