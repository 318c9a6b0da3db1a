//! The one value that an attribute must have for a filter to be true, if there is one.

use super::ast::{Comparator, Expr, Operand};
use super::subject::is_virtual;
use highwater_format::{KeyValue, Value};

impl Expr {
    /// A value that `attribute` has in every item this is true for.
    ///
    /// Nothing, unless that is certain: a pin sends a sync to the index of one value, and what lies
    /// under the others would never be found. A filter that pins an attribute to two values at once
    /// is true for no item, so either is right.
    pub(super) fn pinned(&self, attribute: &str) -> Option<KeyValue> {
        // The metadata answers for these, and no index holds what it says.
        if is_virtual(attribute) {
            return None;
        }
        match self {
            Self::And(parts) => parts.iter().find_map(|part| part.pinned(attribute)),
            Self::Or(branches) => {
                let mut pins = branches.iter().map(|branch| branch.pinned(attribute));
                let first = pins.next()??;
                pins.all(|pin| pin.as_ref() == Some(&first)).then_some(first)
            }
            Self::Compare { op: Comparator::Eq, left, right } => {
                equals(left, right, attribute).or_else(|| equals(right, left, attribute))
            }
            Self::In { value, list } => match list.as_slice() {
                [single] => {
                    equals(value, single, attribute).or_else(|| equals(single, value, attribute))
                }
                _ => None,
            },
            _ => None,
        }
    }
}

/// The literal's value, if it can be a key and `path` is the top-level attribute itself.
fn equals(path: &Operand, literal: &Operand, attribute: &str) -> Option<KeyValue> {
    match (path, literal) {
        (Operand::Path(path), Operand::Literal(literal))
            if path.root == attribute && path.steps.is_empty() =>
        {
            match literal.value() {
                Value::Number(n) => Some(KeyValue::Number(*n)),
                Value::String(s) => Some(KeyValue::from(s.as_str())),
                Value::Binary(b) => Some(KeyValue::Binary(b.clone())),
                _ => None,
            }
        }
        _ => None,
    }
}
