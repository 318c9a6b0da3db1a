//! `put`, `get`, `update`, `delete`.

use crate::support::Scene;
use serde_json::json;

#[test]
fn an_item_is_put_read_updated_and_deleted() {
    let scene = Scene::with_notes();
    let put = scene.json(&["put", "notes", r#"{"id":"n1","title":"Dawn","draft":true}"#]);
    assert_eq!((&put["written"], &put["merged"]), (&json!(true), &json!(false)));
    assert_eq!(put["item"]["version"], 1);
    assert_eq!(put["item"]["document"], json!({ "id": "n1", "title": "Dawn", "draft": true }));
    assert!(put["item"]["last_changed_at"].as_u64().unwrap() > 1_700_000_000_000);

    let set = ["--set", "title=\"Dusk\"", "--set", "stars=4.50", "--remove", "draft"];
    let args = [&["update", "notes", "--key", "n1", "--expect", "1"], &set[..]].concat();
    let updated = scene.ok(&args);
    assert!(updated.starts_with("written: \"n1\" version 2, 20"), "{updated}");
    assert_eq!(
        scene.ok(&["get", "notes", "--key", "n1"]),
        "{\"id\":\"n1\",\"stars\":4.5,\"title\":\"Dusk\"}\n"
    );
    let typed = scene.ok(&["get", "notes", "--key", "n1", "--typed"]);
    assert_eq!(
        typed,
        "{\"id\":{\"S\":\"n1\"},\"stars\":{\"N\":\"4.5\"},\"title\":{\"S\":\"Dusk\"}}\n"
    );
    let got = scene.json(&["get", "notes", "--key", "n1"]);
    assert_eq!((&got["version"], &got["deleted"]), (&json!(2), &json!(false)));

    let deleted = scene.json(&["delete", "notes", "--key", "n1", "--expect", "2"]);
    assert_eq!((&deleted["written"], &deleted["item"]["deleted"]), (&json!(true), &json!(true)));
    let again = scene.json(&["delete", "notes", "--key", "n1"]);
    assert_eq!((&again["written"], &again["item"]["version"]), (&json!(false), &json!(3)));
    let never = scene.json(&["delete", "notes", "--key", "n2"]);
    assert_eq!(never, json!({ "written": false, "merged": false, "item": null }));

    let error = scene.fails(&["get", "notes", "--key", "n1"]);
    assert!(error.contains("has no item \"n1\"\nhint: version 3 deleted it"), "{error}");
    assert_eq!(scene.json_error(&["get", "notes", "--key", "n2"])["kind"], "not_found");
    let tombstone = scene.json(&["get", "notes", "--key", "n1", "--deleted"]);
    assert_eq!(tombstone["deleted"], true);
    assert_eq!(tombstone["document"]["title"], "Dusk");
}

#[test]
fn documents_also_come_through_a_pipe() {
    let scene = Scene::with_notes();
    let put = scene.feed(&["put", "notes", "-"], "{\"id\":\"n1\"}\n").succeeded();
    assert!(put.starts_with("written: \"n1\" version 1"), "{put}");
    let bad = scene.feed(&["put", "notes", "-"], b"\xff\xfe").failed(1);
    assert!(bad.contains("standard input is not UTF-8"), "{bad}");
}

#[test]
fn expectations_are_held_and_a_conflict_shows_the_current_item() {
    let scene = Scene::with_notes();
    let create = ["put", "notes", r#"{"id":"n1","v":1}"#, "--expect", "absent"];
    scene.ok(&create);
    let error = scene.json_error(&create);
    assert_eq!(error["kind"], "conflict");
    assert_eq!(error["current"]["version"], 1);
    assert_eq!(error["current"]["document"], json!({ "id": "n1", "v": 1 }));
    let error = scene.fails(&["put", "notes", r#"{"id":"n1","v":2}"#, "--expect", "7"]);
    assert!(error.contains("expected version 7, found version 1\nhint: "), "{error}");
    let error = scene.json_error(&["delete", "notes", "--key", "n9", "--expect", "1"]);
    assert_eq!((&error["kind"], &error["current"]), (&json!("conflict"), &json!(null)));
    let args = ["update", "notes", "--key", "n1", "--set", "v=3", "--expect", "9"];
    assert_eq!(scene.json_error(&args)["kind"], "conflict");
}

#[test]
fn what_is_the_same_is_not_written_again() {
    let scene = Scene::with_notes();
    let args = ["put", "notes", r#"{"id":"n1","v":1}"#, "--if-changed"];
    assert_eq!(scene.json(&args)["written"], true);
    assert_eq!(scene.json(&args)["written"], false);
    assert!(scene.ok(&args).starts_with("unchanged: \"n1\" version 1"));
}

#[test]
fn a_table_may_merge_what_is_stale() {
    let scene = Scene::new();
    scene.ok(&["table", "create", "m", "--partition", "id", "--conflicts", "automerge"]);
    scene.ok(&["put", "m", r#"{"id":"a","list":[1]}"#]);
    scene.ok(&["put", "m", r#"{"id":"a","list":[1]}"#]);
    let args = ["update", "m", "--key", "a", "--set", "list=[2]", "--expect", "1"];
    let merged = scene.json(&args);
    assert_eq!((&merged["merged"], &merged["item"]["version"]), (&json!(true), &json!(3)));
    assert_eq!(merged["item"]["document"]["list"], json!([1, 2]));
}

#[test]
fn earlier_versions_are_shown_while_they_are_kept() {
    let scene = Scene::new();
    scene.ok(&["table", "create", "h", "--partition", "id", "--history-ttl", "1d"]);
    for v in 1..=3 {
        scene.ok(&["put", "h", &format!("{{\"id\":\"a\",\"v\":{v}}}")]);
    }
    let past = scene.json(&["history", "h", "--key", "a"]);
    let versions: Vec<_> =
        past["history"].as_array().unwrap().iter().map(|item| &item["version"]).collect();
    assert_eq!(versions, [1, 2]);
    assert_eq!(scene.ok(&["history", "h", "--key", "a"]).lines().count(), 2);
    assert_eq!(scene.ok(&["history", "h", "--key", "b"]), "");
    for v in 1..=3 {
        let item = scene.json(&["history", "h", "--key", "a", "--version", &v.to_string()]);
        assert_eq!((&item["version"], &item["document"]["v"]), (&json!(v), &json!(v)));
    }
    let missing = scene.json_error(&["history", "h", "--key", "a", "--version", "4"]);
    assert_eq!(missing["kind"], "not_found");
}

#[test]
fn keys_are_read_by_their_declared_kinds() {
    let scene = Scene::new();
    scene.ok(&["table", "create", "t", "--partition", "p:B", "--sort", "s:N"]);
    scene.ok(&["put", "t", "--typed", r#"{"p":{"B":"AAH/"},"s":{"N":"-1.50"}}"#]);
    let got = scene.ok(&["get", "t", "--key", "AAH/", "--sort", "-1.5"]);
    assert_eq!(got, "{\"p\":\"AAH/\",\"s\":-1.5}\n");
    for (args, said) in [
        (&["--key", "AAH/"][..], "the number `s`\nhint: give it with --sort"),
        (&["--key", "not base64", "--sort", "1"], "`p` is a binary: `not base64` is not base64"),
        (&["--key", "AAH/", "--sort", "one"], "`s` is a number"),
        (&["--key", "AAH/", "--sort", "1e999"], "`s` is a number"),
        (&["--key", "", "--sort", "1"], "partition value"),
    ] {
        let error = scene.fails(&[&["get", "t"], args].concat());
        assert!(error.contains(said), "{args:?}: {error}");
    }
    let notes = Scene::with_notes();
    let error = notes.fails(&["get", "notes", "--key", "a", "--sort", "1"]);
    assert!(error.contains("has no sort attribute"), "{error}");
    // A string may look like an option.
    notes.ok(&["put", "notes", r#"{"id":"--x"}"#]);
    notes.ok(&["get", "notes", "--key", "--x"]);
}

#[test]
fn what_is_no_document_is_refused() {
    let scene = Scene::with_notes();
    let long = format!("{{\"id\":\"a\",\"x\":\"{}\"}}", "x".repeat(100_000));
    for (args, said) in [
        (&["put", "notes", ""][..], "JSON at byte 0"),
        (&["put", "notes", "{"], "JSON at byte"),
        (&["put", "notes", "[]"], "must be an object, not a list"),
        (&["put", "notes", r#"{"id":1}"#], "key attribute `id`"),
        (&["put", "notes", r#"{"title":"x"}"#], "key attribute `id`"),
        (&["put", "notes", r#"{"id":""}"#], "partition value"),
        (&["put", "notes", r#"{"id":"a","id":"b"}"#], "stands twice"),
        (&["put", "notes", r#"{"id":"a","ownerId":[1]}"#], "index `byOwner`"),
        (&["put", "notes", "--typed", r#"{"id":"a"}"#], "hint: --typed wants every value typed"),
        (&["put", "notes", "--typed", r#"{"id":{"S":"a"},"s":{"SS":[]}}"#], "at least one element"),
        (&["put", "nope", "{}"], "no table `nope`"),
        (&["update", "notes", "--key", "a", "--set", "title"], "expected NAME=JSON"),
        (&["update", "notes", "--key", "a", "--set", "title=Dusk"], "a string needs its quotes"),
        (&["update", "notes", "--key", "a", "--set", "a=1", "--set", "a=2"], "given twice"),
        (
            &["update", "notes", "--key", "a", "--set", "a=1", "--remove", "a"],
            "both set and removed",
        ),
        (&["update", "notes", "--key", "a", "--set", "id=\"b\""], "cannot move an item"),
        (
            &["update", "notes", "--key", "a", "--typed", "--set", "a=1"],
            "--typed wants the type too",
        ),
    ] {
        let error = scene.fails(args);
        assert!(error.starts_with("error: ") && error.contains(said), "{args:?}: {error}");
    }
    scene.ok(&["put", "notes", &long]);
    let too_long = format!("{{\"id\":\"a\",\"x\":\"{}\"}}", "x".repeat(500_000));
    let error = scene.feed(&["put", "notes", "-"], too_long).failed(1);
    assert!(error.contains("the limit is 409600"), "{error}");
}

#[test]
fn a_table_merges_three_ways_by_its_rules() {
    let scene = Scene::new();
    let args = ["table", "create", "m", "--partition", "id", "--conflicts", "three-way"];
    scene.ok(&[&args[..], &["--merge", "minutes=add"]].concat());
    scene.ok(&["put", "m", r#"{"id":"a","minutes":10,"title":"x"}"#]);
    scene.ok(&["put", "m", r#"{"id":"a","minutes":25,"title":"y"}"#]);
    let args = ["update", "m", "--key", "a", "--set", "minutes=15", "--expect", "1"];
    let merged = scene.json(&args);
    assert_eq!(merged["item"]["document"]["minutes"], 30);
    assert_eq!(merged["item"]["document"]["title"], "y");
    let refused = scene.json_error(&["delete", "m", "--key", "a", "--expect", "1"]);
    assert_eq!(refused["kind"], "conflict");
    scene.fails(&["table", "create", "o", "--partition", "id", "--merge", "n=add"]);
}
