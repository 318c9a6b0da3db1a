//! An item's past: every version that history keeps can be read by its number.

use highwater::testing::ManualTime;
use highwater::{
    Document, KeyKind, Millis, Options, Store, TableSpec, TableSpecExt, Ttls, Update, Value,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

struct Scene {
    store: Store,
    time: Arc<ManualTime>,
    _dir: tempfile::TempDir,
}

/// Deletes are remembered for `tombstone` ms, superseded records for `history` ms.
fn scene(tombstone: u64, history: Option<u64>) -> Scene {
    let dir = tempfile::tempdir().expect("a folder");
    let time = Arc::new(ManualTime::at(Millis(1_700_000_000_000)));
    let options = Options { worker: None, bucket_width: Millis(10), ..Options::default() };
    let builder = Store::builder(dir.path().join("s")).options(options);
    let store = builder.time_source(Arc::clone(&time) as _).open().expect("a store");
    let spec = TableSpec::new("t", "id").sort("n", KeyKind::Number).ttls(Ttls {
        delta: Some(Millis(tombstone)),
        tombstone: Some(Millis(tombstone)),
        history: history.map(Millis),
    });
    store.create_table(spec).expect("a table");
    time.advance(Millis(1));
    Scene { store, time, _dir: dir }
}

impl Scene {
    /// Sets `v` of the item with sort value `n`.
    fn set(&self, n: i64, v: i64) {
        let update = Update::new().set("v", Value::from(v));
        self.store.update("t", key(n), update).expect("a commit");
        self.time.advance(Millis(1));
    }

    /// `v` of a version of item 1; `None` where the version is not known, or holds none.
    fn v(&self, version: u64) -> Option<String> {
        let item = self.store.get_version("t", key(1), version).expect("a read")?;
        assert_eq!(item.version, version);
        Some(item.document.to_json().expect("JSON"))
    }

    fn expire_after(&self, ms: u64) {
        self.time.advance(Millis(ms));
        self.store.expire().expect("an expiry");
    }
}

fn key(n: i64) -> highwater::ItemKey {
    highwater::ItemKey::from("a").with_sort(n)
}

fn shown(v: i64) -> Option<String> {
    Some(format!(r#"{{"id":"a","n":1,"v":{v}}}"#))
}

#[test]
fn every_version_is_read_by_its_number_and_only_of_its_item() {
    let scene = scene(100_000, None);
    for v in 1..=5 {
        (0..=2).for_each(|n| scene.set(n, v * 10 + n));
    }
    for version in 1..=5_u8 {
        assert_eq!(scene.v(u64::from(version)), shown(i64::from(version) * 10 + 1));
    }
    for unknown in [0, 6, u64::MAX] {
        assert_eq!(scene.v(unknown), None);
    }
    assert!(scene.store.get_version("t", key(7), 1).expect("a read").is_none());
    assert!(scene.store.get_version("t", "a", 1).is_err(), "the sort value is missing");
}

#[test]
fn tombstones_are_versions_too() {
    let scene = scene(100_000, None);
    scene.set(1, 1);
    scene.store.delete("t", key(1)).expect("a delete");
    scene.set(1, 3);
    let versions = (1..=3).map(|v| scene.store.get_version("t", key(1), v).expect("a read"));
    let deleted: Vec<bool> = versions.map(|item| item.expect("a version").deleted).collect();
    assert_eq!(deleted, [false, true, false]);
}

#[test]
fn what_is_below_the_history_floor_is_absent_swept_or_not() {
    let scene = scene(100_000, Some(1_000));
    scene.set(1, 1);
    scene.set(1, 2);
    scene.expire_after(2_000);
    scene.set(1, 3);
    for _ in 0..2 {
        assert_eq!(scene.v(1), None);
        assert_eq!((scene.v(2), scene.v(3)), (shown(2), shown(3)));
        scene.store.compact().expect("a compaction");
    }
}

#[test]
fn without_history_only_the_present_version_is_known() {
    let scene = scene(100_000, Some(0));
    scene.set(1, 1);
    scene.set(1, 2);
    assert_eq!((scene.v(1), scene.v(2)), (None, shown(2)));
}

/// Version 3 of the item that was forgotten is no version of the one that has two.
#[test]
fn a_new_item_has_no_versions_of_a_forgotten_one() {
    let scene = scene(1_000, None);
    (1..=4).for_each(|v| scene.set(1, v));
    scene.store.delete("t", key(1)).expect("a delete");
    scene.expire_after(5_000);
    scene.set(1, 10);
    scene.set(1, 20);
    scene.set(1, 30);
    assert_eq!((scene.v(1), scene.v(2), scene.v(3)), (shown(10), shown(20), shown(30)));
    assert_eq!(scene.v(4), None);
    let all = scene.store.history("t", key(1)).expect("a read");
    assert_eq!(all.iter().map(|item| item.version).collect::<Vec<_>>(), [1, 2, 3, 4, 1, 2]);
}

/// Its first version was not kept, so a walk back comes to the forgotten item's.
#[test]
fn a_gap_in_the_past_does_not_lead_to_a_forgotten_item() {
    let scene = scene(1_000, None);
    (1..=4).for_each(|v| scene.set(1, v));
    scene.store.delete("t", key(1)).expect("a delete");
    scene.expire_after(5_000);
    let kept = scene.store.tables()[0].ttls;
    let off = Ttls { history: Some(Millis(0)), ..kept };
    scene.store.alter_ttls("t", off).expect("no history");
    scene.set(1, 10);
    scene.set(1, 20);
    scene.store.alter_ttls("t", kept).expect("history");
    scene.set(1, 30);
    assert_eq!((scene.v(1), scene.v(2), scene.v(3)), (None, shown(20), shown(30)));
}

#[test]
fn a_document_is_read_as_it_was() {
    let scene = scene(100_000, None);
    let texts = [r#"{"id":"a","n":1,"l":[1,{"x":null}]}"#, r#"{"id":"a","n":1}"#];
    for text in texts {
        scene.store.put("t", Document::from_json(text).expect("a document")).expect("a commit");
    }
    assert_eq!(scene.v(1).as_deref(), Some(r#"{"id":"a","l":[1,{"x":null}],"n":1}"#));
}

/// The present and the past are read as of one moment: what history keeps is found, whatever is written.
#[test]
fn a_version_is_found_while_newer_ones_are_made() {
    let scene = scene(1_000_000, None);
    scene.set(1, 1);
    let over = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            while !over.load(SeqCst) {
                assert_eq!(scene.v(1), shown(1));
            }
        });
        for v in 2..1500 {
            scene.set(1, v);
        }
        over.store(true, SeqCst);
    });
}
