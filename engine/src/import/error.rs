//! Why a bulk import is refused or fails.

use crate::error::{Error, ErrorKind};
use std::path::PathBuf;

/// What is wrong with a bulk import, or keeps it from going on. Nothing of it is visible, and what it has
/// accepted stays accepted.
///
/// ```
/// use highwater::{BulkOptions, Document, Error, ImportError, TableSpec, TableSpecExt};
/// # let store = highwater::testing::memory_store()?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// store.put("notes", Document::from_json(r#"{"id":"n1"}"#)?)?;
/// let refused = store.bulk_import("notes", BulkOptions::default()).map(|_| ());
/// assert!(matches!(refused, Err(Error::Import(ImportError::NotEmpty { table })) if table == "notes"));
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// Another handle is importing into the table, or is just putting the imported rows in its place.
    #[error("a bulk import of table `{table}` is under way; repeat the call when it has ended")]
    Running {
        /// The table's name.
        table: String,
    },
    /// The table has items, and nobody asked for them to be replaced.
    #[error(
        "table `{table}` is not empty; import into an empty table, or ask for its content to be replaced"
    )]
    NotEmpty {
        /// The table's name.
        table: String,
    },
    /// The import was begun for a table of other keys or indexes.
    #[error(
        "the bulk import of table `{table}` was begun with another declaration (`{attribute}` differs); go on with the same, or abandon it first"
    )]
    OtherDeclaration {
        /// The table's name.
        table: String,
        /// What differs.
        attribute: &'static str,
    },
    /// Another table stands in the place of the one that was there when its rows got their timestamps.
    #[error(
        "table `{table}` was renamed, truncated or made anew while imported rows were put in its place; begin the bulk import again to go on with it"
    )]
    TableChanged {
        /// The table's name.
        table: String,
    },
    /// A document that cannot be stored. It was not taken; the import can go on without it.
    #[error("document {number} for table `{table}`: {source}")]
    Document {
        /// The table's name.
        table: String,
        /// Its number among those that were taken, counted from 1.
        number: u64,
        /// What is wrong with it.
        source: Box<Error>,
    },
    /// A file of the import is not what was written.
    #[error("{} is damaged: {reason}; abandon the bulk import and begin it again", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// The caller asked for an end while the rows were being put in order.
    #[error("the bulk import of table `{table}` was interrupted; begin it again to go on with it")]
    Interrupted {
        /// The table's name.
        table: String,
    },
}

impl ImportError {
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Running { .. } | Self::TableChanged { .. } | Self::Interrupted { .. } => {
                ErrorKind::Retry
            }
            Self::NotEmpty { .. } | Self::OtherDeclaration { .. } => ErrorKind::Invalid,
            Self::Document { source, .. } => source.kind(),
            Self::Damaged { .. } => ErrorKind::Operator,
        }
    }
}
