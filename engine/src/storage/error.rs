//! What RocksDB can answer, sorted by what the engine does about it.

use highwater_format::Family;

/// An error below the engine.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StorageError {
    /// Writes are stalled and the store was told not to wait: nothing was written.
    #[error("writes are stalled: {0}")]
    Stalled(String),
    /// Stored bytes are not what was written.
    #[error("{0}")]
    Corruption(String),
    /// Another handle holds the database.
    #[error("{0}")]
    Locked(String),
    /// The operating system refused, or anything else.
    #[error("{0}")]
    Io(String),
    /// The database lacks a family that every store has.
    #[error("column family `{}` is missing", .0.name())]
    MissingFamily(Family),
    /// A value's envelope or key does not fit.
    #[error("{}: {source}", .family.name())]
    Value {
        /// Where.
        family: Family,
        /// The key's bytes.
        key: Vec<u8>,
        /// What is wrong.
        source: highwater_format::FormatError,
    },
}

impl From<rocksdb::Error> for StorageError {
    fn from(error: rocksdb::Error) -> Self {
        let text = error.to_string();
        match error.kind() {
            rocksdb::ErrorKind::Incomplete => Self::Stalled(text),
            rocksdb::ErrorKind::Corruption => Self::Corruption(text),
            // RocksDB tells a held lock apart from other I/O errors only by its text.
            _ if text.contains("lock hold by") || text.contains("While lock file") => {
                Self::Locked(text)
            }
            _ => Self::Io(text),
        }
    }
}
