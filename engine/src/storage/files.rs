//! Where a database keeps its files: in a folder, or in memory alone.

use super::StorageError;
#[cfg(feature = "testing")]
use super::{Environment, MemoryFiles};
use rocksdb::Options as RocksOptions;
use std::path::{Path, PathBuf};

/// The place of a database's files.
#[derive(Clone)]
pub(crate) enum Files {
    /// A folder of the file system.
    Folder(PathBuf),
    /// A folder that is nowhere but in memory.
    #[cfg(feature = "testing")]
    Memory(MemoryFiles),
    /// A folder of another file system.
    #[cfg(feature = "testing")]
    Elsewhere(PathBuf, Environment),
}

impl Files {
    /// The path by which RocksDB is to call it, once `options` say where that path leads.
    #[cfg_attr(
        not(feature = "testing"),
        expect(unused_variables, clippy::unnecessary_wraps, reason = "the other build needs both")
    )]
    pub(super) fn locate(&self, options: &mut RocksOptions) -> Result<&Path, StorageError> {
        match self {
            Self::Folder(path) => Ok(path),
            #[cfg(feature = "testing")]
            Self::Memory(files) => files.locate(options),
            #[cfg(feature = "testing")]
            Self::Elsewhere(path, environment) => {
                options.set_env(environment);
                Ok(path)
            }
        }
    }
}
