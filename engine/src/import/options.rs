//! What a bulk import is asked for, and what it says.

use crate::error::{Error, Result};
use highwater_format::meta::TableSpec;

/// The table that a bulk import fills.
///
/// ```
/// use highwater::{BulkTarget, TableSpec, TableSpecExt};
/// let spec = TableSpec::new("notes", "id");
/// assert_eq!(BulkTarget::from(spec.clone()), BulkTarget::New(Box::new(spec)));
/// assert_eq!(BulkTarget::from("notes"), BulkTarget::Table("notes".to_owned()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkTarget {
    /// One that appears with its rows, of this declaration.
    New(Box<TableSpec>),
    /// One that is there, by its name. It keeps its declaration.
    Table(String),
}

impl BulkTarget {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::New(spec) => &spec.name,
            Self::Table(name) => name,
        }
    }
}

impl From<TableSpec> for BulkTarget {
    fn from(spec: TableSpec) -> Self {
        Self::New(Box::new(spec))
    }
}

impl From<&str> for BulkTarget {
    fn from(name: &str) -> Self {
        Self::Table(name.to_owned())
    }
}

/// How a bulk import runs.
///
/// ```
/// use highwater::BulkOptions;
/// let options = BulkOptions { memory_bytes: 16 << 20, ..BulkOptions::default() };
/// assert!(!options.replace);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkOptions {
    /// Memory for documents that wait to be sorted, in bytes; from 1 KiB. While the rows are put in order
    /// about twice as much is used, and some megabytes for files.
    pub memory_bytes: usize,
    /// A table that has items gets the imported ones instead.
    pub replace: bool,
}

impl Default for BulkOptions {
    /// 64 MiB, and nothing is replaced.
    fn default() -> Self {
        Self { memory_bytes: 64 << 20, replace: false }
    }
}

impl BulkOptions {
    pub(super) fn check(&self) -> Result<()> {
        const LEAST: usize = 1 << 10;
        if self.memory_bytes < LEAST {
            let (found, allowed) = (self.memory_bytes, format!("{LEAST} bytes and more"));
            return Err(Error::out_of_range("memory_bytes", found, allowed));
        }
        Ok(())
    }
}

/// How far [`crate::BulkImport::finish_with`] is.
///
/// ```
/// use highwater::{BulkOptions, BulkProgress, Document, Store, TableSpec, TableSpecExt};
/// use std::ops::ControlFlow;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let store = Store::open(dir.path().join("store"))?;
/// let mut import = store.bulk_import(TableSpec::new("notes", "id"), BulkOptions::default())?;
/// import.push(Document::from_json(r#"{"id":"n1"}"#)?)?;
/// let mut seen = BulkProgress { placed: 0, total: 0 };
/// import.finish_with(&mut |progress| {
///     seen = progress;
///     ControlFlow::Continue(())
/// })?;
/// assert!(seen.placed <= seen.total);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BulkProgress {
    /// Items and index entries that are in their places.
    pub placed: u64,
    /// How many there will be, as far as is known by now.
    pub total: u64,
}

/// What a bulk import did.
///
/// ```
/// use highwater::{BulkOptions, Document, Projection, Store, TableSpec, TableSpecExt};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let store = Store::open(dir.path().join("store"))?;
/// let spec = TableSpec::new("notes", "id").index("byOwner", "owner", Projection::All);
/// let mut import = store.bulk_import(spec, BulkOptions::default())?;
/// import.push(Document::from_json(r#"{"id":"n1","owner":"ann"}"#)?)?;
/// import.push(Document::from_json(r#"{"id":"n1","owner":"bob"}"#)?)?;
/// let report = import.finish()?;
/// assert_eq!((report.items, report.duplicates, report.index_entries), (1, 1, 1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BulkReport {
    /// The items of the table.
    pub items: u64,
    /// Documents that a later one with the same key replaced.
    pub duplicates: u64,
    /// Entries of all indexes.
    pub index_entries: u64,
    /// Bytes of the data files.
    pub file_bytes: u64,
}
