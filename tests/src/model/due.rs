//! Items whose time is over: an expiry deletes them as anybody would, and no others.

use super::body::TABLES;
use super::gone::{GONE, seconds};
use super::index::Index;
use super::oracle::{Table, Version};
use super::world::World;
use highwater::{ItemKey, Number, Value};

/// What is due at `now`, in the order in which it goes.
fn due(table: &Table, now: Number) -> Vec<(Number, ItemKey)> {
    if !table.setup.expires {
        return Vec::new();
    }
    // Before it is finished it knows what was written since it was published.
    let progress = table.progress(Index::Expiry);
    let unknown = table.is_building(Index::Expiry).then_some(progress.published);
    let known = table.live().filter(|(_, known)| unknown.is_none_or(|at| known.changed_at > at));
    let timed = known.filter_map(|(key, known)| match known.attributes.get(GONE) {
        Some(Value::Number(at)) if *at <= now => Some((*at, key.clone())),
        _ => None,
    });
    let mut due: Vec<_> = timed.collect();
    due.sort();
    due
}

impl World {
    /// An expiry has deleted so many items: those that were due, each table's in one commit.
    pub(super) fn take_out_expired(&mut self, count: u64) {
        let stats = self.store().stats().expect("stats");
        // The floors came first, in a batch of their own.
        self.oracle.look_at_floors(&stats);
        self.remember();
        // Nobody knows whether a wall that has leapt forward is right.
        let is_open = stats.clock.leap.is_some_and(|leap| leap.wall > leap.clock);
        let now = stats.clock.now.min(self.time.wall_millis());
        let now = (!is_open).then(|| seconds(now));
        let mut all = Vec::new();
        for (place, table) in self.oracle.tables.iter().enumerate() {
            let due = now.map_or(Vec::new(), |now| due(table, now)).into_iter();
            let deleted = due.map(|(_, key)| (self.deleted(place, &key), key));
            all.push((place, deleted.collect::<Vec<_>>()));
        }
        let due: usize = all.iter().map(|(_, deleted)| deleted.len()).sum();
        assert_eq!(count, due as u64, "items that were due at {now:?}: {all:?}");
        // In the order of their commits.
        all.retain(|(_, deleted)| !deleted.is_empty());
        all.sort_by_key(|(_, deleted)| deleted.first().map(|(version, _)| version.changed_at));
        for (place, deleted) in all {
            let moments: Vec<_> = deleted.iter().map(|(version, _)| version.changed_at).collect();
            self.promises.committed(&moments);
            for (version, key) in deleted {
                self.oracle.tables[place].set(&key, version);
            }
            self.known.changes += 1;
            self.remember();
            self.reach("an item whose time was over");
        }
    }

    /// The delete of an item, as the store tells it and as it must be.
    fn deleted(&self, place: usize, key: &ItemKey) -> Version {
        let known = self.oracle.tables[place].seen(key).expect("a live item");
        let told = self.store().get_with_tombstone(TABLES[place], key.clone());
        let told = told.expect("readable").expect("a tombstone");
        let changed_at = told.changed_at;
        let attributes = known.attributes.clone();
        let wanted = Version { version: known.version + 1, changed_at, deleted: true, attributes };
        assert_eq!((told.version, told.deleted), (wanted.version, true), "{key} is due: {told:?}");
        wanted
    }
}
