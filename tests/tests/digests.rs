//! Digests: a client proves its copy of a table or of a scope.

use highwater::testing::ManualTime;
use highwater::{
    Digest, Document, Filter, ItemKey, Limits, Millis, Mutation, Options, Projection, Replica,
    ScopeRequest, Store, SyncPage, SyncRequest, TableSpec, TableSpecExt, Ttls, parse_json,
};
use highwater_format::{DIGEST_SLOTS, digest_slot};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

struct World {
    store: Store,
    time: Arc<ManualTime>,
    _dir: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        Self::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let time = Arc::new(ManualTime::at(Millis(1_700_000_000_000)));
        let options =
            Options { worker: None, bucket_width: Millis(50), limits, ..Options::default() };
        let store = Store::builder(dir.path().join("s"))
            .options(options)
            .time_source(Arc::clone(&time) as _)
            .open()
            .expect("a store");
        let (delta, tombstone) = (Some(Millis(500)), Some(Millis(900)));
        let spec = TableSpec::new("t", "id")
            .index("byOwner", "owner", Projection::KeysOnly)
            .ttls(Ttls { delta, tombstone, history: Some(Millis(0)) });
        store.create_table(spec).expect("a table");
        time.advance(Millis(10));
        Self { store, time, _dir: dir }
    }

    fn put(&self, id: &str, owner: &str) {
        self.store.apply(put(id, owner)).expect("a commit");
        self.time.advance(Millis(2));
    }

    /// Syncs to the end and gives the last page.
    fn sync(&self, device: &mut Replica, mut request: SyncRequest) -> SyncPage {
        if let Some(last) = device.last_sync("v") {
            request = request.last_sync(last);
        }
        loop {
            let page = self.store.sync(&request).expect("a page");
            device.apply("v", &page);
            match &page.next_token {
                Some(token) => request.next_token = Some(token.clone()),
                None => return page,
            }
        }
    }
}

fn put(id: &str, owner: &str) -> Mutation {
    let json = format!(r#"{{"id":"{id}","owner":"{owner}"}}"#);
    Mutation::put("t", Document::from_json(&json).expect("JSON"))
}

fn whole() -> SyncRequest {
    SyncRequest::new("t").limit(2)
}

fn scope(owner: &str) -> SyncRequest {
    SyncRequest::new("t").index("byOwner", owner).limit(2)
}

fn index(owner: &str) -> ScopeRequest {
    scope(owner).scope
}

#[test]
fn a_whole_sync_and_a_scope_prove_their_copies() {
    let world = World::new();
    for n in 0..5 {
        world.put(&n.to_string(), ["ann", "bob"][n % 2]);
    }
    world.put("0", "bob");
    world.store.delete("t", "1").expect("a commit");
    world.time.advance(Millis(2));
    for (request, items) in [(whole(), 4), (scope("ann"), 2), (scope("bob"), 2)] {
        let mut device = Replica::default();
        let last = world.sync(&mut device, request.clone());
        let told = last.digest.expect("nothing changed meanwhile");
        assert_eq!(told, device.digest("v"));
        assert_eq!(told.items, items);
        assert_eq!(Some(told), world.store.digest("t", &request.scope).expect("a read"));
    }
}

/// The first part and the last among them.
#[test]
fn an_item_counts_whatever_part_of_a_digest_it_is_in() {
    let world = World::new();
    let mut by_part = BTreeMap::new();
    for n in 0.. {
        let id = format!("i{n}");
        by_part.entry(digest_slot(&ItemKey::from(&*id).encode())).or_insert(id);
        if by_part.len() == DIGEST_SLOTS {
            break;
        }
    }
    for (part, id) in &by_part {
        world.put(id, "ann");
        let put = u64::from(*part) + 1;
        for request in [whole(), scope("ann")] {
            let told = world.store.digest("t", &request.scope).expect("a read");
            assert_eq!(told.map(|digest| digest.items), Some(put), "part {part}");
        }
    }
    for request in [whole(), scope("ann")] {
        let mut device = Replica::default();
        let told = world.sync(&mut device, request).digest.expect("nothing changed meanwhile");
        assert_eq!(told, device.digest("v"));
    }
}

#[test]
fn a_copy_that_lacks_or_has_too_much_is_found_out() {
    let world = World::new();
    world.put("a", "ann");
    world.put("b", "ann");
    let mut complete = Replica::default();
    let told = world.sync(&mut complete, whole()).digest.expect("a digest");
    // A page that a careless client has dropped.
    let mut careless = Replica::default();
    let first = world.store.sync(&whole().limit(1)).expect("a page");
    let token = first.next_token.expect("a further page");
    careless.apply("v", &world.store.sync(&whole().next_token(token)).expect("a page"));
    assert_eq!(careless.digest("v").items, 1);
    assert_ne!(careless.digest("v"), told);
    world.store.delete("t", "a").expect("a commit");
    world.time.advance(Millis(2));
    let told = world.store.digest("t", &ScopeRequest::Table).expect("a read");
    assert_ne!(Some(complete.digest("v")), told, "a copy from before the delete");
}

#[test]
fn no_digest_where_it_would_not_be_of_what_the_client_holds() {
    let world = World::new();
    for id in ["a", "b", "c"] {
        world.put(id, "ann");
    }
    // Something changes between the pages.
    let first = world.store.sync(&whole()).expect("a page");
    assert_eq!(first.digest, None, "not before the last page");
    world.put("a", "bob");
    let token = first.next_token.expect("a further page");
    let last = world.store.sync(&whole().next_token(&token)).expect("a page");
    assert_eq!((last.next_token, last.digest), (None, None));
    let mut mover = Replica::default();
    assert!(world.sync(&mut mover, scope("ann")).digest.is_some());
    let first = world.store.sync(&scope("ann").limit(1)).expect("a page");
    world.store.delete("t", "b").expect("a commit");
    let token = first.next_token.expect("a further page");
    let last = world.store.sync(&scope("ann").next_token(token)).expect("a page");
    assert_eq!((last.next_token, last.digest), (None, None));

    let filter = Filter::from_amplify(&parse_json(r#"{"owner":{"ne":"x"}}"#).expect("JSON"));
    let filtered = SyncRequest::new("t").filter(filter.expect("a filter"));
    assert_eq!(world.store.sync(&filtered).expect("a page").digest, None, "filtered");
    let partition = SyncRequest::new("t").partition("a");
    assert_eq!(world.store.sync(&partition).expect("a page").digest, None, "no index covers it");
}

/// Whether deletes are forgotten as well, or the log alone.
#[test]
fn no_digest_once_the_log_above_the_run_is_forgotten() {
    for (recent_bytes, later) in [(0, 600), (0, 2_000), (1 << 20, 600), (1 << 20, 2_000)] {
        let world = World::with(Limits { recent_bytes, ..Limits::default() });
        for id in ["a", "b", "c"] {
            world.put(id, "ann");
        }
        let first = world.store.sync(&whole()).expect("a page");
        world.put("a", "ann");
        world.time.advance(Millis(later));
        world.store.expire().expect("an expiry");
        let token = first.next_token.expect("a further page");
        let last = world.store.sync(&whole().next_token(token)).expect("a base run goes on");
        assert_eq!(
            (last.next_token, last.digest),
            (None, None),
            "the log has lost the change of a"
        );
    }
}

#[test]
fn a_dropped_table_takes_its_digests_along() {
    let world = World::new();
    world.put("a", "ann");
    world.store.drop_table("t").expect("a drop");
    let spec = TableSpec::new("t", "id").index("byOwner", "owner", Projection::All);
    world.store.create_table(spec).expect("a table");
    for scope in [ScopeRequest::Table, index("ann")] {
        assert_eq!(world.store.digest("t", &scope).expect("a read"), Some(Digest::default()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is written, in batches or alone, each digest is that of the live items.
    #[test]
    fn digests_follow_every_write(
        batches in proptest::collection::vec(
            proptest::collection::btree_map(0..12_u8, 0..4_u8, 1..6), 1..20),
    ) {
        let world = World::new();
        for batch in &batches {
            let mutations: Vec<_> = batch.iter().map(|(id, what)| match what {
                0 => Mutation::delete("t", id.to_string()),
                owner => put(&id.to_string(), &format!("o{owner}")),
            }).collect();
            world.store.apply_batch(&mutations).expect("a commit");
            world.time.advance(Millis(40));
        }
        world.store.compact().expect("a compaction");
        let scopes = (1..4_u8).map(|owner| scope(&format!("o{owner}")));
        for request in scopes.chain([whole()]) {
            let mut device = Replica::default();
            let last = world.sync(&mut device, request.clone());
            prop_assert_eq!(last.digest, Some(device.digest("v")));
            prop_assert_eq!(world.store.digest("t", &request.scope).expect("a read"), last.digest);
        }
        let report = world.store.verify().expect("a verification");
        prop_assert!(report.is_clean(), "{:?}", report.problems);
    }
}
