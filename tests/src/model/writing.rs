//! How commits are drawn: documents with few values, mutations, batches.

use super::body::{Body, Edit, Field};
use super::gone::Gone;
use super::transition::{Batch, Belief, Deed, Write};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// One of three, and one of them more often, so that items meet.
pub(super) fn which() -> impl Strategy<Value = u8> {
    prop_oneof![3 => Just(0_u8), 2 => Just(1), 1 => Just(2)]
}

fn field() -> impl Strategy<Value = Field> {
    prop_oneof![6 => which().prop_map(Field::Is), 1 => Just(Field::Missing), 1 => Just(Field::Null)]
}

fn number() -> impl Strategy<Value = Field> {
    prop_oneof![8 => prop_oneof![5 => Just(0), 1 => 1..4_u8].prop_map(Field::Is), 1 => Just(Field::Missing), 1 => Just(Field::Null)]
}

fn gone() -> impl Strategy<Value = Gone> {
    prop_oneof![
        8 => Just(Gone::Never),
        1 => Just(Gone::Text),
        3 => (-200..3_000_i64).prop_map(Gone::In),
        1 => (0..90_000_i64).prop_map(Gone::In),
    ]
}

pub(super) fn body() -> impl Strategy<Value = Body> {
    let long = prop_oneof![2 => Just(false), 1 => Just(true)];
    (field(), field(), number(), gone(), long).prop_map(|(owner, tag, n, gone, long)| Body {
        owner,
        tag,
        n,
        gone,
        long,
    })
}

fn edit() -> impl Strategy<Value = Edit> {
    (option::of(field()), option::of(field()), option::of(number()), option::weighted(0.25, gone()))
        .prop_map(|(owner, tag, n, gone)| Edit { owner, tag, n, gone })
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => body().prop_map(Deed::Put),
        1 => body().prop_map(Deed::PutIfChanged),
        1 => Just(Deed::PutSame),
        3 => edit().prop_map(Deed::Update),
        4 => Just(Deed::Delete),
    ]
}

/// A belief: `any` to 9 that it is none.
fn belief(any: u32) -> impl Strategy<Value = Belief> {
    prop_oneof![
        any => Just(Belief::Any),
        2 => Just(Belief::Right),
        1 => Just(Belief::Absent),
        5 => prop_oneof![2 => Just(1_u64), 1 => Just(2), 1 => Just(3)].prop_map(Belief::Stale),
        1 => Just(Belief::Ahead),
    ]
}

fn write(any: u32) -> impl Strategy<Value = Write> {
    let table = prop_oneof![2 => Just(0_usize), 1 => Just(1)];
    (table, 0..6_u8, deed(), belief(any)).prop_map(|(table, item, deed, belief)| Write {
        table,
        item,
        deed,
        belief,
    })
}

pub(super) fn writes() -> impl Strategy<Value = Vec<Write>> {
    // A batch is refused for any of its writes.
    prop_oneof![3 => vec(write(12), 1), 3 => vec(write(60), 2..6)]
}

/// Some of them are sent under a mutation id, and those can be planned again.
pub(super) fn batch() -> impl Strategy<Value = Batch> {
    let once = prop_oneof![3 => Just(None), 1 => (0..3_u8).prop_map(Some)];
    (writes(), once).prop_map(|(mut writes, once)| {
        for write in writes.iter_mut().filter(|_| once.is_some()) {
            if matches!(write.deed, Deed::PutSame) {
                write.deed = Deed::Delete;
            }
        }
        Batch { writes, once }
    })
}
