//! `clock status|confirm`, and the warning of a leap on every other command.

use crate::support::{Scene, nobody_begins};
use highwater::{Options, Store, SystemTime, TimeSource};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

/// A machine whose clock shows another time.
struct Elsewhen {
    time: SystemTime,
    wall: Duration,
}

impl TimeSource for Elsewhen {
    fn wall(&self) -> Duration {
        self.wall
    }

    fn monotonic(&self) -> Duration {
        self.time.monotonic()
    }
}

/// A store that was last closed at `when`.
fn closed_at(when: impl Fn(Duration) -> Duration) -> Scene {
    let scene = Scene::bare();
    let time = SystemTime::default();
    let wall = when(time.wall());
    let options = Options { worker: None, ..Options::default() };
    let store = Store::builder(scene.store()).options(options);
    let _alone = nobody_begins();
    store.time_source(Arc::new(Elsewhen { time, wall })).open().unwrap().close().unwrap();
    scene
}

#[test]
fn a_store_without_a_leap_has_nothing_to_confirm() {
    let scene = Scene::new();
    let status = scene.json(&["clock", "status"]);
    assert_eq!(status["leap"], json!(null));
    let now = Duration::from_millis(status["now"].as_u64().unwrap());
    assert!(now.abs_diff(SystemTime::default().wall()) < Duration::from_secs(60));
    assert_eq!(scene.json(&["clock", "confirm"]), json!({ "followed": null }));
    assert_eq!(scene.ok(&["clock", "confirm"]), "there is no leap to follow\n");
    assert!(scene.ok(&["clock", "status"]).contains("leap           none"));
}

#[test]
fn a_leap_forward_is_warned_of_until_it_is_confirmed() {
    let scene = closed_at(|now| now - 200 * DAY);
    let ran = scene.run(&["table", "list"]);
    assert!(ran.err.starts_with("warning: the machine's clock shows 20"), "{ran:?}");
    assert!(ran.err.contains("\nhint: `highwater clock --help`"), "{ran:?}");
    assert_eq!(ran.code, Some(0));
    let ran = scene.run(&["table", "list", "--json"]);
    let warning: Value = serde_json::from_str(&ran.err).unwrap();
    assert!(warning["warning"].is_string() && warning["hint"].is_string(), "{warning}");

    let status = scene.json(&["clock", "status"]);
    let (wall, clock) = (&status["leap"]["wall"], &status["leap"]["clock"]);
    let days = (wall.as_u64().unwrap() - clock.as_u64().unwrap()) / 86_400_000;
    assert!((199..=201).contains(&days), "{status}");
    assert!(scene.ok(&["clock", "status"]).contains("machine's clock  20"));

    let followed = scene.json(&["clock", "confirm"]);
    assert!(followed["followed"]["wall"].is_u64(), "{followed}");
    let ran = scene.run(&["clock", "status", "--json"]);
    assert_eq!(ran.err, "");
    assert!(ran.out.contains("\"leap\":null"), "{ran:?}");
}

#[test]
fn time_does_not_go_back() {
    let scene = closed_at(|now| now + 3 * DAY);
    let error = scene.fails(&["clock", "confirm"]);
    assert!(error.contains("a store's time never goes back"), "{error}");
    scene.ok(&["table", "create", "t", "--partition", "id"]);
    scene.ok(&["put", "t", r#"{"id":"a"}"#]);
}
