//! `sync`: the whole protocol through the command line.

use crate::support::{Scene, lines, numbered};
use serde_json::{Value, json};

/// What the summary says of `name`.
fn told(summary: &str, name: &str) -> Option<String> {
    let line = summary.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1).map(str::to_owned)
}

fn ids(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

#[test]
fn a_client_follows_the_table() {
    let scene = Scene::with_notes();
    for id in ["n1", "n2", "n3"] {
        scene.ok(&["put", "notes", &format!("{{\"id\":\"{id}\",\"ownerId\":\"ann\"}}")]);
    }
    let first = scene.run(&["sync", "notes"]);
    let items = lines(&first.out);
    assert_eq!(items.len(), 3);
    assert_eq!((&items[0]["id"], &items[0]["_version"]), (&json!("n1"), &json!(1)));
    assert!(items[0]["_lastChangedAt"].is_u64() && items[0].get("_deleted").is_none());
    assert!(first.err.contains("items      3 of 3 examined; all of it"), "{}", first.err);
    let since = told(&first.err, "startedAt").unwrap();
    let cursor = told(&first.err, "cursor").unwrap();
    assert_eq!(told(&first.err, "nextToken"), None);

    scene.ok(&["delete", "notes", "--key", "n1"]);
    scene.ok(&["put", "notes", r#"{"id":"n4","ownerId":"bob"}"#]);
    for (option, value) in [("--since", &since), ("--cursor", &cursor)] {
        let page = scene.json(&["sync", "notes", option, value]);
        let ids = ids(&page);
        assert_eq!(ids[ids.len() - 2..], ["n1", "n4"], "{page}");
        assert_eq!((&page["mode"], &page["reset"]), (&json!("delta"), &json!(false)));
        assert!(
            page["nextToken"].is_null() && page["cursor"].is_string() && page["startedAt"].is_u64()
        );
        let n1 = &page["items"][ids.len() - 2];
        assert_eq!((&n1["_deleted"], &n1["_version"]), (&json!(true), &json!(2)));
        assert!(n1.get("_left").is_none());
    }
    // What a cursor has told it does not tell again.
    let page = scene.json(&["sync", "notes", "--cursor", &cursor]);
    assert_eq!(ids(&page), ["n1", "n4"]);
    let cursor = page["cursor"].as_str().unwrap();
    assert_eq!(scene.json(&["sync", "notes", "--cursor", cursor])["items"], json!([]));
    // Zero is nothing, the future is no time of ours.
    for since in ["0", "99999999999999999", "18446744073709551615"] {
        assert_eq!(scene.json(&["sync", "notes", "--since", since])["reset"], true, "{since}");
    }
}

#[test]
fn pages_are_followed_by_hand_or_all_at_once() {
    let scene = Scene::with_notes();
    scene.feed(&["import", "notes"], numbered(1..=250, 5)).succeeded();
    let mut seen = Vec::new();
    let mut page = scene.json(&["sync", "notes", "--limit", "100"]);
    let started_at = page["startedAt"].clone();
    loop {
        seen.extend(page["items"].as_array().unwrap().clone());
        assert_eq!((&page["startedAt"], &page["reset"]), (&started_at, &json!(true)));
        let Some(token) = page["nextToken"].as_str() else { break };
        page = scene.json(&["sync", "notes", "--limit", "120", "--next-token", token]);
    }
    assert_eq!(seen.len(), 250);
    let all = scene.json(&["sync", "notes", "--all", "--limit", "60"]);
    assert_eq!(all["items"], json!(seen));
    assert_eq!((&all["pages"], &all["scannedCount"]), (&json!(5), &json!(250)));
    let ran = scene.run(&["sync", "notes", "--all"]);
    assert_eq!(lines(&ran.out), seen);
    assert!(ran.err.contains("250 of 250 examined"), "{}", ran.err);
    let one = scene.run(&["sync", "notes"]);
    assert_eq!(lines(&one.out).len(), 100);
    assert!(told(&one.err, "nextToken").is_some() && told(&one.err, "cursor").is_none());
}

#[test]
fn scopes_and_who_leaves_them() {
    let scene = Scene::with_notes();
    for (id, owner) in [("n1", "ann"), ("n2", "bob"), ("n3", "ann")] {
        scene.ok(&["put", "notes", &format!("{{\"id\":\"{id}\",\"ownerId\":\"{owner}\"}}")]);
    }
    let first = scene.json(&["sync", "notes", "--index", "byOwner=ann"]);
    assert_eq!(ids(&first), ["n1", "n3"]);
    scene.ok(&["update", "notes", "--key", "n1", "--set", "ownerId=\"bob\""]);
    let cursor = first["cursor"].as_str().unwrap();
    let page = scene.json(&["sync", "notes", "--index", "byOwner=ann", "--cursor", cursor]);
    let left = &page["items"][0];
    assert_eq!(
        (&left["id"], &left["_deleted"], &left["_left"]),
        (&json!("n1"), &json!(true), &json!(true))
    );
    assert!(left.get("ownerId").is_none(), "the key alone: {left}");
    // A cursor belongs to its question.
    let error = scene.json_error(&["sync", "notes", "--cursor", cursor]);
    assert_eq!(error["kind"], "sync_again");

    assert_eq!(ids(&scene.json(&["sync", "notes", "--partition", "n2"])), ["n2"]);
    let typed = scene.run(&["sync", "notes", "--partition", "n2", "--typed"]).succeeded();
    let typed = &lines(&typed)[0];
    assert_eq!((&typed["id"], &typed["_version"]), (&json!({"S":"n2"}), &json!({"N":"1"})));
    let error = scene.fails(&["sync", "notes", "--index", "byNobody=ann"]);
    assert!(error.contains("no index `byNobody` (it has: byOwner)"), "{error}");
    assert!(scene.fails(&["sync", "notes", "--index", "byOwner"]).contains("expected NAME=VALUE"));
}

#[test]
fn an_index_value_has_a_kind() {
    let scene = Scene::new();
    let args =
        ["table", "create", "t", "--partition", "p:N", "--index", "byX=x", "--index", "byP=p"];
    scene.ok(&args);
    scene.feed(&["import", "t"], "{\"p\":1,\"x\":5}\n{\"p\":2,\"x\":\"5\"}\n").succeeded();
    let first = |scope| scene.json(&["sync", "t", "--index", scope])["items"][0]["p"].clone();
    assert_eq!(first("byX=5"), 2);
    assert_eq!(first("byX:S=5"), 2);
    assert_eq!(first("byX:N=5.0"), 1);
    assert_eq!(first("byP=2"), 2);
    assert!(first("byX:B=NQ==").is_null());
    assert!(scene.fails(&["sync", "t", "--index", "byX:N=five"]).contains("--index byX"));
    assert!(scene.fails(&["sync", "t", "--index", "byX:B=?"]).contains("not base64"));
    assert!(scene.fails(&["sync", "t", "--partition", "five"]).contains("--partition is a number"));
}

#[test]
fn filters_in_every_notation_are_the_same_filter() {
    let scene = Scene::with_notes();
    scene.feed(&["import", "notes"], numbered(1..=30, 0)).succeeded();
    let amplify = r#"{"n":{"gt":27}}"#;
    let object = r##"{"expression":"#n > :n","expressionNames":{"#n":"n"},"expressionValues":{":n":{"N":"27"}}}"##;
    for filter in [
        &["--filter", amplify][..],
        &["--filter", object],
        &["--filter", "n > :n", "--values", r#"{":n":27}"#],
        &["--filter", "#n > :n", "--names", r##"{"#n":"n"}"##, "--values", r#"{":n":{"N":"27"}}"#],
    ] {
        let page = scene.json(&[&["sync", "notes"], filter].concat());
        assert_eq!(ids(&page), ["k00028", "k00029", "k00030"], "{filter:?}");
        assert_eq!(page["scannedCount"], 30);
        let page = scene.json(&[&["sync", "notes", "--limit", "2"], filter].concat());
        assert_eq!(ids(&page), [""; 0]);
        let page = scene.json(&[&["sync", "notes", "--limit", "2", "--fill"], filter].concat());
        assert_eq!(ids(&page), ["k00028", "k00029"]);
    }
    for (filter, said) in [
        (&["--filter", "n > :n"][..], "`:n` is not among the expression's values"),
        (&["--filter", r#"{"n":{"over":1}}"#], "there is no operator `over`"),
        (&["--filter", r#"{"n":{"gt":1}"#], "--filter: JSON at byte"),
        (&["--filter", amplify, "--values", "{}"], "belong to an expression"),
        (&["--filter", "n > :n", "--values", "[1]"], "--values: expected an object, found a list"),
        (&["--filter", "n > :n", "--values", "{"], "--values: JSON at byte"),
        (&["--filter", "n > :n", "--values", r#"{":n":{"x":1}}"#], "none of S N B"),
        (&["--filter", "#n > :n", "--names", r##"{"#n":1}"##], "a string, not a number"),
        (&["--filter", ""], "filter"),
    ] {
        let error = scene.fails(&[&["sync", "notes"], filter].concat());
        assert!(error.contains(said), "{filter:?}: {error}");
    }
}

#[test]
fn a_filter_tells_who_has_left() {
    let scene = Scene::with_notes();
    scene.ok(&["put", "notes", r#"{"id":"a","open":true}"#]);
    let filter = ["--filter", r#"{"open":{"eq":true}}"#];
    let first = scene.json(&[&["sync", "notes"], &filter[..]].concat());
    let cursor = first["cursor"].as_str().unwrap().to_owned();
    scene.ok(&["put", "notes", r#"{"id":"a","open":false}"#]);
    let args = [&["sync", "notes", "--cursor", &cursor], &filter[..]].concat();
    let page = scene.json(&args);
    assert_eq!((&page["items"][0]["_left"], &page["items"][0]["id"]), (&json!(true), &json!("a")));
    let hidden = scene.json(&[&args[..], &["--leavers", "hide"]].concat());
    assert_eq!(hidden["items"], json!([]));
    let base = [&["sync", "notes", "--leavers", "report-in-base"], &filter[..]].concat();
    assert_eq!(scene.json(&base)["items"][0]["_left"], true);
    scene.ok(&["delete", "notes", "--key", "a"]);
    assert_eq!(scene.json(&["sync", "notes"])["items"][0]["_deleted"], true);
    assert_eq!(scene.json(&["sync", "notes", "--no-tombstones"])["items"], json!([]));
}

#[test]
fn what_cannot_be_answered_is_refused_and_writes_nothing() {
    let scene = Scene::with_notes();
    scene.feed(&["import", "notes"], numbered(1..=3, 0)).succeeded();
    let token = scene.json(&["sync", "notes", "--limit", "1", "--audience", "ann"]);
    let token = token["nextToken"].as_str().unwrap();
    for (args, said) in [
        (&["--limit", "0"][..], "limit: 0 is outside 1 to 1000"),
        (&["--limit", "1001"], "limit: 1001 is outside 1 to 1000"),
        (&["--next-token", "xx"], "nextToken: token"),
        (&["--next-token", ""], "nextToken: token"),
        (&["--cursor", "-"], "cursor: token"),
        (&["--next-token", token], "nextToken: it belongs to another audience"),
    ] {
        let ran = scene.run(&[&["sync", "notes"], args].concat());
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{args:?}");
        assert!(ran.err.starts_with("error: ") && ran.err.contains(said), "{args:?}: {}", ran.err);
        let ran = scene.run(&[&["sync", "notes", "--json"], args].concat());
        assert_eq!(ran.out, "");
        assert!(serde_json::from_str::<Value>(&ran.err).is_ok(), "{}", ran.err);
    }
    scene.ok(&["sync", "notes", "--limit", "1", "--audience", "ann", "--next-token", token]);
    assert!(scene.fails(&["sync", "nope"]).contains("no table `nope`"));
}
