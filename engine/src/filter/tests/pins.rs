//! Which filters pin an attribute, and which only look as if they did.

use super::{Filter, json, parse};
use highwater_format::KeyValue;

const NAMES: &str = r##"{"#a": "a", "#v": "_version", "#del": "_deleted"}"##;
const VALUES: &str = r#"{
    ":x": {"S": "x"}, ":y": {"S": "y"}, ":1": {"N": "1"}, ":b": {"B": "AA=="}, ":t": {"BOOL": true},
    ":null": {"NULL": true}, ":l": {"L": []}, ":ss": {"SS": ["x"]}, ":S": {"S": "S"}
}"#;

fn pin(expression: &str) -> Option<KeyValue> {
    let filter = parse(expression, NAMES, VALUES).unwrap_or_else(|e| panic!("{expression}: {e}"));
    filter.pinned("a")
}

#[test]
fn pinned() {
    for expression in [
        "a = :x",
        ":x = a",
        "#a = :x",
        "a IN (:x)",
        ":x IN (a)",
        "a = :x AND b = :1",
        "b = :1 AND (c = :1 AND (a = :x AND d = :1))",
        "a = :x AND (b = :1 OR c = :1)",
        "a = :x AND NOT b = :1",
        "(a = :x)",
        "a = :x OR a = :x",
        "a = :x AND b = :1 OR c = :1 AND a IN (:x)",
        "a = :x AND a = :y",
    ] {
        assert_eq!(pin(expression), Some(KeyValue::from("x")), "{expression}");
    }
    assert_eq!(pin("a = :1"), Some(KeyValue::from(1)));
    assert_eq!(pin("a = :b"), Some(KeyValue::Binary(vec![0])));
}

#[test]
fn not_pinned() {
    for expression in [
        "b = :x",
        "a <> :x",
        "NOT a = :x",
        "NOT NOT a = :x",
        "a >= :x",
        "a IN (:x, :y)",
        "a IN (b)",
        "a = b",
        "a = :t",
        "a = :null",
        "a = :l",
        "a = :ss",
        "a.b = :x",
        "a[0] = :x",
        "b.a = :x",
        "size(a) = :1",
        "begins_with(a, :x)",
        "contains(a, :x)",
        "attribute_type(a, :S)",
        "attribute_exists(a)",
        "a = :x OR b = :1",
        "a = :x OR a = :y",
        "a = :x OR a = :x OR a = :y",
        "a = :y OR a = :x OR a = :x",
        "a = :x OR b = :x OR a = :x",
        "a = :x OR a > :x",
        "a = :x OR NOT a = :x",
        "NOT (a = :x AND b = :1)",
    ] {
        assert_eq!(pin(expression), None, "{expression}");
    }
}

#[test]
fn metadata_is_never_pinned() {
    for (expression, attribute) in [
        ("#v = :1", "_version"),
        ("_lastChangedAt = :1", "_lastChangedAt"),
        ("#del = :t", "_deleted"),
    ] {
        let filter =
            parse(expression, NAMES, VALUES).unwrap_or_else(|e| panic!("{expression}: {e}"));
        assert_eq!(filter.pinned(attribute), None, "{expression}");
    }
}

#[test]
fn amplify_objects_pin_too() {
    for (object, expected) in [
        (r#"{"a": {"eq": "x"}}"#, Some("x")),
        (r#"{"and": [{"a": {"eq": "x"}}, {"b": {"gt": 1}}]}"#, Some("x")),
        (r#"{"or": [{"a": {"eq": "x"}}]}"#, Some("x")),
        (r#"{"a": {"in": ["x"]}}"#, Some("x")),
        (r#"{"a": {"in": "x"}}"#, Some("x")),
        (r#"{"a": {"eq": "x"}, "or": []}"#, Some("x")),
        (r#"{"a": {"in": ["x", null]}}"#, None),
        (r#"{"a": {"in": []}}"#, None),
        (r#"{"a": {"eq": null}}"#, None),
        (r#"{"or": [{"a": {"eq": "x"}}, {}]}"#, None),
        (r#"{"not": {"a": {"eq": "x"}}}"#, None),
        ("{}", None),
    ] {
        let filter =
            Filter::from_amplify(&json(object)).unwrap_or_else(|e| panic!("{object}: {e}"));
        assert_eq!(filter.pinned("a"), expected.map(KeyValue::from), "{object}");
    }
}
