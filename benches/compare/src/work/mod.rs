//! The works, each measured side by side.

pub mod engine_alone;
pub mod expiry;
pub mod growth;
pub mod import;
pub mod reads;
pub mod updates;
pub mod ycsb;

use std::time::Duration;

/// What and how much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// Rows of the table.
    pub rows: u64,
    /// Bytes of a document.
    pub bytes: usize,
    /// Turns of each subject that reads.
    pub rounds: usize,
    /// Turns of each subject that writes.
    pub write_rounds: usize,
    /// How long a turn of writing is at least.
    pub turn: Duration,
}

impl Extent {
    /// The name of a work of this size.
    #[must_use]
    pub fn at(&self, work: &str) -> String {
        format!("{work}, {} rows of {} B", self.rows, self.bytes)
    }
}
