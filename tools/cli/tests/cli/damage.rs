//! Stores whose files are damaged: `verify` and `recover`.

use crate::support::{Ran, Scene, begin, numbered};
use serde_json::{Value, json};
use std::io::Write;
use std::path::PathBuf;

/// The store's largest file of a kind.
fn largest(scene: &Scene, extension: &str) -> PathBuf {
    let files = std::fs::read_dir(scene.store().join("rocksdb")).unwrap();
    let files = files.map(|file| file.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|e| e == extension));
    files.max_by_key(|path| path.metadata().unwrap().len()).unwrap()
}

fn flip_a_bit(path: &PathBuf) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn verify_finds_a_flipped_bit_and_exits_with_3() {
    let scene = Scene::with_notes();
    scene.feed(&["import", "notes"], numbered(1..=2000, 300)).succeeded();
    scene.ok(&["compact"]);
    flip_a_bit(&largest(&scene, "sst"));
    let ran = scene.run(&["verify", "--json"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(3), ""), "{ran:?}");
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["clean"], false);
    let problem = &report["verify"]["problems"][0];
    assert!(problem["place"].is_string() && problem["what"].is_string(), "{report}");
    let ran = scene.run(&["verify"]);
    assert_eq!(ran.code, Some(3));
    assert!(ran.out.contains("checksum"), "{ran:?}");
}

#[test]
fn recover_gives_up_what_a_damaged_log_has_lost() {
    let scene = Scene::with_notes();
    let error = scene.fails(&["recover"]);
    assert!(error.contains("there is nothing to recover from"), "{error}");
    let before = scene.json(&["sync", "notes"])["startedAt"].as_u64().unwrap().to_string();

    // Killed, so that what it wrote stands in the write-ahead log alone.
    let mut child = scene.spawn(&["import", "notes", "--batch", "10", "-vv"]);
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(numbered(1..=500, 100).as_bytes()).unwrap();
    pipe.flush().unwrap();
    let mut log = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("last=500") {
        line.clear();
        assert!(std::io::BufRead::read_line(&mut log, &mut line).unwrap() > 0, "the log ended");
    }
    child.kill().unwrap();
    Ran::end_of(child);
    flip_a_bit(&largest(&scene, "log"));

    let error = scene.fails(&["stats"]);
    assert!(
        error.contains("write-ahead log") && error.contains("hint: `highwater recover`"),
        "{error}"
    );
    assert_eq!(scene.json_error(&["stats"])["kind"], "operator");
    let recovered = scene.json(&["recover"]);
    assert_eq!(recovered["recovered"], true);
    assert!(recovered["gave_up_from"].as_str().unwrap().contains(".log at byte"), "{recovered}");
    assert_eq!(scene.json(&["verify"])["clean"], true);
    let page = scene.json(&["sync", "notes", "--since", &before]);
    assert_eq!(page["reset"], json!(true));
    assert_eq!(scene.json(&["stats"])["incarnation"], recovered["incarnation"]);
}

/// In a pipeline that waits for the verdict and not for the report.
#[test]
fn problems_are_problems_though_nobody_reads_of_them() {
    let scene = Scene::with_notes();
    scene.feed(&["import", "notes"], numbered(1..=2000, 300)).succeeded();
    scene.ok(&["compact"]);
    flip_a_bit(&largest(&scene, "sst"));
    let (reads, writes) = std::io::pipe().unwrap();
    drop(reads);
    let mut verify = scene.command(&["verify"]);
    let ended = begin(verify.stdout(writes)).wait().unwrap();
    assert_eq!(ended.code(), Some(3));
}
