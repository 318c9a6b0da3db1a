//! In which order several tables are told, and each part as it must be.

use crate::support::{both, put, told, world};
use highwater::{Millis, Mode, SyncRequest, TablesRequest};

#[test]
fn deltas_are_told_in_one_commit_order_with_one_started_at() {
    let world = world();
    let since = world.store.sync_tables(&both()).expect("a page").started_at;
    world.time.advance(Millis(3));
    world.commit(&[put("todos", "t1", "ann")]);
    world.commit(&[put("lists", "l1", "ann"), put("todos", "t2", "ann")]);
    world.commit(&[put("lists", "l2", "bob")]);
    world.commit(&[put("todos", "t1", "bob")]);
    for limit in 1..6 {
        let pages = world.pages(both().last_sync(since).limit(limit));
        assert_eq!(told(&pages), ["0:l1", "1:t2", "0:l2", "1:t1"], "limit {limit}");
        let moments: Vec<_> =
            pages.iter().flat_map(|p| &p.items).map(|(_, item)| item.changed_at).collect();
        assert!(moments.is_sorted(), "{moments:?}");
        for page in &pages {
            assert_eq!(page.started_at, pages[0].started_at);
            assert!(page.scanned_count <= limit as usize);
            assert!(page.parts.iter().all(|part| part.mode == Mode::Delta && !part.reset));
        }
        let last = pages.last().expect("a page");
        let digests: Vec<_> = last.parts.iter().map(|part| part.digest.map(|d| d.items)).collect();
        assert_eq!(digests, [Some(2), Some(2)]);
    }
}

#[test]
fn each_part_is_answered_as_it_must_be() {
    let world = world();
    world.commit(&[put("lists", "a", "ann"), put("short", "s", "ann")]);
    let all = || {
        TablesRequest::new([
            SyncRequest::new("lists"),
            SyncRequest::new("short"),
            SyncRequest::new("todos").index("byOwner", "ann"),
        ])
    };
    let first = world.pages(all().limit(1));
    assert!(first[0].parts.iter().all(|part| part.mode == Mode::Base && part.reset));
    assert_eq!(told(&first), ["0:a", "1:s"]);
    world.time.advance(Millis(1_000));
    world.commit(&[put("todos", "t", "ann"), put("lists", "b", "bob"), put("short", "r", "ann")]);
    world.store.expire().expect("an expiry");
    let later = world.pages(all().last_sync(first[0].started_at).limit(1));
    let modes: Vec<_> = later[0].parts.iter().map(|part| part.mode).collect();
    assert_eq!(modes, [Mode::Delta, Mode::CatchUp, Mode::Delta]);
    assert_eq!(told(&later), ["1:r", "2:t", "0:b"], "what reads base comes first");
}
