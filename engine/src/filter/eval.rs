//! Evaluation: a condition asks the subject for the attributes it names, and stops when it knows.
//!
//! An attribute that is missing makes every comparison false except `<>`, which it makes true; so
//! does the size of something that has none.

use super::ast::{Comparator, Expr, Operand};
use super::attribute_type::AttributeType;
use super::compare::{begins_with, contains, equal, order, size};
use super::subject::Subject;
use highwater_format::{FormatError, Number, ValueRef};
use std::cmp::Ordering;

impl Expr {
    pub(super) fn matches(&self, subject: &Subject<'_>) -> Result<bool, FormatError> {
        match self {
            Self::And(parts) => {
                for part in parts {
                    if !part.matches(subject)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Or(branches) => {
                for branch in branches {
                    if branch.matches(subject)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::Not(inner) => Ok(!inner.matches(subject)?),
            leaf => leaf.holds(subject),
        }
    }

    /// [`Expr::matches`] for what does not nest, apart to keep the recursion's frames small.
    fn holds(&self, subject: &Subject<'_>) -> Result<bool, FormatError> {
        match self {
            Self::And(_) | Self::Or(_) | Self::Not(_) => self.matches(subject),
            Self::Compare { op, left, right } => {
                both(left, right, subject, |l, r| compare(*op, l, r))
                    .map(|outcome| outcome.unwrap_or(*op == Comparator::Ne))
            }
            Self::Between { value, low, high } => {
                let Some(value) = value.resolve(subject)? else {
                    return Ok(false);
                };
                let fits = |op: Comparator, bound: &Operand| match bound.resolve(subject)? {
                    Some(bound) => compare(op, &value, &bound),
                    None => Ok(false),
                };
                Ok(fits(Comparator::Ge, low)? && fits(Comparator::Le, high)?)
            }
            Self::In { value, list } => {
                let Some(value) = value.resolve(subject)? else {
                    return Ok(false);
                };
                for candidate in list {
                    if let Some(candidate) = candidate.resolve(subject)?
                        && equal(&value, &candidate)?
                    {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::Exists(path) => Ok(subject.lookup(path)?.is_some()),
            Self::HasType(operand, wanted) => Ok(operand
                .resolve(subject)?
                .is_some_and(|value| AttributeType::of(&value) == *wanted)),
            Self::BeginsWith { text, prefix } => {
                both(text, prefix, subject, |t, p| Ok(begins_with(t, p)))
                    .map(|outcome| outcome == Some(true))
            }
            Self::Contains { container, element } => {
                both(container, element, subject, contains).map(|outcome| outcome == Some(true))
            }
        }
    }
}

/// Asks `test` about two operands, if both are there.
fn both(
    left: &Operand,
    right: &Operand,
    subject: &Subject<'_>,
    test: impl Fn(&ValueRef<'_>, &ValueRef<'_>) -> Result<bool, FormatError>,
) -> Result<Option<bool>, FormatError> {
    match (left.resolve(subject)?, right.resolve(subject)?) {
        (Some(l), Some(r)) => test(&l, &r).map(Some),
        _ => Ok(None),
    }
}

fn compare(op: Comparator, left: &ValueRef<'_>, right: &ValueRef<'_>) -> Result<bool, FormatError> {
    let ordered = |fits: fn(Ordering) -> bool| Ok(order(left, right).is_some_and(fits));
    match op {
        Comparator::Eq => equal(left, right),
        Comparator::Ne => equal(left, right).map(|equal| !equal),
        Comparator::Lt => ordered(Ordering::is_lt),
        Comparator::Le => ordered(Ordering::is_le),
        Comparator::Gt => ordered(Ordering::is_gt),
        Comparator::Ge => ordered(Ordering::is_ge),
    }
}

impl Operand {
    fn resolve<'a>(&'a self, subject: &Subject<'a>) -> Result<Option<ValueRef<'a>>, FormatError> {
        match self {
            Self::Path(path) => subject.lookup(path),
            Self::Literal(literal) => literal.get().map(Some),
            Self::Size(path) => Ok(subject
                .lookup(path)?
                .and_then(|value| size(&value))
                .map(|size| ValueRef::Number(Number::from(size)))),
        }
    }
}
