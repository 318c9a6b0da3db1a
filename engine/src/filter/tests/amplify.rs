//! What each of Amplify's operators and groups says of one document.

use super::{document, json, matches};
use crate::filter::Filter;

const DOCUMENT: &str = r#"{
    "title": {"S": "Low tide"}, "rating": {"N": "5"}, "draft": {"BOOL": false}, "gone": {"NULL": true},
    "tags": {"L": [{"S": "sea"}, {"S": "sand"}]}, "meta": {"M": {"color": {"S": "red"}}},
    "raw": {"B": "AP8="}, "roles": {"SS": ["a", "b"]}, "scores": {"NS": ["1"]}, "blobs": {"BS": ["AA=="]}
}"#;

fn check(table: &[(&str, bool)]) {
    let document = document(DOCUMENT);
    for (object, expected) in table {
        let filter =
            Filter::from_amplify(&json(object)).unwrap_or_else(|e| panic!("{object}: {e}"));
        assert_eq!(matches(&filter, &document), *expected, "{object}");
    }
}

#[test]
fn comparisons() {
    check(&[
        (r#"{"title": {"eq": "Low tide"}}"#, true),
        (r#"{"title": {"eq": "low tide"}}"#, false),
        (r#"{"title": {"ne": "x"}}"#, true),
        (r#"{"title": {"ne": "Low tide"}}"#, false),
        (r#"{"missing": {"eq": "x"}}"#, false),
        (r#"{"missing": {"ne": "x"}}"#, true),
        (r#"{"rating": {"lt": 6}}"#, true),
        (r#"{"rating": {"lt": 5}}"#, false),
        (r#"{"rating": {"le": 5.0}}"#, true),
        (r#"{"rating": {"gt": 4.5}}"#, true),
        (r#"{"rating": {"gt": "4"}}"#, false),
        (r#"{"rating": {"ge": 5}}"#, true),
        (r#"{"rating": {"between": [1, 5]}}"#, true),
        (r#"{"rating": {"between": [6, 9]}}"#, false),
        (r#"{"title": {"between": ["L", "M"]}}"#, true),
        (r#"{"draft": {"eq": false}}"#, true),
        (r#"{"draft": {"ne": true}}"#, true),
        (r#"{"title": {"beginsWith": "Low"}}"#, true),
        (r#"{"title": {"beginsWith": "tide"}}"#, false),
        (r#"{"title": {"contains": "w t"}}"#, true),
        (r#"{"title": {"notContains": "w t"}}"#, false),
        (r#"{"tags": {"contains": "sea"}}"#, true),
        (r#"{"tags": {"notContains": "se"}}"#, true),
        (r#"{"missing": {"notContains": "x"}}"#, true),
        (r#"{"tags": {"eq": ["sea", "sand"]}}"#, true),
        (r#"{"meta": {"eq": {"color": "red"}}}"#, true),
        (r#"{"missing": {"lt": 1}}"#, false),
    ]);
}

#[test]
fn null_is_missing_to_eq_and_ne_and_in() {
    check(&[
        (r#"{"gone": {"eq": null}}"#, true),
        (r#"{"missing": {"eq": null}}"#, true),
        (r#"{"title": {"eq": null}}"#, false),
        (r#"{"gone": {"ne": null}}"#, false),
        (r#"{"missing": {"ne": null}}"#, false),
        (r#"{"title": {"ne": null}}"#, true),
        (r#"{"gone": {"in": ["x", null]}}"#, true),
        (r#"{"missing": {"in": [null]}}"#, true),
        (r#"{"title": {"in": ["x", null]}}"#, false),
        (r#"{"missing": {"notIn": [null]}}"#, false),
        (r#"{"missing": {"notIn": ["x"]}}"#, true),
        (r#"{"title": {"notIn": [null, "x"]}}"#, true),
    ]);
}

#[test]
fn in_and_not_in() {
    check(&[
        (r#"{"rating": {"in": [1, 5]}}"#, true),
        (r#"{"rating": {"in": [1, 2]}}"#, false),
        (r#"{"rating": {"in": []}}"#, false),
        (r#"{"rating": {"in": 5}}"#, true),
        (r#"{"rating": {"notIn": [1, 5]}}"#, false),
        (r#"{"rating": {"notIn": [1, 2]}}"#, true),
        (r#"{"rating": {"notIn": []}}"#, true),
        (r#"{"rating": {"notIn": 5}}"#, false),
    ]);
}

#[test]
fn existence_types_and_sizes() {
    check(&[
        (r#"{"gone": {"attributeExists": true}}"#, true),
        (r#"{"gone": {"attributeExists": false}}"#, false),
        (r#"{"missing": {"attributeExists": false}}"#, true),
        (r#"{"title": {"size": {"eq": 8}}}"#, true),
        (r#"{"title": {"size": {"gt": 3, "lt": 9}}}"#, true),
        (r#"{"title": {"size": {"gt": 3, "lt": 8}}}"#, false),
        (r#"{"title": {"size": {"between": [8, 9]}}}"#, true),
        (r#"{"tags": {"size": {"ne": 2}}}"#, false),
        (r#"{"rating": {"size": {"ge": 0}}}"#, false),
        (r#"{"title": {"size": {}}}"#, true),
        (r#"{"title": {"size": {"eq": null}}}"#, true),
    ]);
    for (attribute, name) in [
        ("title", "string"),
        ("rating", "number"),
        ("draft", "bool"),
        ("gone", "_null"),
        ("tags", "list"),
        ("meta", "map"),
        ("raw", "binary"),
        ("roles", "stringSet"),
        ("scores", "numberSet"),
        ("blobs", "binarySet"),
    ] {
        check(&[
            (&format!(r#"{{"{attribute}": {{"attributeType": "{name}"}}}}"#), true),
            (&format!(r#"{{"missing": {{"attributeType": "{name}"}}}}"#), false),
        ]);
    }
}

#[test]
fn members_and_groups() {
    check(&[
        ("{}", true),
        ("null", true),
        (r#"{"title": {"ne": "x"}, "rating": {"gt": 4}}"#, true),
        (r#"{"title": {"ne": "x"}, "rating": {"gt": 5}}"#, false),
        (r#"{"rating": {"gt": 4, "lt": 6}}"#, true),
        (r#"{"rating": {"gt": 4, "lt": 5}}"#, false),
        (r#"{"rating": {}}"#, true),
        (r#"{"and": [{"rating": {"gt": 4}}, {"draft": {"eq": false}}]}"#, true),
        (r#"{"and": [{"rating": {"gt": 4}}, {"draft": {"eq": true}}]}"#, false),
        (r#"{"and": {"rating": {"gt": 4}}}"#, true),
        (r#"{"or": [{"rating": {"gt": 9}}, {"draft": {"eq": false}}]}"#, true),
        (r#"{"or": [{"rating": {"gt": 9}}, {"draft": {"eq": true}}]}"#, false),
        (r#"{"or": {"rating": {"gt": 9}}}"#, false),
        (r#"{"not": {"rating": {"gt": 9}}}"#, true),
        (r#"{"not": {"rating": {"gt": 4}, "draft": {"eq": true}}}"#, true),
        (r#"{"rating": {"gt": 4}, "or": [{"draft": {"eq": true}}]}"#, false),
        (
            r#"{"or": [{"not": {"and": [{"rating": {"eq": 5}}]}}, {"title": {"beginsWith": "L"}}]}"#,
            true,
        ),
    ]);
}

#[test]
fn what_is_empty_or_null() {
    check(&[
        (r#"{"and": [], "or": []}"#, true),
        (r#"{"or": [], "rating": {"gt": 9}}"#, false),
        (r#"{"and": null, "or": null, "not": null, "title": null}"#, true),
        (r#"{"title": {"gt": null, "contains": null, "in": null, "size": null}}"#, true),
        (r#"{"or": [null, {"rating": {"gt": 9}}]}"#, false),
        (r#"{"or": [null]}"#, true),
        (r#"{"or": [{}, {"rating": {"gt": 9}}]}"#, true),
        (r#"{"not": {}}"#, false),
        (r#"{"not": {"or": []}}"#, false),
    ]);
}

/// The filters that a DataStore client was seen to send for its sync expressions.
#[test]
fn as_datastore_sends_them() {
    check(&[
        (r#"{"and": [{"rating": {"gt": 5}}]}"#, false),
        (
            r#"{"or": [{"rating": {"gt": 5}}, {"and": [{"title": {"beginsWith": "L"}}, {"rating": {"between": [1, 5]}}]}]}"#,
            true,
        ),
        (r#"{"and": [{"not": {"title": {"contains": "x"}}}]}"#, true),
    ]);
}
