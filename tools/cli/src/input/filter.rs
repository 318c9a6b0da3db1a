//! Filters from the command line, in either notation.

use crate::failure::Failure;
use highwater::{Filter, FormatError};
use highwater_format::{Value, parse_json, parse_typed_value};
use std::collections::BTreeMap;

/// Which items are wanted.
#[derive(Debug, clap::Args)]
pub(crate) struct FilterArgs {
    /// Only items that pass: an Amplify filter object, an {"expression": ..} object, or an expression
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// What the #names in the expression stand for: {"#s":"status"}
    #[arg(long, value_name = "JSON", requires = "filter")]
    names: Option<String>,
    /// What the :values in the expression stand for: {":s":"open"}, or typed: {":s":{"S":"open"}}
    #[arg(long, value_name = "JSON", requires = "filter")]
    values: Option<String>,
}

impl FilterArgs {
    /// The filter, if there is one.
    pub(crate) fn filter(&self) -> Result<Option<Filter>, Failure> {
        let Some(text) = &self.filter else { return Ok(None) };
        if !text.trim_start().starts_with('{') {
            let names = entries("--names", self.names.as_deref(), name)?;
            let values = entries("--values", self.values.as_deref(), value)?;
            return Ok(Some(Filter::parse(text, &names, &values)?));
        }
        if self.names.is_some() || self.values.is_some() {
            let message = "--names and --values belong to an expression, the filter is an object";
            return Err(Failure::refused(message)
                .hint("put them into the object as expressionNames and expressionValues"));
        }
        let object = parse_json(text).map_err(|e| Failure::from(e).at("--filter"))?;
        Ok(Some(Filter::from_request(&object)?))
    }
}

/// The members of an object, each read by `read`.
fn entries<T>(
    option: &str,
    text: Option<&str>,
    read: impl Fn(&str, Value) -> Result<T, FormatError>,
) -> Result<BTreeMap<String, T>, Failure> {
    let Some(text) = text else { return Ok(BTreeMap::new()) };
    let at_option = |e: FormatError| Failure::from(e).at(option);
    match parse_json(text).map_err(at_option)? {
        Value::Map(map) => map
            .into_iter()
            .map(|(key, value)| {
                let value = read(&key, value).map_err(at_option)?;
                Ok((key, value))
            })
            .collect(),
        other => {
            let found = other.type_name();
            Err(Failure::refused(format!("{option}: expected an object, found a {found}")))
        }
    }
}

fn name(key: &str, value: Value) -> Result<String, FormatError> {
    match value {
        Value::String(name) => Ok(name),
        other => Err(FormatError::Typed {
            path: key.to_owned(),
            reason: format!("an attribute's name is a string, not a {}", other.type_name()),
        }),
    }
}

/// Typed values are objects, and only they are: what is none is the value itself.
fn value(key: &str, value: Value) -> Result<Value, FormatError> {
    match value {
        Value::Map(_) => parse_typed_value(value, key),
        plain => Ok(plain),
    }
}
