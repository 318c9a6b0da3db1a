//! `index add|drop|project|list|build` and `query`.

use crate::support::{Scene, lines};
use serde_json::{Value, json};

fn notes() -> Scene {
    let scene = Scene::with_notes();
    let documents = (0..9).map(|n| {
        format!(
            "{{\"id\":\"n{n}\",\"ownerId\":\"o{}\",\"team\":\"red\",\"at\":{}}}\n",
            n % 2,
            9 - n
        )
    });
    let documents: String = documents.collect();
    scene.feed(&["import", "notes", "-"], documents).succeeded();
    scene
}

fn ids(out: &str) -> Vec<String> {
    lines(out).iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn indexes_are_added_to_a_table_with_data_listed_projected_and_dropped() {
    let scene = notes();
    let added = scene.json(&[
        "index",
        "add",
        "notes",
        "--scope",
        "byTeam=team",
        "--lookup",
        "recent=ownerId:at",
        "--expires-by",
        "until",
    ]);
    assert_eq!(added, json!({ "table": "notes", "added": ["byTeam", "recent", "until"] }));
    assert_eq!(lines(&scene.ok(&["sync", "notes", "--index", "byTeam=red"])).len(), 9);
    let projected = scene.json(&["index", "project", "notes", "byTeam", "keys-only"]);
    assert_eq!(projected["projection"], "keys_only");
    let listed = scene.json(&["index", "list", "notes"]);
    let row = |name: &str, kind: &str, attribute: &str, sort: Value, projection: Value| {
        json!({
            "name": name, "kind": kind, "attribute": attribute, "sort": sort,
            "projection": projection, "phase": "ready", "reached": null,
        })
    };
    let expected = [
        row("byOwner", "scope", "ownerId", Value::Null, json!("all")),
        row("byTeam", "scope", "team", Value::Null, json!("keys_only")),
        row("recent", "lookup", "ownerId", json!("at"), Value::Null),
        row("until", "expiry", "until", Value::Null, Value::Null),
    ];
    assert_eq!(listed, json!({ "indexes": expected }));
    let shown = scene.ok(&["index", "list", "notes"]);
    assert_eq!(shown.lines().count(), 5, "{shown}");
    scene.ok(&["verify"]);
    let dropped = scene.json(&["index", "drop", "notes", "byTeam", "recent", "--expiry"]);
    assert_eq!(dropped["dropped"], json!(["byTeam", "recent", "until"]));
    let error = scene.fails(&["sync", "notes", "--index", "byTeam=red"]);
    assert!(error.contains("no index `byTeam`"), "{error}");
    assert_eq!(scene.json(&["index", "build"]), json!({ "built": true }));
    scene.ok(&["verify"]);
}

#[test]
fn an_item_that_cannot_be_indexed_is_named() {
    let scene = notes();
    scene.ok(&["put", "notes", r#"{"id":"odd","team":["a"]}"#]);
    let error = scene.json_error(&["index", "add", "notes", "--scope", "byTeam=team"]);
    assert_eq!(error["kind"], "invalid");
    assert!(error["error"].as_str().unwrap().contains("odd"), "{error}");
    assert_eq!(scene.json(&["index", "list", "notes"])["indexes"].as_array().unwrap().len(), 1);
    for args in [
        &["index", "add", "notes"][..],
        &["index", "drop", "notes"],
        &["index", "add", "notes", "--lookup", "x"],
        &["index", "project", "notes", "byOwner", "some"],
    ] {
        scene.run(args).failed(2);
    }
}

#[test]
fn a_query_tells_the_items_of_one_value_in_order() {
    let scene = Scene::new();
    let declared = ["--lookup", "recent=ownerId:at", "--expires-by", "until"];
    let create = ["table", "create", "notes", "--partition", "id"];
    let created = scene.ok(&[&create[..], &declared].concat());
    assert!(created.contains("ordered index recent on ownerId in the order of at"), "{created}");
    for (id, at) in [("a", 30), ("b", 4), ("c", 7), ("d", 12)] {
        scene.ok(&["put", "notes", &format!(r#"{{"id":"{id}","ownerId":"ann","at":{at}}}"#)]);
    }
    let query = |more: &[&str]| {
        let args = [&["query", "notes", "--index", "recent=ann"], more].concat();
        ids(&scene.ok(&args))
    };
    assert_eq!(query(&[]), ["b", "c", "d", "a"]);
    assert_eq!(query(&["--reverse", "--limit", "2"]), ["a", "d"]);
    let number = ["--sort-kind", "N"];
    for (condition, value, expected) in [
        ("--sort-eq", "7", &["c"][..]),
        ("--sort-lt", "7", &["b"]),
        ("--sort-le", "7", &["b", "c"]),
        ("--sort-gt", "7", &["d", "a"]),
        ("--sort-ge", "7", &["c", "d", "a"]),
        ("--between", "5,12", &["c", "d"]),
    ] {
        assert_eq!(query(&[&[condition, value], &number[..]].concat()), expected, "{condition}");
    }
    // Text and numbers have no order between them.
    assert!(query(&["--sort-ge", "7"]).is_empty());
    assert!(query(&["--begins-with", "7"]).is_empty());
    assert_eq!(query(&["--filter", r#"{"at":{"gt":10}}"#]), ["d", "a"]);

    let page = scene.json(&["query", "notes", "--index", "recent=ann", "--limit", "3"]);
    assert_eq!((page["scannedCount"].as_u64(), page["pages"].as_u64()), (Some(3), Some(1)));
    let token = page["nextToken"].as_str().unwrap();
    assert_eq!(query(&["--next-token", token]), ["a"]);
    assert_eq!(query(&["--limit", "1", "--all"]).len(), 4);
    let error = scene.fails(&["query", "notes", "--index", "nope=ann"]);
    assert!(error.contains("it has: recent"), "{error}");
    let error = scene.fails(&["query", "notes", "--index", "recent=ann", "--between", "5"]);
    assert!(error.contains("LOW,HIGH"), "{error}");
    scene
        .run(&["query", "notes", "--index", "recent=ann", "--sort-eq", "1", "--sort-lt", "2"])
        .failed(2);
}
