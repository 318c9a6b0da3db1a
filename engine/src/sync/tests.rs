//! Devices end right after drawn histories: a few, and always the same. The workspace's tests play many.

use crate::testing::Site;
use crate::testing::strategies::Histories;
use crate::{
    ConflictStrategy, KeyKind, Millis, Projection, Result, SyncPage, SyncRequest, TableSpec,
    TableSpecExt, Ttls,
};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

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

fn engine(site: &Site, request: &SyncRequest) -> Result<SyncPage> {
    site.store.sync(request)
}

#[test]
fn devices_end_right() {
    let config = Config { cases: 150, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let histories = Histories::of(&tables());
    let played = TestRunner::new_with_rng(config, rng).run(&histories.strategy(), |history| {
        history.play(&mut engine)?;
        Ok(())
    });
    assert!(played.is_ok(), "{played:?}");
}
