//! Pages: no page exceeds its limits, every pagination ends, and no token is handed out for nothing.

use highwater::testing::{ManualTime, MemoryDisk};
use highwater::{
    Document, Filter, Leavers, Limits, Millis, Mode, Mutation, Options, Paging, Projection, Store,
    SyncItem, SyncPage, SyncRequest, TableSpec, TableSpecExt, TablesRequest, Ttls, parse_json,
};
use std::sync::Arc;

struct World {
    store: Store,
    time: Arc<ManualTime>,
}

fn world(limits: Limits) -> World {
    let time = Arc::new(ManualTime::at(Millis(1_700_000_000_000)));
    let options = Options { worker: None, limits, bucket_width: Millis(50), ..Options::default() };
    let store = MemoryDisk::default()
        .builder()
        .options(options)
        .time_source(Arc::clone(&time) as _)
        .open()
        .expect("a store");
    let ttls = Ttls { delta: Some(Millis(500)), tombstone: None, history: Some(Millis(0)) };
    let spec = TableSpec::new("t", "id").index("byOwner", "owner", Projection::KeysOnly).ttls(ttls);
    store.create_table(spec).expect("a table");
    time.advance(Millis(10));
    World { store, time }
}

impl World {
    fn put(&self, range: std::ops::Range<usize>, rest: &str) {
        let document = |n: usize| {
            let json = format!(r#"{{"id":"{n:06}","owner":"o{}"{rest}}}"#, n % 10);
            Mutation::put("t", Document::from_json(&json).expect("JSON"))
        };
        let all: Vec<Mutation> = range.map(document).collect();
        for batch in all.chunks(500) {
            self.store.apply_batch(batch).expect("a commit");
        }
        self.time.advance(Millis(10));
    }

    /// Every page of a run; fails if it does not end.
    fn run(&self, mut request: SyncRequest) -> Vec<SyncPage> {
        let mut pages = Vec::new();
        for _ in 0..20_000 {
            let page = self.store.sync(&request).expect("a page");
            request.next_token.clone_from(&page.next_token);
            pages.push(page);
            if request.next_token.is_none() {
                return pages;
            }
        }
        panic!("the pagination does not end");
    }
}

fn items(pages: &[SyncPage]) -> Vec<&SyncItem> {
    pages.iter().flat_map(|page| &page.items).collect()
}

fn filter(json: &str) -> Filter {
    Filter::from_amplify(&parse_json(json).expect("JSON")).expect("a filter")
}

#[test]
fn a_full_last_page_has_no_token() {
    let world = world(Limits::default());
    world.put(0..30, "");
    for request in [
        SyncRequest::new("t"),
        SyncRequest::new("t").last_sync(Millis(1_700_000_000_005)),
        SyncRequest::new("t").index("byOwner", "o1"),
    ] {
        let whole = world.run(request.clone().limit(1000));
        let count = whole[0].items.len();
        assert!(whole.len() == 1 && count > 0);
        let exact = world.run(request.clone().limit(u32::try_from(count).expect("small")));
        assert_eq!(exact.len(), 1);
        let halves = world.run(request.limit(u32::try_from(count - 1).expect("small").max(1)));
        assert_eq!(halves.len(), 2);
        assert_eq!(items(&halves), items(&whole));
        assert!(halves.iter().all(|page| page.started_at == halves[0].started_at));
        assert!(halves[0].cursor.is_none() && halves[1].cursor.is_some());
    }
}

#[test]
fn limit_counts_what_is_examined_or_what_is_returned() {
    let world = world(Limits { scan_items: 40, ..Limits::default() });
    world.put(0..100, "");
    let one_in_ten = SyncRequest::new("t").limit(5).filter(filter(r#"{"owner":{"contains":"7"}}"#));
    let examined = world.run(one_in_ten.clone());
    assert_eq!(examined.len(), 20);
    assert!(examined.iter().all(|page| page.scanned_count <= 5));

    let filled = world.run(one_in_ten.paging(Paging::Filled));
    assert!(filled.iter().all(|page| page.scanned_count <= 40 && page.items.len() <= 5));
    // 40 examined give 4, so two full budgets and a rest.
    assert_eq!(filled.len(), 3);
    assert_eq!(items(&filled), items(&examined));
    assert_eq!(items(&filled).len(), 10);
}

#[test]
fn a_page_is_bounded_in_bytes_and_always_has_room_for_one_item() {
    let limits = Limits { page_bytes: 4096, ..Limits::default() };
    let world = world(limits);
    let before = world.store.sync(&SyncRequest::new("t")).expect("a page").started_at;
    world.put(0..20, &format!(r#","text":"{}""#, "x".repeat(1500)));
    world.put(20..22, &format!(r#","text":"{}""#, "x".repeat(9000)));
    let check = |items: &[&SyncItem]| {
        let bytes: usize = items.iter().map(|item| item.document.as_bytes().len()).sum();
        assert!(bytes <= 4096 || items.len() == 1, "{bytes}");
        assert!(!items.is_empty());
    };
    for request in [SyncRequest::new("t"), SyncRequest::new("t").index("byOwner", "o1")] {
        for request in [request.clone(), request.last_sync(before)] {
            let pages = world.run(request.limit(1000));
            pages.iter().for_each(|page| check(&page.items.iter().collect::<Vec<_>>()));
        }
    }
    let mut of_tables = TablesRequest::new([SyncRequest::new("t")]).last_sync(before).limit(1000);
    loop {
        let page = world.store.sync_tables(&of_tables).expect("a page");
        check(&page.items.iter().map(|(_, item)| item).collect::<Vec<_>>());
        let Some(token) = page.next_token else { break };
        of_tables = of_tables.next_token(token);
    }
}

#[test]
fn a_catch_up_over_a_large_table_goes_in_bounded_steps() {
    let world = world(Limits { scan_items: 100, ..Limits::default() });
    world.put(0..6_000, "");
    let seen = world.store.sync(&SyncRequest::new("t")).expect("a page").started_at;
    world.put(5_999..6_000, r#","n":1"#);
    world.time.advance(Millis(5_000));
    world.store.expire().expect("an expiry");
    let pages = world.run(SyncRequest::new("t").last_sync(seen).limit(50));
    assert!(pages.iter().all(|page| page.mode == Mode::CatchUp && !page.reset));
    assert!(pages.len() > 3, "{} pages", pages.len());
    assert_eq!(items(&pages).len(), 1);
}

#[test]
fn items_added_while_a_base_run_pages_do_not_keep_it_from_ending() {
    let world = world(Limits::default());
    world.put(0..10, "");
    let mut request = SyncRequest::new("t").limit(3);
    let mut pages = 0;
    // Many more than there should be: a run that does not end is not waited for.
    while pages < 40 {
        let page = world.store.sync(&request).expect("a page");
        pages += 1;
        world.put(10 + pages * 10..20 + pages * 10, "");
        let Some(token) = page.next_token else { break };
        request.next_token = Some(token);
    }
    assert_eq!(pages, 4);
}

#[test]
fn who_hides_leavers_is_told_of_none() {
    let world = world(Limits::default());
    world.put(0..10, "");
    let asked = |leavers, json: &str| {
        SyncRequest::new("t").filter(filter(json)).leavers(leavers).limit(100)
    };
    let pinned = r#"{"owner":{"eq":"o1"}}"#;
    let seen = world.store.sync(&asked(Leavers::Hide, pinned)).expect("a page").started_at;
    let moved = Document::from_json(r#"{"id":"000001","owner":"o2"}"#).expect("JSON");
    world.store.put("t", moved).expect("a commit");
    world.time.advance(Millis(10));
    for json in [pinned, r#"{"owner":{"contains":"1"}}"#] {
        for (leavers, told) in [(Leavers::Hide, 0), (Leavers::Report, 1)] {
            let page = world.store.sync(&asked(leavers, json).last_sync(seen)).expect("a page");
            assert_eq!((page.mode, page.items.len()), (Mode::Delta, told), "{json} {leavers:?}");
        }
    }
    // A client that removes nothing by absence hears of it in a base run too, and of all others that it may not hold.
    for (leavers, told) in [(Leavers::Report, 0), (Leavers::ReportInBase, 10)] {
        let page = world.store.sync(&asked(leavers, pinned)).expect("a page");
        assert_eq!((page.mode, page.items.len()), (Mode::Base, told), "{leavers:?}");
    }
}
