//! Bulk import: a table's whole content from sorted files, which appears at once.
//!
//! [`handle`] takes documents, checked by [`target`], into the runs of [`sort`] ([`waiting`], [`run`],
//! [`merge`]), which [`work`] keeps in a folder so that an import that was cut off can be gone on with. In the
//! end [`build`]
//! writes data files in the order of their keys (sums by [`sums`], timestamps by [`times`]), under
//! identifiers that nobody sees, and [`publish`] takes them into the families and gives the table to its
//! name. [`registry`] keeps two imports of one table apart, and [`settle`] puts away what an import left
//! that did not come to its end.

mod build;
mod error;
mod handle;
mod merge;
mod options;
mod publish;
mod registry;
mod run;
mod settle;
mod sort;
mod sums;
mod target;
#[cfg(test)]
mod tests;
mod times;
mod waiting;
mod work;

pub use error::ImportError;
pub use handle::BulkImport;
pub use options::{BulkOptions, BulkProgress, BulkReport, BulkTarget};

pub(crate) use registry::Imports;
pub(crate) use settle::settle;
