//! The attributes that come from an item's metadata.

use super::{document, json, parse};
use crate::filter::{Filter, Subject};
use highwater_format::Millis;

const VALUES: &str = r#"{
    ":seven": {"N": "7"}, ":ms": {"N": "1550000000000"}, ":true": {"BOOL": true}, ":N": {"S": "N"},
    ":s": {"S": "from the document"}
}"#;

#[test]
fn they_shadow_the_document() {
    let document = document(
        r#"{"_version": {"S": "from the document"}, "_lastChangedAt": {"N": "1"},
            "_deleted": {"S": "from the document"}, "m": {"M": {"_version": {"S": "from the document"}}}}"#,
    );
    let subject = Subject {
        document: document.as_map(),
        version: 7,
        changed_at: Millis(1_550_000_000_000),
        deleted: false,
    };
    let tombstone = Subject { deleted: true, ..subject };
    for (expression, on_live, on_deleted) in [
        ("_version = :seven", true, true),
        ("_version = :s", false, false),
        ("attribute_type(_version, :N)", true, true),
        ("_lastChangedAt >= :ms", true, true),
        ("_lastChangedAt > :ms", false, false),
        ("_deleted = :true", false, true),
        ("_deleted <> :true", true, false),
        ("attribute_exists(_deleted)", false, true),
        ("attribute_exists(_deleted.x)", false, false),
        ("m._version = :s", true, true),
    ] {
        let filter =
            parse(expression, "{}", VALUES).unwrap_or_else(|e| panic!("{expression}: {e}"));
        assert_eq!(filter.matches(&subject), Ok(on_live), "{expression}");
        assert_eq!(filter.matches(&tombstone), Ok(on_deleted), "{expression} on a tombstone");
    }
}

#[test]
fn amplify_objects_see_them_too() {
    let document = document("{}");
    let subject = Subject {
        document: document.as_map(),
        version: u64::MAX,
        changed_at: Millis::MAX,
        deleted: true,
    };
    for (object, expected) in [
        (r#"{"_deleted": {"eq": true}}"#, true),
        (r#"{"_deleted": {"ne": true}}"#, false),
        (r#"{"_version": {"eq": 18446744073709551615}}"#, true),
        (r#"{"_lastChangedAt": {"between": [0, 281474976710655]}}"#, true),
        (r#"{"_version": {"attributeType": "number"}}"#, true),
    ] {
        let filter =
            Filter::from_amplify(&json(object)).unwrap_or_else(|e| panic!("{object}: {e}"));
        assert_eq!(filter.matches(&subject), Ok(expected), "{object}");
    }
}
