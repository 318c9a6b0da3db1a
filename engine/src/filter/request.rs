//! Telling the two notations apart, and reading AppSync's form of an expression.

use super::amplify;
use super::ast::Expr;
use super::error::{FilterError, Place};
use super::literal::check_depth;
use super::parser;
use highwater_format::{FormatError, MAX_DEPTH, Value, parse_typed_value};
use std::collections::BTreeMap;

const EXPRESSION: &str = "expression";
const NAMES: &str = "expressionNames";
const VALUES: &str = "expressionValues";

pub(super) fn read(filter: &Value) -> Result<Expr, FilterError> {
    match filter {
        Value::Map(map) => match map.get(EXPRESSION) {
            Some(Value::String(expression))
                if map.keys().all(|k| [EXPRESSION, NAMES, VALUES].contains(&k.as_str())) =>
            {
                parser::parse(expression, &names(map.get(NAMES))?, &values(map.get(VALUES))?)
            }
            _ => amplify::read(filter),
        },
        _ => amplify::read(filter),
    }
}

fn names(member: Option<&Value>) -> Result<BTreeMap<String, String>, FilterError> {
    entries(member, NAMES, |name, at| match name {
        Value::String(name) => Ok(name.clone()),
        other => Err(FilterError::Expected {
            at,
            expected: "a string, the name of an attribute",
            found: format!("a {}", other.type_name()),
        }),
    })
}

fn values(member: Option<&Value>) -> Result<BTreeMap<String, Value>, FilterError> {
    entries(member, VALUES, |value, at| {
        // In typed JSON each level of a value takes two; checked before the copy recurses.
        check_depth(value, 2 * MAX_DEPTH)
            .and_then(|()| parse_typed_value(value.clone(), "value"))
            .map_err(|source: FormatError| FilterError::Value { at, source })
    })
}

/// The members of an object, each read by `read`; an absent or null object has none.
fn entries<T>(
    member: Option<&Value>,
    name: &str,
    read: impl Fn(&Value, Place) -> Result<T, FilterError>,
) -> Result<BTreeMap<String, T>, FilterError> {
    match member {
        None | Some(Value::Null) => Ok(BTreeMap::new()),
        Some(Value::Map(map)) => map
            .iter()
            .map(|(key, value)| {
                let at = Place::Path(format!("$.{name}.{key}"));
                Ok((key.clone(), read(value, at)?))
            })
            .collect(),
        Some(other) => Err(FilterError::Expected {
            at: Place::Path(format!("$.{name}")),
            expected: "an object",
            found: format!("a {}", other.type_name()),
        }),
    }
}
