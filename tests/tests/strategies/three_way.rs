//! The three-way merge through the engine: what it needs of the past, and what it does with it.

use super::support::{Scene, conflict, doc};
use highwater::{
    ConflictStrategy, Error, ErrorKind, Expect, MergeRule, Millis, Mutation, NumberError,
    TableSpec, TableSpecExt, Ttls, Update, Value,
};

fn spec() -> TableSpec {
    TableSpec::new("t", "id").conflicts(ConflictStrategy::ThreeWayMerge)
}

fn update(update: Update, version: u64) -> Mutation {
    Mutation::update("t", "a", update).expect(Expect::Version(version))
}

#[test]
fn changes_of_different_attributes_are_both_kept() {
    let scene = Scene::new(spec());
    scene.put(r#"{"id":"a","title":"Dawn","stars":3,"draft":true}"#);
    scene.put(r#"{"id":"a","title":"Dusk","stars":3,"draft":true}"#);
    let outcome = scene.stale(r#"{"id":"a","title":"Dawn","stars":4}"#, 1).expect("a merge");
    assert!(outcome.merged && outcome.written);
    scene.holds(3, r#"{"id":"a","title":"Dusk","stars":4}"#);
}

#[test]
fn an_update_changes_what_it_names() {
    let scene = Scene::new(spec());
    scene.put(r#"{"id":"a","x":1,"y":1,"z":1}"#);
    scene.put(r#"{"id":"a","x":2,"y":1,"z":1}"#);
    let fields = Update::new().set("y", Value::from(2)).remove("z");
    assert!(scene.store.apply(update(fields, 1)).expect("a merge").merged);
    scene.holds(3, r#"{"id":"a","x":2,"y":2}"#);
}

#[test]
fn both_sides_changes_of_one_attribute_follow_its_rule() {
    let spec = spec()
        .merge_rule("likes", MergeRule::Add)
        .merge_rule("log", MergeRule::Append)
        .merge_rule("title", MergeRule::TakeNew);
    let scene = Scene::new(spec);
    scene.put(r#"{"id":"a","likes":10,"log":["x"],"title":"Dawn","body":"1"}"#);
    scene.put(r#"{"id":"a","likes":11,"log":["x","y"],"title":"Noon","body":"2"}"#);
    let mine = r#"{"id":"a","likes":12,"log":["x","z"],"title":"Dusk","body":"3"}"#;
    scene.stale(mine, 1).expect("a merge");
    scene.holds(3, r#"{"id":"a","likes":13,"log":["x","y","z"],"title":"Dusk","body":"2"}"#);
}

#[test]
fn two_who_add_one_to_a_counter_have_added_two() {
    let scene = Scene::new(spec().merge_rule("likes", MergeRule::Add));
    scene.put(r#"{"id":"a","likes":10}"#);
    for _ in 0..2 {
        scene.store.apply(update(Update::new().set("likes", Value::from(11)), 1)).expect("a merge");
    }
    scene.holds(3, r#"{"id":"a","likes":12}"#);
}

#[test]
fn what_is_merged_is_held_against_the_version_believed_in_and_no_other() {
    let scene = Scene::new(spec().merge_others(MergeRule::TakeNew));
    for x in 1..=4 {
        scene.put(&format!(r#"{{"id":"a","x":{x},"y":{x}}}"#));
    }
    // Seen from version 3 only `x` was changed; seen from version 1, `y` was too.
    scene.stale(r#"{"id":"a","x":9,"y":3}"#, 3).expect("a merge");
    scene.holds(5, r#"{"id":"a","x":9,"y":4}"#);
    scene.stale(r#"{"id":"a","x":1,"y":3}"#, 1).expect("a merge");
    scene.holds(6, r#"{"id":"a","x":9,"y":3}"#);
}

#[test]
fn without_the_version_believed_in_there_is_a_conflict() {
    let scene = Scene::new(spec().ttls(Ttls {
        delta: Some(Millis(1_000)),
        tombstone: Some(Millis(9_000)),
        history: Some(Millis(1_000)),
    }));
    scene.put(r#"{"id":"a","x":1}"#);
    scene.put(r#"{"id":"a","x":2}"#);
    scene.time.advance(Millis(2_000));
    scene.store.expire().expect("an expiry");
    let rejected = conflict(scene.stale(r#"{"id":"a","x":1,"y":1}"#, 1));
    assert_eq!(rejected.current.map(|item| item.version), Some(2));
    // Nothing to merge is needed where what is wanted is there.
    let same = Mutation::put_if_changed("t", doc(r#"{"id":"a","x":2}"#));
    let outcome = scene.store.apply(same.expect(Expect::Version(1))).expect("no change");
    assert!(!outcome.written);
}

#[test]
fn a_stale_delete_of_an_unchanged_document_is_applied() {
    let scene = Scene::new(spec());
    scene.put(r#"{"id":"a","x":1}"#);
    scene.put(r#"{"id":"a","x":1}"#);
    let delete = Mutation::delete("t", "a").expect(Expect::Version(1));
    let outcome = scene.store.apply(delete.clone()).expect("a delete");
    assert!(outcome.written && !outcome.merged);
    assert_eq!(scene.item().map(|item| (item.version, item.deleted)), Some((3, true)));
    // Once more: both sides deleted it.
    assert!(!scene.store.apply(delete).expect("nothing to do").written);
}

#[test]
fn a_merge_that_changes_nothing_writes_nothing_for_put_if_changed() {
    let scene = Scene::new(spec());
    scene.put(r#"{"id":"a","x":1,"y":1}"#);
    scene.put(r#"{"id":"a","x":2,"y":2}"#);
    let same = Mutation::put_if_changed("t", doc(r#"{"id":"a","x":2,"y":1}"#));
    let outcome = scene.store.apply(same.expect(Expect::Version(1))).expect("no change");
    assert!(!outcome.written && !outcome.merged);
    scene.holds(2, r#"{"id":"a","x":2,"y":2}"#);
}

#[test]
fn a_sum_that_no_number_holds_is_told_and_nothing_is_written() {
    let scene = Scene::new(spec().merge_rule("n", MergeRule::Add));
    scene.put(r#"{"id":"a","n":0}"#);
    scene.put(r#"{"id":"a","n":12345678901234567890123456789012345678}"#);
    let error = scene.stale(r#"{"id":"a","n":0.1}"#, 1).expect_err("39 digits");
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let text = error.to_string();
    assert!(text.contains("`n`") && text.contains("39 significant digits"), "{text}");
    let named = matches!(&error, Error::MergedNumber { table, attribute, source, .. }
        if table == "t" && attribute == "n" && matches!(source, NumberError::Precision { digits: 39, .. }));
    assert!(named, "{error:?}");
    scene.holds(2, r#"{"id":"a","n":12345678901234567890123456789012345678}"#);
}

#[test]
fn what_is_merged_must_fit_and_cannot_move_the_item() {
    let scene = Scene::new(spec().merge_others(MergeRule::Append));
    let half = "x".repeat(300 << 10);
    scene.put(r#"{"id":"a","l":[]}"#);
    scene.put(&format!(r#"{{"id":"a","l":["{half}"]}}"#));
    let error = scene.stale(&format!(r#"{{"id":"a","l":["y{half}"]}}"#), 1);
    assert!(matches!(error, Err(Error::TooLarge { .. })), "{error:?}");
    let moved = scene.store.apply(update(Update::new().set("id", Value::from("b")), 1));
    assert!(matches!(moved, Err(Error::OutOfRange { field: "key", .. })), "{moved:?}");
    let lost = scene.store.apply(update(Update::new().remove("id"), 1));
    assert!(matches!(lost, Err(Error::KeyAttribute { .. })), "{lost:?}");
    assert_eq!(scene.item().map(|item| item.version), Some(2));
}

/// That the tombstone has expired does not make the delete another's; that history does not tell of the version does.
#[test]
fn a_delete_that_both_sides_made_is_done_for_as_long_as_its_version_is_known() {
    let second = Some(Millis(1_000));
    let ttls = Ttls { delta: Some(Millis(50)), tombstone: Some(Millis(50)), history: second };
    let spec = TableSpec::new("t", "id").conflicts(ConflictStrategy::ThreeWayMerge).ttls(ttls);
    let scene = Scene::new(spec);
    scene.put(r#"{"id":"a"}"#);
    scene.store.delete("t", "a").expect("a delete");
    let delete = || scene.store.apply(Mutation::delete("t", "a").expect(Expect::Version(1)));
    let expired = |after| {
        scene.time.advance(after);
        scene.store.expire().expect("an expiry");
        scene.item().is_none()
    };
    assert!(expired(Millis(500)));
    assert!(delete().expect("nothing to do").item.is_none());
    assert!(expired(Millis(5_000)));
    assert!(matches!(delete(), Err(Error::Conflict(_))));
}
