//! The store: the handle that callers hold, and what stands behind it.

mod boot;
mod budget;
mod files;
mod folder;
mod handle;
mod home;
mod inner;
mod marker;
#[cfg(feature = "testing")]
mod memory;
mod open;

pub use handle::Store;
#[cfg(feature = "testing")]
pub use memory::{MemoryDisk, memory_store};
pub use open::StoreBuilder;

pub(crate) use files::replace_file;
pub(crate) use inner::Inner;
pub(crate) use marker::StoreDir;
