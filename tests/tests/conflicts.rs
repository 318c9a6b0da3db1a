//! Versions and conflicts through the engine: optimistic concurrency, and AppSync's four worked examples.

use highwater::{
    Conflict, ConflictStrategy, Document, Error, Expect, KeyKind, Mutation, Options, Outcome,
    Store, TableSpec, TableSpecExt, Update, Value,
};

fn store(strategy: ConflictStrategy) -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().expect("a folder");
    let options = Options { worker: None, ..Options::default() };
    let store = Store::builder(dir.path().join("s")).options(options).open().expect("a store");
    let spec = TableSpec::new("t", "id").partition_kind(KeyKind::Number).conflicts(strategy);
    store.create_table(spec).expect("a table");
    (dir, store)
}

fn typed(text: &str) -> Document {
    Document::from_typed_json(text).expect("a document")
}

fn put(store: &Store, text: &str, expect: Expect) -> Result<Outcome, Error> {
    store.apply(Mutation::put("t", typed(text)).expect(expect))
}

/// The store's copy must be `version` of `text`.
fn holds(store: &Store, version: u64, text: &str) {
    let item = store.get("t", 1).expect("a read").expect("an item");
    assert_eq!((item.version, &item.document), (version, &typed(text)));
}

#[test]
fn automerge_the_four_worked_examples() {
    let (_dir, store) = store(ConflictStrategy::Automerge);
    let stale = |version, text: &str| {
        let outcome = put(&store, text, Expect::Version(version)).expect("a merge");
        assert!(outcome.merged && outcome.written);
    };
    for _ in 0..4 {
        put(&store, r#"{"id":{"N":"1"},"name":{"S":"Nadia"},"jersey":{"N":"5"}}"#, Expect::Any)
            .expect("a commit");
    }
    stale(2, r#"{"id":{"N":"1"},"name":{"S":"Nadia"},"jersey":{"N":"55"}}"#);
    holds(&store, 5, r#"{"id":{"N":"1"},"name":{"S":"Nadia"},"jersey":{"N":"5"}}"#);

    stale(
        3,
        r#"{"id":{"N":"1"},"name":{"S":"Shaggy"},"jersey":{"N":"5"},
            "interests":{"SS":["breakfast","lunch","dinner"]},
            "points":{"L":[{"N":"24"},{"N":"30"},{"N":"27"}]}}"#,
    );
    holds(
        &store,
        6,
        r#"{"id":{"N":"1"},"name":{"S":"Nadia"},"jersey":{"N":"5"},
            "interests":{"SS":["breakfast","lunch","dinner"]},
            "points":{"L":[{"N":"24"},{"N":"30"},{"N":"27"}]}}"#,
    );

    stale(
        5,
        r#"{"id":{"N":"1"},"name":{"S":"Nadia"},"jersey":{"N":"5"},
            "interests":{"SS":["breakfast","lunch","brunch"]},
            "points":{"L":[{"N":"30"},{"N":"35"}]}}"#,
    );
    let seventh = r#"{"id":{"N":"1"},"name":{"S":"Nadia"},"jersey":{"N":"5"},
        "interests":{"SS":["breakfast","lunch","dinner","brunch"]},
        "points":{"L":[{"N":"24"},{"N":"30"},{"N":"27"},{"N":"30"},{"N":"35"}]}"#;
    holds(&store, 7, &format!("{seventh}}}"));

    let eighth =
        format!(r#"{seventh},"stats":{{"M":{{"ppg":{{"S":"35.4"}},"apg":{{"S":"6.3"}}}}}}}}"#);
    put(&store, &eighth, Expect::Version(7)).expect("the matching version");
    stale(
        3,
        r#"{"id":{"N":"1"},"name":{"S":"Nadia"},
            "stats":{"M":{"ppg":{"S":"25.7"},"rpg":{"S":"6.9"}}}}"#,
    );
    let ninth = format!(
        r#"{seventh},"stats":{{"M":{{"ppg":{{"S":"35.4"}},"apg":{{"S":"6.3"}},"rpg":{{"S":"6.9"}}}}}}}}"#
    );
    holds(&store, 9, &ninth);
}

fn conflict(result: Result<Outcome, Error>) -> Conflict {
    match result {
        Err(Error::Conflict(conflict)) => *conflict,
        other => panic!("{other:?}"),
    }
}

#[test]
fn optimistic_concurrency_rejects_any_other_version_and_returns_the_item() {
    let (_dir, store) = store(ConflictStrategy::OptimisticConcurrency);
    let text = r#"{"id":{"N":"1"},"n":{"N":"1"}}"#;
    assert!(conflict(put(&store, text, Expect::Version(1))).current.is_none());
    put(&store, text, Expect::Absent).expect("a creation");
    put(&store, text, Expect::Version(1)).expect("the matching version");
    // Older, and from the future: both differ.
    for version in [0, 1, 3, u64::MAX] {
        let rejected = conflict(put(&store, text, Expect::Version(version)));
        assert_eq!(rejected.current.expect("the item").version, 2);
    }
    conflict(put(&store, text, Expect::Absent));
    holds(&store, 2, text);
}

#[test]
fn a_stale_delete_is_rejected_by_every_strategy() {
    for strategy in [ConflictStrategy::OptimisticConcurrency, ConflictStrategy::Automerge] {
        let (_dir, store) = store(strategy);
        let text = r#"{"id":{"N":"1"}}"#;
        put(&store, text, Expect::Any).expect("a commit");
        put(&store, text, Expect::Any).expect("a commit");
        conflict(store.apply(Mutation::delete("t", 1).expect(Expect::Version(1))));
        store.apply(Mutation::delete("t", 1).expect(Expect::Version(2))).expect("a delete");
        let tombstone = store.get_with_tombstone("t", 1).expect("a read").expect("a tombstone");
        assert!(tombstone.deleted && tombstone.version == 3);
        // Deleting it again changes nothing; making it anew goes on counting.
        assert!(!store.delete("t", 1).expect("no change").written);
        let outcome = put(&store, text, Expect::Absent).expect("a creation");
        assert_eq!(outcome.item.expect("an item").version, 4);
    }
}

#[test]
fn put_if_changed_writes_nothing_that_is_there_already() {
    let (_dir, store) = store(ConflictStrategy::OptimisticConcurrency);
    let document = || typed(r#"{"id":{"N":"1"},"n":{"N":"1.0"}}"#);
    assert!(store.put_if_changed("t", document()).expect("a commit").written);
    let again = store.put_if_changed("t", document()).expect("no change");
    assert!(!again.written);
    assert_eq!(again.item.expect("the item").version, 1);
    assert!(store.put("t", document()).expect("a commit").written);
}

#[test]
fn updates_set_and_remove_and_start_from_the_key() {
    let (_dir, store) = store(ConflictStrategy::OptimisticConcurrency);
    let update = Update::new().set("a", Value::from(1)).set("b", Value::from("x"));
    store.update("t", 1, update).expect("an upsert");
    store.update("t", 1, Update::new().remove("a").set("c", Value::Null)).expect("a commit");
    holds(&store, 2, r#"{"id":{"N":"1"},"b":{"S":"x"},"c":{"NULL":true}}"#);
    store.delete("t", 1).expect("a delete");
    // The tombstone's document does not come back.
    store.update("t", 1, Update::new().set("d", Value::from(true))).expect("an upsert");
    holds(&store, 4, r#"{"id":{"N":"1"},"d":{"BOOL":true}}"#);
}

#[test]
fn history_keeps_what_was_superseded() {
    let dir = tempfile::tempdir().expect("a folder");
    let options = Options { worker: None, ..Options::default() };
    let store = Store::builder(dir.path().join("s")).options(options).open().expect("a store");
    let mut spec = TableSpec::new("t", "id").partition_kind(KeyKind::Number);
    spec.ttls.history = None;
    store.create_table(spec).expect("a table");
    for n in 1..=3 {
        store.update("t", 1, Update::new().set("n", Value::from(n))).expect("a commit");
    }
    let versions: Vec<u64> =
        store.history("t", 1).expect("a read").iter().map(|item| item.version).collect();
    assert_eq!(versions, [1, 2]);
    assert!(store.verify().expect("a verification").is_clean());
}

/// A source that re-sends what it has sent already, believing in an older version, doubles nothing.
#[test]
fn put_if_changed_of_what_is_there_merges_nothing() {
    let (_dir, store) = store(ConflictStrategy::Automerge);
    let text = r#"{"id":{"N":"1"},"l":{"L":[{"N":"1"},{"N":"2"}]}}"#;
    put(&store, text, Expect::Any).expect("a commit");
    put(&store, text, Expect::Any).expect("a commit");
    let again = Mutation::put_if_changed("t", typed(text)).expect(Expect::Version(1));
    assert!(!store.apply(again).expect("no change").written);
    holds(&store, 2, text);
}
