//! What a token says, once opened: bincode of these structures.

use crate::codec;
use crate::error::FormatError;
use crate::ids::{Incarnation, IndexId, TableId};
use crate::time::{Millis, Timestamp};
use bincode::{Decode, Encode};

/// Which part of a table a sync reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode)]
pub enum Scope {
    /// All of it.
    Table,
    /// The items of one partition; holds the encoded value.
    Partition(Vec<u8>),
    /// The items with one value in an index.
    Index {
        /// The index.
        index: IndexId,
        /// The encoded value.
        value: Vec<u8>,
    },
}

impl Scope {
    /// The index that is read, if one is.
    #[must_use]
    pub fn index(&self) -> Option<IndexId> {
        match self {
            Self::Index { index, .. } => Some(*index),
            Self::Table | Self::Partition(_) => None,
        }
    }
}

/// What a token is bound to: the same question by the same asker.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode)]
pub struct View {
    /// The table.
    pub table: TableId,
    /// The part of it.
    pub scope: Scope,
    /// The digest of the filter; zeros for none.
    pub filter: [u8; 32],
    /// The digest of the audience; zeros for none.
    pub audience: [u8; 32],
}

/// How a sync answers.
///
/// ```
/// use highwater_format::token::Mode;
/// // Only a base run replaces what the client holds.
/// let replaces = |mode: Mode| matches!(mode, Mode::Base);
/// assert_eq!([Mode::Base, Mode::Delta, Mode::CatchUp].map(replaces), [true, false, false]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
pub enum Mode {
    /// Every item; the client replaces its copy.
    Base,
    /// Items changed since, in commit order.
    Delta,
    /// Items changed since, in key order, read from the base table.
    CatchUp,
}

/// Where the next page begins: after this.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode)]
pub enum Position {
    /// An item, in key order.
    Item(Vec<u8>),
    /// A change, in commit order.
    Change(Timestamp),
}

/// The state of a paginated sync: everything that must not change between its pages.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode)]
pub struct PageToken {
    /// The incarnation that page 1 was read from.
    pub incarnation: Incarnation,
    /// What was asked for.
    pub view: View,
    /// The index that answers, where it is not the scope's own (a filter pins its attribute).
    pub through: Scope,
    /// How it is answered.
    pub mode: Mode,
    /// Whether the client replaces its copy with this run.
    pub reset: bool,
    /// Page 1's `startedAt`.
    pub started_at: Millis,
    /// Changes at or after this are told (delta and catch-up).
    pub since: Timestamp,
    /// Page 1's safe point: no change after it is read from a log.
    pub upper: Timestamp,
    /// The last item at page 1: a key-ordered run ends there.
    pub last_item: Vec<u8>,
    /// Where the next page begins.
    pub after: Position,
}

/// The state between syncs, for clients that can hold an opaque value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode)]
pub struct CursorToken {
    /// The incarnation it was made in.
    pub incarnation: Incarnation,
    /// What it answers.
    pub view: View,
    /// Every change up to and with this has been told.
    pub at: Timestamp,
}

/// The state of a paginated sync of several tables.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode)]
pub struct TablesToken {
    /// The run of each table, in the order in which they were asked for.
    pub runs: Vec<PageToken>,
    /// Which of them have come to their end.
    pub ended: Vec<bool>,
}

/// The state of a paginated query: everything that must not change between its pages.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode)]
pub struct QueryToken {
    /// The incarnation that the page before was read from.
    pub incarnation: Incarnation,
    /// The table.
    pub table: TableId,
    /// The ordered index.
    pub index: IndexId,
    /// The digest of the audience; zeros for none.
    pub audience: [u8; 32],
    /// The digest of what is asked: which entries, in which direction, by which filter.
    pub question: [u8; 32],
    /// The entry that the next page begins after: its key behind the index's number.
    pub after: Vec<u8>,
}

/// The state between syncs of several tables.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode)]
pub struct TablesCursorToken {
    /// The incarnation it was made in.
    pub incarnation: Incarnation,
    /// What it answers, table by table.
    pub views: Vec<View>,
    /// Every change up to and with this has been told.
    pub at: Timestamp,
}

macro_rules! sealed {
    ($($type:ty, $what:literal;)*) => {$(
        impl $type {
            /// The bytes to seal.
            ///
            /// # Errors
            /// [`FormatError::Malformed`] only if it outgrows what a decoder accepts.
            pub fn encode(&self) -> Result<Vec<u8>, FormatError> {
                codec::encode(self)
            }

            /// Reads opened bytes.
            ///
            /// # Errors
            /// [`FormatError::Malformed`].
            pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
                codec::decode(bytes, $what)
            }
        }
    )*};
}
sealed! {
    PageToken, "page token";
    CursorToken, "cursor";
    TablesToken, "page token of several tables";
    TablesCursorToken, "cursor of several tables";
    QueryToken, "query token";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_read_by_a_scope_of_one_alone() {
        let scope = Scope::Index { index: IndexId(7), value: Vec::new() };
        assert_eq!(scope.index(), Some(IndexId(7)));
        assert_eq!([Scope::Table, Scope::Partition(Vec::new())].map(|s| s.index()), [None, None]);
    }
}
