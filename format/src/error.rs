//! What can be wrong with bytes or with a value that should become bytes.

use crate::number::NumberError;

/// Why a value could not be encoded, or why bytes could not be decoded.
///
/// `Damaged` and `Malformed` speak of stored bytes; every other variant of what a caller handed in.
///
/// ```
/// use highwater_format::{Document, FormatError};
/// let error = Document::from_json(r#"{"id": }"#).expect_err("no value");
/// assert!(matches!(error, FormatError::Json { offset: 7, .. }), "{error:?}");
/// let error = Document::from_json("[1]").expect_err("no attributes");
/// assert_eq!(error.to_string(), "a document must be an object, not a list");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The checksum over key and value does not match: the bytes changed after they were written.
    #[error("checksum mismatch: stored {stored:08x}, computed {computed:08x}")]
    Damaged {
        /// The checksum found in the value.
        stored: u32,
        /// The checksum of the key and value as they are now.
        computed: u32,
    },
    /// The value was written by a format that this build does not know.
    #[error("format version {found} is not supported (this build reads {supported})")]
    Version {
        /// The version byte found.
        found: u8,
        /// The newest version this build reads.
        supported: u8,
    },
    /// The bytes end early, or are not what their place says they must be.
    #[error("malformed {what}")]
    Malformed {
        /// The part that could not be read.
        what: &'static str,
    },
    /// A number that DynamoDB could not hold exactly.
    #[error("{0}")]
    Number(#[from] NumberError),
    /// JSON text that does not parse, or holds what a document cannot.
    #[error("JSON at byte {offset}: {reason}")]
    Json {
        /// Byte offset into the text.
        offset: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A typed (DynamoDB) JSON value whose tag and content do not agree.
    #[error("typed JSON at `{path}`: {reason}")]
    Typed {
        /// The path from the root to the value.
        path: String,
        /// What is wrong there.
        reason: String,
    },
    /// Lists and maps nested deeper than [`crate::MAX_DEPTH`].
    #[error("nested deeper than {limit} levels")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// A set without elements; DynamoDB has none, so neither do we.
    #[error("a set must have at least one element")]
    EmptySet,
    /// A document must be a map of attributes.
    #[error("a document must be an object, not a {found}")]
    NotAnObject {
        /// The type that was found.
        found: &'static str,
    },
    /// A token that is no token of ours: truncated, changed, or sealed with a key we do not have.
    #[error("token: {reason}")]
    Token {
        /// What gave it away.
        reason: &'static str,
    },
}

impl FormatError {
    pub(crate) fn malformed(what: &'static str) -> Self {
        Self::Malformed { what }
    }
}
