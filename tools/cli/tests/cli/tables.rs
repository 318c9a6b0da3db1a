//! `table create|alter|list|drop`.

use crate::support::Scene;
use serde_json::json;

#[test]
fn a_table_is_created_listed_altered_and_dropped() {
    let scene = Scene::new();
    assert_eq!(scene.json(&["table", "list"]), json!({ "tables": [] }));
    assert_eq!(scene.ok(&["table", "list"]), "");
    let args = ["table", "create", "pages", "--partition", "book", "--sort", "page:N"];
    let more = [
        "--index",
        "byOwner=ownerId",
        "--index",
        "byTag=tag:keys-only",
        "--lookup",
        "recent=ownerId:at",
        "--expires-by",
        "until",
    ];
    let ttls = ["--delta-ttl", "12h", "--tombstone-ttl", "none", "--history-ttl", "90s"];
    let created = scene.json(&[&args[..], &more, &ttls, &["--conflicts", "automerge"]].concat());
    let spec = json!({
        "name": "pages",
        "partition": { "name": "book", "kind": "S" },
        "sort": { "name": "page", "kind": "N" },
        "indexes": [
            { "name": "byOwner", "attribute": "ownerId", "projection": "all" },
            { "name": "byTag", "attribute": "tag", "projection": "keys_only" },
        ],
        "ttls": { "delta": 43_200_000, "tombstone": null, "history": 90_000 },
        "conflicts": "automerge",
        "lookups": [{ "name": "recent", "attribute": "ownerId", "sort": "at" }],
        "merge": { "others": "keep_stored", "attributes": {} },
        "resolver": null,
        "ttl_attribute": "until",
    });
    assert_eq!(created, json!({ "created": spec }));
    assert_eq!(scene.json(&["table", "list"]), json!({ "tables": [spec] }));

    let shown = scene.ok(&["table", "list"]);
    let row = shown.lines().nth(1).unwrap();
    let words: Vec<_> = row.split_whitespace().collect();
    let expected = ["pages", "book:S", "page:N", "12h", "none", "90s", "automerge"];
    assert_eq!(words[..7], expected);
    assert_eq!(words[7..], ["byOwner=ownerId", "byTag=tag:keys-only", "recent=ownerId:at"]);

    let altered = scene.json(&["table", "alter", "pages", "--delta-ttl", "250ms"]);
    let ttls = json!({ "delta": 250, "tombstone": null, "history": 90_000 });
    assert_eq!(altered, json!({ "altered": "pages", "ttls": ttls }));
    let listed = scene.json(&["table", "list"]);
    assert_eq!(listed["tables"][0]["ttls"], ttls);

    assert_eq!(scene.json(&["table", "drop", "pages"]), json!({ "dropped": "pages" }));
    assert_eq!(scene.json(&["table", "list"]), json!({ "tables": [] }));
}

#[test]
fn what_cannot_be_declared_is_refused_with_the_way_out() {
    let scene = Scene::with_notes();
    let twice = scene.fails(&["table", "create", "notes", "--partition", "id"]);
    assert!(twice.starts_with("error: there is a table `notes` already\nhint: "), "{twice}");
    let short = ["--delta-ttl", "7d", "--tombstone-ttl", "1d"];
    let error = scene.fails(&[&["table", "create", "t", "--partition", "id"], &short[..]].concat());
    assert!(error.contains("below the delta TTL"), "{error}");
    let error = scene.fails(&["table", "drop", "nope"]);
    assert!(error.contains("no table `nope`\nhint: the store has: `notes`"), "{error}");
    let error = scene.fails(&["table", "alter", "nope", "--delta-ttl", "1d"]);
    assert!(error.contains("no table `nope`"), "{error}");
    assert_eq!(scene.json_error(&["table", "drop", "nope"])["kind"], "invalid");
}

#[test]
fn wrong_usage_exits_with_2() {
    let scene = Scene::with_notes();
    for args in [
        &["table", "create", "t"][..],
        &["table", "create", "t", "--partition", "id:X"],
        &["table", "create", "t", "--partition", "id", "--index", "byOwner"],
        &["table", "create", "t", "--partition", "id", "--delta-ttl", "soon"],
        &["table", "create", "t", "--partition", "id", "--conflicts", "mine"],
        &["table", "alter", "notes"],
        &["table"],
        &["frobnicate"],
        &[],
        &["put", "notes", "{}", "--durability", "maybe"],
        &["put", "notes", "{}", "--expect", "-1"],
        &["update", "notes", "--key", "a"],
        &["get", "notes"],
        &["import", "notes", "--batch", "0"],
        &["import", "notes", "--batch", "1001"],
        &["import", "notes", "--skip", "-1"],
        &["sync", "notes", "--since", "1", "--cursor", "x"],
        &["sync", "notes", "--partition", "a", "--index", "byOwner=b"],
        &["sync", "notes", "--since", "yesterday"],
        &["sync", "notes", "--values", "{}"],
        &["request"],
        &["completions", "tcsh"],
        &["clock"],
    ] {
        let error = scene.run(args).failed(2);
        assert!(!error.is_empty(), "{args:?}");
    }
    let error = scene.run(&["frobnicate", "--json"]).failed(2);
    let error: serde_json::Value = serde_json::from_str(&error).unwrap();
    assert_eq!(error["kind"], "usage");
}

#[test]
fn a_name_cannot_reach_the_terminal() {
    let scene = Scene::new();
    scene.ok(&["table", "create", "a\u{1b}[2Jb", "--partition", "id"]);
    let shown = scene.ok(&["table", "list"]);
    assert!(shown.contains("a\\u{1b}[2Jb") && !shown.contains('\u{1b}'), "{shown}");
}
