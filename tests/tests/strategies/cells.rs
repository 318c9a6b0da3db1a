//! Each kind of mutation, on an item in each state, under each strategy.

use super::support::{Scene, doc};
use End::{Applied, Asked, Merged, Nothing, Refused};
use highwater::{
    Clash, ConflictStrategy, Error, Expect, Mutation, Outcome, Resolution, Result, TableSpec,
    TableSpecExt, Update, Value,
};
use std::sync::Arc;

/// What became of a mutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Refused,
    Merged,
    Applied,
    Nothing,
    /// The resolver was, and its document was written.
    Asked,
}

/// The item, seen from the version that the mutation believes in.
#[derive(Debug, Clone, Copy)]
enum Met {
    Changed,
    Remade,
    Deleted,
    Absent,
    Older,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Put,
    PutIfChanged,
    Update,
    Delete,
}

const STRATEGIES: [ConflictStrategy; 5] = [
    ConflictStrategy::OptimisticConcurrency,
    ConflictStrategy::Automerge,
    ConflictStrategy::ThreeWayMerge,
    ConflictStrategy::LastWriterWins,
    ConflictStrategy::Custom,
];

/// For each state: what becomes of puts and updates, and of deletes, under each of the strategies.
const CELLS: [(Met, [End; 5], [End; 5]); 5] = [
    (
        Met::Changed,
        [Refused, Merged, Merged, Applied, Asked],
        [Refused, Refused, Refused, Applied, Asked],
    ),
    (
        Met::Remade,
        [Refused, Merged, Refused, Applied, Asked],
        [Refused, Refused, Refused, Applied, Asked],
    ),
    (
        Met::Deleted,
        [Refused, Refused, Refused, Applied, Asked],
        [Refused, Refused, Nothing, Nothing, Asked],
    ),
    (
        Met::Absent,
        [Refused, Refused, Refused, Applied, Asked],
        [Refused, Refused, Refused, Nothing, Asked],
    ),
    (
        Met::Older,
        [Refused, Merged, Refused, Applied, Asked],
        [Refused, Refused, Refused, Applied, Asked],
    ),
];

fn scene(strategy: ConflictStrategy) -> Scene {
    let spec = TableSpec::new("t", "id").conflicts(strategy);
    if strategy != ConflictStrategy::Custom {
        return Scene::new(spec);
    }
    let resolver = |_: &Clash<'_>| Resolution::Resolve(doc(r#"{"by":"resolver"}"#));
    Scene::with_resolver(spec.resolver("mine"), Some(Arc::new(resolver)))
}

/// Brings item `a` into the state; gives the version that is believed in.
fn meet(scene: &Scene, met: Met) -> u64 {
    let put = |n: u8| scene.put(&format!(r#"{{"id":"a","n":{n}}}"#));
    let delete = || drop(scene.store.delete("t", "a").expect("a delete"));
    match met {
        Met::Changed => {
            put(1);
            put(2);
        }
        Met::Remade => {
            put(1);
            delete();
            put(3);
        }
        Met::Deleted => {
            put(1);
            delete();
        }
        Met::Absent => {}
        Met::Older => put(1),
    }
    if matches!(met, Met::Older) { 9 } else { 1 }
}

fn mutation(kind: Kind) -> Mutation {
    let document = doc(r#"{"id":"a","n":1,"new":true}"#);
    match kind {
        Kind::Put => Mutation::put("t", document),
        Kind::PutIfChanged => Mutation::put_if_changed("t", document),
        Kind::Update => Mutation::update("t", "a", Update::new().set("new", Value::from(true))),
        Kind::Delete => Mutation::delete("t", "a"),
    }
}

/// Tells how it ended; what the answer says must be what the store holds.
fn end(scene: &Scene, result: Result<Outcome>, before: Option<highwater::Item>) -> End {
    let now = scene.item();
    let outcome = match result {
        Err(Error::Conflict(conflict)) => {
            assert_eq!((&conflict.current, &now), (&before, &before));
            return Refused;
        }
        other => other.expect("an outcome"),
    };
    assert_eq!(outcome.item, now);
    if !outcome.written {
        assert_eq!(now, before);
        return Nothing;
    }
    let item = now.expect("what was written");
    assert_eq!(item.version, before.map_or(0, |item| item.version) + 1);
    let text = item.document.to_json().expect("JSON");
    match outcome.merged {
        true if text == r#"{"by":"resolver","id":"a"}"# => Asked,
        true => Merged,
        false => Applied,
    }
}

/// Tries what is to be tried with each strategy's table, which is new each time.
fn each(cells: impl Fn(&dyn Fn(&dyn Fn(&Scene)), ConflictStrategy)) {
    for strategy in STRATEGIES {
        let scene = scene(strategy);
        let renewed = |cell: &dyn Fn(&Scene)| {
            cell(&scene);
            assert!(scene.store.verify().expect("a verification").is_clean());
            scene.renew();
        };
        cells(&renewed, strategy);
    }
}

#[test]
fn each_strategy_ends_as_its_table_says() {
    let kinds = [Kind::Put, Kind::PutIfChanged, Kind::Update, Kind::Delete];
    each(|try_out, strategy| {
        let column = STRATEGIES.iter().position(|s| *s == strategy).expect("a strategy");
        for (met, puts, deletes) in CELLS {
            for kind in kinds {
                let wanted = if kind == Kind::Delete { deletes } else { puts };
                try_out(&|scene| {
                    let version = meet(scene, met);
                    let before = scene.item();
                    let mutation = mutation(kind).expect(Expect::Version(version));
                    let ended = end(scene, scene.store.apply(mutation), before);
                    assert_eq!(ended, wanted[column], "{kind:?} on {met:?} under {strategy:?}");
                });
            }
        }
    });
}

#[test]
fn expecting_no_item_is_a_condition_under_every_strategy() {
    each(|try_out, strategy| {
        for kind in [Kind::Put, Kind::PutIfChanged, Kind::Update] {
            try_out(&|scene| {
                let create = || scene.store.apply(mutation(kind).expect(Expect::Absent));
                assert!(create().expect("there is none").written);
                assert_eq!(end(scene, create(), scene.item()), Refused, "{kind:?} {strategy:?}");
                scene.store.delete("t", "a").expect("a delete");
                assert!(create().expect("it is deleted").written);
            });
        }
    });
}

#[test]
fn the_matching_version_is_applied_under_every_strategy() {
    each(|try_out, strategy| {
        for kind in [Kind::Put, Kind::Update, Kind::Delete] {
            for met in [Met::Changed, Met::Remade, Met::Deleted] {
                try_out(&|scene| {
                    meet(scene, met);
                    let before = scene.item();
                    let version = before.as_ref().expect("an item").version;
                    let mutation = mutation(kind).expect(Expect::Version(version));
                    let ended = end(scene, scene.store.apply(mutation), before);
                    let gone = matches!(met, Met::Deleted) && kind == Kind::Delete;
                    let wanted = if gone { Nothing } else { Applied };
                    assert_eq!(ended, wanted, "{kind:?} on {met:?} under {strategy:?}");
                });
            }
        }
    });
}

#[test]
fn wanting_what_is_there_changes_nothing_except_under_the_optimistic_strategy() {
    each(|try_out, strategy| {
        for met in [Met::Changed, Met::Remade, Met::Older] {
            try_out(&|scene| {
                let version = meet(scene, met);
                let before = scene.item();
                let document = before.clone().expect("an item").document;
                let again =
                    Mutation::put_if_changed("t", document).expect(Expect::Version(version));
                let optimistic = strategy == ConflictStrategy::OptimisticConcurrency;
                let wanted = if optimistic { Refused } else { Nothing };
                let ended = end(scene, scene.store.apply(again), before);
                assert_eq!(ended, wanted, "{met:?} under {strategy:?}");
            });
        }
    });
}
