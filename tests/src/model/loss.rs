//! Commits that are lost: a damaged log, and what of it an opening that accepts the loss has kept.

use super::body::{TABLES, all_keys};
use super::oracle::{Oracle, Table};
use super::transition::Damage;
use super::world::World;
use highwater::Stats;
use std::fs;
use std::path::{Path, PathBuf};

/// Damages the newest write-ahead log of a store that is not open.
pub(super) fn damage(store: &Path, damage: Damage) {
    let (Damage::Cut(percent) | Damage::Flip(percent)) = damage else { return };
    let log = newest_log(store).expect("a store has a log");
    let mut bytes = fs::read(&log).expect("a readable log");
    let place = bytes.len() * usize::from(percent.min(99)) / 100;
    match damage {
        Damage::Flip(_) => bytes.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= 0x20),
        _ => bytes.truncate(place),
    }
    fs::write(&log, bytes).expect("a log can be damaged");
}

fn newest_log(store: &Path) -> Option<PathBuf> {
    let files = fs::read_dir(store.join("rocksdb")).ok()?;
    let paths = files.filter_map(|file| Some(file.ok()?.path()));
    paths.filter(|path| path.extension().is_some_and(|kind| kind == "log")).max()
}

impl World {
    /// Keeps what is known now, for when it turns out to be all that is left.
    pub(super) fn remember(&mut self) {
        if self.trail.last() != Some(&self.oracle) {
            self.trail.push(self.oracle.clone());
        }
    }

    /// Looks what is left: the commits up to some moment of the last session, each of them wholly,
    /// and none after it.
    pub(super) fn learn_what_is_left(&mut self) {
        let store = self.store();
        // A table that was being made again, or its first making, may be lost. It is made anew.
        let made = [0, 1].map(|table| {
            let spec = self.oracle.tables[table].setup.spec(table);
            let lost = !store.tables().iter().any(|held| held.name == spec.name);
            if lost {
                store.create_table(spec).expect("the table is made anew");
            }
            lost
        });
        let stats = store.stats().expect("stats");
        let trail = std::mem::take(&mut self.trail);
        let is_left = |oracle: &Oracle| {
            let mut tables = oracle.tables.iter().zip(made).enumerate();
            tables.all(|(place, (table, made))| self.is_left(place, table, made, &stats))
        };
        let place = trail.iter().rposition(is_left).expect("a state that once was");
        self.oracle = trail[place].clone();
        self.reach(match place + 1 == trail.len() {
            true => "a log without damage",
            false => "a log that lost its end",
        });
        self.known.changes += 1;
        for (place, _) in made.iter().enumerate().filter(|(_, made)| **made) {
            self.oracle.remake(place);
            let ttls = self.oracle.tables[place].setup.ttls;
            store.alter_ttls(TABLES[place], ttls).expect("other times to live");
        }
    }

    /// Whether this is what the store holds. All floors but that of history have risen above it.
    fn is_left(&self, place: usize, table: &Table, made: bool, stats: &Stats) -> bool {
        let (store, name) = (self.store(), TABLES[place]);
        let floors = stats.tables.iter().find(|held| held.name == name).map(|held| held.floors);
        let ttls = store.tables().into_iter().find(|spec| spec.name == name).map(|spec| spec.ttls);
        let Some(floors) = floors else { return false };
        if made {
            return table.items.is_empty();
        }
        if ttls != Some(table.setup.ttls) || floors.history != table.floors.history {
            return false;
        }
        let table = Table { floors, ..table.clone() };
        all_keys(place).all(|key| {
            let item = store.get_with_tombstone(name, key.clone()).expect("readable");
            let told = item.map(|item| (item.version, item.changed_at));
            let wanted = table.seen(&key).map(|known| (known.version, known.changed_at));
            let past = store.history(name, key.clone()).expect("a readable past");
            let past: Vec<_> = past.iter().map(|item| item.changed_at).collect();
            let history = table.history(&key);
            let wanted_past: Vec<_> = history.iter().map(|version| version.changed_at).collect();
            told == wanted && past == wanted_past
        })
    }
}
