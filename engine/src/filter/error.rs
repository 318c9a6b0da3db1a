//! What can be wrong with a filter, and where.

use highwater_format::FormatError;
use std::fmt;

/// Where in a filter something is wrong.
///
/// ```
/// use highwater::{Filter, FilterError, Place, parse_json};
/// let error = Filter::from_amplify(&parse_json(r#"{"or":[{"rating":{"over":5}}]}"#)?).unwrap_err();
/// let FilterError::UnknownOperator { at, .. } = error else { panic!("{error}") };
/// assert_eq!(at, Place::Path("$.or[0].rating.over".to_owned()));
/// # Ok::<(), highwater::FormatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A byte offset into the expression string.
    Byte(usize),
    /// A path into the filter object, from its root `$`: `$.and[0].rating.between`.
    Path(String),
}

/// Why a filter was refused.
///
/// Every variant says where, in `at`: a byte of the expression, or a path into the object.
///
/// ```
/// use highwater::{Filter, FilterError};
/// use std::collections::BTreeMap;
/// let error = Filter::parse("size(tags", &BTreeMap::new(), &BTreeMap::new()).unwrap_err();
/// assert!(matches!(error, FilterError::Expected { .. }));
/// assert!(error.to_string().starts_with("filter at byte 9: expected"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// Something else stands where the grammar, or the shape of the object, asks for one thing.
    #[error("filter at {at}: expected {expected}, found {found}")]
    Expected {
        /// Where.
        at: Place,
        /// What may stand there.
        expected: &'static str,
        /// What does.
        found: String,
    },
    /// A `#name` or `:value` that the request does not define.
    #[error(
        "filter at {at}: `{placeholder}` is not among the expression's {kind}; define it there"
    )]
    UndefinedPlaceholder {
        /// Where it is used.
        at: Place,
        /// The placeholder, with its `#` or `:`.
        placeholder: String,
        /// `names` or `values`.
        kind: &'static str,
    },
    /// Names or values are defined that the expression does not use; DynamoDB refuses those too.
    #[error("the filter's expression does not use {}; leave it out of names and values",
            .placeholders.join(", "))]
    UnusedPlaceholders {
        /// Each of them as it was defined.
        placeholders: Vec<String>,
    },
    /// A function that does not exist. Names of functions are case-sensitive.
    #[error("filter at {at}: there is no function `{name}`; known are {known}")]
    UnknownFunction {
        /// Where.
        at: Place,
        /// The name as it was written.
        name: String,
        /// The functions there are.
        known: &'static str,
    },
    /// An operator that Amplify's filter inputs do not have.
    #[error("filter at {at}: there is no operator `{operator}`; known here are {known}")]
    UnknownOperator {
        /// Where.
        at: Place,
        /// The member's name.
        operator: String,
        /// The operators there are.
        known: &'static str,
    },
    /// A type name that does not exist.
    #[error("filter at {at}: there is no type `{name}`; known are {known}")]
    UnknownType {
        /// Where.
        at: Place,
        /// The name as it was given.
        name: String,
        /// The types there are.
        known: &'static str,
    },
    /// Too few or too many operands.
    #[error("filter at {at}: {operator} takes {expected} operands, found {found}")]
    OperandCount {
        /// Where.
        at: Place,
        /// The operator or function.
        operator: &'static str,
        /// How many it takes.
        expected: &'static str,
        /// How many there are.
        found: usize,
    },
    /// A value of a type that the operator can never be true for.
    #[error("filter at {at}: {operator} takes {expected}, not a {found}")]
    OperandType {
        /// Where.
        at: Place,
        /// The operator or function.
        operator: &'static str,
        /// What it takes.
        expected: &'static str,
        /// The type that was given.
        found: &'static str,
    },
    /// BETWEEN with a lower bound above its upper one, or with bounds of two types.
    #[error("filter at {at}: BETWEEN needs bounds of one type, the lower first: {low} .. {high}")]
    Bounds {
        /// Where.
        at: Place,
        /// The lower bound as JSON, cut after 64 characters.
        low: String,
        /// The upper bound as JSON, cut after 64 characters.
        high: String,
    },
    /// An attribute held against itself; DynamoDB refuses that too.
    #[error("filter at {at}: the operands of {operator} must be distinct, both are `{operand}`")]
    SameOperand {
        /// Where.
        at: Place,
        /// The operator or function.
        operator: &'static str,
        /// The attribute.
        operand: String,
    },
    /// The expression is longer than 4 KiB.
    #[error("the filter's expression has {length} bytes, at most {limit} are read")]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// Parentheses, functions, NOTs or groups nested deeper than 64 levels.
    #[error("filter at {at}: nested deeper than {limit} levels")]
    TooDeep {
        /// Where.
        at: Place,
        /// The limit.
        limit: usize,
    },
    /// More than 300 operators, functions and groups.
    #[error("filter at {at}: more than {limit} operators")]
    TooManyOperators {
        /// The first that is too many.
        at: Place,
        /// The limit.
        limit: usize,
    },
    /// Placeholders stand for more than 2 MiB, counted as often as each is used.
    #[error(
        "filter at {at}: placeholders stand for more than {limit} bytes; use large values less often"
    )]
    TooMuchSubstituted {
        /// The first use that is too much.
        at: Place,
        /// The limit.
        limit: usize,
    },
    /// A value that no document could hold, or typed JSON that is none.
    #[error("filter at {at}: {source}")]
    Value {
        /// Where.
        at: Place,
        /// What is wrong with it.
        source: FormatError,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(offset) => write!(f, "byte {offset}"),
            Self::Path(path) => write!(f, "`{path}`"),
        }
    }
}
