//! Pages of a query: bounded, whole, and refused where the question cannot be.

use crate::support::{all, ids, notes, put, store, store_with};
use highwater::{Error, ErrorKind, KeyValue, Limits, Options, QueryRequest, SortCondition};

fn by_owner(owner: &str) -> QueryRequest {
    QueryRequest::new("notes", "byOwner", owner)
}

#[test]
fn items_come_in_the_order_of_the_sort_attribute_and_then_of_their_keys() {
    let (_dir, store) = store();
    for (id, at) in [("c", 5), ("a", 5), ("b", -1), ("d", 12)] {
        put(&store, &format!(r#"{{"id":"{id}","owner":"ann","at":{at}}}"#));
    }
    put(&store, r#"{"id":"e","owner":"bob","at":1}"#);
    put(&store, r#"{"id":"f","owner":"ann"}"#);
    assert_eq!(ids(&all(&store, by_owner("ann"))), ["b", "a", "c", "d"]);
    assert_eq!(ids(&all(&store, by_owner("ann").descending(true))), ["d", "c", "a", "b"]);
    // Without a sort attribute: by key, and an item that lacks the other index's is there too.
    let owned = QueryRequest::new("notes", "owned", "ann");
    assert_eq!(ids(&all(&store, owned)), ["a", "b", "c", "d", "f"]);
    let five = by_owner("ann").sort(SortCondition::Eq(KeyValue::from(5)));
    assert_eq!(ids(&all(&store, five)), ["a", "c"]);
}

#[test]
fn a_full_last_page_has_no_token() {
    let (_dir, store) = store();
    for n in 0..7 {
        put(&store, &format!(r#"{{"id":"n{n}","owner":"ann","at":{n}}}"#));
    }
    for descending in [false, true] {
        let request = by_owner("ann").descending(descending);
        let exact = store.query(&request.clone().limit(7)).expect("a page");
        assert_eq!((exact.items.len(), exact.next_token), (7, None));
        let part = store.query(&request.limit(6)).expect("a page");
        assert_eq!((part.items.len(), part.next_token.is_some()), (6, true));
    }
}

#[test]
fn a_page_is_bounded_in_bytes_and_always_has_room_for_one_item() {
    let limits = Limits { page_bytes: 4096, ..Limits::default() };
    let (_dir, store) = store_with(Options { limits, ..Options::default() }, notes());
    for (n, size) in [1500, 1500, 1500, 9000, 1500, 9000].into_iter().enumerate() {
        let text = "x".repeat(size);
        put(&store, &format!(r#"{{"id":"n{n}","owner":"ann","at":{n},"text":"{text}"}}"#));
    }
    for descending in [false, true] {
        let mut request = by_owner("ann").descending(descending);
        let mut count = 0;
        loop {
            let page = store.query(&request).expect("a page");
            let bytes: usize = page.items.iter().map(|i| i.document.as_bytes().len()).sum();
            assert!(bytes <= 4096 || page.items.len() == 1, "{bytes}");
            count += page.items.len();
            let Some(token) = page.next_token else { break };
            request.next_token = Some(token);
        }
        assert_eq!(count, 6);
    }
}

#[test]
fn what_is_deleted_or_moves_away_between_two_pages_is_not_told() {
    let (_dir, store) = store();
    for n in 0..6 {
        put(&store, &format!(r#"{{"id":"n{n}","owner":"ann","at":{n}}}"#));
    }
    let first = store.query(&by_owner("ann").limit(2)).expect("a page");
    store.delete("notes", "n1").expect("a commit");
    store.delete("notes", "n3").expect("a commit");
    put(&store, r#"{"id":"n4","owner":"bob","at":4}"#);
    let rest = by_owner("ann").next_token(first.next_token.expect("more"));
    assert_eq!(ids(&all(&store, rest)), ["n2", "n5"]);
}

#[test]
fn what_cannot_be_asked_is_refused_by_name() {
    let (_dir, store) = store();
    let refused = |request: QueryRequest, named: &str| {
        let error = store.query(&request).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(error.to_string().contains(named), "`{error}` does not name `{named}`");
    };
    let owned = QueryRequest::new("notes", "owned", "ann");
    refused(by_owner("ann").limit(0), "1 to 1000");
    refused(by_owner("ann").limit(1001), "1 to 1000");
    refused(QueryRequest::new("nope", "byOwner", "ann"), "nope");
    refused(QueryRequest::new("notes", "nope", "ann"), "byOwner, owned");
    refused(owned.sort(SortCondition::Gt(KeyValue::from(1))), "`owned` has no sort attribute");
    let between = |low, high| by_owner("ann").sort(SortCondition::Between(low, high));
    refused(between(KeyValue::from(2), KeyValue::from(1)), "2 and 1");
    refused(between(KeyValue::from(2), KeyValue::from("3")), "one type");
    refused(by_owner("ann").sort(SortCondition::BeginsWith(KeyValue::from(1))), "string or binary");
    let long = KeyValue::from("x".repeat(3000).as_str());
    refused(by_owner("ann").sort(SortCondition::Le(long.clone())), "3000");
    refused(QueryRequest::new("notes", "byOwner", long), "3000");
    assert!(matches!(
        store.query(&QueryRequest::new("notes", "nope", "ann")),
        Err(Error::UnknownIndex { .. })
    ));
}
