//! `proptest` strategies: values, keys, documents, mutations, views and whole histories.
//!
//! What is drawn is valid for the tables it is drawn for, and taken from so few keys and scopes that items
//! collide. Everything shrinks.
//!
//! ```
//! use highwater::testing::{memory_store, strategies};
//! use highwater::{KeyKind, Projection, TableSpec, TableSpecExt};
//! use proptest::prelude::*;
//!
//! let notes = TableSpec::new("notes", "id")
//!     .sort("page", KeyKind::Number)
//!     .index("byOwner", "owner", Projection::All);
//! proptest!(ProptestConfig::with_cases(16), |(note in strategies::documents(&notes))| {
//!     let store = memory_store()?;
//!     store.create_table(notes.clone())?;
//!     let written = store.put("notes", note.clone())?;
//!     prop_assert_eq!(written.item.map(|item| item.document), Some(note));
//! });
//! ```

mod documents;
mod histories;
mod keys;
mod mutations;
mod views;

pub use documents::{documents, scope_values};
pub use histories::{Histories, operations};
pub use keys::{key_values, keys};
pub use mutations::{batches, expectations, mutations, updates};
pub use views::views;

pub use highwater_format::strategies::{
    attributes, binaries, json_attributes, number_texts, numbers, strings, values,
};
