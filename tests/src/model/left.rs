//! What is left of a table after a loss, to be held against the states that once were.

use super::body::{TABLES, all_keys};
use super::index::Told;
use super::oracle::Table;
use highwater::{
    Floors, IndexStats, ItemKey, Stats, Store, TableSpec, TableStats, Timestamp, Ttls,
};

/// A table as far as a loss leaves it alone: the floors of its log and of its deletes rise.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Left {
    ttls: Ttls,
    indexes: Vec<Told>,
    history: Timestamp,
    items: Vec<LeftItem>,
}

/// An item that is told, or whose past is.
#[derive(Debug, PartialEq, Eq)]
struct LeftItem {
    key: ItemKey,
    newest: Option<(u64, Timestamp)>,
    past: Vec<Timestamp>,
}

impl LeftItem {
    fn is_there(&self) -> bool {
        self.newest.is_some() || !self.past.is_empty()
    }
}

/// What the store says of a table.
pub(super) fn stats_of(stats: &Stats, place: usize) -> &TableStats {
    let found = stats.tables.iter().find(|held| held.name == TABLES[place]);
    found.expect("both tables are there")
}

/// What the store says of its indexes.
fn told_indexes(spec: &TableSpec, stats: &TableStats) -> Vec<Told> {
    let told = |index: &IndexStats| {
        let declared = spec.indexes.iter().find(|declared| declared.name == index.name);
        let projection = declared.map(|declared| declared.projection);
        (index.name.clone(), index.kind, index.phase, projection)
    };
    stats.indexes.iter().map(told).collect()
}

impl Left {
    /// What the store holds.
    pub(super) fn found(store: &Store, place: usize, stats: &TableStats) -> Self {
        let name = TABLES[place];
        let spec = store.tables().into_iter().find(|spec| spec.name == name);
        let items = all_keys(place).map(|key| {
            let item = store.get_with_tombstone(name, key.clone()).expect("readable");
            let past = store.history(name, key.clone()).expect("a readable past");
            LeftItem {
                key,
                newest: item.map(|item| (item.version, item.changed_at)),
                past: past.iter().map(|item| item.changed_at).collect(),
            }
        });
        let spec = spec.expect("both tables are there");
        Self {
            ttls: spec.ttls,
            indexes: told_indexes(&spec, stats),
            history: stats.floors.history,
            items: items.filter(LeftItem::is_there).collect(),
        }
    }

    /// What it would hold, with these floors, if `table` were what is left.
    pub(super) fn of(table: &Table, place: usize, floors: Floors) -> Self {
        let history = table.floors.history;
        let table = Table { floors: Floors { history, ..floors }, ..table.clone() };
        let items = all_keys(place).map(|key| LeftItem {
            newest: table.seen(&key).map(|known| (known.version, known.changed_at)),
            past: table.history(&key).iter().map(|version| version.changed_at).collect(),
            key,
        });
        Self {
            ttls: table.setup.ttls,
            indexes: table.told_indexes(),
            history,
            items: items.filter(LeftItem::is_there).collect(),
        }
    }
}
