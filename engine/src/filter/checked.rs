//! Conditions as both notations make them: with the checks DynamoDB does before it reads an item.
//!
//! Only literals are checked. What an attribute holds is not known here; where its type does not
//! fit, the condition is false and no error.

use super::ast::{Comparator, Expr, Operand, Path, Segment};
use super::attribute_type::{AttributeType, CODES};
use super::error::{FilterError, Place};
use super::limits::MAX_IN_VALUES;
use highwater_format::Value;

const ORDERED: &str = "a number, string or binary";

pub(super) fn compare(
    op: Comparator,
    left: Operand,
    right: Operand,
    at: &Place,
) -> Result<Expr, FilterError> {
    distinct(op.symbol(), &left, &right, at)?;
    if !matches!(op, Comparator::Eq | Comparator::Ne) {
        ordered(op.symbol(), &left, at)?;
        ordered(op.symbol(), &right, at)?;
    }
    Ok(Expr::Compare { op, left, right })
}

pub(super) fn between(
    value: Operand,
    low: Operand,
    high: Operand,
    at: &Place,
) -> Result<Expr, FilterError> {
    for operand in [&value, &low, &high] {
        ordered("BETWEEN", operand, at)?;
    }
    if let (Operand::Literal(l), Operand::Literal(h)) = (&low, &high) {
        let fits = match (l.value(), h.value()) {
            (Value::Number(l), Value::Number(h)) => l <= h,
            (Value::String(l), Value::String(h)) => l <= h,
            (Value::Binary(l), Value::Binary(h)) => l <= h,
            _ => false,
        };
        if !fits {
            return Err(FilterError::Bounds { at: at.clone(), low: l.shown(), high: h.shown() });
        }
    }
    Ok(Expr::Between { value, low, high })
}

pub(super) fn one_of(value: Operand, list: Vec<Operand>, at: &Place) -> Result<Expr, FilterError> {
    if list.len() > MAX_IN_VALUES {
        return Err(FilterError::OperandCount {
            at: at.clone(),
            operator: "IN",
            expected: "1 to 100",
            found: list.len(),
        });
    }
    Ok(Expr::In { value, list })
}

pub(super) fn begins_with(text: Operand, prefix: Operand, at: &Place) -> Result<Expr, FilterError> {
    distinct("begins_with", &text, &prefix, at)?;
    for operand in [&text, &prefix] {
        match literal_type(operand) {
            None | Some("string" | "binary") => {}
            Some(found) => {
                return Err(wrong_type("begins_with", "a string or binary", found, at));
            }
        }
    }
    Ok(Expr::BeginsWith { text, prefix })
}

pub(super) fn contains(
    container: Operand,
    element: Operand,
    at: &Place,
) -> Result<Expr, FilterError> {
    distinct("contains", &container, &element, at)?;
    Ok(Expr::Contains { container, element })
}

/// `attribute_type`: the type must be a literal, so that it can be known here.
pub(super) fn has_type(operand: Operand, code: &Operand, at: &Place) -> Result<Expr, FilterError> {
    let code = match code {
        Operand::Literal(literal) => literal.value(),
        Operand::Path(_) | Operand::Size(_) => {
            let found = "document path";
            return Err(wrong_type("attribute_type", "a `:value` with a type's name", found, at));
        }
    };
    match code {
        Value::String(code) => match AttributeType::from_code(code) {
            Some(known) => Ok(Expr::HasType(operand, known)),
            None => {
                Err(FilterError::UnknownType { at: at.clone(), name: code.clone(), known: CODES })
            }
        },
        other => {
            let expected = "a string with a type's name";
            Err(wrong_type("attribute_type", expected, other.type_name(), at))
        }
    }
}

pub(super) fn wrong_type(
    operator: &'static str,
    expected: &'static str,
    found: &'static str,
    at: &Place,
) -> FilterError {
    FilterError::OperandType { at: at.clone(), operator, expected, found }
}

/// The type of an operand that every item gives the same type.
fn literal_type(operand: &Operand) -> Option<&'static str> {
    match operand {
        Operand::Path(_) => None,
        Operand::Literal(literal) => Some(literal.value().type_name()),
        Operand::Size(_) => Some("number"),
    }
}

fn ordered(operator: &'static str, operand: &Operand, at: &Place) -> Result<(), FilterError> {
    match literal_type(operand) {
        None | Some("number" | "string" | "binary") => Ok(()),
        Some(found) => Err(wrong_type(operator, ORDERED, found, at)),
    }
}

fn distinct(
    operator: &'static str,
    left: &Operand,
    right: &Operand,
    at: &Place,
) -> Result<(), FilterError> {
    match (left, right) {
        (Operand::Path(l), Operand::Path(r)) if l == r => {
            Err(FilterError::SameOperand { at: at.clone(), operator, operand: shown(l) })
        }
        _ => Ok(()),
    }
}

fn shown(path: &Path) -> String {
    let mut text = path.root.clone();
    for step in &path.steps {
        match step {
            Segment::Field(name) => {
                text.push('.');
                text.push_str(name);
            }
            Segment::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}
