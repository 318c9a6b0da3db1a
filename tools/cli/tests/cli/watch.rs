//! `watch`: what is committed is told, and every end says how to go on.

use crate::support::{Ran, Scene, interrupt, lines};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};

/// What the summary says of `name`.
fn said(summary: &str, name: &str) -> Option<String> {
    let line = summary.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1).map(str::to_owned)
}

fn ids(out: &str) -> Vec<String> {
    lines(out).iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

const INPUT: &str = r#"{"id":"n1","ownerId":"ann"}
{"id":"n2","ownerId":"bob"}

{"id":"n1","ownerId":"bob"}
"#;

#[test]
fn lines_are_committed_and_told_as_a_follower_of_a_scope_sees_them() {
    let scene = Scene::with_notes();
    let ran = scene.feed(&["watch", "notes", "--import", "-", "--index", "byOwner=ann"], INPUT);
    assert_eq!(said(&ran.err, "changes").as_deref(), Some("2"));
    assert_eq!(said(&ran.err, "lines").as_deref(), Some("4"));
    let told = lines(&ran.succeeded());
    assert_eq!((&told[0]["id"], &told[0]["ownerId"]), (&json!("n1"), &json!("ann")));
    assert_eq!((&told[1]["id"], &told[1]["_left"]), (&json!("n1"), &json!(true)));
    assert_eq!(told.len(), 2);
}

#[test]
fn it_goes_on_from_where_a_sync_or_a_watch_ended() {
    let scene = Scene::with_notes();
    scene.feed(&["import", "notes"], INPUT).succeeded();
    let page = scene.json(&["sync", "notes"]);
    let cursor = page["cursor"].as_str().unwrap();
    scene.ok(&["put", "notes", r#"{"id":"n3"}"#]);
    scene.ok(&["delete", "notes", "--key", "n2"]);

    let ran = scene.run(&["watch", "notes", "--cursor", cursor, "--json"]);
    let summary: Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(ids(&ran.succeeded()), ["n3", "n2"]);
    assert_eq!(summary["changes"], 2);
    // Nothing is left, for a watch and for a sync.
    let next = summary["cursor"].as_str().unwrap();
    assert_eq!(scene.ok(&["watch", "notes", "--cursor", next]), "");
    assert_eq!(scene.json(&["sync", "notes", "--cursor", next])["items"], json!([]));
    let since = summary["startedAt"].to_string();
    // A startedAt tells the last millisecond again, at most.
    assert!(scene.ok(&["watch", "notes", "--since", &since]).lines().count() <= 1);
}

#[test]
fn after_so_many_changes_the_rest_is_told_by_the_next_watch() {
    let scene = Scene::with_notes();
    let page = scene.json(&["sync", "notes"]);
    let mut cursor = page["cursor"].as_str().unwrap().to_owned();
    scene
        .feed(&["import", "notes"], "{\"id\":\"a\"}\n{\"id\":\"b\"}\n{\"id\":\"c\"}\n")
        .succeeded();
    let mut told = Vec::new();
    for count in [1, 1, 5] {
        let count = count.to_string();
        let ran = scene.run(&["watch", "notes", "--cursor", &cursor, "--count", &count]);
        cursor = said(&ran.err, "cursor").unwrap();
        told.push(ids(&ran.succeeded()).join(""));
    }
    assert_eq!(told, ["a", "b", "c"]);
}

#[test]
fn ctrl_c_ends_it_with_the_cursor() {
    let scene = Scene::with_notes();
    let mut child = scene.spawn(&["watch", "notes", "--import", "-"]);
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(b"{\"id\":\"n1\"}\n").unwrap();
    pipe.flush().unwrap();
    // It is told while the input is still open.
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert_eq!(ids(&line), ["n1"]);
    interrupt(&child);
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    let err = Ran::end_of(child).failed(130);
    drop(pipe);
    assert_eq!(rest, "");
    scene.ok(&["put", "notes", r#"{"id":"n2"}"#]);
    let cursor = said(&err, "cursor").unwrap();
    assert_eq!(ids(&scene.ok(&["watch", "notes", "--cursor", &cursor])), ["n2"]);
}

#[test]
fn it_ends_when_nothing_was_told_for_the_time_given() {
    let scene = Scene::with_notes();
    let args = ["watch", "notes", "--import", "-", "--timeout", "10ms"];
    let mut child = scene.spawn(&args);
    // Nothing ends it but the time: the input stays open.
    let pipe = child.stdin.take();
    Ran::end_of(child).succeeded();
    drop(pipe);
}

#[test]
fn what_cannot_be_told_or_committed_is_refused_with_the_way_out() {
    let scene = Scene::with_notes();
    let err = scene.fails(&["watch", "notes"]);
    assert!(err.contains("nothing can come") && err.contains("--cursor"), "{err}");
    let err = scene.fails(&["watch", "notes", "--since", "1"]);
    assert!(err.contains("begin a new sync"), "{err}");

    let bad = "{\"id\":\"n1\"}\n{\"id\":7}\n{\"id\":\"n3\"}\n";
    let ran = scene.feed(&["watch", "notes", "--import", "-", "--json"], bad);
    assert_eq!(ids(&ran.out), ["n1"]);
    let error: Value = serde_json::from_str(&ran.failed(1)).unwrap();
    assert!(error["error"].as_str().unwrap().contains("line 2: key attribute"), "{error}");
    assert_eq!((&error["changes"], &error["lines"]), (&json!(1), &json!(1)));
    let cursor = error["cursor"].as_str().unwrap();
    assert_eq!(scene.ok(&["watch", "notes", "--cursor", cursor]), "");
}
