//! Reading items by key: one, a partition, a table, an item's past.

mod get;
mod list;
mod version;

pub use list::{ListPage, ListRequest};

pub(crate) use version::{Past, version_before};
