//! Tables: what they are declared to be, and what is kept about them while the store is open.

mod builder;
mod change;
mod ddl;
mod gone;
mod index;
mod rename;
mod replace;
mod table;
mod unfinished;

pub use builder::TableSpecExt;
pub use change::IndexChange;

pub(crate) use ddl::Catalog;
pub(crate) use index::{Index, Lookup};
pub(crate) use replace::imported;
pub(crate) use table::Table;
