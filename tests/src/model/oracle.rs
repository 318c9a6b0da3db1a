//! The oracle: what the store must hold, as maps in memory.

use super::body::{Attributes, TABLES};
use super::index::{Index, Progress};
use super::once::Receipt;
use super::setup::TableSetup;
use highwater::{Floors, ItemKey, Millis, Stats, Timestamp};
use std::collections::BTreeMap;

/// Every table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oracle {
    pub tables: [Table; 2],
    /// What commits under a mutation id were answered.
    pub receipts: BTreeMap<u8, Receipt>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub setup: TableSetup,
    /// The engine's own: when they move is its choice, what they mean is not.
    pub floors: Floors,
    /// How far its indexes are, where they did not come with the table.
    pub progress: BTreeMap<Index, Progress>,
    pub items: BTreeMap<ItemKey, Known>,
}

/// The newest version of an item and those before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub version: u64,
    pub changed_at: Timestamp,
    pub deleted: bool,
    pub attributes: Attributes,
    /// Superseded versions, each with the moment it was superseded. Kept through deaths.
    pub past: Vec<(Timestamp, Version)>,
}

/// A superseded version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub version: u64,
    pub changed_at: Timestamp,
    pub deleted: bool,
    pub attributes: Attributes,
}

impl Table {
    fn new(setup: TableSetup) -> Self {
        let floors =
            Floors { delta: Timestamp::ZERO, tombstone: Timestamp::ZERO, history: Timestamp::ZERO };
        Self { setup, floors, progress: BTreeMap::new(), items: BTreeMap::new() }
    }

    /// The item as readers and writers see it: a tombstone below the floor is absent.
    pub fn seen(&self, key: &ItemKey) -> Option<&Known> {
        let known = self.items.get(key)?;
        (!known.deleted || known.changed_at >= self.floors.tombstone).then_some(known)
    }

    /// The live items.
    pub fn live(&self) -> impl Iterator<Item = (&ItemKey, &Known)> {
        self.items.iter().filter(|(_, known)| !known.deleted)
    }

    /// The versions that history must tell, oldest first.
    pub fn history(&self, key: &ItemKey) -> Vec<&Version> {
        let past = self.items.get(key).map(|known| known.past.as_slice()).unwrap_or_default();
        let kept = past.iter().filter(|(superseded_at, _)| *superseded_at >= self.floors.history);
        kept.map(|(_, version)| version).collect()
    }

    /// Takes a new version of an item in.
    pub fn set(&mut self, key: &ItemKey, new: Version) {
        let seen = self.seen(key).cloned();
        let mut past = self.items.remove(key).map(|known| known.past).unwrap_or_default();
        if let Some(seen) = seen.filter(|_| self.setup.ttls.history != Some(Millis(0))) {
            let Known { version, changed_at, deleted, attributes, .. } = seen;
            past.push((new.changed_at, Version { version, changed_at, deleted, attributes }));
        }
        self.replace(key, new);
        if let Some(known) = self.items.get_mut(key) {
            known.past = past;
        }
    }

    /// Takes a version in as all that there is of an item.
    pub fn replace(&mut self, key: &ItemKey, new: Version) {
        let Version { version, changed_at, deleted, attributes } = new;
        let known = Known { version, changed_at, deleted, attributes, past: Vec::new() };
        self.items.insert(key.clone(), known);
    }
}

impl Oracle {
    pub fn new(tables: [TableSetup; 2]) -> Self {
        Self { tables: tables.map(Table::new), receipts: BTreeMap::new() }
    }

    /// The table was dropped and made again.
    pub fn remake(&mut self, table: usize) {
        self.tables[table] = Table::new(self.tables[table].setup);
        self.receipts.retain(|_, receipt| !receipt.tells_of_table(table));
    }

    /// What is told of an item beside its newest version is forgotten.
    pub fn forget_item(&mut self, table: usize, key: &ItemKey) {
        self.receipts.retain(|_, receipt| !receipt.tells_of(table, key));
        if let Some(known) = self.tables[table].items.get_mut(key) {
            known.past.clear();
        }
    }

    /// A loss lets the floors rise to the present.
    pub fn forget_floors(&mut self) {
        for table in &mut self.tables {
            table.floors.delta = Timestamp::ZERO;
            table.floors.tombstone = Timestamp::ZERO;
        }
    }

    /// After expiry no floor is further back than its TTL and a bucket. `aged` is the store's time
    /// without the leaps that were confirmed.
    pub fn look_at_expiry(&self, aged: Millis, safe: Timestamp, width: Millis) {
        for (table, name) in self.tables.iter().zip(TABLES) {
            let (floors, ttls) = (table.floors, table.setup.ttls);
            let least = |ttl: Millis| {
                let moment = aged.before(ttl).min(safe.millis());
                Timestamp::first_of(moment.before(width).after(Millis(1)))
            };
            let delta = ttls.delta.map_or(floors.delta, least);
            let tombstone = ttls.tombstone.map_or(floors.tombstone, least);
            let history = ttls.history.map_or(floors.history, least);
            assert!(floors.delta >= delta, "`{name}` keeps its log for too long");
            assert!(floors.tombstone >= tombstone.min(floors.delta), "deletes of `{name}`");
            assert!(floors.history >= history, "the history of `{name}`");
        }
    }

    /// Looks at the floors. They are whole milliseconds, never go back while a store lives on, and
    /// never pass the safe point; nor does the tombstone floor pass the delta floor.
    /// They rise by expiry alone, and not too far.
    pub fn look_at_floors(&mut self, stats: &Stats) {
        for (table, name) in self.tables.iter_mut().zip(TABLES) {
            let found = stats.tables.iter().find(|table| table.name == name);
            let floors = found.expect("both tables are there").floors;
            let held = table.floors;
            let ttls = table.setup.ttls;
            for (held, new, ttl) in [
                (held.delta, floors.delta, ttls.delta),
                (held.tombstone, floors.tombstone, ttls.tombstone),
                (held.history, floors.history, ttls.history),
            ] {
                assert!(held <= new, "a floor of `{name}` went back from {held:?} to {new:?}");
                assert_eq!(new, Timestamp::first_of(new.millis()), "a floor amid a millisecond");
                assert!(new <= stats.clock.safe_point, "a floor of `{name}` above the safe point");
                let age = ttl.map(|ttl| new.millis().after(ttl));
                let old = age.is_some_and(|age| age <= stats.clock.now);
                let risen = held == Timestamp::ZERO || held == new;
                assert!(risen || old, "`{name}` forgot what is younger than {ttl:?}");
            }
            assert!(floors.tombstone <= floors.delta, "deletes are forgotten before the log is");
            table.floors = floors;
        }
    }
}
