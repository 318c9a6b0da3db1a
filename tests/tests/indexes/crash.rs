//! Crashes and writes between any two chunks of a build.

use crate::support::{World, document, every_kind, everything_agrees, id, spec, verified};
use highwater::testing::Point;
use highwater::{IndexChange, Mutation, Projection, Store};
use highwater_tests::model::copy_store;
use proptest::prelude::*;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

const ITEMS: usize = 150;

/// A write: which item, and where it goes; nowhere is a delete.
type Write = (usize, Option<(usize, usize, usize)>);

fn any_writes() -> impl Strategy<Value = Vec<Write>> {
    let place = proptest::option::weighted(0.7, (0_usize..3, 0_usize..3, 0_usize..3));
    proptest::collection::vec((0..ITEMS + 20, place), 0..12)
}

fn play(store: &Store, writes: &[Write]) {
    for (n, place) in writes {
        let mutation = match place {
            Some((owner, team, rank)) => Mutation::put("t", document(*n, *owner, *team, *rank)),
            None => Mutation::delete("t", id(*n).as_str()),
        };
        store.apply(mutation).expect("a commit");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Moves between scopes, deletes and re-creations before and behind the place where the build is.
    #[test]
    fn a_build_that_crashed_anywhere_is_gone_on_with_and_misses_nothing(
        before in any_writes(),
        meanwhile in proptest::collection::vec(any_writes(), 4),
        after in any_writes(),
    ) {
        let world = World::new(spec());
        world.fill(ITEMS);
        play(&world.store, &before);
        let copies = Arc::new(Mutex::new(Vec::<PathBuf>::new()));
        let (store, path, made) = (world.store.clone(), world.path.clone(), Arc::clone(&copies));
        let mut steps = meanwhile.clone().into_iter();
        world.hooks.at(Point::IndexChunk, move || {
            play(&store, &steps.next().unwrap_or_default());
            verified(&store);
            let mut made = made.lock().map_err(|e| e.to_string())?;
            let copy = path.with_file_name(format!("copy-{}", made.len()));
            copy_store(&path, &copy);
            made.push(copy);
            Ok(())
        });
        world.change(&every_kind());
        everything_agrees(&world);
        let copies = copies.lock().expect("no panic").clone();
        prop_assert!(copies.len() >= 3);
        for copy in copies {
            let crashed = world.at_copy(&copy);
            verified(&crashed.store);
            play(&crashed.store, &after);
            verified(&crashed.store);
            crashed.store.build_indexes().expect("gone on with");
            everything_agrees(&crashed);
            play(&crashed.store, &after);
            everything_agrees(&crashed);
        }
    }
}

#[test]
fn a_change_of_projection_that_crashed_is_gone_on_with() {
    let world = World::new(spec());
    world.fill(ITEMS);
    world.change(&every_kind());
    let copy = world.path.with_file_name("copy");
    let (path, to) = (world.path.clone(), copy.clone());
    let mut left = 2;
    world.hooks.at(Point::IndexChunk, move || {
        left -= 1;
        if left == 0 {
            copy_store(&path, &to);
        }
        Ok(())
    });
    world.change(&[IndexChange::Project("byTeam".to_owned(), Projection::All)]);
    everything_agrees(&world);
    let crashed = world.at_copy(&copy);
    verified(&crashed.store);
    play(&crashed.store, &[(3, None), (149, Some((0, 0, 0))), (70, Some((1, 1, 1)))]);
    crashed.store.build_indexes().expect("gone on with");
    everything_agrees(&crashed);
}

#[test]
fn writers_on_other_threads_and_a_build_do_not_miss_each_other() {
    let world = World::new(spec());
    world.fill(1_000);
    let writers: Vec<_> = (0..3_usize)
        .map(|which| {
            let store = world.store.clone();
            let work = move || {
                for round in 0..150 {
                    let n = (which * 331 + round * 197) % 1_000;
                    play(&store, &[(n, (round % 4 > 0).then_some((round % 3, which, round)))]);
                }
            };
            std::thread::Builder::new().spawn(work).expect("a thread")
        })
        .collect();
    world.change(&every_kind());
    writers.into_iter().for_each(|writer| writer.join().expect("no panic"));
    everything_agrees(&world);
}
