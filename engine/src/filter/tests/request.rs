//! Which notation a request's filter is in, and what is wrong with either.

use super::{Filter, document, json, matches, take_apart};
use highwater_format::Value;

#[test]
fn each_notation_is_known_by_its_shape() {
    let document = document(r#"{"a": {"S": "x"}, "expression": {"S": "x"}, "n": {"N": "3"}}"#);
    for (request, expected) in [
        (
            r##"{"expression": "#a = :a", "expressionNames": {"#a": "a"}, "expressionValues": {":a": {"S": "x"}}}"##,
            true,
        ),
        (r#"{"expression": "n > :n", "expressionValues": {":n": {"N": "3"}}}"#, false),
        (
            r#"{"expression": "n > :n", "expressionNames": null, "expressionValues": {":n": {"N": 2}}}"#,
            true,
        ),
        (r#"{"expression": "attribute_exists(a)"}"#, true),
        (
            r#"{"expression": "attribute_exists(q)", "expressionNames": {}, "expressionValues": null}"#,
            false,
        ),
        (r#"{"a": {"eq": "x"}}"#, true),
        (r#"{"expression": {"eq": "x"}}"#, true),
        (r#"{"expression": {"eq": "y"}, "a": {"eq": "x"}}"#, false),
        (r#"{"expression": null, "a": {"eq": "x"}}"#, true),
        ("{}", true),
        ("null", true),
    ] {
        let filter =
            Filter::from_request(&json(request)).unwrap_or_else(|e| panic!("{request}: {e}"));
        assert_eq!(matches(&filter, &document), expected, "{request}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    for (request, message) in [
        ("[]", "filter at `$`: expected an object of attributes, and, or, not, found a list"),
        (
            r#"{"expression": "a ="}"#,
            "filter at byte 3: expected an attribute, a `:value` or size(...), found the end",
        ),
        (
            r#"{"expression": "a = :a"}"#,
            "filter at byte 4: `:a` is not among the expression's values; define it there",
        ),
        (
            r#"{"expression": "a", "names": {}}"#,
            "filter at `$.expression`: expected an object of operators",
        ),
        (
            r#"{"expression": "a = b", "expressionNames": [1]}"#,
            "filter at `$.expressionNames`: expected an object, found a list",
        ),
        (
            r##"{"expression": "#a = b", "expressionNames": {"#a": 1}}"##,
            "filter at `$.expressionNames.#a`: expected a string, the name of an attribute, found a number",
        ),
        (
            r#"{"expression": "a = :a", "expressionValues": "x"}"#,
            "filter at `$.expressionValues`: expected an object, found a string",
        ),
        (
            r#"{"expression": "a = :a", "expressionValues": {":a": "x"}}"#,
            "filter at `$.expressionValues.:a`: typed JSON",
        ),
        (
            r#"{"expression": "a = :a", "expressionValues": {":a": {"N": "x"}}}"#,
            "filter at `$.expressionValues.:a`: `x` is not a number",
        ),
        (
            r#"{"expression": "a = :a", "expressionValues": {":a": {"SS": []}}}"#,
            "filter at `$.expressionValues.:a`: a set must have at least one element",
        ),
        (
            r#"{"expression": "a = b", "expressionValues": {":a": {"S": "x"}}}"#,
            "the filter's expression does not use `:a`",
        ),
    ] {
        let error = match Filter::from_request(&json(request)) {
            Err(error) => error.to_string(),
            Ok(filter) => panic!("{request} was taken as {filter:?}"),
        };
        assert!(error.starts_with(message), "{request}: {error}");
    }
}

#[test]
fn a_value_nested_without_end_is_an_error() {
    let mut deep = Value::Null;
    for _ in 0..100_000 {
        let list = Value::List(vec![deep]);
        deep = Value::Map([("L".to_owned(), list)].into());
    }
    let request = Value::Map(
        [
            ("expression".to_owned(), Value::from("a = :a")),
            ("expressionValues".to_owned(), Value::Map([(":a".to_owned(), deep)].into())),
        ]
        .into(),
    );
    let error = Filter::from_request(&request).err().map(|e| e.to_string());
    assert_eq!(
        error.as_deref(),
        Some("filter at `$.expressionValues.:a`: nested deeper than 32 levels")
    );
    take_apart(request);
}
