//! The store: the handle that callers hold, and what stands behind it.

mod begin;
mod boot;
mod budget;
mod claim;
mod files;
mod folder;
mod handle;
mod home;
mod inner;
mod marker;
#[cfg(feature = "testing")]
mod memory;
mod open;
mod renewal;
mod replace;

pub use handle::Store;
#[cfg(feature = "testing")]
pub use memory::{MemoryDisk, memory_store};
pub use open::StoreBuilder;

pub(crate) use claim::{Occupant, occupant};
pub(crate) use files::{folder_size, holds_only, make_folder, remove_folder, replace_file};
pub(crate) use home::Place;
pub(crate) use inner::Inner;
pub(crate) use marker::StoreDir;
