//! Arbitrary bytes as a history of commits, clocks, expiry, kills and syncs: every commit is answered as the model says,
//! every item stays as it was, and every device ends with what the table has. A history that breaks something is made as
//! short as it can be and printed as a test.

#![no_main]

mod dice;
#[path = "engine/source.rs"]
mod source;

use highwater::testing::strategies::operations;
use highwater::testing::{History, Model, Operation};
use highwater::{
    Filter, KeyKind, Millis, Projection, SyncRequest, TableSpec, TableSpecExt, Ttls, parse_json,
};
use libfuzzer_sys::fuzz_target;
use proptest::strategy::{BoxedStrategy, ValueTree};
use std::cell::LazyCell;

include!("engine/ground.rs");

/// How many bytes draw one operation.
const STEP: usize = 4;
/// What the model takes longer over finds nothing more.
const MAX_OPERATIONS: usize = 64;

thread_local! {
    static OPERATIONS: LazyCell<BoxedStrategy<Operation>> = LazyCell::new(|| operations(&tables(), 2));
}

/// What goes wrong in a history, if anything does.
fn broken(devices: &[Vec<usize>], operations: Vec<Operation>) -> Option<String> {
    let views = views();
    let asked = |numbers: &Vec<usize>| numbers.iter().map(|n| views[*n].clone()).collect();
    let devices = devices.iter().map(asked).collect();
    let history = History { tables: tables(), devices, operations };
    history.play(&mut Model::default()).err().map(|broken| broken.to_string())
}

/// The numbers of the views of a device, both of one table: one byte chooses them.
fn device(byte: u8) -> Vec<usize> {
    let views = views();
    let (first, second) = (usize::from(byte & 15) % views.len(), usize::from(byte >> 4));
    let mut numbers = vec![first];
    numbers.extend(
        (second < views.len() && views[second].table == views[first].table).then_some(second),
    );
    numbers
}

/// Leaves out what is not needed and makes the rest simpler, for as long as the history stays broken.
fn shorten<T: ValueTree<Value = Operation>>(trees: &mut Vec<T>, broken: impl Fn(&[T]) -> bool) {
    for at in (0..trees.len()).rev() {
        let tree = trees.remove(at);
        if !broken(trees) {
            trees.insert(at, tree);
        }
    }
    for at in 0..trees.len() {
        let mut simpler = trees[at].simplify();
        while simpler {
            simpler = if broken(trees) { trees[at].simplify() } else { trees[at].complicate() };
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&[one, two], rest)) = bytes.split_first_chunk() else { return };
    let devices = [device(one), device(two)];
    let steps = rest.chunks_exact(STEP).take(MAX_OPERATIONS);
    let mut trees: Vec<_> =
        OPERATIONS.with(|each| steps.filter_map(|step| dice::draw(&**each, step)).collect());
    let operations = |trees: &[Box<dyn ValueTree<Value = Operation>>]| {
        trees.iter().map(|tree| tree.current()).collect()
    };
    if broken(&devices, operations(&trees)).is_none() {
        return;
    }
    shorten(&mut trees, |trees| broken(&devices, operations(trees)).is_some());
    let shortest: Vec<_> = operations(&trees);
    let what = broken(&devices, shortest.clone()).unwrap_or_default();
    panic!("{what}\n\n{}", source::test(&devices, &shortest));
});
