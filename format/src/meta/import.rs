//! What is noted of a bulk import between the taking of its identifiers and the end of its tidying up.

use crate::codec;
use crate::error::FormatError;
use crate::ids::TableId;
use bincode::{Decode, Encode};

/// Whether the rows of a bulk import are a table's.
///
/// ```
/// use highwater_format::TableId;
/// use highwater_format::meta::{ImportPhase, ImportRecord};
/// let hidden = ImportRecord { work: [1; 8], first: TableId(4), after: 7, phase: ImportPhase::Hidden };
/// let shown = ImportRecord { phase: ImportPhase::Visible, ..hidden };
/// assert_eq!(ImportRecord::decode(&shown.encode()?)?.phase, ImportPhase::Visible);
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum ImportPhase {
    /// Rows under its identifiers may be there, and are nobody's: whoever opens the store removes them.
    Hidden,
    /// They are the table's; the files that they were made of may still be there.
    Visible,
}

/// A bulk import that has taken identifiers: those from `first` up to `after`, the table's and behind it
/// those of its indexes.
///
/// ```
/// use highwater_format::TableId;
/// use highwater_format::meta::{ImportPhase, ImportRecord};
/// // A table and its two indexes.
/// let record = ImportRecord { work: [1; 8], first: TableId(4), after: 7, phase: ImportPhase::Hidden };
/// assert!(record.holds(4) && record.holds(6));
/// assert!(!record.holds(7));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct ImportRecord {
    /// The name of its work, as the manifest in its folder has it ([`crate::import::ImportManifest`]).
    pub work: [u8; 8],
    /// The table's identifier, the first of all.
    pub first: TableId,
    /// The identifier after the last.
    pub after: u32,
    /// Whether its rows are a table's.
    pub phase: ImportPhase,
}

impl ImportRecord {
    /// The encoding.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] only if it outgrows what a decoder accepts.
    pub fn encode(&self) -> Result<Vec<u8>, FormatError> {
        codec::encode(self)
    }

    /// Reads a value that must fill `bytes` exactly.
    ///
    /// # Errors
    /// [`FormatError::Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        codec::decode(bytes, "import record")
    }

    /// Whether an identifier is one of those that it took.
    #[must_use]
    pub fn holds(&self, id: u32) -> bool {
        (self.first.0..self.after).contains(&id)
    }
}
