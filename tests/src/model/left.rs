//! What is left of a table after a loss, to be held against the states that once were.

use super::body::{TABLES, all_keys};
use super::oracle::Table;
use highwater::{Floors, ItemKey, Stats, Store, Timestamp, Ttls};

/// A table as far as a loss leaves it alone: the floors of its log and of its deletes rise.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Left {
    ttls: Ttls,
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

/// The floors of a table that the store has.
pub(super) fn floors(stats: &Stats, place: usize) -> Floors {
    let found = stats.tables.iter().find(|held| held.name == TABLES[place]);
    found.expect("both tables are there").floors
}

impl Left {
    /// What the store holds.
    pub(super) fn found(store: &Store, place: usize, floors: Floors) -> Self {
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
        Self {
            ttls: spec.expect("both tables are there").ttls,
            history: floors.history,
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
        Self { ttls: table.setup.ttls, history, items: items.filter(LeftItem::is_there).collect() }
    }
}
