//! One history under many sets of options ends with the same items, versions and device copies.
//!
//! `PROPTEST_CASES` sets how many histories.

use highwater::{Durability, Millis, Projection};
use highwater_tests::model::{
    Indexes, OptionSet, Outcome, Setup, TableSetup, Transition, World, setups, steady_transitions,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

const CASES: u32 = 16;

fn play(setup: &Setup, history: &[Transition]) -> Outcome {
    let mut world = World::new(setup);
    for transition in history {
        world.play(transition);
        world.tick();
    }
    world.settle();
    world.outcome()
}

/// The setup with other options.
fn with_options(setup: &Setup, change: impl FnOnce(&mut OptionSet)) -> Setup {
    let mut setup = setup.clone();
    change(&mut setup.options);
    setup
}

/// The setup with other indexes; what asked for a scope that is gone asks with a filter.
fn with_indexes(setup: &Setup, change: impl Fn(Indexes) -> Indexes) -> Setup {
    let mut setup = setup.clone();
    for table in &mut setup.tables {
        table.indexes = change(table.indexes);
    }
    for view in setup.devices.iter_mut().flatten().chain(&mut setup.together) {
        *view = view.clone().fit(&setup.tables[view.table]);
    }
    setup
}

fn other(projection: Option<Projection>) -> Option<Projection> {
    projection.map(|projection| match projection {
        Projection::All => Projection::KeysOnly,
        Projection::KeysOnly => Projection::All,
    })
}

fn flipped(indexes: Indexes) -> Indexes {
    Indexes {
        owner: other(indexes.owner),
        tag: other(indexes.tag),
        partition: other(indexes.partition),
    }
}

/// What is done under other options, each with a name.
fn variants(setup: &Setup) -> Vec<(String, Setup)> {
    let mut all = vec![
        ("synced", with_options(setup, |o| o.durability = Durability::Sync)),
        ("buffered", with_options(setup, |o| o.durability = Durability::Buffered)),
        ("small buffers", with_options(setup, |o| o.small_buffers = !o.small_buffers)),
        ("nothing recent in memory", with_options(setup, |o| o.recent_bytes = 0)),
        ("all recent in memory", with_options(setup, |o| o.recent_bytes = 32 << 20)),
        ("small pages", with_options(setup, |o| o.small_pages = !o.small_pages)),
        ("other projections", with_indexes(setup, flipped)),
        ("no indexes", with_indexes(setup, |_| Indexes::default())),
    ];
    // Tombstones and history expire by whole buckets: where they expire, another width is another history.
    let forever = |table: &TableSetup| {
        table.ttls.tombstone.is_none() && table.ttls.history.is_none_or(|ttl| ttl == Millis(0))
    };
    if setup.tables.iter().all(forever) {
        let widths = [("tiny buckets", 1), ("large buckets", 1_000)];
        all.extend(
            widths.map(|(name, width)| {
                (name, with_options(setup, |o| o.bucket_width = Millis(width)))
            }),
        );
    }
    all.into_iter().map(|(name, setup)| (name.to_owned(), setup)).collect()
}

/// Half of the setups keep tombstones, and history if there is any, for ever.
fn steady_setups() -> impl Strategy<Value = Setup> {
    (setups(), any::<bool>()).prop_map(|(mut setup, forever)| {
        for table in setup.tables.iter_mut().filter(|_| forever) {
            table.ttls.tombstone = None;
            table.ttls.history = table.ttls.history.filter(|ttl| *ttl == Millis(0));
        }
        setup
    })
}

fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/proptest-regressions/options_agree.txt");
    ProptestConfig {
        cases: cases.unwrap_or(CASES),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(seeds))),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_history_ends_the_same_under_all_options(
        setup in steady_setups(),
        history in vec(steady_transitions(), 30..80),
    ) {
        let wanted = play(&setup, &history);
        for (name, setup) in variants(&setup) {
            prop_assert_eq!(&play(&setup, &history), &wanted, "{}: {:?}", name, setup);
        }
    }
}
