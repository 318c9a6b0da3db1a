//! Bad input is normal: each gets an error that names the field and the way out, and changes nothing.

use highwater::testing::MemoryDisk;
use highwater::{
    Document, Error, ErrorKind, Expect, Filter, KeyKind, KeyValue, Limits, ListRequest, Millis,
    Mutation, Options, Projection, Store, SyncPage, SyncRequest, TableSpec, TableSpecExt,
    TokenProblem, Ttls, Update, Value, parse_json,
};

fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().expect("a folder");
    let limits =
        Limits { item_bytes: 2048, batch_items: 10, batch_bytes: 4096, ..Limits::default() };
    let options = Options { worker: None, limits, ..Options::default() };
    let store = Store::builder(dir.path().join("s")).options(options).open().expect("a store");
    let spec = TableSpec::new("notes", "id").index("byOwner", "owner", Projection::All);
    store.create_table(spec).expect("a table");
    let pages = TableSpec::new("pages", "book").sort("page", KeyKind::Number);
    store.create_table(pages).expect("a table");
    (dir, store)
}

fn json(text: &str) -> Document {
    Document::from_json(text).expect("a document")
}

/// Runs `attempt` and insists that it failed with words that say `named`, and that nothing changed.
fn refused<T: std::fmt::Debug>(
    store: &Store,
    named: &[&str],
    attempt: impl FnOnce(&Store) -> Result<T, Error>,
) -> Error {
    let state = |store: &Store| {
        let list = |table| store.list(&ListRequest::new(table)).expect("a listing").items;
        (list("notes"), list("pages"), store.tables())
    };
    let before = state(store);
    let error = attempt(store).expect_err("bad input");
    let text = error.to_string();
    for word in named {
        assert!(text.contains(word), "`{text}` does not name `{word}`");
    }
    assert_eq!(state(store), before);
    error
}

#[test]
fn limits_outside_1_to_1000() {
    let (_dir, store) = store();
    for limit in [0, 1001, u32::MAX] {
        refused(&store, &["limit", "1 to 1000"], |s| {
            s.sync(&SyncRequest::new("notes").limit(limit))
        });
        refused(&store, &["limit", "1 to 1000"], |s| {
            s.list(&ListRequest::new("notes").limit(limit))
        });
    }
}

#[test]
fn names_that_are_not_there() {
    let (_dir, store) = store();
    refused(&store, &["no table `ghosts`"], |s| s.sync(&SyncRequest::new("ghosts")));
    refused(&store, &["no table `ghosts`"], |s| s.get("ghosts", "x"));
    refused(&store, &["no table `ghosts`"], |s| s.put("ghosts", json(r#"{"id":"x"}"#)));
    refused(&store, &["no table `ghosts`"], |s| s.drop_table("ghosts"));
    let request = SyncRequest::new("notes").index("byColour", "red");
    refused(&store, &["no index `byColour`", "byOwner"], |s| s.sync(&request));
    refused(&store, &["already"], |s| s.create_table(TableSpec::new("notes", "id")));
}

#[test]
fn keys_that_do_not_fit_the_table() {
    let (_dir, store) = store();
    let named = ["`id`", "`notes`", "string"];
    refused(&store, &named, |s| s.put("notes", json(r#"{"title":"x"}"#)));
    refused(&store, &named, |s| s.put("notes", json(r#"{"id":7}"#)));
    refused(&store, &named, |s| s.put("notes", json(r#"{"id":null}"#)));
    refused(&store, &["empty"], |s| s.put("notes", json(r#"{"id":""}"#)));
    refused(&store, &["`page`", "nothing"], |s| s.put("pages", json(r#"{"book":"b"}"#)));
    refused(&store, &["`page`", "number"], |s| s.get("pages", "b"));
    refused(&store, &["no sort attribute"], |s| {
        s.delete("notes", highwater::ItemKey::from("x").with_sort(1))
    });
    let long = "k".repeat(2049);
    refused(&store, &["partition value", "2049", "2048"], |s| s.get("notes", long.as_str()));
    let request = SyncRequest::new("pages").partition(KeyValue::from(7));
    refused(&store, &["`book`", "a number"], |s| s.sync(&request));
}

#[test]
fn documents_that_do_not_fit() {
    let (_dir, store) = store();
    let long = format!(r#"{{"id":"x","text":"{}"}}"#, "y".repeat(3000));
    let error =
        refused(&store, &["document of item \"x\"", "2048"], |s| s.put("notes", json(&long)));
    assert_eq!(error.kind(), ErrorKind::Invalid);
    refused(&store, &["`owner`", "`byOwner`", "list"], |s| {
        s.put("notes", json(r#"{"id":"x","owner":["a"]}"#))
    });
    store.put("notes", json(r#"{"id":"x"}"#)).expect("a commit");
    refused(&store, &["2048"], |s| {
        s.update("notes", "x", Update::new().set("text", Value::from("y".repeat(3000))))
    });
    refused(&store, &["cannot move"], |s| {
        s.update("notes", "x", Update::new().set("id", Value::from("z")))
    });
    refused(&store, &["`id`"], |s| s.update("notes", "x", Update::new().remove("id")));
    let deep = (0..40).fold(Value::Null, |value, _| Value::List(vec![value]));
    refused(&store, &["deeper than 32"], |s| {
        s.update("notes", "x", Update::new().set("deep", deep))
    });
    assert!(Document::from_json(r#"{"id":NaN}"#).is_err());
    assert!(Document::from_json(r#"{"id":"x","n":1e200}"#).is_err());
    assert!(highwater::Number::try_from(f64::NAN).is_err());
}

#[test]
fn batches_that_cannot_be() {
    let (_dir, store) = store();
    let put = |id: &str| Mutation::put("notes", json(&format!(r#"{{"id":"{id}"}}"#)));
    refused(&store, &["\"a\"", "twice", "0 and 2"], |s| {
        s.apply_batch(&[put("a"), put("b"), Mutation::delete("notes", "a")])
    });
    refused(&store, &["mutations", "1 to 10"], |s| s.apply_batch(&[]));
    let many: Vec<_> = (0..11).map(|i| put(&i.to_string())).collect();
    refused(&store, &["mutations", "11"], |s| s.apply_batch(&many));
    let heavy = |id: &str| {
        let text = "y".repeat(1500);
        Mutation::put("notes", json(&format!(r#"{{"id":"{id}","text":"{text}"}}"#)))
    };
    refused(&store, &["batch", "4096"], |s| s.apply_batch(&[heavy("a"), heavy("b"), heavy("c")]));
    // The second one conflicts, so the first one is not there either.
    let error = refused(&store, &["conflict on item \"b\"", "version 3"], |s| {
        s.apply_batch(&[put("a"), put("b").expect(Expect::Version(3))])
    });
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[test]
fn specs_that_cannot_be() {
    let (_dir, store) = store();
    let bad = |spec: TableSpec, named: &[&str]| {
        refused(&store, named, |s| s.create_table(spec));
    };
    bad(TableSpec::new("", "id"), &["1 to 255"]);
    bad(TableSpec::new("t", ""), &["partition attribute"]);
    bad(TableSpec::new("t", "id").sort("id", KeyKind::String), &["both partition and sort"]);
    let twice = TableSpec::new("t", "id").index("i", "a", Projection::All).index(
        "i",
        "b",
        Projection::KeysOnly,
    );
    bad(twice, &["two indexes", "`i`"]);
    let ttls = |delta, tombstone| Ttls { delta, tombstone, history: None };
    let short = ttls(Some(Millis(100)), Some(Millis(99)));
    bad(TableSpec::new("t", "id").ttls(short), &["tombstone TTL", "below the delta TTL"]);
    bad(TableSpec::new("t", "id").ttls(ttls(None, Some(Millis(99)))), &["delta TTL (none)"]);
    refused(&store, &["tombstone TTL"], |s| s.alter_ttls("notes", short));
}

#[test]
fn tokens_that_do_not_continue() {
    let (_dir, store) = store();
    for id in ["a", "b", "c"] {
        store.put("notes", json(&format!(r#"{{"id":"{id}","owner":"ann"}}"#))).expect("a commit");
    }
    let first = SyncRequest::new("notes").limit(1);
    let page: SyncPage = store.sync(&first.clone().audience("ann")).expect("a page");
    let token = page.next_token.expect("more pages");
    let unreadable = |text: String| {
        let request = first.clone().audience("ann").next_token(text);
        let error = refused(&store, &["nextToken"], |s| s.sync(&request));
        assert!(
            matches!(error, Error::Token { problem: TokenProblem::Unreadable(_), .. }),
            "{error:?}"
        );
    };
    unreadable(String::new());
    unreadable("not a token!".to_owned());
    for cut in 0..token.len() {
        unreadable(token[..cut].to_owned());
    }
    for at in 0..token.len() {
        let other = if token.as_bytes()[at] == b'A' { 'B' } else { 'A' };
        // The last character of unpadded base64 may carry unused bits; the decoder refuses those too.
        unreadable(format!("{}{other}{}", &token[..at], &token[at + 1..]));
    }

    let foreign = |request: SyncRequest, what: &str| {
        let error =
            refused(&store, &["another", what], |s| s.sync(&request.next_token(token.clone())));
        assert!(
            matches!(error, Error::Token { problem: TokenProblem::Foreign(_), .. }),
            "{error:?}"
        );
        assert_eq!(error.kind(), ErrorKind::SyncAgain);
    };
    let filter = Filter::from_amplify(&parse_json(r#"{"n":{"gt":1}}"#).expect("JSON"));
    foreign(first.clone().audience("bob"), "audience");
    foreign(first.clone(), "audience");
    foreign(SyncRequest::new("pages").audience("ann"), "table");
    foreign(first.clone().audience("ann").index("byOwner", "ann"), "scope");
    foreign(first.clone().audience("ann").filter(filter.expect("a filter")), "filter");

    let cursor = store.sync(&SyncRequest::new("notes")).expect("a page").cursor.expect("a cursor");
    refused(&store, &["nextToken", "not a nextToken"], |s| {
        s.sync(&SyncRequest::new("notes").next_token(cursor.clone()))
    });
    refused(&store, &["cursor", "another scope"], |s| {
        s.sync(&SyncRequest::new("notes").index("byOwner", "ann").cursor(cursor))
    });
}

#[test]
fn a_token_outlives_three_rotations_and_not_the_fourth() {
    let (_dir, store) = store();
    for id in ["a", "b"] {
        store.put("notes", json(&format!(r#"{{"id":"{id}"}}"#))).expect("a commit");
    }
    let first = SyncRequest::new("notes").limit(1);
    let token = store.sync(&first).expect("a page").next_token.expect("more pages");
    for _ in 0..3 {
        store.rotate_token_keys().expect("a rotation");
        store.sync(&first.clone().next_token(token.clone())).expect("an older key opens it");
    }
    store.rotate_token_keys().expect("a rotation");
    refused(&store, &["nextToken", "key"], |s| s.sync(&first.next_token(token)));
}

#[test]
fn a_last_sync_from_the_future_or_from_nowhere_is_a_reset() {
    let (_dir, store) = store();
    for ms in [1, 999_999_999_999_999, u64::MAX] {
        let page = store.sync(&SyncRequest::new("notes").last_sync(Millis(ms))).expect("a page");
        assert!(page.reset, "{ms}");
    }
    let page = store.sync(&SyncRequest::new("notes").last_sync(Millis(0))).expect("a page");
    assert!(page.reset);
}

#[test]
fn options_that_cannot_be() {
    let dir = tempfile::tempdir().expect("a folder");
    let open = |options: Options| Store::builder(dir.path().join("s")).options(options).open();
    let width = Options { bucket_width: Millis(0), ..Options::default() };
    let error = open(width).err().expect("refused").to_string();
    assert!(error.contains("bucket_width"), "{error}");
    let limits = Limits { batch_items: 0, ..Limits::default() };
    let error = open(Options { limits, ..Options::default() }).err().expect("refused").to_string();
    assert!(error.contains("limits.batch_items"), "{error}");
    assert!(!dir.path().join("s").exists(), "a refused opening leaves nothing behind");
}

/// What it replaces is written too, where it is kept.
#[test]
fn a_batch_is_as_large_as_what_it_writes_and_what_history_keeps() {
    let limits = Limits { item_bytes: 4 << 10, batch_bytes: 4 << 10, ..Limits::default() };
    let options = Options { worker: None, limits, ..Options::default() };
    let store = MemoryDisk::default().builder().options(options).open().expect("a store");
    for (table, history) in [("kept", None), ("not", Some(Millis(0)))] {
        let ttls = Ttls { delta: None, tombstone: None, history };
        store.create_table(TableSpec::new(table, "id").ttls(ttls)).expect("a table");
        let put = |id, bytes| {
            let json = format!(r#"{{"id":"{id}","text":"{}"}}"#, "x".repeat(bytes));
            Mutation::put(table, Document::from_json(&json).expect("JSON"))
        };
        let (large, small) = (["a", "b"].map(|id| put(id, 3_000)), ["a", "b"].map(|id| put(id, 1)));
        large.into_iter().for_each(|put| drop(store.apply(put).expect("a commit")));
        let outcome = store.apply_batch(&small);
        let is_refused = matches!(outcome, Err(Error::TooLarge { .. }));
        assert_eq!(is_refused, table == "kept", "{table}: {outcome:?}");
        // One alone is as large as it is.
        store.apply(put("a", 1)).expect("a commit");
    }
}
