//! Where a store lives: what it needs of a folder, and which kind of folder that is.

use super::boot::boot_id;
use super::folder::Folder;
#[cfg(feature = "testing")]
use super::memory::MemoryDisk;
#[cfg(feature = "testing")]
use crate::error::Error;
use crate::error::Result;
#[cfg(feature = "testing")]
use crate::storage::Environment;
use crate::storage::{Files, LogDamage};
use std::path::{Path, PathBuf};

/// Where a store is to be opened.
#[derive(Clone)]
pub(crate) enum Place {
    /// In a folder of the file system.
    Folder(PathBuf),
    /// On a disk that is memory alone.
    #[cfg(feature = "testing")]
    Memory(MemoryDisk),
    /// In a folder whose data is in another file system.
    #[cfg(feature = "testing")]
    Elsewhere(PathBuf, Environment),
}

impl Place {
    /// The folder, for what only a folder can be asked.
    #[cfg_attr(
        not(feature = "testing"),
        expect(clippy::unnecessary_wraps, reason = "the other build needs it")
    )]
    pub(crate) fn folder(&self) -> Result<&Path> {
        match self {
            Self::Folder(path) => Ok(path),
            #[cfg(feature = "testing")]
            Self::Elsewhere(path, _) => Ok(path),
            #[cfg(feature = "testing")]
            Self::Memory(_) => Err(Error::out_of_range("store", "in memory", "a folder")),
        }
    }

    /// The same with its data in another file system.
    #[cfg(feature = "testing")]
    pub(super) fn elsewhere(self, environment: Environment) -> Self {
        match self {
            Self::Folder(path) | Self::Elsewhere(path, _) => Self::Elsewhere(path, environment),
            Self::Memory(disk) => {
                disk.set_environment(environment);
                Self::Memory(disk)
            }
        }
    }

    /// Keeps others out until what it gives is dropped; makes a home where there is none if `create`.
    pub(super) fn lock(&self, create: bool) -> Result<Box<dyn Home>> {
        match self {
            Self::Folder(path) => Ok(Box::new(Folder::lock(path, create)?)),
            #[cfg(feature = "testing")]
            Self::Memory(disk) => Ok(Box::new(disk.lock(create)?)),
            #[cfg(feature = "testing")]
            Self::Elsewhere(path, environment) => {
                Ok(Box::new(Folder::lock(path, create)?.elsewhere(environment)))
            }
        }
    }
}

/// The home of an open store, locked until it is dropped.
pub(super) trait Home: Send + Sync {
    /// Its name in messages.
    fn path(&self) -> &Path;

    /// Its folder, where it has one: for what does not go through the data.
    fn folder(&self) -> Option<&Path>;

    /// Where the data lies.
    fn files(&self) -> Files;

    /// Which boot of its machine this is; empty where nobody can tell, which then counts as another boot.
    fn boot(&self) -> String {
        boot_id()
    }

    /// The `STORE` file; none in a home that was never a store's.
    fn read(&self) -> Result<Option<Vec<u8>>>;

    /// Replaces the `STORE` file: the new one is wholly there before the old one goes.
    fn replace(&self, bytes: &[u8]) -> Result<()>;

    /// The manifest and the logs that are still needed, from `first_log` on, with their sizes.
    fn log_files(&self, first_log: u64) -> Result<Vec<(String, u64)>>;

    /// The damage in its logs, that of each.
    fn log_damage(&self) -> Result<Vec<LogDamage>>;

    /// Refuses if a file that a clean closing left is gone or has another size.
    fn check_files(&self, left: &[(String, u64)]) -> Result<()>;
}
