//! A checkpoint: a second database that shares the data files of the first by hard links.

use super::{Storage, StorageError};
use rocksdb::checkpoint::Checkpoint;
use std::path::Path;

impl Storage {
    /// Makes a database of everything committed so far at `to`, which must not be there yet.
    ///
    /// What is in memory is flushed first, so what a store that does not sync has acknowledged is in it, on
    /// disk. Data files are linked, or copied where the file system cannot.
    pub(crate) fn checkpoint(&self, to: &Path) -> Result<(), StorageError> {
        Checkpoint::new(&self.db)?.create_checkpoint(to).map_err(StorageError::from)
    }
}
