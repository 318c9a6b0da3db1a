//! Places where a test may stop the engine or make it fail; nothing at all in a normal build.

use crate::storage::StorageError;

/// A place that a test can interfere with.
///
/// ```
/// use highwater::testing::{Faults, Point};
/// /// The disk fails when a commit is about to be written.
/// struct FullDisk;
/// impl Faults for FullDisk {
///     fn at(&self, point: Point) -> Result<(), String> {
///         match point {
///             Point::BeforeWrite => Err("no space left".to_owned()),
///             _ => Ok(()),
///         }
///     }
/// }
/// assert!(FullDisk.at(Point::AfterWrite).is_ok());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[cfg_attr(
    not(feature = "testing"),
    expect(unreachable_pub, reason = "shown by the `testing` module of the other build")
)]
pub enum Point {
    /// A commit has its timestamps; nothing is written yet.
    BeforeWrite,
    /// A commit is written; nobody has been told.
    AfterWrite,
    /// A page knows its floors, safe point and `startedAt`; no iterator is open yet.
    PagePlanned,
    /// A page has been read; the floors have not been looked at again.
    PageRead,
    /// Expiry has raised the floors for readers and writes them next; a failure is a write held back.
    FloorsRaised,
    /// Expiry has range-deleted a part of the log; the files are still there.
    LogCut,
    /// A run of a bulk import is on disk; its manifest does not name it yet.
    ImportRun,
    /// Documents of a bulk import are accepted.
    ImportAccepted,
    /// A bulk import has its identifiers.
    ImportHidden,
    /// The data files of a bulk import are written.
    ImportBuilt,
    /// One more family has taken in the data files of a bulk import.
    ImportTakenIn,
    /// A bulk import is visible; its files are still there.
    ImportShown,
    /// The files of a bulk import are gone.
    ImportTidied,
    /// A table has ended; the receipts that tell of it are still there. Commits wait.
    TableEnded,
    /// The next items for an unfinished index are known; none of them is locked, nothing is added yet.
    IndexChunk,
    /// The next items whose time to live is over are known; none of them is locked.
    ItemsDue,
}

/// Interferes: waits, or answers with a failure to inject.
///
/// ```
/// use highwater::testing::{Faults, MemoryDisk, Point};
/// use highwater::{Document, Error, TableSpec, TableSpecExt};
/// use std::sync::Arc;
///
/// struct FullDisk;
/// impl Faults for FullDisk {
///     fn at(&self, point: Point) -> Result<(), String> {
///         if point == Point::BeforeWrite { Err("no space left".to_owned()) } else { Ok(()) }
///     }
/// }
/// let store = MemoryDisk::default().builder().faults(Arc::new(FullDisk)).open()?;
/// store.create_table(TableSpec::new("notes", "id"))?;
/// let failed = store.put("notes", Document::from_json(r#"{"id":"n1"}"#)?);
/// assert!(matches!(failed, Err(Error::WriteFailed { .. })));
/// # Ok::<(), highwater::Error>(())
/// ```
#[cfg(feature = "testing")]
pub trait Faults: Send + Sync + 'static {
    /// Called at each point. An error at [`Point::BeforeWrite`] or [`Point::AfterWrite`] fails the commit
    /// with an unknown outcome, one at [`Point::FloorsRaised`] or
    /// [`Point::IndexChunk`] stops the work where it is, one at [`Point::TableEnded`] leaves the receipts, one at
    /// a point of a bulk import that is not visible yet fails the import; elsewhere it is ignored.
    ///
    /// # Errors
    /// The failure to inject.
    fn at(&self, point: Point) -> Result<(), String>;
}

/// The faults of a store.
#[derive(Clone, Default)]
pub(crate) struct FaultPoints {
    #[cfg(feature = "testing")]
    pub(crate) faults: Option<std::sync::Arc<dyn Faults>>,
}

impl FaultPoints {
    #[cfg(feature = "testing")]
    pub(crate) fn hit(&self, point: Point) -> Result<(), StorageError> {
        match &self.faults {
            None => Ok(()),
            Some(faults) => faults.at(point).map_err(StorageError::Io),
        }
    }

    #[cfg(not(feature = "testing"))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the other build needs both")]
    #[inline]
    pub(crate) fn hit(&self, _point: Point) -> Result<(), StorageError> {
        Ok(())
    }
}
