//! An error on its way up: the reason, and the steps of the path that it has passed.

use crate::error::Error;
use highwater_format::{FormatError, MAX_DEPTH};
use serde::de::{self, Expected, Unexpected};
use serde::ser;
use std::fmt::{self, Display};

/// Where a path begins when no table is known.
pub(super) const ROOT: &str = "$";

/// The longest text of a reason, and of a name in a path, in characters: both may quote the caller's data.
const LONGEST: usize = 200;

/// Why a value could not be written or read.
#[derive(Debug)]
pub(super) struct Failure {
    cause: Cause,
    /// The innermost first.
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Cause {
    /// The value and the type do not agree.
    Reason(String),
    /// The document itself is no document.
    Format(FormatError),
}

#[derive(Debug)]
enum Step {
    Name(String),
    Index(usize),
}

impl Failure {
    pub(super) fn new(reason: impl Display) -> Self {
        Self { cause: Cause::Reason(cut(&reason.to_string())), steps: Vec::new() }
    }

    /// Something nested deeper than a document may be.
    pub(super) fn too_deep() -> Self {
        Self::new(format!(
            "lists and maps nest at most {MAX_DEPTH} levels deep; keep what is below in an item of its own"
        ))
    }

    /// This failure, seen from the map or struct that holds `name`.
    pub(super) fn under(mut self, name: &str) -> Self {
        self.steps.push(Step::Name(cut(name)));
        self
    }

    /// This failure, seen from the list that holds it at `index`.
    pub(super) fn at(mut self, index: usize) -> Self {
        self.steps.push(Step::Index(index));
        self
    }

    /// What a caller is told; `root` names what the path begins at.
    pub(super) fn into_error(self, root: &str) -> Error {
        match self.cause {
            Cause::Format(error) => Error::Format(error),
            Cause::Reason(reason) => {
                let steps = self.steps.iter().rev().map(ToString::to_string);
                let path = std::iter::once(root.to_owned()).chain(steps).collect();
                Error::Typed { path, reason }
            }
        }
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, ".{name}"),
            Self::Index(index) => write!(f, "[{index}]"),
        }
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Reason(reason) => f.write_str(reason),
            Cause::Format(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}

impl From<FormatError> for Failure {
    fn from(error: FormatError) -> Self {
        Self { cause: Cause::Format(error), steps: Vec::new() }
    }
}

impl ser::Error for Failure {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message)
    }
}

impl de::Error for Failure {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message)
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match found {
            Unexpected::Unit => Self::new(format!("invalid type: null, expected {expected}")),
            found => Self::new(format!("invalid type: {found}, expected {expected}")),
        }
    }

    fn missing_field(field: &'static str) -> Self {
        let way_out = "where documents may lack it, make it an Option or #[serde(default)]";
        Self::new(format!("the attribute is missing; {way_out}")).under(field)
    }
}
