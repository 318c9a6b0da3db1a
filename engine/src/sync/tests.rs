//! Devices end right after drawn histories: a few, and always the same. The workspace's tests play many.

use crate::testing::strategies::Histories;
use crate::testing::{Backend, Site, shows};
use crate::{
    ConflictStrategy, KeyKind, Limits, ListRequest, Millis, Projection, Result, Store,
    StoreBuilder, SyncPage, SyncRequest, TableSpec, TableSpecExt, Ttls,
};
use highwater_format::Digest;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::cell::Cell;

fn tables() -> [TableSpec; 2] {
    let ttls = Ttls {
        delta: Some(Millis(1_000)),
        tombstone: Some(Millis(4_000)),
        history: Some(Millis(0)),
    };
    [
        TableSpec::new("notes", "id")
            .index("byOwner", "owner", Projection::All)
            .index("byTag", "tag", Projection::KeysOnly)
            .ttls(ttls),
        TableSpec::new("pages", "book")
            .sort("page", KeyKind::Number)
            .index("byOwner", "owner", Projection::All)
            .conflicts(ConflictStrategy::Automerge)
            .expires_by("until")
            .ttls(ttls),
    ]
}

/// The digest of what a scope holds now, item by item.
fn counted(store: &Store, request: &SyncRequest) -> Result<Digest> {
    let tables = store.tables();
    let spec = tables.iter().find(|spec| spec.name == request.table);
    let mut digest = Digest::default();
    for item in store.list(&ListRequest::new(&request.table).limit(1000))?.items {
        if shows(request, spec, &item)? {
            digest.add(&item.key.encode(), item.changed_at, item.version);
        }
    }
    Ok(digest)
}

/// The engine, with so much room for recent changes.
struct Engine {
    recent_bytes: usize,
    digests: usize,
}

impl Backend for Engine {
    fn open(&self, mut store: StoreBuilder) -> StoreBuilder {
        store.options.limits.recent_bytes = self.recent_bytes;
        store
    }

    fn sync(&mut self, site: &Site, request: &SyncRequest) -> Result<SyncPage> {
        let page = site.store.sync(request)?;
        if let Some(digest) = page.digest {
            assert!(page.next_token.is_none() && request.filter.is_none());
            assert_eq!(digest, counted(&site.store, request)?, "{request:?}");
            self.digests += 1;
        }
        Ok(page)
    }
}

/// Plays against files, and against memory where that knows.
#[test]
fn devices_end_right_and_are_told_right_digests() {
    let histories = Histories::of(&tables());
    for recent_bytes in [0, Limits::default().recent_bytes] {
        let config = Config { cases: 100, failure_persistence: None, ..Config::default() };
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let digests = Cell::new(0);
        let played = TestRunner::new_with_rng(config, rng).run(&histories.strategy(), |history| {
            let mut engine = Engine { recent_bytes, digests: 0 };
            history.play(&mut engine)?;
            digests.set(digests.get() + engine.digests);
            Ok(())
        });
        assert!(played.is_ok(), "{played:?}");
        assert!(digests.get() > 100, "{digests:?}");
    }
}
