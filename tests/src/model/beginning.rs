//! How the beginnings of histories are drawn: options, tables, and what devices look at.

use super::setup::{Indexes, OptionSet, Setup, TableSetup};
use super::view::{Condition, Part, View};
use highwater::{ConflictStrategy, Durability, Millis, Projection, Ttls};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// How many devices there are.
pub(super) const DEVICES: usize = 3;

fn projection() -> impl Strategy<Value = Option<Projection>> {
    prop_oneof![
        2 => Just(Some(Projection::All)),
        2 => Just(Some(Projection::KeysOnly)),
        1 => Just(None),
    ]
}

pub(super) fn ttls() -> impl Strategy<Value = Ttls> {
    let pair = prop_oneof![
        4 => Just((Some(300), Some(1_500))),
        1 => Just((Some(300), Some(300))),
        1 => Just((Some(40), Some(200))),
        1 => Just((Some(300), None)),
        1 => Just((None, None)),
    ];
    let history = prop_oneof![3 => Just(Some(0)), 1 => Just(Some(700)), 1 => Just(None)];
    (pair, history).prop_map(|((delta, tombstone), history): ((Option<u64>, Option<u64>), _)| {
        Ttls {
            delta: delta.map(Millis),
            tombstone: tombstone.map(Millis),
            history: history.map(Millis),
        }
    })
}

fn table() -> impl Strategy<Value = TableSetup> {
    let conflicts = prop_oneof![
        2 => Just(ConflictStrategy::OptimisticConcurrency),
        1 => Just(ConflictStrategy::Automerge),
        1 => Just(ConflictStrategy::LastWriterWins),
        2 => Just(ConflictStrategy::ThreeWayMerge),
        2 => Just(ConflictStrategy::Custom),
    ];
    let lookup = prop_oneof![2 => Just(true), 1 => Just(false)];
    let indexes = (projection(), projection(), projection())
        .prop_map(|(owner, tag, partition)| Indexes { owner, tag, partition });
    (indexes, lookup, any::<bool>(), ttls(), conflicts).prop_map(
        |(indexes, lookup, expires, ttls, conflicts)| {
            let table = TableSetup { indexes, lookup, expires, ttls, conflicts };
            let history = ttls.history.filter(|_| !table.refuses(&ttls));
            TableSetup { ttls: Ttls { history, ..ttls }, ..table }
        },
    )
}

fn view(table: usize) -> impl Strategy<Value = View> {
    let part = prop_oneof![
        4 => Just(Part::Whole),
        1 => (0..2_u8).prop_map(Part::Partition),
        4 => (0..3_u8).prop_map(Part::Owner),
        2 => (0..3_u8).prop_map(Part::Tag),
    ];
    let condition = prop_oneof![
        2 => (0..3_u8).prop_map(Condition::OwnerIs),
        1 => (0..3_u8, 0..4_u8).prop_map(|(o, n)| Condition::OwnerIsAnd(o, n)),
        1 => (0..3_u8).prop_map(Condition::TagIs),
        1 => (0..3_u8, 0..3_u8).prop_map(|(a, b)| Condition::OwnerIn(a, b)),
        2 => (1..4_u8).prop_map(Condition::AtLeast),
        1 => Just(Condition::NoOwner),
    ];
    let often = prop_oneof![3 => Just(true), 1 => Just(false)];
    (part, option::of(condition), any::<bool>(), often).prop_map(
        move |(part, filter, leavers_in_base, tombstones)| View {
            table,
            part,
            filter: Vec::from_iter(filter),
            leavers_in_base,
            tombstones,
        },
    )
}

fn device() -> impl Strategy<Value = Vec<View>> {
    prop_oneof![
        2 => Just(0_usize),
        1 => Just(1),
    ]
    .prop_flat_map(|table| prop_oneof![2 => vec(view(table), 1), 3 => vec(view(table), 2)])
}

fn options() -> impl Strategy<Value = OptionSet> {
    let durability = prop_oneof![2 => Just(Durability::Buffered), 1 => Just(Durability::Sync)];
    let width = prop_oneof![2 => Just(50), 1 => Just(1), 1 => Just(7), 1 => Just(400)];
    // None at all, so few that the oldest go at once, and all that there is.
    let recent = prop_oneof![2 => Just(0), 2 => Just(3_000), 2 => Just(32 << 20)];
    (durability, width, any::<bool>(), any::<bool>(), recent).prop_map(
        |(durability, width, small_buffers, small_pages, recent_bytes)| OptionSet {
            durability,
            bucket_width: Millis(width),
            small_buffers,
            small_pages,
            recent_bytes,
        },
    )
}

/// What a history begins with.
pub fn setups() -> BoxedStrategy<Setup> {
    let quiet = prop_oneof![2 => Just(None), 1 => (1..5_000_u64).prop_map(Some)];
    let together = (view(0), view(1), option::of(view(0)))
        .prop_map(|(one, other, more)| Vec::from_iter([one, other].into_iter().chain(more)));
    (options(), [table(), table()], vec(device(), DEVICES), together, quiet)
        .prop_map(|(options, tables, mut devices, mut together, quiet)| {
            for view in devices.iter_mut().flatten().chain(&mut together) {
                *view = view.clone().fit(&tables[view.table]);
            }
            Setup { options, tables, devices, together, quiet }
        })
        .boxed()
}
