//! The store: the handle that callers hold, and what stands behind it.

mod boot;
mod budget;
mod files;
mod handle;
mod inner;
mod marker;
mod open;

pub use handle::Store;
pub use open::StoreBuilder;

pub(crate) use files::replace_file;
pub(crate) use inner::Inner;
pub(crate) use marker::StoreDir;
