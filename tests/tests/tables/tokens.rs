//! Tokens and cursors of several tables: whose they are, and how far they are believed.

use crate::support::{START, both, builder, put, told, world};
use highwater::testing::{ManualTime, MemoryDisk};
use highwater::{
    Document, Error, KeyKind, Limits, Millis, Mode, Store, SyncRequest, TableSpec, TableSpecExt,
    TablesPage, TablesRequest, TokenProblem, Value,
};
use std::sync::Arc;

#[test]
fn a_cursor_tells_nothing_twice_and_a_token_belongs_to_its_question() {
    let world = world();
    world.commit(&[put("lists", "a", "ann"), put("todos", "t", "ann")]);
    let pages = world.pages(both().audience("ann"));
    let cursor = pages.last().and_then(|page| page.cursor.clone()).expect("a cursor");
    let again = both().audience("ann").cursor(&cursor);
    assert!(told(&world.pages(again.clone())).is_empty());
    world.commit(&[put("todos", "t", "ann")]);
    assert_eq!(told(&world.pages(again)), ["1:t"]);

    let token = world.store.sync_tables(&both().audience("ann").limit(1)).expect("a page");
    let token = token.next_token.expect("a further page");
    let foreign = |request: TablesRequest| match world.store.sync_tables(&request) {
        Err(Error::Token { problem: TokenProblem::Foreign(what), .. }) => what,
        other => panic!("{other:?}"),
    };
    assert_eq!(foreign(both().next_token(&token)), "audience");
    assert_eq!(foreign(both().audience("bob").cursor(&cursor)), "audience");
    let turned = TablesRequest::new([SyncRequest::new("todos"), SyncRequest::new("lists")]);
    assert_eq!(foreign(turned.audience("ann").next_token(&token)), "table");
    let fewer = TablesRequest::new([SyncRequest::new("lists")]).audience("ann");
    assert_eq!(foreign(fewer.clone().next_token(&token)), "number of parts");
    assert_eq!(foreign(fewer.cursor(&cursor)), "number of parts");
    let single = world.store.sync(&SyncRequest::new("lists").next_token(&token));
    assert!(matches!(single, Err(Error::Token { .. })), "{single:?}");
}

/// Whether a cursor is answered with all there is.
fn is_reset(store: &Store, cursor: &str) -> bool {
    let page = store.sync_tables(&both().cursor(cursor)).expect("a page");
    page.parts.iter().all(|part| part.mode == Mode::Base && part.reset)
}

fn cursor_of(pages: &[TablesPage]) -> &str {
    pages.last().and_then(|page| page.cursor.as_deref()).expect("a cursor")
}

/// Both stores go on, so that neither floors nor the clock tell them apart.
#[test]
fn what_another_incarnation_hands_out_later_does_not_go_on() {
    let world = world();
    let disk = MemoryDisk::left_by(&world.store).expect("a copy");
    let other = builder(&disk, &world.time, Limits::default()).recover().open().expect("a store");
    // A recovered clock is an hour ahead.
    world.time.advance(Millis(2 * 3_600_000));
    world.commit(&[put("lists", "a", "ann"), put("todos", "t", "ann")]);
    let pages = world.pages(both().limit(1));
    world.time.advance(Millis(2 * 3_600_000));
    assert!(is_reset(&other, cursor_of(&pages)));
    assert!(!is_reset(&world.store, cursor_of(&pages)));
    let token = pages[0].next_token.clone().expect("a further page");
    let answer = other.sync_tables(&both().next_token(token));
    let refused =
        matches!(answer, Err(Error::Token { problem: TokenProblem::OtherIncarnation, .. }));
    assert!(refused, "{answer:?}");
}

/// A store whose folder was put back by hand: what it commits until then would never be told.
#[test]
fn a_cursor_above_the_safe_point_is_answered_with_a_reset() {
    let world = world();
    let disk = MemoryDisk::left_by(&world.store).expect("a copy");
    world.time.advance(Millis(600_000));
    world.commit(&[put("lists", "a", "ann")]);
    let pages = world.pages(both());
    let time = Arc::new(ManualTime::at(START));
    let older = builder(&disk, &time, Limits::default()).open().expect("a store");
    assert!(is_reset(&older, cursor_of(&pages)));
}

/// The longest names of items that there are, in as many parts as a request may have.
#[test]
fn the_longest_token_is_read_again() {
    let world = world();
    world
        .store
        .create_table(TableSpec::new("wide", "p").sort("s", KeyKind::String))
        .expect("a table");
    let partition = "\0".repeat(2048);
    for end in ["a", "b"] {
        let sort = "\0".repeat(1023) + end;
        let item = [("p", Value::from(partition.as_str())), ("s", Value::from(sort.as_str()))];
        let map = item.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        world.store.put("wide", Document::from_map(&map).expect("a document")).expect("a commit");
    }
    let part = SyncRequest::new("wide").partition(partition.as_str());
    let mut request = TablesRequest::new(vec![part; 100]).limit(1);
    let (mut told, mut longest) = (0, 0);
    loop {
        let page = world.store.sync_tables(&request).expect("a page");
        told += page.items.len();
        let Some(token) = page.next_token else { break };
        longest = longest.max(token.len());
        request = request.next_token(token);
    }
    assert_eq!(told, 200);
    assert!(longest > 1 << 20, "no token is longer than {longest} bytes");
}
