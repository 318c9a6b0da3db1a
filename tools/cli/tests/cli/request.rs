//! `request`: AppSync's Sync request document, field by field.

use crate::support::{Scene, numbered};
use serde_json::{Value, json};

fn answer(scene: &Scene, document: &Value) -> Value {
    let out = scene.feed(&["request", "--table", "t"], document.to_string()).succeeded();
    serde_json::from_str(&out).unwrap()
}

fn refused(scene: &Scene, document: &str) -> String {
    scene.feed(&["request", "--table", "t"], document).failed(1)
}

/// A request with more fields.
fn sync(more: Value) -> Value {
    let mut document = json!({ "version": "2018-05-29", "operation": "Sync" });
    let fields = document.as_object_mut().unwrap();
    for (name, value) in more.as_object().unwrap() {
        fields.insert(name.clone(), value.clone());
    }
    document
}

/// `t`: by owner and number, with indexes on a plain attribute and on the owner.
fn scene() -> Scene {
    let scene = Scene::new();
    let args = ["table", "create", "t", "--partition", "owner", "--sort", "n:N"];
    scene.ok(&[
        &args[..],
        &["--index", "byTag=tag", "--index", "byOwner=owner", "--index", "byN=n"],
    ]
    .concat());
    let input: String = (1..=6)
        .map(|n| {
            let owner = if n % 2 == 0 { "ann" } else { "bob" };
            let tag = if n < 4 { json!("low") } else { json!(n) };
            format!("{}\n", json!({ "owner": owner, "n": n, "tag": tag }))
        })
        .collect();
    scene.feed(&["import", "t"], input).succeeded();
    scene
}

fn numbers(answer: &Value) -> Vec<u64> {
    answer["items"].as_array().unwrap().iter().map(|item| item["n"].as_u64().unwrap()).collect()
}

#[test]
fn documents_that_are_answered() {
    let scene = scene();
    for (more, expected) in [
        (json!({}), &[2, 4, 6, 1, 3, 5][..]),
        (json!({ "limit": 2 }), &[2, 4]),
        (json!({ "limit": 1e0 }), &[2]),
        (
            json!({ "limit": null, "nextToken": null, "lastSync": null, "filter": null }),
            &[2, 4, 6, 1, 3, 5],
        ),
        (json!({ "basePartitionKey": null, "deltaIndexName": null }), &[2, 4, 6, 1, 3, 5]),
        (json!({ "lastSync": 0 }), &[2, 4, 6, 1, 3, 5]),
        (json!({ "lastSync": 1 }), &[2, 4, 6, 1, 3, 5]),
        (json!({ "lastSync": 9_000_000_000_000_000_000_u64 }), &[2, 4, 6, 1, 3, 5]),
        (json!({ "filter": { "n": { "gt": 4 } } }), &[6, 5]),
        (json!({ "filter": {} }), &[2, 4, 6, 1, 3, 5]),
        (
            json!({ "filter": { "expression": "#n > :n", "expressionNames": { "#n": "n" },
                                "expressionValues": { ":n": { "N": "4" } } } }),
            &[6, 5],
        ),
        (json!({ "basePartitionKey": "ann" }), &[2, 4, 6]),
        (json!({ "basePartitionKey": "nobody" }), &[]),
        (json!({ "deltaIndexName": "byTag" }), &[2, 4, 6, 1, 3, 5]),
        (json!({ "deltaIndexName": "byTag", "basePartitionKey": "low" }), &[1, 2, 3]),
        (json!({ "deltaIndexName": "byTag", "basePartitionKey": 4 }), &[4]),
        (json!({ "deltaIndexName": "byTag", "basePartitionKey": "4" }), &[]),
        (json!({ "deltaIndexName": "byOwner", "basePartitionKey": "bob" }), &[1, 3, 5]),
        (json!({ "deltaIndexName": "byN", "basePartitionKey": 3 }), &[3]),
    ] {
        let answer = answer(&scene, &sync(more.clone()));
        assert_eq!(numbers(&answer), expected, "{more}");
        let names: Vec<_> = answer.as_object().unwrap().keys().map(String::as_str).collect();
        let expected = ["cursor", "items", "nextToken", "reset", "scannedCount", "startedAt"];
        assert_eq!(names, expected, "{more}");
        for item in answer["items"].as_array().unwrap() {
            assert_eq!(item["_version"], 1);
            assert!(item["_lastChangedAt"].as_u64().unwrap() > 1_700_000_000_000);
            assert!(item.get("_deleted").is_none());
        }
    }
}

#[test]
fn documents_that_are_refused() {
    let scene = scene();
    let one = |name: &str, value: Value| sync(json!({ name: value })).to_string();
    for (document, said) in [
        (String::new(), "the request document: JSON at byte"),
        ("{".to_owned(), "the request document: JSON at byte"),
        ("[]".to_owned(), "a request document is an object, not a list"),
        ("null".to_owned(), "a request document is an object, not a null"),
        ("{}".to_owned(), "`version` is missing; it must be \"2018-05-29\""),
        (r#"{"operation":"Sync"}"#.to_owned(), "`version` is missing"),
        (r#"{"version":null,"operation":"Sync"}"#.to_owned(), "`version` is missing"),
        (r#"{"version":"2018-05-29"}"#.to_owned(), "`operation` is missing; it must be \"Sync\""),
        (r#"{"version":"2018-05-29","operation":null}"#.to_owned(), "`operation` is missing"),
        (
            one("version", json!("2017-02-28")),
            "`version` must be \"2018-05-29\", found the string \"2017-02-28\"",
        ),
        (one("version", json!(2018)), "`version` must be \"2018-05-29\", found 2018"),
        (
            one("operation", json!("Query")),
            "`operation` must be \"Sync\", found the string \"Query\"",
        ),
        (one("operation", json!("sync")), "`operation` must be \"Sync\""),
        (one("operation", json!(["Sync"])), "`operation` must be \"Sync\", found a list"),
        (one("table", json!("t")), "no field `table`\nhint: it has: version, operation,"),
        (one("Limit", json!(null)), "no field `Limit`"),
        (one("limit", json!(0)), "`limit` must be a whole number from 1 to 1000, found 0"),
        (one("limit", json!(1001)), "`limit` must be"),
        (one("limit", json!(-1)), "`limit` must be"),
        (one("limit", json!(1.5)), "`limit` must be a whole number from 1 to 1000, found 1.5"),
        (
            one("limit", json!("10")),
            "`limit` must be a whole number from 1 to 1000, found the string \"10\"",
        ),
        (one("limit", json!(99_999_999_999_u64)), "`limit` must be"),
        (
            one("limit", json!(true)),
            "`limit` must be a whole number from 1 to 1000, found a boolean",
        ),
        (one("nextToken", json!(5)), "`nextToken` must be a string, found 5"),
        (one("nextToken", json!("")), "nextToken: token"),
        (one("nextToken", json!("AAAA")), "nextToken: token"),
        (one("lastSync", json!("2020-01-01")), "`lastSync` must be milliseconds since the epoch"),
        (one("lastSync", json!(-1)), "`lastSync` must be"),
        (one("lastSync", json!(0.5)), "`lastSync` must be"),
        (one("filter", json!("n > 1")), "`filter` must be an object, found the string"),
        (one("filter", json!([])), "`filter` must be an object, found a list"),
        (one("filter", json!({ "n": 1 })), "filter at `$.n`"),
        (one("filter", json!({ "n": { "over": 1 } })), "there is no operator `over`"),
        (one("filter", json!({ "expression": "n >" })), "filter at byte"),
        (one("basePartitionKey", json!(5)), "`basePartitionKey` must be a string, found 5"),
        (
            one("basePartitionKey", json!({ "S": "ann" })),
            "`basePartitionKey` must be a string, found a map",
        ),
        (
            one("basePartitionKey", json!(true)),
            "`basePartitionKey` must be a string, found a boolean",
        ),
        (
            one("deltaIndexName", json!("byNobody")),
            "no index `byNobody` (it has: byTag, byOwner, byN)",
        ),
        (one("deltaIndexName", json!(1)), "`deltaIndexName` must be a string, found 1"),
        (
            sync(json!({ "deltaIndexName": "byN", "basePartitionKey": "3" })).to_string(),
            "`basePartitionKey` must be a number, found the string \"3\"",
        ),
        (
            sync(json!({ "deltaIndexName": "byTag", "basePartitionKey": [] })).to_string(),
            "`basePartitionKey` must be a string or a number, found a list",
        ),
        (
            r#"{"version":"2018-05-29","version":"2018-05-29","operation":"Sync"}"#.to_owned(),
            "the name `version` stands twice",
        ),
        (format!("{}1{}", "[".repeat(5000), "]".repeat(5000)), "nested deeper"),
    ] {
        let error = refused(&scene, &document);
        assert!(error.starts_with("error: ") && error.contains(said), "{document}: {error}");
    }
    let error = scene.feed(&["request", "--table", "nope"], sync(json!({})).to_string()).failed(1);
    assert!(error.contains("no table `nope`"), "{error}");
    let error = scene.fails(&["request", "--table", "t", "/nonexistent"]);
    assert!(error.contains("/nonexistent: No such file"), "{error}");
    let error = scene.feed(&["request", "--table", "t", "--json"], "{}").failed(1);
    let error: Value = serde_json::from_str(&error).unwrap();
    assert_eq!(error["kind"], "invalid");
}

#[test]
fn a_binary_key_is_base64() {
    let scene = Scene::new();
    scene.ok(&["table", "create", "t", "--partition", "p:B"]);
    scene.ok(&["put", "t", "--typed", r#"{"p":{"B":"AAH/"},"n":{"N":"1"}}"#]);
    let found = answer(&scene, &sync(json!({ "basePartitionKey": "AAH/" })));
    assert_eq!(found["items"][0]["p"], "AAH/");
    let error = refused(&scene, &sync(json!({ "basePartitionKey": "?" })).to_string());
    assert!(error.contains("`basePartitionKey`: `?` is not base64"), "{error}");
    let error = refused(&scene, &sync(json!({ "basePartitionKey": 1 })).to_string());
    assert!(error.contains("must be binary, as base64 in a string, found 1"), "{error}");
}

#[test]
fn tokens_lead_from_page_to_page() {
    let scene = Scene::new();
    scene.ok(&["table", "create", "t", "--partition", "id"]);
    scene.feed(&["import", "t"], numbered(1..=5, 0)).succeeded();
    let mut document = sync(json!({ "limit": 2 }));
    let mut seen = Vec::new();
    let mut page = answer(&scene, &document);
    let started_at = page["startedAt"].clone();
    while !page["nextToken"].is_null() {
        assert_eq!((&page["scannedCount"], &page["cursor"]), (&json!(2), &json!(null)));
        seen.extend(numbers(&page));
        document["nextToken"] = page["nextToken"].clone();
        page = answer(&scene, &document);
        assert_eq!(page["startedAt"], started_at);
    }
    seen.extend(numbers(&page));
    assert_eq!(seen, [1, 2, 3, 4, 5]);
    assert!(page["cursor"].is_string() && page["reset"] == true);

    // A token belongs to its question.
    let token = answer(&scene, &sync(json!({ "limit": 2 })))["nextToken"].clone();
    let other = sync(json!({ "nextToken": token, "filter": { "n": { "gt": 1 } } }));
    let error = refused(&scene, &other.to_string());
    assert!(error.contains("nextToken: it belongs to another filter"), "{error}");
    let file = scene.file("request.json", sync(json!({ "nextToken": token })).to_string());
    let error = scene.fails(&["request", "--table", "t", &file, "--audience", "ann"]);
    assert!(error.contains("another audience"), "{error}");
    scene.ok(&["request", "--table", "t", &file]);
}

#[test]
fn deltas_tell_of_deletes_and_of_what_left() {
    let scene = scene();
    let filter = json!({ "tag": { "eq": "low" } });
    let first = answer(&scene, &sync(json!({ "filter": filter })));
    let last_sync = first["startedAt"].clone();
    scene.ok(&["delete", "t", "--key", "bob", "--sort", "1"]);
    scene.ok(&["update", "t", "--key", "ann", "--sort", "2", "--set", "tag=\"high\""]);
    let delta = answer(&scene, &sync(json!({ "filter": filter, "lastSync": last_sync })));
    assert_eq!(delta["reset"], false);
    let items = delta["items"].as_array().unwrap();
    let of = |n: u64| items.iter().find(|item| item["n"] == n).unwrap();
    let deleted = json!({
        "owner": "bob", "n": 1, "tag": "low", "_version": 2, "_deleted": true,
        "_lastChangedAt": of(1)["_lastChangedAt"],
    });
    assert_eq!(*of(1), deleted);
    let left = json!({
        "owner": "ann", "n": 2, "_version": 2, "_deleted": true,
        "_lastChangedAt": of(2)["_lastChangedAt"],
    });
    assert_eq!(*of(2), left);
}
