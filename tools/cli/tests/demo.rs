//! `highwater demo`, run whole: it ends well, and its figures fit together.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn highwater(args: &[&str], temporary: &Path) -> std::io::Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_highwater"));
    command.args(args).env("TMPDIR", temporary).env("HIGHWATER_STORE", temporary.join("not-this"));
    command.output()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn list<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    object[name].as_array().map_or(&[], Vec::as_slice)
}

/// A number that must be there.
fn number(object: &Value, name: &str) -> u64 {
    let number = object[name].as_u64();
    assert!(number.is_some(), "no number `{name}` in {object}");
    number.unwrap_or_default()
}

#[test]
fn the_figures_fit_together_and_the_store_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("kept");
    let store = folder.to_str().unwrap();
    let done = highwater(&["demo", "--json", "--store", store], dir.path()).unwrap();
    assert_eq!(text(&done.stderr), "");
    assert!(done.status.success());
    let summary: Value = serde_json::from_slice(&done.stdout).unwrap();

    // The releases add up to what the store holds.
    let releases = list(&summary, "releases");
    assert_eq!(releases.len(), 8);
    for release in releases {
        assert_eq!(number(release, "put"), number(release, "changed"), "each step is a change");
    }
    let features = number(&releases[7], "features");
    let verify = &summary["end"]["verify"];
    assert_eq!(number(verify, "items"), features);
    assert_eq!(number(verify, "problem_count"), 0);

    let [desk, phone, tablet] = list(&summary, "devices") else { panic!("three devices") };
    for device in [desk, phone, tablet] {
        let figure = |name| number(device, name);
        assert!(
            figure("items") >= figure("holds") + figure("deleted") + figure("left"),
            "{device}"
        );
        assert!(figure("pages") > figure("syncs"), "{device}");
        assert!(figure("bytes") < figure("full_bytes"), "{device}");
        let ratio = figure("full_bytes") as f64 / figure("bytes") as f64;
        assert!((device["ratio"].as_f64().unwrap() - ratio).abs() < 0.001, "{device}");
    }
    for whole in [desk, phone] {
        assert_eq!(number(whole, "holds"), features);
        assert_eq!(number(whole, "left"), 0, "nothing leaves a whole table");
    }
    assert!((1..features).contains(&number(tablet, "holds")));
    assert!(number(tablet, "left") > 0);
    // Who asks seldom is spared the versions in between.
    assert!(number(desk, "syncs") > number(phone, "syncs"));
    assert!(number(desk, "items") > number(phone, "items"));
    assert_eq!(summary["cut_offs"][0]["device"], phone["name"]);

    // It is a store like any other afterwards.
    let verified = highwater(&["verify", "--store", store], dir.path()).unwrap();
    assert!(verified.status.success(), "{}", text(&verified.stderr));

    // And is not played over.
    let again = highwater(&["demo", "--store", store], dir.path()).unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("is not empty"));
}

#[test]
fn it_fits_on_a_screen_and_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let done = highwater(&["demo"], dir.path()).unwrap();
    assert!(done.status.success(), "{}", text(&done.stderr));
    let told = text(&done.stdout);
    for line in told.lines() {
        assert!(line.len() <= 100, "{} columns: {line}", line.len());
    }
    for word in ["8.0.0", "8.1.9", "desk", "phone is cut off", "tablet", "verify", "equal"] {
        assert!(told.contains(word), "no `{word}` in:\n{told}");
    }
    assert_eq!(dir.path().read_dir().unwrap().count(), 0);
}
