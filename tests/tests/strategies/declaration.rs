//! What a table of each strategy must declare, and what cannot be taken from it later.

use super::support::Scene;
use highwater::{
    ConflictStrategy, Error, MergeRule, Millis, Options, Store, TableSpec, TableSpecExt, Ttls,
};

const OFF: Option<Millis> = Some(Millis(0));
const DAY: u64 = 86_400_000;

fn spec(strategy: ConflictStrategy) -> TableSpec {
    TableSpec::new("u", "id").conflicts(strategy)
}

#[track_caller]
fn refused(result: Result<(), Error>, named: &str) {
    match result {
        Err(Error::BadSpec { table, reason }) => {
            assert!(table == "u" && reason.contains(named), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_three_way_merge_turns_history_on_and_nothing_turns_it_off() {
    let merging = spec(ConflictStrategy::ThreeWayMerge);
    assert_eq!(merging.ttls.history, Some(Millis(30 * DAY)));
    let longer = Ttls { history: None, ..merging.ttls };
    let kept = TableSpec::new("u", "id").ttls(longer).conflicts(ConflictStrategy::ThreeWayMerge);
    assert_eq!(kept.ttls.history, None);
    assert_eq!(spec(ConflictStrategy::Automerge).ttls.history, OFF);

    let store = Scene::new(TableSpec::new("t", "id")).store;
    let off = Ttls { history: OFF, ..merging.ttls };
    refused(store.create_table(merging.clone().ttls(off)), "needs history");
    store.create_table(merging).expect("a table");
    refused(store.alter_ttls("u", off), "needs history");
    let shorter = Ttls { history: Some(Millis(1)), ..off };
    store.alter_ttls("u", shorter).expect("a shorter history");
    assert_eq!(store.tables()[1].ttls.history, Some(Millis(1)));
    // Others may.
    store.alter_ttls("t", off).expect("no history");
}

#[test]
fn a_resolver_and_the_custom_strategy_need_each_other() {
    let store = Scene::new(TableSpec::new("t", "id")).store;
    refused(store.create_table(spec(ConflictStrategy::Custom)), "needs the name of a resolver");
    refused(store.create_table(spec(ConflictStrategy::Custom).resolver("")), "1 to 255");
    for strategy in [ConflictStrategy::OptimisticConcurrency, ConflictStrategy::ThreeWayMerge] {
        refused(store.create_table(spec(strategy).resolver("mine")), "needs the Custom strategy");
    }
    store.create_table(spec(ConflictStrategy::Custom).resolver("mine")).expect("a table");
}

#[test]
fn merge_rules_are_for_three_way_merges() {
    let store = Scene::new(TableSpec::new("t", "id")).store;
    let automerge = spec(ConflictStrategy::Automerge);
    refused(store.create_table(automerge.clone().merge_others(MergeRule::Add)), "merge rules");
    refused(store.create_table(automerge.merge_rule("n", MergeRule::Add)), "merge rules");
    let long = "n".repeat(256);
    let merging = spec(ConflictStrategy::ThreeWayMerge);
    refused(store.create_table(merging.clone().merge_rule(&long, MergeRule::Add)), "1 to 255");
    // More could be written, and never read again.
    let many = (0..=1_000).fold(merging, |spec, n| spec.merge_rule(&n.to_string(), MergeRule::Add));
    refused(store.create_table(many), "1001 attributes with a merge rule, the limit is 1000");
}

#[test]
fn a_declaration_survives_closing() {
    let dir = tempfile::tempdir().expect("a folder");
    let open = || {
        let options = Options { worker: None, ..Options::default() };
        Store::builder(dir.path().join("s")).options(options).open().expect("a store")
    };
    let merging = spec(ConflictStrategy::ThreeWayMerge)
        .merge_rule("likes", MergeRule::Add)
        .merge_others(MergeRule::Union);
    let custom = TableSpec::new("v", "id").conflicts(ConflictStrategy::Custom).resolver("mine");
    let store = open();
    store.create_table(merging.clone()).expect("a table");
    store.create_table(custom.clone()).expect("a table");
    store.close().expect("closing");
    assert_eq!(open().tables(), [merging, custom]);
}
