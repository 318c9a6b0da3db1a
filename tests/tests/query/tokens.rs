//! A token goes on with its own question alone.

use crate::support::{notes, put, store};
use highwater::testing::MemoryDisk;
use highwater::{
    Error, ErrorKind, Filter, KeyValue, QueryRequest, SortCondition, SyncRequest, TokenProblem,
    parse_json,
};

fn asked() -> QueryRequest {
    QueryRequest::new("notes", "byOwner", "ann").limit(1).audience("ann")
}

#[test]
fn a_token_of_another_question_is_refused_by_what_differs() {
    let (_dir, store) = store();
    for n in 0..4 {
        put(&store, &format!(r#"{{"id":"n{n}","owner":"ann","at":{n}}}"#));
    }
    let token = store.query(&asked()).expect("a page").next_token.expect("more");
    store.query(&asked().limit(1000).next_token(&*token)).expect("the limit may change");
    let filter = parse_json(r#"{"at":{"gt":0}}"#).expect("JSON");
    let mut other = asked();
    other.value = KeyValue::from("bob");
    let mut index = asked();
    "owned".clone_into(&mut index.index);
    for (request, named) in [
        (other, "question"),
        (index, "index"),
        (asked().audience("bob"), "audience"),
        (asked().descending(true), "question"),
        (asked().sort(SortCondition::Ge(KeyValue::from(0))), "question"),
        (asked().filter(Filter::from_amplify(&filter).expect("a filter")), "question"),
    ] {
        let error = store.query(&request.next_token(&*token)).expect_err("refused");
        assert!(matches!(error, Error::Token { .. }), "{error}");
        assert_eq!(error.kind(), ErrorKind::SyncAgain);
        assert!(error.to_string().contains(named), "`{error}` does not name `{named}`");
    }
}

#[test]
fn a_token_of_another_kind_or_store_or_a_changed_one_is_refused() {
    let (_dir, one) = store();
    let (_other_dir, other) = store();
    for n in 0..4 {
        put(&one, &format!(r#"{{"id":"n{n}","owner":"ann","at":{n}}}"#));
    }
    let token = one.query(&asked()).expect("a page").next_token.expect("more");
    let refused = |error: Error| assert!(matches!(error, Error::Token { .. }), "{error}");
    refused(other.query(&asked().next_token(&*token)).expect_err("another store's"));
    let page = one.sync(&SyncRequest::new("notes").limit(1)).expect("a page");
    let sync_token = page.next_token.expect("more");
    refused(one.query(&asked().next_token(sync_token)).expect_err("a sync's"));
    refused(one.sync(&SyncRequest::new("notes").next_token(&*token)).expect_err("a query's"));
    let changed = format!("{}A", &token[..token.len() - 1]);
    let changed =
        if changed == token { format!("{}B", &token[..token.len() - 1]) } else { changed };
    refused(one.query(&asked().next_token(changed)).expect_err("changed"));
    refused(one.query(&asked().next_token("")).expect_err("empty"));
}

#[test]
fn a_token_from_before_a_recovery_is_refused() {
    let store = MemoryDisk::default().builder().open().expect("a store");
    store.create_table(notes()).expect("a table");
    for n in 0..4 {
        put(&store, &format!(r#"{{"id":"n{n}","owner":"ann","at":{n}}}"#));
    }
    let token = store.query(&asked()).expect("a page").next_token.expect("more");
    let disk = MemoryDisk::left_by(&store).expect("a copy");
    let recovered = disk.builder().recover().open().expect("a recovered store");
    let error = recovered.query(&asked().next_token(token)).expect_err("refused");
    let problem = TokenProblem::OtherIncarnation;
    assert!(matches!(&error, Error::Token { problem: found, .. } if *found == problem), "{error}");
}
