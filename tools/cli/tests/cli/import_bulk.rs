//! `import --bulk`: a table at once, and going on where an import was cut off.

use crate::support::{Ran, Scene, interrupt, lines, nobody_begins, numbered};
use highwater::{BulkOptions, Document, Store};
use serde_json::json;
use std::io::{BufRead, BufReader, Read, Write};

#[test]
fn a_table_appears_at_once_each_item_at_version_1() {
    let scene = Scene::with_notes();
    let mut input = numbered(1..=1500, 10);
    input += "{\"id\":\"twice\",\"v\":1}\n\n{\"id\":\"twice\",\"v\":2,\"ownerId\":\"ann\"}\n";
    let file = scene.file("notes.jsonl", input);
    let told = scene.json(&["import", "notes", &file, "--bulk"]);
    assert_eq!((&told["documents"], &told["written"]), (&json!(1502), &json!(1501)));
    assert_eq!(told["bulk"], json!(true));
    assert!(told["seconds"].is_f64(), "{told}");
    let item = scene.json(&["get", "notes", "--key", "twice"]);
    assert_eq!((&item["version"], &item["document"]["v"]), (&json!(1), &json!(2)));
    let scope = scene.ok(&["sync", "notes", "--index", "byOwner=ann", "--all"]);
    let scope = lines(&scope);
    assert_eq!((scope.len(), &scope[0]["id"], &scope[0]["v"]), (1, &json!("twice"), &json!(2)));
    scene.ok(&["verify"]);

    let error = scene.fails(&["import", "notes", &file, "--bulk"]);
    assert!(error.contains("table `notes` is not empty") && error.contains("--replace"), "{error}");
    let told = scene.feed(&["import", "notes", "--replace"], numbered(1..=3, 0)).succeeded();
    assert!(told.starts_with("imported 3 documents in bulk in "), "{told}");
    assert_eq!(lines(&scene.ok(&["export", "notes"])).len(), 3);
    scene.ok(&["verify"]);
}

#[test]
fn a_bad_line_can_be_mended_and_the_import_gone_on_with() {
    for bad in ["broken", "{\"id\":7}", "{\"id\":\"x\",\"ownerId\":{}}"] {
        let scene = Scene::with_notes();
        let input = format!("{}{bad}\n{}", numbered(1..=33, 0), numbered(35..=40, 0));
        let args = ["import", "notes", "--bulk"];
        let error = scene.feed(&args, &input).failed(1);
        assert!(error.contains("standard input, line 34: "), "{bad}: {error}");
        assert!(
            error.contains("33 documents are sorted and kept, none is visible yet; mend the line"),
            "{error}"
        );
        assert!(scene.ok(&["export", "notes"]).is_empty());
        let error = scene.feed(&["import", "notes", "--bulk", "--json"], &input).failed(1);
        let error: serde_json::Value = serde_json::from_str(&error).unwrap();
        assert_eq!((&error["line"], &error["accepted"]), (&json!(34), &json!(33)), "{error}");

        // What was taken must be what it was; what follows may be anything.
        let mended = input.replace(bad, "{\"id\":\"mended\"}");
        let other = mended.replace("k00007", "k70000");
        let error = scene.feed(&args, other).failed(1);
        assert!(error.contains("line 33: the input up to here is not what"), "{error}");
        assert!(error.contains("--abandon"), "{error}");
        let error = scene.feed(&args, numbered(1..=20, 0)).failed(1);
        assert!(error.contains("the input has 20 lines"), "{error}");
        let told = scene.feed(&args, mended).succeeded();
        assert!(told.starts_with("imported 40 documents in bulk"), "{told}");
        assert_eq!(lines(&scene.ok(&["export", "notes"])).len(), 40);
        scene.ok(&["verify"]);
    }
}

#[test]
fn an_import_that_another_program_began_is_not_gone_on_with() {
    let scene = Scene::with_notes();
    for mark in [&b""[..], b"theirs"] {
        let store = Store::open(scene.store()).unwrap();
        let mut theirs = store.bulk_import("notes", BulkOptions::default()).unwrap();
        theirs.push(Document::from_json(r#"{"id":"theirs"}"#).unwrap()).unwrap();
        theirs.set_mark(mark.to_vec()).unwrap();
        theirs.flush().unwrap();
        drop(theirs);
        let alone = nobody_begins();
        store.close().unwrap();
        drop(alone);
        let error = scene.feed(&["import", "notes", "--bulk"], numbered(1..=3, 0)).failed(1);
        assert!(error.contains("begun by another program"), "{error}");
        assert!(error.contains("--abandon"), "{error}");
        scene.ok(&["import", "notes", "--abandon"]);
    }
    assert!(scene.ok(&["export", "notes"]).is_empty());
}

#[test]
fn what_was_taken_can_be_given_up() {
    let scene = Scene::with_notes();
    scene.feed(&["import", "notes", "--bulk"], numbered(1..=9, 0) + "broken\n").failed(1);
    let told = scene.ok(&["import", "notes", "--abandon"]);
    assert_eq!(told, "the bulk import of `notes` is given up\n");
    assert_eq!(scene.json(&["import", "notes", "--abandon"])["abandoned"], json!(false));
    let told = scene.feed(&["import", "notes", "--bulk"], numbered(2..=3, 0)).succeeded();
    assert!(told.starts_with("imported 2 documents in bulk"), "{told}");
}

#[test]
fn ctrl_c_keeps_what_was_taken() {
    let scene = Scene::with_notes();
    let mut child = scene.spawn(&["import", "notes", "--bulk", "-vv"]);
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(numbered(1..=25, 0).as_bytes()).unwrap();
    pipe.flush().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut told = String::new();
    while !(told.contains("the input pauses") && told.contains("last=25")) {
        told.clear();
        assert!(log.read_line(&mut told).unwrap() > 0, "the log ended");
    }
    interrupt(&child);
    // The pipe stays open: nothing but the signal ends the command.
    let ran = Ran::end_of(child);
    let mut rest = String::new();
    log.read_to_string(&mut rest).unwrap();
    assert_eq!(ran.code, Some(130), "{rest}");
    assert!(rest.contains("interrupted: 25 documents are sorted and kept, none is visible yet\n"));
    assert!(rest.contains("hint: run the same command again to go on"), "{rest}");
    drop(pipe);
    assert!(scene.ok(&["export", "notes"]).is_empty());
    let input = numbered(1..=40, 0);
    let told = scene.feed(&["import", "notes", "--bulk"], &input).succeeded();
    assert!(told.starts_with("imported 40 documents in bulk"), "{told}");
    assert_eq!(scene.ok(&["export", "notes"]), input);
    scene.ok(&["verify"]);
}

#[test]
fn large_files_are_imported_in_bulk_into_empty_tables() {
    let scene = Scene::with_notes();
    let padding = "x".repeat(390_000);
    let large: String =
        (0..176).map(|n| format!("{{\"id\":\"k{n:03}\",\"p\":\"{padding}\"}}\n")).collect();
    assert!(large.len() >= 64 << 20);
    let file = scene.file("large.jsonl", &large);
    let told = scene.ok(&["import", "notes", &file]);
    assert!(told.starts_with("imported 176 documents in bulk"), "{told}");
    // Not into a table that has items, nor small files, nor when nobody wants it.
    let told = scene.ok(&["import", "notes", &file, "--if-changed"]);
    assert!(told.starts_with("imported 176 documents, 176 of them unchanged in "), "{told}");
    let small = scene.file("small.jsonl", numbered(1..=3, 0));
    for args in [["--bulk=never"].as_slice(), &[]] {
        scene.ok(&["table", "drop", "notes"]);
        scene.ok(&["table", "create", "notes", "--partition", "id"]);
        let file = if args.is_empty() { &small } else { &file };
        let told = scene.ok(&[&["import", "notes", file], args].concat());
        assert!(!told.contains("bulk"), "{told}");
    }
}

#[test]
fn options_that_make_no_sense_in_bulk_are_refused() {
    let scene = Scene::with_notes();
    for args in [
        ["--bulk", "--skip", "3"].as_slice(),
        &["--bulk", "--if-changed"],
        &["--replace", "--batch", "10"],
        &["--abandon", "--replace"],
        &["--bulk=perhaps"],
    ] {
        scene.run(&[&["import", "notes"], args].concat()).failed(2);
    }
}
