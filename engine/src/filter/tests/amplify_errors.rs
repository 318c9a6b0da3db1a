//! Amplify objects that are refused, with the path and the words of the refusal.

use super::{Filter, FilterError, json};
use crate::filter::Place;
use highwater_format::{FormatError, Value};
use std::collections::BTreeMap;

#[test]
fn the_path_and_the_way_out_are_named() {
    for (object, message) in [
        ("[]", "`$`: expected an object of attributes, and, or, not, found a list"),
        ("1", "`$`: expected an object of attributes, and, or, not, found a number"),
        (
            r#"{"a": 1}"#,
            "`$.a`: expected an object of operators, such as {\"eq\": ..}, found a number",
        ),
        (r#"{"a": "x"}"#, "`$.a`: expected an object of operators"),
        (r#"{"a": [{"eq": 1}]}"#, "`$.a`: expected an object of operators"),
        (
            r#"{"not": [{}]}"#,
            "`$.not`: expected an object of attributes, and, or, not, found a list",
        ),
        (r#"{"and": [1]}"#, "`$.and[0]`: expected an object"),
        (r#"{"and": "x"}"#, "`$.and`: expected an object"),
        (
            r#"{"and": [null, {"or": [{"a": {"like": 1}}]}]}"#,
            "`$.and[1].or[0].a.like`: there is no operator `like`; known here are eq ne le lt ge gt contains notContains between beginsWith attributeExists attributeType size in notIn",
        ),
        (r#"{"a": {"b": {"eq": 1}}}"#, "`$.a.b`: there is no operator `b`"),
        (r#"{"a": {"like": null}}"#, "`$.a.like`: there is no operator `like`"),
        (r#"{"a": {"EQ": 1}}"#, "`$.a.EQ`: there is no operator `EQ`"),
        (r#"{"a": {"gt": true}}"#, "`$.a.gt`: > takes a number, string or binary, not a boolean"),
        (r#"{"a": {"le": [1]}}"#, "`$.a.le`: <= takes a number, string or binary, not a list"),
        (
            r#"{"a": {"beginsWith": 1}}"#,
            "`$.a.beginsWith`: begins_with takes a string or binary, not a number",
        ),
        (r#"{"a": {"between": [1]}}"#, "`$.a.between`: between takes 2 operands, found 1"),
        (r#"{"a": {"between": 1}}"#, "`$.a.between`: between takes 2 operands, found 1"),
        (r#"{"a": {"between": [1, 2, 3]}}"#, "`$.a.between`: between takes 2 operands, found 3"),
        (
            r#"{"a": {"between": [2, 1]}}"#,
            "`$.a.between`: BETWEEN needs bounds of one type, the lower first: 2 .. 1",
        ),
        (r#"{"a": {"between": [1, "b"]}}"#, "`$.a.between`: BETWEEN needs bounds of one type"),
        (
            r#"{"a": {"between": [null, 1]}}"#,
            "`$.a.between`: BETWEEN takes a number, string or binary, not a null",
        ),
        (
            r#"{"a": {"attributeExists": "yes"}}"#,
            "`$.a.attributeExists`: attributeExists takes a boolean, not a string",
        ),
        (
            r#"{"a": {"attributeType": true}}"#,
            "`$.a.attributeType`: attributeType takes the name of a type, not a boolean",
        ),
        (
            r#"{"a": {"attributeType": "S"}}"#,
            "`$.a.attributeType`: there is no type `S`; known are binary binarySet bool",
        ),
        (
            r#"{"a": {"size": 3}}"#,
            "`$.a.size`: size takes an object such as {\"gt\": 3}, not a number",
        ),
        (
            r#"{"a": {"size": {"in": [1]}}}"#,
            "`$.a.size.in`: there is no operator `in`; known here are eq ne le lt ge gt between",
        ),
        (r#"{"a": {"size": {"in": null}}}"#, "`$.a.size.in`: there is no operator `in`"),
        (r#"{"a": {"size": {"eq": "3"}}}"#, "`$.a.size.eq`: size takes a number, not a string"),
        (r#"{"a": {"size": {"eq": [1]}}}"#, "`$.a.size.eq`: size takes a number, not a list"),
        (r#"{"a": {"size": {"eq": []}}}"#, "`$.a.size.eq`: size takes a number, not a list"),
        (r#"{"a": {"size": {"between": [2, 1]}}}"#, "`$.a.size.between`: BETWEEN needs bounds"),
        (
            r#"{"a": {"size": {"between": 2}}}"#,
            "`$.a.size.between`: size takes a list of two numbers, not a number",
        ),
    ] {
        let error = match Filter::from_amplify(&json(object)) {
            Err(error) => error.to_string(),
            Ok(filter) => panic!("{object} was taken as {filter:?}"),
        };
        assert!(error.starts_with(&format!("filter at {message}")), "{object}: {error}");
    }
}

fn object(name: &str, value: Value) -> Value {
    Value::Map(BTreeMap::from([(name.to_owned(), value)]))
}

#[test]
fn groups_nest_64_deep() {
    let nested = |n: usize| (1..n).fold(object("a", Value::Null), |inner, _| object("not", inner));
    assert!(Filter::from_amplify(&nested(64)).is_ok());
    let path = format!("${}", ".not".repeat(64));
    assert_eq!(
        Filter::from_amplify(&nested(65)).err(),
        Some(FilterError::TooDeep { at: Place::Path(path), limit: 64 })
    );
}

#[test]
fn operators_and_groups_end_at_300() {
    let condition = || object("a", object("eq", Value::from(1)));
    // The root, and two for each element: its group and its operator.
    let list = |n: usize| object("or", Value::List((0..n).map(|_| condition()).collect()));
    assert!(Filter::from_amplify(&list(149)).is_ok());
    assert_eq!(
        Filter::from_amplify(&list(150)).err(),
        Some(FilterError::TooManyOperators {
            at: Place::Path("$.or[149].a.eq".to_owned()),
            limit: 300
        })
    );
}

#[test]
fn in_takes_100_values() {
    let list = |n: i64| object("a", object("in", Value::List((0..n).map(Value::from).collect())));
    assert!(Filter::from_amplify(&list(100)).is_ok());
    assert_eq!(
        Filter::from_amplify(&list(101)).err(),
        Some(FilterError::OperandCount {
            at: Place::Path("$.a.in".to_owned()),
            operator: "IN",
            expected: "1 to 100",
            found: 101,
        })
    );
}

#[test]
fn values_no_document_can_hold() {
    let deep = (0..40).fold(Value::Null, |inner, _| Value::List(vec![inner]));
    assert_eq!(
        Filter::from_amplify(&object("a", object("eq", deep))).err(),
        Some(FilterError::Value {
            at: Place::Path("$.a.eq".to_owned()),
            source: FormatError::TooDeep { limit: 32 },
        })
    );
}
