//! How histories are drawn: what is common, what is rare.

use super::beginning::{DEVICES, ttls};
use super::body::Body;
use super::import::{CutShort, POINTS};
use super::index::Index;
use super::indexing::Reindexing;
use super::lookup::{Question, Sorts};
use super::transition::{
    Closing, Damage, Interference, Jump, Keeping, Step, StepSince, Transition,
};
use super::writing::{batch, body, which, writes};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

const HOUR: i64 = 3_600_000;

fn since() -> impl Strategy<Value = StepSince> {
    prop_oneof![
        6 => Just(StepSince::LastSync),
        4 => Just(StepSince::Cursor),
        1 => Just(StepSince::Nothing),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let deliver = prop_oneof![3 => Just(true), 1 => Just(false)];
    let limit = prop_oneof![3 => 1..=2_u32, 2 => 3..=7_u32];
    (0..DEVICES, 0..2_usize, limit, any::<bool>(), since(), deliver).prop_map(
        |(device, view, limit, filled, since, deliver)| Step {
            device,
            view,
            limit,
            filled,
            since,
            deliver,
        },
    )
}

/// Spans of time, so that some are within every TTL and some beyond.
fn span() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 1..20_u64, 3 => 20..300_u64, 3 => 300..2_500_u64, 1 => 5_000..12_000_u64]
}

fn jump() -> impl Strategy<Value = Jump> {
    prop_oneof![
        2 => (-3_000..3_000_i64).prop_map(Jump),
        1 => Just(Jump(60_000)),
        2 => Just(Jump(-HOUR)),
        1 => Just(Jump(HOUR)),
        1 => Just(Jump(-72 * HOUR)),
        1 => Just(Jump(72 * HOUR)),
    ]
}

fn closing() -> impl Strategy<Value = Closing> {
    prop_oneof![
        3 => Just(Closing::Clean),
        4 => Just(Closing::Crash),
        2 => (batch(), any::<bool>())
            .prop_map(|(batch, written)| Closing::CrashInCommit { batch, written }),
        1 => Just(Closing::CrashInExpiry),
        2 => damage().prop_map(Closing::Recover),
        1 => damage().prop_map(Closing::MachineDown),
    ]
}

fn damage() -> impl Strategy<Value = Damage> {
    // Mostly near the end: that is where a session's commits are.
    let place = || prop_oneof![1 => 0..100_u8, 2 => 80..100_u8];
    prop_oneof![
        1 => Just(Damage::None),
        2 => place().prop_map(Damage::Cut),
        2 => place().prop_map(Damage::Flip),
    ]
}

fn interference() -> impl Strategy<Value = Interference> {
    prop_oneof![
        10 => span().prop_map(Interference::Expire),
        2 => span().prop_map(Interference::Compact),
        8 => (writes(), span()).prop_map(|(writes, by)| Interference::Commit(writes, by)),
        1 => Just(Interference::Remake),
        1 => Just(Interference::Truncate),
        4 => reindexing().prop_map(Interference::Reindex),
    ]
}

fn keeping() -> impl Strategy<Value = Keeping> {
    prop_oneof![1 => Just(Keeping::Files), 1 => Just(Keeping::Checkpoint), 2 => Just(Keeping::Folder)]
}

fn cut_short() -> impl Strategy<Value = CutShort> {
    (select(POINTS.as_slice()), any::<bool>()).prop_map(|(at, goes_on)| CutShort { at, goes_on })
}

fn rows() -> impl Strategy<Value = Vec<(u8, Body)>> {
    vec((0..6_u8, body()), 0..8)
}

fn place() -> impl Strategy<Value = (usize, usize)> {
    (0..DEVICES, 0..2_usize)
}

fn sorts() -> impl Strategy<Value = Sorts> {
    prop_oneof![
        9 => Just(Sorts::Any),
        1 => (0..4_u8).prop_map(Sorts::Is),
        1 => (0..4_u8).prop_map(Sorts::Below),
        1 => (0..4_u8).prop_map(Sorts::UpTo),
        1 => (0..4_u8).prop_map(Sorts::Above),
        1 => (0..4_u8).prop_map(Sorts::From),
        1 => (0..4_u8, 0..4_u8).prop_map(|(a, b)| Sorts::Between(a.min(b), a.max(b))),
    ]
}

fn question() -> impl Strategy<Value = Question> {
    let table = prop_oneof![2 => Just(0_usize), 1 => Just(1)];
    let owner = prop_oneof![1 => which().prop_map(Some), 3 => Just(None)];
    (table, owner, sorts(), any::<bool>()).prop_map(|(table, owner, sorts, descending)| Question {
        table,
        owner,
        sorts,
        descending,
    })
}

fn lookup_change() -> impl Strategy<Value = Reindexing> {
    prop_oneof![
        2 => Just(Reindexing::Remake(Index::Lookup)),
        1 => Just(Reindexing::Toggle(Index::Lookup)),
    ]
}

fn reindexing() -> impl Strategy<Value = Reindexing> {
    let scope =
        || prop_oneof![3 => Just(Index::Owner), 1 => Just(Index::Tag), 1 => Just(Index::Id)];
    prop_oneof![
        4 => scope().prop_map(Reindexing::Remake),
        3 => lookup_change(),
        1 => scope().prop_map(Reindexing::Project),
        1 => Just(Reindexing::Toggle(Index::Expiry)),
    ]
}

/// One transition.
pub fn transitions() -> BoxedStrategy<Transition> {
    drawn(closing().boxed())
}

/// One transition that does the same to the tables' contents whatever the options are.
pub fn steady_transitions() -> BoxedStrategy<Transition> {
    let steady = |transition: &Transition| {
        // A change of indexes takes time, where there are any.
        match transition {
            Transition::SyncAmid { interference, .. } => {
                !matches!(interference, Interference::Reindex(_))
            }
            Transition::Retune(..) | Transition::Reindex { .. } | Transition::QueryAmid { .. } => {
                false
            }
            _ => true,
        }
    };
    // Only a `Buffered` store takes a machine that went down for a loss, and how much is lost with a
    // part of the log depends on what it is made of.
    let closing = closing().prop_map(|closing| match closing {
        Closing::MachineDown(_) => Closing::Crash,
        Closing::Recover(_) => Closing::Recover(Damage::None),
        other => other,
    });
    drawn(closing.boxed()).prop_filter("what depends on declarations", steady).boxed()
}

fn drawn(closing: BoxedStrategy<Closing>) -> BoxedStrategy<Transition> {
    let amid = (batch(), any::<bool>(), vec(step(), 1..4));
    let amid = amid.prop_map(|(batch, written, steps)| Transition::CommitAmidSyncs {
        batch,
        written,
        steps,
    });
    let fails = (batch(), any::<bool>());
    let reopen = (closing, option::of(jump()));
    let gather = (prop_oneof![2 => 1..4_u32, 1 => Just(20)], any::<bool>());
    let sync_amid = (step(), any::<bool>(), interference());
    prop_oneof![
        360 => batch().prop_map(Transition::Commit),
        60 => amid,
        10 => fails.prop_map(|(batch, written)| Transition::CommitFails { batch, written }),
        30 => (0..3_u8).prop_map(Transition::Retry),
        15 => (0..2_usize, 0..6_u8).prop_map(|(table, item)| Transition::Erase { table, item }),
        60 => Just(Transition::Expire),
        30 => vec(step(), 1..4).prop_map(Transition::ExpireAmidSyncs),
        10 => Just(Transition::Compact),
        120 => span().prop_map(Transition::Advance),
        12 => jump().prop_map(Transition::Wall),
        12 => Just(Transition::ConfirmLeap),
        22 => reopen.prop_map(|(closing, jump)| Transition::Reopen { closing, jump }),
        8 => keeping().prop_map(Transition::Backup),
        4 => Just(Transition::Copy),
        8 => (0..2_usize, rows(), option::of(cut_short()))
            .prop_map(|(table, rows, cut)| Transition::Import { table, rows, cut }),
        6 => (0..2_usize).prop_map(Transition::Rename),
        8 => Just(Transition::Restore),
        4 => (0..2_usize).prop_map(Transition::Remake),
        4 => (0..2_usize).prop_map(Transition::Truncate),
        6 => (0..2_usize, ttls()).prop_map(|(table, ttls)| Transition::Retune(table, ttls)),
        30 => (0..2_usize, reindexing(), prop_oneof![2 => Just(true), 1 => Just(false)])
            .prop_map(|(table, change, fails)| Transition::Reindex { table, change, fails }),
        20 => Just(Transition::BuildIndexes),
        4 => Just(Transition::RotateKeys),
        80 => (question(), prop_oneof![4 => Just(1_u32), 1 => Just(2)]).prop_map(|(question, limit)| Transition::Query {
            question,
            limit,
        }),
        80 => (1..=3_u32).prop_map(Transition::QueryOn),
        10 => (1..=3_u32, lookup_change()).prop_map(|(limit, change)| Transition::QueryAmid {
            limit,
            change,
        }),
        200 => step().prop_map(Transition::Sync),
        80 => sync_amid.prop_map(|(step, read, interference)| Transition::SyncAmid {
            step,
            read,
            interference,
        }),
        60 => gather.prop_map(|(limit, by_cursor)| Transition::Gather { limit, by_cursor }),
        80 => step().prop_map(Transition::Finish),
        40 => place().prop_map(|(device, view)| Transition::Deliver { device, view }),
        30 => place().prop_map(|(device, view)| Transition::Follow { device, view }),
        60 => Just(Transition::TellFollowers),
        25 => place().prop_map(|(device, view)| Transition::Abandon { device, view }),
        10 => (0..DEVICES).prop_map(Transition::Keep),
        10 => (0..DEVICES).prop_map(Transition::Rewind),
    ]
    .boxed()
}
