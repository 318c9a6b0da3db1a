//! Digests: the same for the same condition, different for different ones, and the same for ever.

use super::{Filter, json, parse};
use std::collections::BTreeMap;

const VALUES: &str = r#"{
    ":1": {"N": "1"}, ":one": {"N": "1.0"}, ":2": {"N": "2"}, ":s": {"S": "1"}, ":x": {"S": "x"},
    ":S": {"S": "S"}, ":N": {"S": "N"}, ":b": {"B": "MQ=="}
}"#;

fn expression(text: &str) -> Filter {
    parse(text, r##"{"#a": "a", "#ab": "a.b"}"##, VALUES).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn object(text: &str) -> Filter {
    Filter::from_amplify(&json(text)).unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[test]
fn notation_and_grouping_leave_no_trace() {
    for (left, right) in [
        ("a = :1", r#"{"a": {"eq": 1}}"#),
        ("#a = :one", r#"{"and": [{"a": {"eq": 1.00}}]}"#),
        ("(a = :1)", r#"{"or": {"a": {"eq": 1}}}"#),
        ("a > :1 AND b < :2", r#"{"a": {"gt": 1}, "b": {"lt": 2}}"#),
        (
            "a > :1 AND (b < :2 AND c = :x)",
            r#"{"and": [{"a": {"gt": 1}}, {"b": {"lt": 2}, "c": {"eq": "x"}}]}"#,
        ),
        (
            "a = :1 OR (b = :1 OR c = :1)",
            r#"{"or": [{"a": {"eq": 1}}, {"or": [{"b": {"eq": 1}}, {"c": {"eq": 1}}]}]}"#,
        ),
        ("NOT contains(a, :x)", r#"{"a": {"notContains": "x"}}"#),
        ("attribute_not_exists(a)", r#"{"a": {"attributeExists": false}}"#),
        ("attribute_not_exists(a)", r#"{"not": {"a": {"attributeExists": true}}}"#),
        ("attribute_type(a, :S)", r#"{"a": {"attributeType": "string"}}"#),
        ("size(a) BETWEEN :1 AND :2", r#"{"a": {"size": {"between": [1, 2]}}}"#),
        ("NOT a IN (:1, :x)", r#"{"a": {"notIn": [1, "x"]}}"#),
        ("begins_with(#ab, :x)", r#"{"a.b": {"beginsWith": "x"}}"#),
    ] {
        assert_eq!(expression(left).digest(), object(right).digest(), "{left} and {right}");
        assert_eq!(expression(left), object(right), "{left} and {right}");
    }
}

#[test]
fn different_conditions_differ() {
    let texts = [
        "a = :1",
        "a <> :1",
        "a < :1",
        "a <= :1",
        "a > :1",
        "a >= :1",
        "a = :2",
        "a = :s",
        "a = :b",
        "b = :1",
        ":1 = a",
        "a = b",
        "#ab = :1",
        "a.b = :1",
        "a[0] = :1",
        "a[1] = :1",
        "size(a) = :1",
        "NOT a = :1",
        "a = :1 AND b = :1",
        "a = :1 OR b = :1",
        "a = :1 AND b = :1 OR c = :1",
        "a = :1 AND (b = :1 OR c = :1)",
        "a IN (:1)",
        "a IN (:1, :2)",
        "a IN (:2, :1)",
        "a BETWEEN :1 AND :2",
        "attribute_exists(a)",
        "attribute_not_exists(a)",
        "attribute_type(a, :S)",
        "attribute_type(a, :N)",
        "begins_with(a, :x)",
        "contains(a, :x)",
    ];
    let mut seen = BTreeMap::from([
        (object("{}").digest(), "{}"),
        (object(r#"{"not": {}}"#).digest(), "not {}"),
    ]);
    for text in texts {
        if let Some(other) = seen.insert(expression(text).digest(), text) {
            panic!("{text} and {other} have one digest");
        }
    }
    assert!(!seen.contains_key(&[0; 32]));
}

/// Tokens outlive the process that sealed them: these bytes may never change.
#[test]
fn golden() {
    for (filter, expected) in [
        (object("{}"), "247d54a00bcf8abdf567024b4bfcd01343cfed6915dc61a3782cb1499b7d5a79"),
        (
            expression(
                "a.#ab[2] >= :1 AND (NOT size(b) < :2 OR b BETWEEN :1 AND :2) AND c IN (:x, :b) \
                 AND attribute_exists(d) AND attribute_type(e, :S) AND begins_with(f, :x) \
                 AND contains(g, :s) AND h <> :1 AND i = :1 AND j > :1 AND k <= :1",
            ),
            "e64080d8eaf9deb4aa669963e1e2b78e1ff782cb0aa7358bb30491aa99d9fefc",
        ),
    ] {
        let hex: String = filter.digest().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expected);
    }
}
