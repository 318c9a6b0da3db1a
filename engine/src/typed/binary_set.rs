//! For `#[serde(with = "highwater::typed::binary_set")]`: the field is a set of byte strings.
//!
//! The field may be any collection of `Vec<u8>`, `[u8; N]` and the like; it reads lists as well.
//!
//! ```
//! use highwater::{Value, typed::to_document};
//! #[derive(serde::Serialize)]
//! struct Device {
//!     #[serde(with = "highwater::typed::binary_set")]
//!     keys: Vec<[u8; 2]>,
//! }
//! let map = to_document(&Device { keys: vec![[1, 2], [3, 4]] })?.to_map()?;
//! assert!(matches!(&map["keys"], Value::BinarySet(keys) if keys.len() == 2));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::binary::{Borrowed, Owned};
use super::set::BINARIES;
use serde::{Deserialize, Deserializer, Serializer};

/// Writes a collection as a set of byte strings.
///
/// # Errors
/// Those of [`super::string_set::serialize`].
pub fn serialize<'a, C, B, S>(set: &'a C, serializer: S) -> Result<S::Ok, S::Error>
where
    &'a C: IntoIterator<Item = &'a B>,
    B: AsRef<[u8]> + ?Sized + 'a,
    S: Serializer,
{
    let members: Vec<_> = set.into_iter().map(|member| Borrowed(member.as_ref())).collect();
    serializer.serialize_newtype_struct(BINARIES, &members)
}

/// Reads a set or a list.
///
/// # Errors
/// Those of the deserializer, and a member that does not fit its type.
pub fn deserialize<'de, C, B, D>(deserializer: D) -> Result<C, D::Error>
where
    C: IntoIterator<Item = B> + FromIterator<B>,
    B: TryFrom<Vec<u8>>,
    D: Deserializer<'de>,
{
    let members = Vec::<Owned>::deserialize(deserializer)?;
    members.into_iter().map(Owned::fit).collect()
}
