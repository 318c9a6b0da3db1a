//! Files that are nowhere but in memory: RocksDB's own environment for tests.

use super::{Environment, Storage, StorageError};
use crate::lock::Mutex;
use rocksdb::Options as RocksOptions;
use rocksdb::checkpoint::Checkpoint;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A folder in a file system that is memory alone. Clones are the same folder.
#[derive(Clone)]
pub(crate) struct MemoryFiles {
    path: PathBuf,
    system: Arc<Mutex<System>>,
}

/// The file system: memory, made when it is first used, where no other was set.
#[derive(Default)]
struct System {
    env: Option<Environment>,
    /// How many folders there are in it.
    folders: usize,
}

impl Default for MemoryFiles {
    fn default() -> Self {
        Self::of(Arc::default())
    }
}

impl MemoryFiles {
    /// The next folder of `system`.
    fn of(system: Arc<Mutex<System>>) -> Self {
        let mut open = system.lock();
        open.folders += 1;
        // The binding makes the folder in the real file system first, whatever the environment: so
        // each is another name of the root, which is there. In memory these names are folders apart.
        let path = PathBuf::from("/.".repeat(open.folders));
        drop(open);
        Self { path, system }
    }

    /// Its folders are in another file system from here on.
    pub(crate) fn set_environment(&self, environment: Environment) {
        self.system.lock().env = Some(environment);
    }

    pub(super) fn locate(&self, options: &mut RocksOptions) -> Result<&Path, StorageError> {
        let mut system = self.system.lock();
        let env = match system.env.take() {
            Some(env) => env,
            None => Environment::mem_env()?,
        };
        options.set_env(&env);
        system.env = Some(env);
        Ok(&self.path)
    }

    /// Another folder with the files of the database that is open in this one, as a process that is
    /// killed now would leave them: what has been written is there, nothing is tidied up.
    pub(crate) fn fork(&self, storage: &Storage) -> Result<Self, StorageError> {
        let fork = Self::of(Arc::clone(&self.system));
        // The logs are copied and not emptied into files first: a killed process does not flush.
        let copy = Checkpoint::new(&storage.db)?;
        copy.create_checkpoint_with_log_size(&fork.path, u64::MAX)?;
        Ok(fork)
    }
}
