//! Reading items by key: one, a partition, a table, an item's past.

mod get;
mod list;

pub use list::{ListPage, ListRequest};
