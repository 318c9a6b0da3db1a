//! `init`, `stats`, `verify`, `compact`; stores that are elsewhere, open, or none.

use crate::support::{Ran, Scene, begin, nobody_begins, numbered, plain_command, text};
use highwater::{Options, Store};
use std::process::Stdio;

#[test]
fn only_init_makes_a_store() {
    let scene = Scene::bare();
    for args in [
        &["table", "list"][..],
        &["table", "create", "t", "--partition", "id"],
        &["put", "t", "{}"],
        &["import", "t"],
        &["export", "t"],
        &["sync", "t"],
        &["stats"],
        &["verify"],
        &["compact"],
        &["clock", "status"],
        &["recover"],
        &["backup", "b"],
        &["checkpoint", "c"],
        &["copy", "c"],
    ] {
        let error = scene.fails(args);
        assert!(error.contains("there is no store at"), "{args:?}: {error}");
        assert!(error.contains("hint: "), "{args:?}: {error}");
        assert!(!scene.store().exists(), "{args:?}");
    }
    assert_eq!(scene.json(&["init"])["store"], text(&scene.store()));
    let error = scene.fails(&["init"]);
    assert!(error.contains("there is a store at"), "{error}");
}

#[test]
fn a_folder_that_is_no_store_stays_as_it_is() {
    let scene = Scene::bare();
    std::fs::create_dir(scene.store()).unwrap();
    std::fs::write(scene.store().join("letters.txt"), "dear diary").unwrap();
    for args in [&["init"][..], &["stats"], &["table", "list"]] {
        let error = scene.fails(args);
        assert!(error.contains("is not a highwater store"), "{args:?}: {error}");
    }
    assert_eq!(scene.json_error(&["stats"])["kind"], "invalid");
    let files: Vec<_> = std::fs::read_dir(scene.store()).unwrap().collect();
    assert_eq!(files.len(), 1);
    std::fs::write(scene.store().join("STORE"), "garbage").unwrap();
    assert!(scene.fails(&["stats"]).contains("is not a highwater store"));

    let scene = Scene::bare();
    std::fs::write(scene.store(), "a file").unwrap();
    scene.fails(&["init"]);
    assert!(scene.fails(&["stats"]).contains("is not a highwater store"));
}

#[test]
fn an_empty_folder_becomes_a_store() {
    let scene = Scene::bare();
    std::fs::create_dir(scene.store()).unwrap();
    scene.ok(&["init", "--bucket-width", "10m"]);
    scene.ok(&["stats"]);
    let other = Scene::bare();
    let error = other.fails(&["init", "--bucket-width", "2d"]);
    assert!(error.contains("bucket_width"), "{error}");
}

#[test]
fn a_store_that_is_open_elsewhere_is_left_alone() {
    let scene = Scene::with_notes();
    let options = Options { create_if_missing: false, worker: None, ..Options::default() };
    let held = Store::builder(scene.store()).options(options).open().unwrap();
    for args in [&["stats"][..], &["init"], &["put", "notes", r#"{"id":"a"}"#], &["recover"]] {
        let error = scene.fails(args);
        assert!(error.contains("is open elsewhere"), "{args:?}: {error}");
        assert!(error.contains("hint: one process"), "{args:?}: {error}");
    }
    assert_eq!(scene.json_error(&["stats"])["kind"], "operator");
    let alone = nobody_begins();
    held.close().unwrap();
    drop(alone);
    scene.ok(&["stats"]);
}

#[test]
fn the_environment_names_the_store_unless_the_option_does() {
    let scene = Scene::with_notes();
    let run = |args: &[&str]| {
        let mut command = plain_command();
        command.current_dir(scene.path("")).env("HIGHWATER_STORE", scene.store());
        Ran::by(command.args(args))
    };
    assert!(run(&["table", "list"]).succeeded().contains("notes"));
    assert!(run(&["--store", "other", "table", "list"]).failed(1).contains("no store at other"));
    assert!(run(&["table", "list", "--store", "other"]).failed(1).contains("no store at other"));
    let mut command = plain_command();
    let ran = Ran::by(command.current_dir(scene.path("")).args(["table", "list"]));
    assert!(ran.err.contains("no store at ./highwater-store"));
}

#[test]
fn a_store_tells_of_itself() {
    let scene = Scene::with_notes();
    scene.feed(&["import", "notes"], numbered(1..=20, 10)).succeeded();
    let stats = scene.json(&["stats"]);
    assert_eq!(stats["incarnation"].as_str().unwrap().len(), 32);
    assert_eq!(stats["tables"][0]["name"], "notes");
    assert!(stats["tables"][0]["floors"]["delta"].as_u64().unwrap() > 1_700_000_000_000);
    assert!(stats["clock"]["leap"].is_null() && stats["read_only"].is_null());
    let names: Vec<_> =
        stats["families"].as_array().unwrap().iter().map(|f| f["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"base") && names.contains(&"delta"), "{names:?}");
    let shown = scene.ok(&["stats"]);
    assert!(shown.contains("\nfamily ") && shown.contains("\nnotes "), "{shown}");

    let compacted = scene.json(&["compact"]);
    assert!(compacted["compact"]["bytes_after"].is_u64(), "{compacted}");
    assert!(scene.ok(&["compact"]).contains("tombstones dropped"));

    let verified = scene.json(&["verify"]);
    assert_eq!((&verified["clean"], &verified["verify"]["items"]), (&true.into(), &20.into()));
    assert!(scene.ok(&["verify"]).contains("problems          0"));
}

#[test]
fn buffered_stores_work_the_same() {
    let scene = Scene::bare();
    scene.ok(&["--durability", "buffered", "init"]);
    scene.ok(&["table", "create", "t", "--partition", "id", "--durability", "buffered"]);
    scene.ok(&["put", "t", r#"{"id":"a"}"#, "--durability=buffered"]);
    assert_eq!(scene.ok(&["get", "t", "--key", "a"]), "{\"id\":\"a\"}\n");
}

#[test]
fn the_log_is_on_standard_error_and_only_if_asked_for() {
    let scene = Scene::with_notes();
    assert_eq!(scene.run(&["table", "list"]).err, "");
    let ran = scene.run(&["-v", "table", "list"]);
    assert!(ran.err.contains("the store is open"), "{ran:?}");
    assert!(ran.out.starts_with("table "), "{ran:?}");
    assert_eq!(scene.run(&["--json", "table", "list"]).err, "");
}

#[test]
fn standard_output_may_close_or_fail() {
    let scene = Scene::with_notes();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let ran = begin(scene.command(&["table", "list"]).stdout(full).stderr(Stdio::piped()));
    assert!(Ran::end_of(ran).failed(1).starts_with("error: standard output: "));
    for args in
        [&["table", "list"][..], &["completions", "bash"], &["stats"], &["sync", "notes", "--json"]]
    {
        let mut child = scene.spawn(args);
        drop(child.stdout.take());
        let ran = Ran::end_of(child);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{args:?}");
    }
    // Nor need anybody hear of an error.
    let mut child = scene.spawn(&["get", "notes", "--key", "none"]);
    drop(child.stderr.take());
    assert_eq!(Ran::end_of(child).code, Some(1));
}
