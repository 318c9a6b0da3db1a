//! For `#[serde(with = "highwater::typed::string_set")]`: the field is a set of strings.
//!
//! The field may be any sequence of strings, chars or unit variants; it reads lists as well.
//!
//! ```
//! use highwater::{Value, typed::to_document};
//! #[derive(serde::Serialize)]
//! struct Note {
//!     #[serde(with = "highwater::typed::string_set")]
//!     tags: Vec<&'static str>,
//! }
//! let map = to_document(&Note { tags: vec!["sky", "dawn"] })?.to_map()?;
//! assert!(matches!(&map["tags"], Value::StringSet(tags) if tags.len() == 2));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::set::STRINGS;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes a sequence as a set of strings.
///
/// # Errors
/// Those of the serializer; highwater's refuses empty sets, other members and members that stand twice.
pub fn serialize<C: Serialize, S: Serializer>(set: &C, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_newtype_struct(STRINGS, set)
}

/// Reads a set or a list.
///
/// # Errors
/// Those of the deserializer.
pub fn deserialize<'de, C, D>(deserializer: D) -> Result<C, D::Error>
where
    C: Deserialize<'de>,
    D: Deserializer<'de>,
{
    C::deserialize(deserializer)
}
