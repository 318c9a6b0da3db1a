//! Random histories of the whole protocol, played against a store and a few maps in memory.
//!
//! `PROPTEST_CASES` sets how many.

use highwater_tests::many;
use highwater_tests::model::{ALL_THAT_IS_REACHED, Setup, Transition, World, setups, transitions};
use proptest::collection::vec;
use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::{Config, FileFailurePersistence, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

/// Enough that each rule of the protocol is missed when it is taken out.
const CASES: u32 = 200;

/// How many have ended well.
static PLAYED: AtomicU32 = AtomicU32::new(0);

/// Draws histories. What a transition does is the world's concern: each can be played in any state.
struct Histories;

impl ReferenceStateMachine for Histories {
    type State = Setup;
    type Transition = Transition;

    fn init_state() -> BoxedStrategy<Setup> {
        setups()
    }

    fn transitions(_: &Setup) -> BoxedStrategy<Transition> {
        transitions()
    }

    fn apply(setup: Setup, _: &Transition) -> Setup {
        setup
    }
}

struct Model;

impl StateMachineTest for Model {
    type SystemUnderTest = World;
    type Reference = Histories;

    fn init_test(setup: &Setup) -> World {
        World::new(setup)
    }

    fn apply(mut world: World, _: &Setup, transition: Transition) -> World {
        world.play(&transition);
        world
    }

    fn teardown(mut world: World, _: Setup) {
        world.settle();
        let cases = config().cases;
        if PLAYED.fetch_add(1, Ordering::Relaxed) + 1 == cases {
            many::count(cases.into(), "histories played against the model");
        }
    }
}

fn config() -> Config {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/proptest-regressions/model.txt");
    Config {
        cases: cases.unwrap_or(CASES),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(seeds))),
        ..Config::default()
    }
}

prop_state_machine! {
    #![proptest_config(config())]

    /// Whatever happens: everything the store says is so, and every device ends equal to its view.
    #[test]
    fn every_history_ends_well(sequential 60..120 => Model);
}

/// Histories come to everything that they are meant to come to.
#[test]
fn histories_reach_everything() {
    const HISTORIES: usize = 150;
    let mut runner = TestRunner::deterministic();
    let drawn = (setups(), vec(transitions(), 100));
    let mut missing = BTreeSet::from(ALL_THAT_IS_REACHED);
    for _ in 0..HISTORIES {
        let (setup, history) = drawn.new_tree(&mut runner).expect("a history").current();
        let mut world = World::new(&setup);
        history.iter().for_each(|transition| world.play(transition));
        world.settle();
        missing.retain(|what| !world.reached().contains(what));
        if missing.is_empty() {
            return;
        }
    }
    panic!("no history came to {missing:?}");
}
