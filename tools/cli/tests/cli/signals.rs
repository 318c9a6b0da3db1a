//! Ctrl-C.

use crate::support::{Ran, Scene, interrupt, lines, numbered};
use highwater::{SystemTime, TimeSource};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::Child;

/// Waits until the command has said on its log that lines are committed, and which was the `last`.
fn wait_for_commit(child: &mut Child, last: &str) -> impl Read + use<> {
    let mut log = BufReader::new(child.stderr.take().unwrap());
    loop {
        let mut text = String::new();
        assert!(log.read_line(&mut text).unwrap() > 0, "the log ended");
        if text.contains("lines are committed") && text.contains(&format!("last={last}")) {
            return log;
        }
    }
}

#[test]
fn an_import_ends_after_its_batch_and_says_how_to_go_on() {
    let scene = Scene::with_notes();
    let mut child = scene.spawn(&["import", "notes", "--batch", "10", "-vv"]);
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(numbered(1..=25, 0).as_bytes()).unwrap();
    pipe.flush().unwrap();
    let mut log = wait_for_commit(&mut child, "25");
    interrupt(&child);
    // The pipe stays open: nothing but the signal ends the command.
    let ran = Ran::end_of(child);
    let mut rest = String::new();
    log.read_to_string(&mut rest).unwrap();
    assert_eq!(ran.code, Some(130));
    assert!(rest.contains("interrupted: 25 documents, up to line 25, are committed\n"), "{rest}");
    assert!(rest.contains("hint: resume with --skip 25"), "{rest}");
    assert!(!rest.contains("error:"), "{rest}");
    drop(pipe);

    // Closed as it should be: the rest of the clock's lease, seconds of it, was handed back.
    let now = scene.json(&["clock", "status"])["now"].as_u64().unwrap();
    assert!(u128::from(now) <= SystemTime::default().wall().as_millis());
    assert_eq!(lines(&scene.ok(&["export", "notes"])).len(), 25);
    scene.feed(&["import", "notes", "--skip", "25"], numbered(1..=40, 0)).succeeded();
    assert_eq!(lines(&scene.ok(&["export", "notes"])).len(), 40);
    scene.ok(&["verify"]);
}

#[test]
fn an_interrupted_import_of_a_full_pipe_can_be_resumed() {
    let scene = Scene::with_notes();
    let input = numbered(1..=20_000, 50);
    let mut child = scene.spawn(&["import", "notes", "--batch", "50", "-vv"]);
    let mut pipe = child.stdin.take().unwrap();
    let all = input.clone();
    let feeder = std::thread::Builder::new().spawn(move || pipe.write_all(all.as_bytes())).unwrap();
    // The first batch is committed, most are still to come.
    let mut log = wait_for_commit(&mut child, "50");
    interrupt(&child);
    let mut rest = String::new();
    log.read_to_string(&mut rest).unwrap();
    let ran = Ran::end_of(child);
    let _ = feeder.join().unwrap();
    assert_eq!(ran.code, Some(130), "{rest}");
    let (_, skip) = rest.split_once("resume with --skip ").unwrap();
    let skip = skip.trim();
    let committed = format!("interrupted: {skip} documents, up to line {skip}, are committed");
    assert!(rest.contains(&committed), "{rest}");
    assert_eq!(lines(&scene.ok(&["export", "notes"])).len().to_string(), skip);
    scene.feed(&["import", "notes", "--skip", skip], &input).succeeded();
    assert_eq!(scene.ok(&["export", "notes"]), input);
}

#[test]
fn an_export_ends_quietly_between_two_lines() {
    let scene = Scene::with_notes();
    scene.feed(&["import", "notes"], numbered(1..=1500, 1000)).succeeded();
    let mut child = scene.spawn(&["export", "notes"]);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    out.read_line(&mut first).unwrap();
    interrupt(&child);
    std::thread::park_timeout(std::time::Duration::from_millis(100));
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    let ran = Ran::end_of(child);
    assert_eq!((ran.code, ran.err.as_str()), (Some(130), ""));
    let lines = lines(&rest).len();
    assert!(lines < 1499, "{lines}");
    scene.ok(&["verify"]);
}

#[test]
fn a_sync_of_many_pages_ends_between_two_of_them() {
    let scene = Scene::with_notes();
    scene.feed(&["import", "notes"], numbered(1..=1500, 1000)).succeeded();
    let mut child = scene.spawn(&["sync", "notes", "--all", "--json", "--limit", "10"]);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    out.read_line(&mut text).unwrap();
    interrupt(&child);
    std::thread::park_timeout(std::time::Duration::from_millis(100));
    out.read_to_string(&mut text).unwrap();
    assert_eq!(Ran::end_of(child).code, Some(130));
    // What was told is whole, and can be gone on with.
    let told: serde_json::Value = serde_json::from_str(&text).unwrap();
    let token = told["nextToken"].as_str().unwrap();
    let rest = scene.json(&["sync", "notes", "--all", "--next-token", token]);
    let count = |page: &serde_json::Value| page["items"].as_array().unwrap().len();
    assert_eq!(count(&told) + count(&rest), 1500);
}
