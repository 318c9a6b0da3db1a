//! `import`: batches, bad lines, and going on after them.

use crate::support::{Scene, lines, numbered};
use serde_json::{Value, json};

fn exported(scene: &Scene) -> Vec<Value> {
    lines(&scene.ok(&["export", "notes"]))
}

#[test]
fn documents_come_from_files_and_pipes() {
    let scene = Scene::with_notes();
    let file = scene.file("notes.jsonl", numbered(1..=1200, 10));
    let told = scene.json(&["import", "notes", &file]);
    assert_eq!((&told["documents"], &told["written"]), (&json!(1200), &json!(1200)));
    assert!(told["seconds"].is_f64(), "{told}");
    let told = scene.ok(&["import", "notes", &file, "--if-changed"]);
    assert!(told.starts_with("imported 1200 documents, 1200 of them unchanged in "), "{told}");
    let told = scene.feed(&["import", "notes", "-"], numbered(1201..=1201, 10)).succeeded();
    assert!(told.starts_with("imported 1 document in "), "{told}");
    let told = scene.feed(&["import", "notes"], "").succeeded();
    assert!(told.starts_with("imported 0 documents in "), "{told}");
    let all = exported(&scene);
    assert_eq!(all.len(), 1201);
    assert_eq!(all[1199]["n"], 1200);
}

#[test]
fn lines_may_end_and_begin_as_they_like() {
    let scene = Scene::with_notes();
    let input = "\u{feff}{\"id\":\"a\"}\r\n\r\n  \n\t{\"id\":\"b\"} \n\n{\"id\":\"c\"}";
    scene.feed(&["import", "notes"], input).succeeded();
    assert_eq!(exported(&scene), [json!({"id":"a"}), json!({"id":"b"}), json!({"id":"c"})]);
}

#[test]
fn an_item_that_stands_twice_gets_both_versions() {
    let scene = Scene::with_notes();
    let input =
        "{\"id\":\"a\",\"v\":1}\n{\"id\":\"b\"}\n{\"id\":\"a\",\"v\":2}\n{\"id\":\"a\",\"v\":3}\n";
    let told = scene.feed(&["import", "notes", "--json"], input).succeeded();
    assert!(told.contains("\"documents\":4,\"written\":4"), "{told}");
    let item = scene.json(&["get", "notes", "--key", "a"]);
    assert_eq!((&item["version"], &item["document"]["v"]), (&json!(3), &json!(3)));
    // Keys of two parts are told apart at their seam.
    scene.ok(&["table", "create", "pairs", "--partition", "p", "--sort", "s"]);
    let input = "{\"p\":\"a\",\"s\":\"bc\"}\n{\"p\":\"ab\",\"s\":\"c\"}\n";
    scene.feed(&["import", "pairs"], input).succeeded();
    assert_eq!(scene.ok(&["export", "pairs"]), input);
}

#[test]
fn a_bad_line_ends_the_import_after_everything_before_it() {
    for bad in [
        "broken",
        "[1]",
        "{\"id\":7}",
        "{\"title\":\"no key\"}",
        "{\"id\":\"\"}",
        "{\"id\":\"x\",\"ownerId\":{}}",
        "{\"id\":\"x\",\"n\":1e999}",
        "{\"id\":\"x\"",
        "{\"id\":\"x\",\"id\":\"y\"}",
    ] {
        let scene = Scene::with_notes();
        let input = format!("{}\n{bad}\n{}", numbered(1..=33, 0), numbered(34..=40, 0));
        // Line 34 is empty, line 35 is bad.
        let error = scene.feed(&["import", "notes", "--batch", "10", "--json"], &input).failed(1);
        let error: Value = serde_json::from_str(&error).unwrap();
        let message = error["error"].as_str().unwrap();
        assert!(message.starts_with("standard input, line 35: "), "{bad}: {error}");
        assert_eq!((&error["kind"], &error["line"]), (&json!("invalid"), &json!(35)), "{bad}");
        assert_eq!((&error["committed"], &error["skip"]), (&json!(33), &json!(33)), "{bad}");
        assert_eq!(exported(&scene).len(), 33, "{bad}");

        let error = scene.feed(&["import", "notes", "--skip", "33"], &input).failed(1);
        assert!(error.contains("line 35: "), "{error}");
        let mended = input.replace(bad, "{\"id\":\"mended\"}");
        let told = scene.feed(&["import", "notes", "--skip", "33"], mended).succeeded();
        assert!(told.starts_with("imported 8 documents"), "{told}");
        assert_eq!(exported(&scene).len(), 41);
        scene.ok(&["verify"]);
    }
}

#[test]
fn a_bad_first_line_says_that_nothing_happened() {
    let scene = Scene::with_notes();
    let file = scene.file("bad.jsonl", "{\"id\":1}\n");
    let error = scene.fails(&["import", "notes", &file]);
    assert!(error.contains("bad.jsonl, line 1: key attribute `id`"), "{error}");
    assert!(error.contains("\nhint: nothing is committed; mend the line"), "{error}");
}

#[test]
fn what_cannot_be_read_is_named() {
    let scene = Scene::with_notes();
    let folder = crate::support::text(&scene.path(""));
    let error = scene.fails(&["import", "notes", &folder]);
    assert!(error.contains("is a directory"), "{error}");
    assert!(
        scene.fails(&["import", "notes", "/nonexistent"]).contains("/nonexistent: No such file")
    );
    assert!(scene.fails(&["import", "nope"]).contains("no table `nope`"));
    let error = scene.feed(&["import", "notes"], b"{\"id\":\"a\"}\n{\"id\":\"\xff\"}\n").failed(1);
    assert!(error.contains("line 2: not UTF-8") && error.contains("--skip 1"), "{error}");
    let error = scene.feed(&["import", "notes", "--skip", "3"], "{\"id\":\"a\"}\n").failed(1);
    assert!(error.contains("--skip 3: the input has only 1 line"), "{error}");
    let told = scene.feed(&["import", "notes", "--skip", "1"], "{\"id\":\"a\"}\n").succeeded();
    assert!(told.starts_with("imported 0 documents"), "{told}");
}

#[test]
fn a_line_cannot_fill_the_memory() {
    let scene = Scene::with_notes();
    let long = format!("{{\"id\":\"a\"}}\n{{\"id\":\"b\",\"x\":\"{}", "x".repeat(17 << 20));
    let error = scene.feed(&["import", "notes"], long).failed(1);
    assert!(error.contains("line 2: longer than 16 MiB"), "{error}");
    let large = format!("{{\"id\":\"b\",\"x\":\"{}\"}}\n", "x".repeat(1 << 20));
    let error = scene.feed(&["import", "notes"], large).failed(1);
    assert!(
        error.contains("line 1: the document is") && error.contains("limit is 409600"),
        "{error}"
    );
    // Large documents make short batches: thirty of these are three.
    let documents: String = (0..30)
        .map(|n| format!("{{\"id\":\"{n}\",\"x\":\"{}\"}}\n", "x".repeat(390_000)))
        .collect();
    let told = scene.feed(&["import", "notes", "--batch", "1000"], documents).succeeded();
    assert!(told.starts_with("imported 30 documents"), "{told}");
}
