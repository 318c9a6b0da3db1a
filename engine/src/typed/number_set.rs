//! For `#[serde(with = "highwater::typed::number_set")]`: the field is a set of numbers.
//!
//! The field may be any sequence of integers, floats or [`crate::Number`]; it reads lists as well.
//!
//! ```
//! use highwater::{Value, typed::to_document};
//! #[derive(serde::Serialize)]
//! struct Draw {
//!     #[serde(with = "highwater::typed::number_set")]
//!     lots: [u8; 3],
//! }
//! let map = to_document(&Draw { lots: [7, 1, 3] })?.to_map()?;
//! assert!(matches!(&map["lots"], Value::NumberSet(lots) if lots.len() == 3));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::set::NUMBERS;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes a sequence as a set of numbers.
///
/// # Errors
/// Those of [`super::string_set::serialize`].
pub fn serialize<C: Serialize, S: Serializer>(set: &C, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_newtype_struct(NUMBERS, set)
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
