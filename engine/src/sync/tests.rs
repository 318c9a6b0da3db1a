//! Devices end right after drawn histories: a few, and always the same. The workspace's tests play many.

use crate::testing::strategies::Histories;
use crate::testing::{Site, shows};
use crate::{
    ConflictStrategy, KeyKind, ListRequest, Millis, Projection, Result, Store, SyncPage,
    SyncRequest, TableSpec, TableSpecExt, Ttls,
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

#[test]
fn devices_end_right_and_are_told_right_digests() {
    let told = Cell::new(0);
    let engine = |site: &Site, request: &SyncRequest| -> Result<SyncPage> {
        let page = site.store.sync(request)?;
        if let Some(digest) = page.digest {
            assert!(page.next_token.is_none() && request.filter.is_none());
            assert_eq!(digest, counted(&site.store, request)?, "{request:?}");
            told.set(told.get() + 1);
        }
        Ok(page)
    };
    let config = Config { cases: 150, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let histories = Histories::of(&tables());
    let played = TestRunner::new_with_rng(config, rng).run(&histories.strategy(), |history| {
        history.play(&mut &engine)?;
        Ok(())
    });
    assert!(played.is_ok(), "{played:?}");
    assert!(told.get() > 100, "{told:?}");
}
