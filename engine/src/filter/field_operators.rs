//! The operators that an Amplify filter has for one attribute.

use super::ast::{Comparator, Expr, Operand, Path};
use super::attribute_type::{AMPLIFY_NAMES, AttributeType};
use super::checked::{self, wrong_type};
use super::error::{FilterError, Place};
use super::literal::Literal;
use highwater_format::Value;

const KNOWN: &str = "eq ne le lt ge gt contains notContains between beginsWith attributeExists \
                     attributeType size in notIn";
const KNOWN_OF_SIZE: &str = "eq ne le lt ge gt between";

/// What `operator` says about `attribute`; nothing, where a null stands for an absent operator.
///
/// Most operators make one condition, `size` as many as it has members.
pub(super) fn read(
    attribute: &Path,
    operator: &str,
    operand: &Value,
    at: &Place,
) -> Result<Vec<Expr>, FilterError> {
    let path = || Operand::Path(attribute.clone());
    let condition = match (operator, operand) {
        ("eq", Value::Null) => null_or_missing(attribute),
        ("ne", Value::Null) => Expr::not(null_or_missing(attribute)),
        (operator, Value::Null) => {
            known(operator, KNOWN, at)?;
            return Ok(Vec::new());
        }
        ("contains", value) => checked::contains(path(), literal(value, at)?, at)?,
        ("notContains", value) => Expr::not(checked::contains(path(), literal(value, at)?, at)?),
        ("between", bounds) => between(path(), bounds, at)?,
        ("beginsWith", value) => checked::begins_with(path(), literal(value, at)?, at)?,
        ("attributeExists", Value::Bool(true)) => Expr::Exists(attribute.clone()),
        ("attributeExists", Value::Bool(false)) => Expr::not(Expr::Exists(attribute.clone())),
        ("attributeExists", other) => {
            return Err(wrong_type("attributeExists", "a boolean", other.type_name(), at));
        }
        ("attributeType", name) => Expr::HasType(path(), type_named(name, at)?),
        ("size", operators) => return size(attribute, operators, at),
        ("in", values) => one_of(attribute, values, at)?,
        ("notIn", values) => Expr::not(one_of(attribute, values, at)?),
        (operator, value) => {
            let op = comparator(operator).ok_or_else(|| unknown(operator, KNOWN, at))?;
            checked::compare(op, path(), literal(value, at)?, at)?
        }
    };
    Ok(vec![condition])
}

/// `size: {"gt": 3}`: comparisons with whole numbers.
fn size(attribute: &Path, operators: &Value, at: &Place) -> Result<Vec<Expr>, FilterError> {
    let Value::Map(operators) = operators else {
        let expected = "an object such as {\"gt\": 3}";
        return Err(wrong_type("size", expected, operators.type_name(), at));
    };
    let mut all = Vec::new();
    for (operator, operand) in operators {
        let at = &match at {
            Place::Path(path) => Place::Path(format!("{path}.{operator}")),
            Place::Byte(_) => at.clone(),
        };
        known(operator, KNOWN_OF_SIZE, at)?;
        let size = Operand::Size(attribute.clone());
        let condition = match (comparator(operator), operand) {
            (_, Value::Null) => continue,
            (Some(op), Value::Number(_)) => checked::compare(op, size, literal(operand, at)?, at)?,
            (None, Value::List(bounds)) if bounds.iter().all(is_number) => {
                between(size, operand, at)?
            }
            (Some(_), other) => return Err(wrong_type("size", "a number", other.type_name(), at)),
            (None, other) => {
                let found = other.type_name();
                return Err(wrong_type("size", "a list of two numbers", found, at));
            }
        };
        all.push(condition);
    }
    Ok(all)
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Number(_))
}

fn between(value: Operand, bounds: &Value, at: &Place) -> Result<Expr, FilterError> {
    let bounds = listed(bounds);
    let [low, high] = bounds else {
        return Err(FilterError::OperandCount {
            at: at.clone(),
            operator: "between",
            expected: "2",
            found: bounds.len(),
        });
    };
    checked::between(value, literal(low, at)?, literal(high, at)?, at)
}

/// `in`: equal to one of the values; null among them means null or missing, as in `eq`.
fn one_of(attribute: &Path, values: &Value, at: &Place) -> Result<Expr, FilterError> {
    let values = listed(values);
    let (nulls, others): (Vec<&Value>, Vec<&Value>) =
        values.iter().partition(|value| **value == Value::Null);
    let mut branches = Vec::new();
    if !others.is_empty() {
        let list = others.into_iter().map(|value| literal(value, at)).collect::<Result<_, _>>()?;
        branches.push(checked::one_of(Operand::Path(attribute.clone()), list, at)?);
    }
    if !nulls.is_empty() {
        branches.push(null_or_missing(attribute));
    }
    Ok(Expr::or(branches))
}

/// A list's elements; one value stands for a list of one, as in GraphQL's input coercion.
fn listed(value: &Value) -> &[Value] {
    match value {
        Value::List(values) => values,
        single => std::slice::from_ref(single),
    }
}

/// A null that is written and an attribute that is not are the same to a GraphQL client.
fn null_or_missing(attribute: &Path) -> Expr {
    Expr::or(vec![
        Expr::not(Expr::Exists(attribute.clone())),
        Expr::HasType(Operand::Path(attribute.clone()), AttributeType::Null),
    ])
}

fn type_named(name: &Value, at: &Place) -> Result<AttributeType, FilterError> {
    let Value::String(name) = name else {
        return Err(wrong_type("attributeType", "the name of a type", name.type_name(), at));
    };
    AttributeType::from_amplify(name).ok_or_else(|| FilterError::UnknownType {
        at: at.clone(),
        name: name.clone(),
        known: AMPLIFY_NAMES,
    })
}

fn comparator(operator: &str) -> Option<Comparator> {
    Some(match operator {
        "eq" => Comparator::Eq,
        "ne" => Comparator::Ne,
        "lt" => Comparator::Lt,
        "le" => Comparator::Le,
        "gt" => Comparator::Gt,
        "ge" => Comparator::Ge,
        _ => return None,
    })
}

fn literal(value: &Value, at: &Place) -> Result<Operand, FilterError> {
    Literal::copy_of(value)
        .map(Operand::Literal)
        .map_err(|source| FilterError::Value { at: at.clone(), source })
}

fn known(operator: &str, known: &'static str, at: &Place) -> Result<(), FilterError> {
    if known.split(' ').any(|name| name == operator) {
        Ok(())
    } else {
        Err(unknown(operator, known, at))
    }
}

fn unknown(operator: &str, known: &'static str, at: &Place) -> FilterError {
    FilterError::UnknownOperator { at: at.clone(), operator: operator.to_owned(), known }
}
