//! `backup`, `backups`, `restore`, `checkpoint`, `copy`.

use crate::support::{Scene, numbered, text};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// A store with twenty items, and the argument that names its folder of backups.
fn with_backups() -> (Scene, String) {
    let scene = Scene::with_notes();
    scene.feed(&["import", "notes"], numbered(1..=20, 10)).succeeded();
    let folder = text(&scene.path("backups"));
    (scene, folder)
}

fn items(scene: &Scene) -> usize {
    scene.ok(&["export", "notes", "-"]).lines().count()
}

/// The largest data file of the backups.
fn largest(folder: &Path) -> std::path::PathBuf {
    let files = fs::read_dir(folder.join("rocksdb/shared_checksum")).unwrap();
    let files = files.map(|file| file.unwrap().path());
    files.max_by_key(|path| path.metadata().unwrap().len()).unwrap()
}

#[test]
fn a_store_goes_back_to_a_backup_and_resets_its_clients() {
    let (scene, folder) = with_backups();
    let made = scene.json(&["backup", &folder]);
    assert_eq!((&made["backup"], &made["held"]), (&json!(1), &json!(1)));
    assert!(made["bytes_added"].as_u64() >= made["bytes"].as_u64(), "{made}");
    scene.ok(&["put", "notes", r#"{"id":"later"}"#]);
    let since = scene.json(&["sync", "notes"])["startedAt"].to_string();

    let error = scene.json_error(&["restore", &folder]);
    assert_eq!(error["kind"], "invalid");
    assert!(error["hint"].as_str().unwrap().contains("--replace"), "{error}");
    assert_eq!(items(&scene), 21);
    let restored = scene.json(&["restore", &folder, "--replace"]);
    assert_eq!((&restored["replaced"], &restored["clean"]), (&json!(true), &json!(true)));
    assert_eq!(restored["verify"]["items"], 20);
    assert_eq!(scene.json(&["stats"])["incarnation"], restored["incarnation"]);
    assert_eq!(scene.json(&["sync", "notes", "--since", &since])["reset"], true);
    assert_eq!(scene.json(&["verify"])["clean"], true);
    assert_eq!(items(&scene), 20);

    // To a folder where nothing is, and in words.
    let elsewhere = text(&scene.path("elsewhere"));
    let said = scene.ok(&["restore", &folder, "--store", &elsewhere]);
    assert!(said.contains("is that of backup 1, made at 2"), "{said}");
    assert!(said.contains("every client is reset"), "{said}");
    scene.ok(&["verify", "--store", &elsewhere]);
}

/// For a store that is lost with its disk: nothing there tells what it had handed out.
#[test]
fn a_restored_store_begins_no_earlier_than_it_is_told() {
    let (scene, folder) = with_backups();
    scene.ok(&["backup", &folder]);
    let hour = 3_600_000;
    let lost = scene.json(&["sync", "notes"])["startedAt"].as_u64().unwrap() + hour;
    let elsewhere = text(&scene.path("elsewhere"));
    let least = (lost + 1).to_string();
    let told = scene.json(&["restore", &folder, "--clock-at-least", &least, "--store", &elsewhere]);
    assert_eq!((&told["replaced"], &told["put_in_place"]), (&json!(false), &json!(true)));
    let since = lost.to_string();
    let page = scene.json(&["sync", "notes", "--since", &since, "--store", &elsewhere]);
    assert_eq!(page["reset"], true, "{page}");
    assert!(page["startedAt"].as_u64().unwrap() >= lost, "{page}");
    scene.run(&["restore", &folder, "--clock-at-least", "soon"]).failed(2);
}

#[test]
fn backups_are_listed_kept_and_chosen() {
    let (scene, folder) = with_backups();
    let error = scene.fails(&["backups", &folder]);
    assert!(error.contains("not a folder of backups") && error.contains("hint: "), "{error}");
    scene.ok(&["backup", &folder]);
    scene.ok(&["put", "notes", r#"{"id":"second"}"#]);
    let said = scene.ok(&["backup", &folder]);
    assert!(said.contains("backups in the folder  2"), "{said}");
    let listed = scene.json(&["backups", &folder]);
    let ids = |listed: &Value| -> Vec<u64> {
        let all = listed["backups"].as_array().unwrap().iter();
        all.map(|backup| backup["id"].as_u64().unwrap()).collect()
    };
    assert_eq!(ids(&listed), [1, 2]);
    assert_eq!(listed["backups"][0]["incarnation"], scene.json(&["stats"])["incarnation"]);
    assert!(scene.ok(&["backups", &folder]).starts_with("backup  made at"));

    let first = text(&scene.path("first"));
    scene.ok(&["restore", &folder, "--id", "1", "--store", &first]);
    assert_eq!(scene.ok(&["export", "notes", "-", "--store", &first]).lines().count(), 20);
    let kept = scene.json(&["backup", &folder, "--keep", "2"]);
    assert_eq!((&kept["dropped"], &kept["held"]), (&json!([1]), &json!(2)));
    assert_eq!(ids(&scene.json(&["backups", &folder])), [2, 3]);
    let error = scene.fails(&["restore", &folder, "--id", "1", "--replace"]);
    assert!(error.contains("backup: 1 is outside what is there: 2, 3"), "{error}");
    scene.run(&["backup", &folder, "--keep", "0"]).failed(2);
    scene.run(&["backups", &folder, "--id", "2"]).failed(2);
}

#[test]
fn a_check_finds_a_flipped_bit_and_exits_with_3() {
    let (scene, folder) = with_backups();
    scene.ok(&["backup", &folder]);
    assert_eq!(scene.json(&["backups", &folder, "--check"])["clean"], true);
    assert!(scene.ok(&["backups", &folder, "--check", "--id", "1"]).contains("0 problems"));
    let file = largest(&scene.path("backups"));
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    let ran = scene.run(&["backups", &folder, "--check", "--json"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(3), ""), "{ran:?}");
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["clean"], false);
    let place = report["check"]["problems"][0]["place"].as_str().unwrap();
    assert!(place.starts_with("backup 1: "), "{report}");
    assert!(scene.run(&["backups", &folder, "--check"]).out.contains("1 problem\n"));

    let error = scene.json_error(&["restore", &folder, "--replace"]);
    assert_eq!(error["kind"], "operator");
    assert!(error["hint"].as_str().unwrap().contains("--check"), "{error}");
    assert_eq!(items(&scene), 20);
}

#[test]
fn a_checkpoint_is_a_store_of_now() {
    let (scene, _) = with_backups();
    let to = text(&scene.path("copy"));
    let since = scene.json(&["sync", "notes"])["startedAt"].to_string();
    let made = scene.json(&["checkpoint", &to]);
    assert_eq!(made["checkpoint"], to);
    assert!(made["files"].as_u64().unwrap() >= 3, "{made}");
    scene.ok(&["put", "notes", r#"{"id":"later"}"#]);
    assert_eq!(scene.ok(&["export", "notes", "-", "--store", &to]).lines().count(), 20);
    let page = scene.json(&["sync", "notes", "--since", &since, "--store", &to]);
    assert_eq!(page["reset"], true);
    assert_eq!(scene.json(&["verify", "--store", &to])["clean"], true);
    // Its clock goes with the machine's: there is nothing to warn of.
    assert_eq!(scene.run(&["stats", "--store", &to]).err, "");
    for command in ["checkpoint", "copy"] {
        let error = scene.fails(&[command, &to]);
        assert!(error.contains("is taken: there is a store in it"), "{error}");
    }
}

#[test]
fn tokens_of_a_copy_do_not_open_in_the_original() {
    let (scene, folder) = with_backups();
    let to = text(&scene.path("copy"));
    assert!(scene.ok(&["copy", &to]).starts_with("made a copy at "));
    let page = scene.json(&["sync", "notes", "--limit", "5", "--store", &to]);
    let token = page["nextToken"].as_str().unwrap();
    scene.ok(&["sync", "notes", "--limit", "5", "--next-token", token, "--store", &to]);
    let error = scene.json_error(&["sync", "notes", "--limit", "5", "--next-token", token]);
    assert_eq!(error["kind"], "sync_again");
    scene.ok(&["backup", &folder]);
    let error = scene.fails(&["backup", &folder, "--store", &to]);
    assert!(error.contains("holds the backups of store"), "{error}");
}
