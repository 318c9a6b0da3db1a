//! `export`, and the way back.

use crate::support::{Ran, Scene, begin, lines, nobody_begins, numbered, text};
use highwater::{Document, ListRequest, Options, Store};
use std::io::Read;
use std::process::Stdio;

/// Every type there is, in the corners where notations go wrong.
const TYPED: &str = r#"{"id":{"S":"all"},"b":{"B":"AAH/"},"bool":{"BOOL":false},"bs":{"BS":["","AA=="]},"empty":{"S":""},"l":{"L":[{"NULL":true},{"L":[]},{"M":{}}]},"m":{"M":{"":{"N":"0"},"a.b":{"SS":["x"]}}},"n":{"N":"-0.00000000000000000000000000000000000001"},"n38":{"N":"12345678901234567890123456789012345678"},"ns":{"NS":["-1","0","1E+100"]},"null":{"NULL":true},"s":{"S":"line\nbreak \"quoted\" \u0000 \u001b \ud83c\udf0a"},"ss":{"SS":["a","b"]}}
{"id":{"S":"plain"},"stars":{"N":"4.5"}}
"#;

fn documents(scene: &Scene) -> Vec<Document> {
    let options = Options { create_if_missing: false, worker: None, ..Options::default() };
    let store = Store::builder(scene.store()).options(options).open().unwrap();
    let items = store.list(&ListRequest::new("notes").limit(1000)).unwrap().items;
    let _alone = nobody_begins();
    drop(store);
    items.into_iter().map(|item| item.document).collect()
}

#[test]
fn typed_exports_come_back_byte_for_byte() {
    let scene = Scene::with_notes();
    scene.feed(&["import", "notes", "--typed"], TYPED).succeeded();
    let expected: Vec<_> =
        TYPED.lines().map(|line| Document::from_typed_json(line).unwrap()).collect();
    assert_eq!(documents(&scene), expected);

    let out = scene.ok(&["export", "notes", "--typed"]);
    let file = text(&scene.path("out.jsonl"));
    let told = scene.run(&["export", "notes", &file, "--typed"]);
    assert_eq!(
        (told.code, told.out.as_str(), told.err.as_str()),
        (Some(0), "", "exported 2 documents\n")
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), out);
    assert!(!scene.path("out.jsonl.partial").exists());

    let copy = Scene::with_notes();
    copy.ok(&["import", "notes", "--typed", &file]);
    let bytes = |scene| documents(scene).iter().map(|d| d.as_bytes().to_vec()).collect::<Vec<_>>();
    assert_eq!(bytes(&copy), bytes(&scene));
    assert_eq!(copy.ok(&["export", "notes", "--typed"]), out);
}

#[test]
fn plain_exports_come_back_too_or_are_refused() {
    let scene = Scene::with_notes();
    let plain =
        "{\"id\":\"a\",\"l\":[1,null,{\"x\":[]}],\"n\":12345678901234567890123456789012345678}\n";
    scene.feed(&["import", "notes"], plain).succeeded();
    assert_eq!(scene.ok(&["export", "notes"]), plain);
    let told = scene.run(&["export", "notes", "--json"]);
    assert_eq!((told.out.as_str(), told.err.as_str()), (plain, "{\"documents\":1}\n"));

    scene.feed(&["import", "notes", "--typed"], TYPED).succeeded();
    let file = scene.file("kept.jsonl", "as it was\n");
    let error = scene.fails(&["export", "notes", &file]);
    assert!(
        error.contains("item \"all\" of table `notes`: plain JSON cannot hold the binary `b`"),
        "{error}"
    );
    assert!(error.contains("\nhint: export with --typed"), "{error}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "as it was\n");
    assert!(!scene.path("kept.jsonl.partial").exists());
}

#[test]
fn many_pages_and_one_partition() {
    let scene = Scene::new();
    scene.ok(&["table", "create", "t", "--partition", "p:N", "--sort", "s:N"]);
    let input: String =
        (0..2500).map(|n| format!("{{\"p\":{},\"s\":{}}}\n", n % 2, n / 2)).collect();
    scene.feed(&["import", "t"], input).succeeded();
    let all = lines(&scene.ok(&["export", "t"]));
    assert_eq!(all.len(), 2500);
    assert!(all.iter().enumerate().all(|(i, d)| d["s"] == i % 1250), "key order");
    assert_eq!(lines(&scene.ok(&["export", "t", "--partition", "1"])).len(), 1250);
    assert_eq!(scene.ok(&["export", "t", "--partition", "-7"]), "");
    assert!(scene.fails(&["export", "t", "--partition", "x"]).contains("--partition is a number"));
}

#[test]
fn a_reader_may_hang_up() {
    let scene = Scene::with_notes();
    scene.feed(&["import", "notes"], numbered(1..=1500, 1000)).succeeded();
    let mut child = scene.spawn(&["export", "notes"]);
    let mut start = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut start).unwrap();
    let ran = Ran::end_of(child);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    scene.ok(&["verify"]);
}

#[test]
fn one_store_pours_into_another() {
    let from = Scene::with_notes();
    from.feed(&["import", "notes"], numbered(1..=3000, 200)).succeeded();
    let to = Scene::with_notes();
    let mut export = from.spawn(&["export", "notes", "--typed"]);
    let mut import = to.command(&["import", "notes", "--typed", "--json"]);
    import.stdin(export.stdout.take().unwrap()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let import_begun = begin(&mut import);
    // Its end of the pipe is the only one.
    drop(import);
    let told = Ran::end_of(import_begun).succeeded();
    assert!(export.wait().unwrap().success());
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["documents"], 3000);
    assert_eq!(to.ok(&["export", "notes"]), from.ok(&["export", "notes"]));
}

#[test]
fn what_cannot_be_written_is_named() {
    let scene = Scene::with_notes();
    scene.ok(&["put", "notes", r#"{"id":"a"}"#]);
    assert!(scene.fails(&["export", "notes", "/nonexistent/x"]).contains("/nonexistent/x"));
    assert!(scene.fails(&["export", "notes", &text(&scene.path(""))]).contains("directory"));
    assert!(scene.fails(&["export", "notes", "/dev/full"]).contains("/dev/full: No space left"));
    scene.ok(&["export", "notes", "/dev/null"]);
}

#[test]
#[cfg(unix)]
fn an_export_through_a_link_replaces_what_it_leads_to_when_it_is_whole() {
    let scene = Scene::with_notes();
    scene.feed(&["import", "notes"], "{\"id\":\"a\"}\n").succeeded();
    scene.file("real.jsonl", "as it was\n");
    let (real, link) = (scene.path("real.jsonl"), scene.path("link.jsonl"));
    std::os::unix::fs::symlink(&real, &link).unwrap();
    scene.feed(&["import", "notes", "--typed"], TYPED).succeeded();
    scene.fails(&["export", "notes", &text(&link)]);
    assert_eq!(std::fs::read_to_string(&real).unwrap(), "as it was\n");
    scene.ok(&["export", "notes", "--typed", &text(&link)]);
    assert_eq!(std::fs::read_to_string(&real).unwrap().lines().count(), 3);
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
}
