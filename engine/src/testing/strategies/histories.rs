//! Histories: what is common in them, and what is rare.

use super::mutations::batches;
use super::views::views;
use crate::sync::SyncRequest;
use crate::testing::{History, Operation};
use highwater_format::Millis;
use highwater_format::meta::TableSpec;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::Union;
use std::ops::Range;

const HOUR: i64 = 3_600_000;

/// Which histories are drawn.
///
/// ```
/// use highwater::testing::{Site, strategies::Histories};
/// use highwater::{SyncRequest, TableSpec, TableSpecExt};
/// use proptest::prelude::*;
///
/// let histories = Histories { devices: 1, ..Histories::of(&[TableSpec::new("notes", "id")]) };
/// proptest!(ProptestConfig::with_cases(8), |(history in histories.strategy())| {
///     history.play(&mut |site: &Site, request: &SyncRequest| site.store.sync(request))?;
/// });
/// ```
#[derive(Debug, Clone)]
pub struct Histories {
    /// The tables. Times pass that are in proportion to their times to live, so that things expire.
    pub tables: Vec<TableSpec>,
    /// What devices may ask for, each one or two of them of one table; if there are none, everything that
    /// [`views`] draws.
    pub views: Vec<SyncRequest>,
    /// How many devices there are, one at least.
    pub devices: usize,
    /// How many operations there are.
    pub operations: Range<usize>,
}

impl Histories {
    /// Histories of `tables` with two devices that ask for anything, and up to 40 operations.
    #[must_use]
    pub fn of(tables: &[TableSpec]) -> Self {
        Self { tables: tables.to_vec(), views: Vec::new(), devices: 2, operations: 0..40 }
    }

    /// The same, with devices that ask for nothing but `views`.
    #[must_use]
    pub fn views(mut self, views: impl IntoIterator<Item = SyncRequest>) -> Self {
        self.views = views.into_iter().collect();
        self
    }

    /// Draws them.
    ///
    /// # Panics
    /// If there is no table, no view of any of them though views are given, or no length that `operations`
    /// allows.
    pub fn strategy(&self) -> BoxedStrategy<History> {
        let devices = vec(self.device(), self.devices.max(1));
        let operations =
            vec(operations(&self.tables, self.devices.max(1)), self.operations.clone());
        let tables = self.tables.clone();
        (devices, operations)
            .prop_map(move |(devices, operations)| History {
                tables: tables.clone(),
                devices,
                operations,
            })
            .boxed()
    }

    /// The views of one device: one or two of one table.
    fn device(&self) -> BoxedStrategy<Vec<SyncRequest>> {
        let of_table = |table: &TableSpec| {
            let given = self.views.iter().filter(|view| view.table == table.name);
            let given: Vec<_> = given.cloned().collect();
            match (given.len(), self.views.len()) {
                (_, 0) => Some(vec(views(table), 1..3).boxed()),
                (0, _) => None,
                (1, _) => Some(Just(given).boxed()),
                _ => Some(subsequence(given, 1..=2).boxed()),
            }
        };
        let devices: Vec<_> = self.tables.iter().filter_map(of_table).collect();
        assert!(!devices.is_empty(), "no table is drawn, or `views` names none of those that are");
        Union::new(devices).boxed()
    }
}

/// Spans of time: most so short that commits and syncs meet, some about as long as a time to live.
fn spans(tables: &[TableSpec]) -> BoxedStrategy<Millis> {
    let ttls = tables.iter().flat_map(|table| [table.ttls.delta, table.ttls.tombstone]);
    let lives = ttls.flatten().filter(|ttl| ttl.0 > 0).map(|ttl| (ttl.0 / 2..=ttl.0 * 2).boxed());
    let lives: Vec<_> = lives.collect();
    let short = prop_oneof![2 => 1..5_u64, 1 => 5..2_000_u64].boxed();
    let span = match lives.is_empty() {
        true => short,
        false => prop_oneof![2 => short, 1 => Union::new(lives)].boxed(),
    };
    span.prop_map(Millis).boxed()
}

/// Operations on `tables` and so many devices of two views.
///
/// # Panics
/// If there is no table or no device.
pub fn operations(tables: &[TableSpec], devices: usize) -> BoxedStrategy<Operation> {
    let place = move || (0..devices, 0..2_usize, any::<bool>());
    let moves = select(vec![-72 * HOUR, -HOUR, -2_000, 2_000, HOUR, 72 * HOUR]);
    prop_oneof![
        30 => batches(tables).prop_map(Operation::Commit),
        12 => spans(tables).prop_map(Operation::Advance),
        2 => moves.prop_map(Operation::MoveWall),
        6 => Just(Operation::Expire),
        1 => Just(Operation::Compact),
        1 => Just(Operation::Reopen),
        2 => Just(Operation::Kill),
        12 => place().prop_map(|(device, view, cursor)| Operation::Sync { device, view, cursor }),
        12 => place().prop_map(|(device, view, cursor)| Operation::Page { device, view, cursor }),
        2 => place().prop_map(|(device, view, _)| Operation::Interrupt { device, view }),
    ]
    .boxed()
}
