//! Several tables in one sync: one commit order, one token, one `startedAt`.

use highwater::testing::ManualTime;
use highwater::{
    Document, Error, Millis, Mode, Mutation, Options, Projection, Replica, Store, SyncPage,
    SyncRequest, TableSpec, TableSpecExt, TablesPage, TablesRequest, TokenProblem, Ttls,
};
use proptest::prelude::*;
use std::sync::Arc;

struct World {
    store: Store,
    time: Arc<ManualTime>,
    _dir: tempfile::TempDir,
}

fn world() -> World {
    let dir = tempfile::tempdir().expect("a folder");
    let time = Arc::new(ManualTime::at(Millis(1_700_000_000_000)));
    let options = Options { worker: None, bucket_width: Millis(50), ..Options::default() };
    let store = Store::builder(dir.path().join("s"))
        .options(options)
        .time_source(Arc::clone(&time) as _)
        .open()
        .expect("a store");
    for (name, delta) in [("lists", None), ("todos", None), ("short", Some(Millis(200)))] {
        let ttls = Ttls { delta, tombstone: None, history: Some(Millis(0)) };
        let spec = TableSpec::new(name, "id").index("byOwner", "owner", Projection::KeysOnly);
        store.create_table(spec.ttls(ttls)).expect("a table");
    }
    time.advance(Millis(10));
    World { store, time, _dir: dir }
}

fn put(table: &str, id: &str, owner: &str) -> Mutation {
    let json = format!(r#"{{"id":"{id}","owner":"{owner}"}}"#);
    Mutation::put(table, Document::from_json(&json).expect("JSON"))
}

fn both() -> TablesRequest {
    TablesRequest::new([SyncRequest::new("lists"), SyncRequest::new("todos")])
}

impl World {
    fn commit(&self, mutations: &[Mutation]) {
        self.store.apply_batch(mutations).expect("a commit");
        self.time.advance(Millis(3));
    }

    fn pages(&self, mut request: TablesRequest) -> Vec<TablesPage> {
        let mut pages = Vec::new();
        for _ in 0..1_000 {
            let page = self.store.sync_tables(&request).expect("a page");
            request.next_token.clone_from(&page.next_token);
            pages.push(page);
            if request.next_token.is_none() {
                return pages;
            }
        }
        panic!("the pagination does not end");
    }
}

/// The items told, as `part:id`.
fn told(pages: &[TablesPage]) -> Vec<String> {
    let items = pages.iter().flat_map(|page| &page.items);
    items.map(|(part, item)| format!("{part}:{}", item.key).replace('"', "")).collect()
}

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

/// What one part of a page tells, as a page of its own.
fn part_of(page: &TablesPage, place: usize) -> SyncPage {
    let items = page.items.iter().filter(|(part, _)| *part == place);
    SyncPage {
        items: items.map(|(_, item)| item.clone()).collect(),
        next_token: page.next_token.clone(),
        scanned_count: 0,
        started_at: page.started_at,
        reset: page.parts[place].reset,
        cursor: None,
        incarnation: page.incarnation,
        mode: page.parts[place].mode,
        digest: page.parts[place].digest,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// A device that syncs three tables at once ends with each of them, whatever is committed amid pages.
    #[test]
    fn a_device_of_several_tables_ends_equal_to_them(
        steps in proptest::collection::vec(
            (proptest::collection::btree_map((0..3_usize, 0..5_u8), 0..3_u8, 1..4), 1..4_u32, 0..150_u64),
            1..15),
    ) {
        const TABLES: [&str; 3] = ["lists", "todos", "short"];
        let world = world();
        let mut devices = [Replica::default(), Replica::default(), Replica::default()];
        let request = || TablesRequest::new(TABLES.map(SyncRequest::new));
        let mut since = None;
        let quiet = (Default::default(), 3, 0);
        for (writes, limit, pause) in steps.iter().chain([&quiet, &quiet]) {
            let mut asked = match since {
                Some(last) => request().last_sync(last),
                None => request(),
            }.limit(*limit);
            let mutations: Vec<_> = writes.iter().map(|((table, id), what)| match what {
                0 => Mutation::delete(TABLES[*table], id.to_string()),
                owner => put(TABLES[*table], &id.to_string(), &format!("o{owner}")),
            }).collect();
            let mut amid = !mutations.is_empty();
            loop {
                let page = world.store.sync_tables(&asked).expect("a page");
                for (place, device) in devices.iter_mut().enumerate() {
                    device.apply("v", &part_of(&page, place));
                }
                if std::mem::take(&mut amid) {
                    world.store.apply_batch(&mutations).expect("a commit");
                }
                match page.next_token {
                    Some(token) => asked.next_token = Some(token),
                    None => {
                        since = Some(page.started_at);
                        for (part, device) in page.parts.iter().zip(&devices) {
                            prop_assert!(part.digest.is_none_or(|told| told == device.digest("v")));
                        }
                        break;
                    }
                }
            }
            world.time.advance(Millis(pause + 2));
            world.store.expire().expect("an expiry");
        }
        for (table, device) in TABLES.iter().zip(&devices) {
            let digest = world.store.digest(table, &highwater::ScopeRequest::Table).expect("a read");
            prop_assert_eq!(Some(device.digest("v")), digest, "{}", table);
        }
    }
}
