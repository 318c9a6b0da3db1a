//! Tests of filters: tables for each rule, properties against an evaluator of another make.

mod amplify;
mod amplify_errors;
mod digest;
mod grammar;
mod lazy;
mod malformed;
mod meaning;
mod metadata;
mod naive;
mod naive_amplify;
mod pins;
mod properties;
mod request;
mod spec;
mod writer;

use super::{Filter, FilterError, Subject};
use highwater_format::{Document, Millis, Value, parse_json, parse_typed_json};
use std::collections::BTreeMap;

fn json(text: &str) -> Value {
    parse_json(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// The filter of an expression. Of `names` and `values` (typed) it gets those that it mentions, so
/// that a table of expressions can share them.
fn parse(expression: &str, names: &str, values: &str) -> Result<Filter, FilterError> {
    let mentioned = |placeholder: &str| {
        expression
            .split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '#' | ':'))
            .any(|word| word == placeholder)
    };
    let names: BTreeMap<String, String> = match json(names) {
        Value::Map(map) => map
            .into_iter()
            .filter_map(|(key, name)| match name {
                Value::String(name) => Some((key, name)),
                _ => None,
            })
            .filter(|(key, _)| mentioned(key))
            .collect(),
        _ => BTreeMap::new(),
    };
    let values: BTreeMap<String, Value> = parse_typed_json(values)
        .unwrap_or_else(|e| panic!("{values}: {e}"))
        .into_iter()
        .filter(|(key, _)| mentioned(key))
        .collect();
    Filter::parse(expression, &names, &values)
}

fn live(document: &Document) -> Subject<'_> {
    Subject {
        document: document.as_map(),
        version: 7,
        changed_at: Millis(1_550_000_000_000),
        deleted: false,
    }
}

fn document(typed: &str) -> Document {
    Document::from_typed_json(typed).unwrap_or_else(|e| panic!("{typed}: {e}"))
}

fn matches(filter: &Filter, document: &Document) -> bool {
    filter.matches(&live(document)).unwrap_or_else(|e| panic!("{filter:?} on {document:?}: {e}"))
}

/// Takes a deep value apart level by level, for dropping it whole would recurse.
fn take_apart(value: Value) {
    let mut rest = vec![value];
    while let Some(value) = rest.pop() {
        match value {
            Value::List(values) => rest.extend(values),
            Value::Map(map) => rest.extend(map.into_values()),
            _ => {}
        }
    }
}
