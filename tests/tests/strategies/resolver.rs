//! Custom resolvers: what they are shown, and what becomes of their answers.

use super::support::{Scene, conflict, doc};
use highwater::{
    Change, Clash, ConflictStrategy, Document, Error, ErrorKind, Expect, Item, Millis, Mutation,
    Resolution, TableSpec, TableSpecExt, Ttls, Update, Value,
};
use parking_lot::Mutex;
use std::sync::Arc;

/// What a resolver was shown.
#[derive(Debug, PartialEq)]
struct Shown {
    existing: Option<Item>,
    preview: Option<Document>,
    ancestor: Option<Item>,
    change: Change,
    expected: Expect,
}

type Seen = Arc<Mutex<Vec<Shown>>>;

/// A table whose resolver answers `resolution` and writes down what it sees.
fn scene(history: Option<Millis>, resolution: Resolution) -> (Scene, Seen) {
    let seen = Seen::default();
    let written = Arc::clone(&seen);
    let resolver = move |clash: &Clash<'_>| {
        assert_eq!((clash.table, clash.key), ("t", &"a".into()));
        written.lock().push(Shown {
            existing: clash.existing.clone(),
            preview: clash.preview.clone(),
            ancestor: clash.ancestor.clone(),
            change: clash.change.clone(),
            expected: clash.expected,
        });
        resolution.clone()
    };
    let spec = TableSpec::new("t", "id").conflicts(ConflictStrategy::Custom).resolver("mine");
    let spec = TableSpec { ttls: Ttls { history, ..spec.ttls }, ..spec };
    (Scene::with_resolver(spec, Some(Arc::new(resolver))), seen)
}

#[test]
fn a_resolver_sees_the_item_the_mutation_and_their_ancestor() {
    let (scene, seen) = scene(None, Resolution::Reject);
    scene.put(r#"{"id":"a","x":1}"#);
    scene.put(r#"{"id":"a","x":2}"#);
    let (first, second) = (scene.store.get_version("t", "a", 1).expect("a read"), scene.item());
    let change = Update::new().set("y", Value::from(3));
    let update = Mutation::update("t", "a", change).expect(Expect::Version(1));
    conflict(scene.store.apply(update.clone()));
    scene.store.delete("t", "a").expect("a delete");
    let put = Mutation::put("t", doc(r#"{"id":"a","x":9}"#)).expect(Expect::Version(7));
    conflict(scene.store.apply(put.clone()));
    let delete = Mutation::delete("t", "a").expect(Expect::Version(2));
    conflict(scene.store.apply(delete.clone()));

    let wanted = [
        Shown {
            existing: second.clone(),
            preview: Some(doc(r#"{"id":"a","x":2,"y":3}"#)),
            ancestor: first,
            change: update.change,
            expected: Expect::Version(1),
        },
        Shown {
            existing: scene.item(),
            preview: Some(doc(r#"{"id":"a","x":9}"#)),
            ancestor: None,
            change: put.change,
            expected: Expect::Version(7),
        },
        Shown {
            existing: scene.item(),
            preview: None,
            ancestor: second,
            change: delete.change,
            expected: Expect::Version(2),
        },
    ];
    assert_eq!(*seen.lock(), wanted);
}

#[test]
fn without_history_there_is_no_ancestor() {
    let (scene, seen) = scene(Some(Millis(0)), Resolution::Reject);
    scene.put(r#"{"id":"a","x":1}"#);
    scene.put(r#"{"id":"a","x":2}"#);
    conflict(scene.stale(r#"{"id":"a"}"#, 1));
    assert_eq!(seen.lock().first().map(|shown| shown.ancestor.clone()), Some(None));
}

#[test]
fn only_conflicts_are_asked_about() {
    let (scene, seen) = scene(None, Resolution::Reject);
    scene.put(r#"{"id":"a"}"#);
    scene.stale(r#"{"id":"a","x":1}"#, 1).expect("the matching version");
    let create = Mutation::put("t", doc(r#"{"id":"a"}"#)).expect(Expect::Absent);
    conflict(scene.store.apply(create));
    let same = Mutation::put_if_changed("t", doc(r#"{"id":"a","x":1}"#));
    assert!(!scene.store.apply(same.expect(Expect::Version(1))).expect("no change").written);
    assert!(seen.lock().is_empty());
}

#[test]
fn what_it_resolves_to_is_written_under_the_items_own_key() {
    let (scene, _) = scene(None, Resolution::Resolve(doc(r#"{"id":"z","by":"resolver"}"#)));
    scene.put(r#"{"id":"a","x":1}"#);
    let outcome = scene.stale(r#"{"id":"a","x":2}"#, 9).expect("a resolution");
    assert!(outcome.written && outcome.merged);
    scene.holds(2, r#"{"id":"a","by":"resolver"}"#);
    assert!(scene.store.get("t", "z").expect("a read").is_none());
    // A delete may be resolved to a document too, and so may a mutation of what is deleted.
    scene.store.delete("t", "a").expect("a delete");
    let delete = Mutation::delete("t", "a").expect(Expect::Version(1));
    scene.store.apply(delete).expect("a resolution");
    scene.holds(4, r#"{"id":"a","by":"resolver"}"#);
}

#[test]
fn what_it_removes_is_deleted_once() {
    let (scene, _) = scene(None, Resolution::Remove);
    scene.put(r#"{"id":"a","x":1}"#);
    let outcome = scene.stale(r#"{"id":"a","x":2}"#, 9).expect("a removal");
    assert!(outcome.written && outcome.merged);
    let tombstone = scene.item().expect("a tombstone");
    assert_eq!((tombstone.version, tombstone.deleted), (2, true));
    assert_eq!(tombstone.document, doc(r#"{"id":"a","x":1}"#));
    assert!(!scene.stale(r#"{"id":"a","x":2}"#, 9).expect("nothing to do").written);
}

#[test]
fn what_it_resolves_to_must_be_storable() {
    let long = format!(r#"{{"x":"{}"}}"#, "x".repeat(500 << 10));
    let (scene, _) = scene(None, Resolution::Resolve(doc(&long)));
    scene.put(r#"{"id":"a"}"#);
    let error = scene.stale(r#"{"id":"a"}"#, 9);
    assert!(matches!(error, Err(Error::TooLarge { .. })), "{error:?}");
    scene.holds(1, r#"{"id":"a"}"#);
}

#[test]
fn a_conflict_without_its_resolver_is_an_error_and_nothing_else_is() {
    let spec = TableSpec::new("t", "id").conflicts(ConflictStrategy::Custom).resolver("other");
    let scene = Scene::new(spec);
    scene.put(r#"{"id":"a"}"#);
    scene.stale(r#"{"id":"a","x":1}"#, 1).expect("no conflict");
    let fine = Mutation::put("t", doc(r#"{"id":"b"}"#));
    let clash = Mutation::put("t", doc(r#"{"id":"a"}"#)).expect(Expect::Version(1));
    let error = scene.store.apply_batch(&[fine, clash]).expect_err("no resolver");
    assert_eq!(error.kind(), ErrorKind::Operator);
    let told = matches!(&error, Error::NoResolver { table, resolver } if table == "t" && resolver == "other");
    assert!(told, "{error:?}");
    scene.holds(2, r#"{"id":"a","x":1}"#);
    assert!(scene.store.get("t", "b").expect("a read").is_none());
}
