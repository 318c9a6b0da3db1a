//! Why the demo fails.

use std::path::PathBuf;

/// A failure, in words for whoever started the demo.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The engine refused or failed.
    #[error("{0}")]
    Engine(#[from] highwater::Error),
    /// The screen, or the folder of the store.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The history in the binary cannot be read.
    #[error("release {version} of the history cannot be read: {reason}")]
    History {
        /// The release.
        version: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A feature of the history without its key.
    #[error("a feature of the history has no id")]
    NoId,
    /// The folder is taken.
    #[error("{} is not empty: give --store a folder that does not exist yet", .path.display())]
    FolderTaken {
        /// The folder.
        path: PathBuf,
    },
    /// Somebody pressed Ctrl-C.
    #[error("interrupted")]
    Interrupted,
    /// The sync that was to be cut off was over before.
    #[error("the sync of {device} ended before it could be cut off")]
    NotCutOff {
        /// The device.
        device: &'static str,
    },
    /// Somebody holds something else than it must: the demo has found a defect.
    #[error("{who} does not hold what it must: {first} (and {others} more differences)")]
    Differs {
        /// A device, or the store.
        who: String,
        /// The first difference.
        first: String,
        /// How many more there are.
        others: usize,
    },
    /// Verification has found a defect.
    #[error("verify found {count} problems; the first: {first}")]
    Unclean {
        /// How many.
        count: u64,
        /// The first.
        first: String,
    },
}
