//! Tables: what they are declared to be, and what is kept about them while the store is open.

mod builder;
mod ddl;
mod gone;
mod index;
mod rename;
mod table;

pub use builder::TableSpecExt;

pub(crate) use ddl::Catalog;
pub(crate) use index::{Index, Lookup};
pub(crate) use table::Table;
