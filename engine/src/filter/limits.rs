//! The limits of a filter, and the counting that enforces them.
//!
//! Source: the DynamoDB developer guide, "Service, account, and table quotas".

use super::error::{FilterError, Place};

/// The longest expression string.
pub(super) const MAX_EXPRESSION_BYTES: usize = 4096;

/// The deepest nesting of parentheses, functions, NOTs or groups: ours, not DynamoDB's. It keeps
/// every recursion over a filter short.
pub(super) const MAX_NESTING: usize = 64;

/// The most operators, functions and groups in one filter.
pub(super) const MAX_OPERATORS: usize = 300;

/// The most values that IN takes.
pub(super) const MAX_IN_VALUES: usize = 100;

/// The most bytes of what placeholders stand for, counted as often as each is used.
pub(super) const MAX_SUBSTITUTED_BYTES: usize = 2 << 20;

/// What of the limits has been used up so far.
#[derive(Debug, Default)]
pub(super) struct Budget {
    operators: usize,
    nesting: usize,
}

impl Budget {
    /// Counts one operator, function or group.
    pub(super) fn operator(&mut self, at: impl FnOnce() -> Place) -> Result<(), FilterError> {
        self.operators += 1;
        if self.operators > MAX_OPERATORS {
            return Err(FilterError::TooManyOperators { at: at(), limit: MAX_OPERATORS });
        }
        Ok(())
    }

    /// Goes one level down; a matching [`Budget::leave`] comes back up.
    pub(super) fn enter(&mut self, at: impl FnOnce() -> Place) -> Result<(), FilterError> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(FilterError::TooDeep { at: at(), limit: MAX_NESTING });
        }
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.nesting = self.nesting.saturating_sub(1);
    }
}
