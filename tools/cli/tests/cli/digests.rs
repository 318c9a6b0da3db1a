//! `digest`, `keys rotate`, `erase`, and tables that are renamed and emptied.

use crate::support::{Scene, lines};

fn with_three_notes() -> Scene {
    let scene = Scene::with_notes();
    for (id, owner) in [("n1", "ann"), ("n2", "bob"), ("n3", "ann")] {
        scene.ok(&["put", "notes", &format!(r#"{{"id":"{id}","ownerId":"{owner}"}}"#)]);
    }
    scene
}

#[test]
fn a_digest_follows_the_live_items() {
    let scene = with_three_notes();
    let whole = scene.json(&["digest", "notes"]);
    assert_eq!(whole["items"], 3);
    let anns = scene.json(&["digest", "notes", "--index", "byOwner=ann"]);
    assert_eq!(anns["items"], 2);
    let text = scene.ok(&["digest", "notes"]);
    let (sum, rest) = text.trim().split_once(' ').unwrap();
    assert_eq!((sum.len(), rest), (32, "of 3 items"));
    assert_eq!(whole["digest"], sum);
    scene.ok(&["delete", "notes", "--key", "n2"]);
    assert_ne!(scene.json(&["digest", "notes"])["digest"], whole["digest"]);
    assert_eq!(scene.json(&["digest", "notes", "--index", "byOwner=ann"]), anns);
    let refused = scene.json_error(&["digest", "notes", "--partition", "n1"]);
    assert_eq!(refused["kind"], "invalid");
}

#[test]
fn tokens_outlive_a_rotation_of_keys_but_not_four() {
    let scene = with_three_notes();
    let first = scene.run(&["sync", "notes", "--limit", "1", "--json"]).succeeded();
    let first: serde_json::Value = serde_json::from_str(&first).unwrap();
    let token = first["nextToken"].as_str().unwrap();
    for kept in 2..=4 {
        assert_eq!(scene.json(&["keys", "rotate"])["keys"], kept);
        scene.ok(&["sync", "notes", "--limit", "1", "--next-token", token]);
    }
    scene.ok(&["keys", "rotate"]);
    let refused = scene.json_error(&["sync", "notes", "--limit", "1", "--next-token", token]);
    assert_eq!(refused["kind"], "sync_again");
}

#[test]
fn a_table_is_renamed_and_emptied() {
    let scene = with_three_notes();
    let renamed = scene.json(&["table", "rename", "notes", "memos"]);
    assert_eq!((&renamed["renamed"], &renamed["to"]), (&"notes".into(), &"memos".into()));
    assert_eq!(lines(&scene.ok(&["sync", "memos", "--all"])).len(), 3);
    scene.fails(&["get", "notes", "--key", "n1"]);
    scene.fails(&["table", "rename", "notes", "other"]);
    assert_eq!(scene.json(&["table", "truncate", "memos"])["truncated"], "memos");
    assert_eq!(scene.ok(&["sync", "memos", "--all"]), "");
    assert_eq!(scene.json(&["digest", "memos"])["items"], 0);
    scene.ok(&["verify"]);
}

#[test]
fn an_erased_item_leaves_a_tombstone_and_no_past() {
    let scene = Scene::new();
    scene.ok(&["table", "create", "h", "--partition", "id", "--history-ttl", "1d"]);
    for v in 1..=2 {
        scene.ok(&["put", "h", &format!("{{\"id\":\"a\",\"secret\":{v}}}")]);
    }
    let erased = scene.json(&["erase", "h", "--key", "a"]);
    assert_eq!((&erased["erased"], &erased["version"]), (&true.into(), &3.into()));
    assert_eq!(scene.ok(&["history", "h", "--key", "a"]), "");
    let told = lines(&scene.ok(&["sync", "h", "--all"]));
    assert_eq!((&told[0]["_deleted"], told[0].get("secret")), (&true.into(), None));
    let again = scene.json(&["erase", "h", "--key", "a"]);
    assert_eq!(again["erased"], false);
    scene.ok(&["compact"]);
    scene.ok(&["verify"]);
}
