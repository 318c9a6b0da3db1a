//! What one page of several tables may hold.

use crate::support::{both, put, told, world, world_within};
use highwater::{
    Document, Error, Filter, Limits, Millis, Mode, Mutation, Paging, SyncRequest, TablesRequest,
    parse_json,
};

#[test]
fn the_number_of_parts_is_bounded() {
    let world = world();
    for count in [0, 101] {
        let request = TablesRequest::new((0..count).map(|_| SyncRequest::new("lists")));
        let refused = world.store.sync_tables(&request);
        assert!(matches!(refused, Err(Error::OutOfRange { field: "parts", .. })), "{refused:?}");
    }
    let request = TablesRequest::new([SyncRequest::new("nowhere")]);
    let refused = world.store.sync_tables(&request);
    assert!(matches!(refused, Err(Error::UnknownTable { .. })), "{refused:?}");
}

#[test]
fn a_filled_page_holds_as_many_items_as_the_limit_says() {
    let world = world();
    let since = world.store.sync_tables(&both()).expect("a page").started_at;
    world.time.advance(Millis(3));
    for n in 0..24 {
        let (table, owner) = (["lists", "todos"][n / 2 % 2], ["ann", "bob"][n % 2]);
        world.commit(&[put(table, &n.to_string(), owner)]);
    }
    let json = parse_json(r#"{"owner":{"contains":"ann"}}"#).expect("JSON");
    let filter = Filter::from_amplify(&json).expect("a filter");
    let part = |table: &str| SyncRequest::new(table).filter(filter.clone());
    let base = TablesRequest {
        paging: Paging::Filled,
        ..TablesRequest::new([part("lists"), part("todos")]).limit(5)
    };
    for request in [base.clone().last_sync(since), base] {
        let pages = world.pages(request);
        let counts: Vec<_> = pages.iter().map(|page| page.items.len()).collect();
        assert_eq!(counts, [5, 5, 2]);
        assert!(pages[0].scanned_count > 5, "what does not pass is not counted");
    }
}

#[test]
fn a_page_is_bounded_in_bytes_over_all_its_parts() {
    let world = world_within(Limits { page_bytes: 4096, ..Limits::default() });
    let since = world.store.sync_tables(&both()).expect("a page").started_at;
    world.time.advance(Millis(3));
    for n in 0..12 {
        let text = "x".repeat(if n == 7 { 9_000 } else { 1_500 });
        let json = format!(r#"{{"id":"{n}","text":"{text}"}}"#);
        let document = Document::from_json(&json).expect("JSON");
        world.commit(&[Mutation::put(["lists", "todos"][n % 2], document)]);
    }
    for request in [both(), both().last_sync(since)] {
        let pages = world.pages(request);
        assert_eq!(told(&pages).len(), 12);
        for page in &pages {
            let weights = page.items.iter().map(|(_, item)| item.document.as_bytes().len());
            let bytes: usize = weights.sum();
            assert!(bytes <= 4096 || page.items.len() == 1, "{bytes}");
        }
        assert!(pages.iter().any(|page| page.items.len() == 2), "a page has room for two");
    }
}

#[test]
fn what_is_added_to_a_table_before_its_turn_does_not_make_the_run_longer() {
    let world = world();
    let add = |table: &str, ids: std::ops::Range<usize>| {
        ids.for_each(|n| world.commit(&[put(table, &format!("{n:03}"), "ann")]));
    };
    add("lists", 0..4);
    add("todos", 0..4);
    let mut request = both().limit(3);
    let mut told = Vec::new();
    for page in 1.. {
        let answer = world.store.sync_tables(&request).expect("a page");
        told.push(answer.items.len());
        add("todos", page * 10..page * 10 + 10);
        match answer.next_token {
            Some(token) => request.next_token = Some(token),
            None => break,
        }
    }
    assert_eq!(told, [3, 3, 2]);
}

/// A log that has nothing for the run is at its end on the first page, long before its turn comes.
#[test]
fn what_is_committed_to_an_empty_part_amid_the_run_is_told_by_the_next_one() {
    let world = world();
    let since = world.store.sync_tables(&both()).expect("a page").started_at;
    world.time.advance(Millis(3));
    world.commit(&[put("short", "a", "ann"), put("short", "b", "ann")]);
    world.time.advance(Millis(1_000));
    world.store.expire().expect("an expiry");
    let parts = TablesRequest::new([SyncRequest::new("short"), SyncRequest::new("lists")]);
    let mut request = parts.limit(1).last_sync(since);
    let mut pages = vec![world.store.sync_tables(&request).expect("a page")];
    let modes: Vec<_> = pages[0].parts.iter().map(|part| part.mode).collect();
    assert_eq!(modes, [Mode::CatchUp, Mode::Delta]);
    world.commit(&[put("lists", "x", "ann")]);
    request.next_token.clone_from(&pages[0].next_token);
    pages.extend(world.pages(request.clone()));
    assert_eq!(told(&pages), ["0:a", "0:b"]);
    let last = pages.last().expect("a page");
    assert_eq!(last.parts[1].digest, None, "the client's copy is not what the table is now");
    let next = TablesRequest { next_token: None, ..request }.last_sync(last.started_at);
    assert_eq!(told(&world.pages(next)), ["1:x"]);
}
