//! Typed access: structs and enums of the caller's, derived for serde, beside documents.
//!
//! [`Table`] is a table whose items are values of one type. It reads and writes the very documents that
//! [`crate::Store`] does, so typed and untyped callers share a table.
//!
//! ```
//! use highwater::{Store, TableSpec, TableSpecExt};
//! use serde::{Deserialize, Serialize};
//! use std::collections::BTreeSet;
//!
//! #[derive(Debug, PartialEq, Serialize, Deserialize)]
//! struct Note {
//!     id: String,
//!     title: String,
//!     due: Option<u64>,
//!     #[serde(with = "highwater::typed::string_set")]
//!     tags: BTreeSet<String>,
//! }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! let store = Store::open(dir.path().join("store"))?;
//! store.create_table(TableSpec::new("notes", "id"))?;
//! let notes = store.typed::<Note>("notes")?;
//! let tags = BTreeSet::from(["sky".to_owned()]);
//! notes.put(&Note { id: "n1".into(), title: "Dawn".into(), due: None, tags })?;
//!
//! let note = notes.get("n1")?.ok_or("it is there")?;
//! assert_eq!((note.version, note.value.title.as_str()), (1, "Dawn"));
//! let item = store.get("notes", "n1")?.ok_or("it is there")?;
//! assert_eq!(item.document.to_json()?, r#"{"id":"n1","tags":["sky"],"title":"Dawn"}"#);
//! # Ok(())
//! # }
//! ```
//!
//! # What becomes of a type
//!
//! | in Rust | in a document | read from |
//! |---|---|---|
//! | `bool` | boolean | the same |
//! | integers of any width | number; more than 38 digits are refused | a whole number in range |
//! | `f32`, `f64` | number, the shortest that reads back; NaN and infinities are refused; `-0.0` is 0 | a number, the nearest float |
//! | [`crate::Number`] | number | the same, exactly |
//! | `char`, `str`, `String` | string | the same |
//! | bytes: [`binary`], `serde_bytes` | binary | binary or a list of numbers; `Vec<u8>` too |
//! | `Vec<u8>` and other sequences, tuples | list | a list or a set; a tuple needs its length |
//! | [`string_set`], [`number_set`], [`binary_set`] | that set; an empty one is refused | a set or a list |
//! | a map with keys that are strings, chars, integers, booleans or unit variants | map | the same |
//! | struct | map | the same; attributes that it does not know are passed over |
//! | `Some(x)` | what `x` is | |
//! | `None` in a field of a struct | **left out**, so that the item is in no index by it | nothing or null |
//! | `None` in a list, a tuple, a map, a variant, a newtype, for a set | null | null |
//! | `()`, unit struct | null | null |
//! | newtype struct | what its content is | |
//! | unit variant | string, its name | the same |
//! | other variant | map of one: its name, its content | the same |
//!
//! * Enums stand as serde's default has it (externally tagged); `tag`, `untagged` and `flatten` work. Through
//!   these serde asks for what is there without saying what it wants: a number arrives as an integer or
//!   a float if that is exact, and is refused otherwise.
//! * To serde a struct with `flatten` is a map: its `None`s are null unless
//!   `skip_serializing_if = "Option::is_none"` says otherwise.
//! * A field that a type has and a document has not is an error, but for `Option` and `#[serde(default)]`. An
//!   `Option` that is written and read `with` a module of its own needs `default` as well: for serde it is
//!   no `Option`.
//! * Lists and maps nest 32 levels deep, the document included.
//! * Types that ask are told that the format is for people: an IP address becomes a string.
//!
//! What cannot be written or read is [`crate::Error::Typed`], with the path to it.

mod access;
pub mod binary;
pub mod binary_set;
mod failure;
mod from_value;
mod key_reader;
mod key_writer;
mod list_writer;
mod map_writer;
mod number;
pub mod number_set;
mod page;
mod set;
pub mod string_set;
mod table;
mod to_value;

#[cfg(test)]
mod tests;

pub use from_value::{from_document, from_value};
pub use page::{TypedChange, TypedList, TypedPage, Versioned};
pub use table::Table;
pub use to_value::{to_document, to_value};
