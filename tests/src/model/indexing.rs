//! Changes of indexes on tables with data, some of them left unfinished for a while.

use super::body::TABLES;
use super::device::Asked;
use super::gone::GONE;
use super::index::{Index, Progress, SCOPES};
use super::oracle::Table;
use super::world::World;
use highwater::testing::Point;
use highwater::{Error, IndexChange, IndexPhase, Projection, Result, Store, Timestamp};

/// A change of the indexes of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reindexing {
    /// An index is dropped and added again in one step; one with scopes together with those that are declared
    /// after it, so that their order stays.
    Remake(Index),
    /// The entries of an index carry what they did not, or no longer do.
    Project(Index),
    /// The ordered index, or the one of times, is dropped; or added, where there is none.
    Toggle(Index),
}

impl Reindexing {
    /// What it is made of, and the indexes that are new by it; nothing where it cannot be.
    fn changes(self, table: &Table) -> Option<(Vec<IndexChange>, Vec<Index>)> {
        let drop = |index: Index| IndexChange::Drop(index.name().to_owned());
        let add = |index: Index| match table.setup.indexes.projection(index) {
            Some(projection) => IndexChange::Add(index.spec(projection)),
            None => IndexChange::AddLookup(Index::lookup_spec()),
        };
        match self {
            Self::Toggle(Index::Expiry) => {
                let attribute = (!table.setup.expires).then(|| GONE.to_owned());
                Some((vec![IndexChange::ExpireBy(attribute)], vec![Index::Expiry]))
            }
            Self::Toggle(index) if table.setup.declares(index) => {
                Some((vec![drop(index)], vec![index]))
            }
            Self::Toggle(index) => Some((vec![add(index)], vec![index])),
            Self::Remake(Index::Lookup) if table.setup.lookup => {
                Some((vec![drop(Index::Lookup), add(Index::Lookup)], vec![Index::Lookup]))
            }
            Self::Remake(index) if table.setup.declares(index) => {
                let after = SCOPES.into_iter().filter(|other| *other >= index);
                let new: Vec<_> = after.filter(|other| table.setup.declares(*other)).collect();
                let drops = new.iter().map(|index| drop(*index));
                Some((drops.chain(new.iter().map(|index| add(*index))).collect(), new))
            }
            Self::Project(index) => {
                let other = other(table.setup.indexes.projection(index)?);
                Some((vec![IndexChange::Project(index.name().to_owned(), other)], Vec::new()))
            }
            Self::Remake(_) => None,
        }
    }

    /// What is tried where it cannot be.
    fn attempt(self) -> IndexChange {
        let (Self::Remake(index) | Self::Project(index) | Self::Toggle(index)) = self;
        IndexChange::Drop(index.name().to_owned())
    }

    /// The table once the change is published, at the safe point `published`.
    fn publish(self, table: &mut Table, new: &[Index], published: Timestamp) {
        for index in new {
            let progress =
                Progress { phase: IndexPhase::Building, published, ..Progress::default() };
            table.progress.insert(*index, progress);
        }
        match self {
            Self::Remake(_) => {}
            Self::Project(index) => {
                let projection = table.setup.indexes.projection(index).map(other);
                table.setup.indexes.set(index, projection);
                let mut progress = table.progress(index);
                if progress.phase == IndexPhase::Ready {
                    progress.phase = IndexPhase::Reprojecting;
                }
                table.progress.insert(index, progress);
            }
            Self::Toggle(Index::Expiry) => table.setup.expires = !table.setup.expires,
            Self::Toggle(_) => table.setup.lookup = !table.setup.lookup,
        }
        // What is not declared has come nowhere.
        let setup = table.setup;
        table.progress.retain(|index, _| setup.declares(*index));
    }
}

fn other(projection: Projection) -> Projection {
    match projection {
        Projection::All => Projection::KeysOnly,
        Projection::KeysOnly => Projection::All,
    }
}

/// A change of indexes that is about to be made.
pub(super) struct Planned {
    place: usize,
    change: Reindexing,
    changes: Vec<IndexChange>,
    /// The indexes that are new by it; nothing where it cannot be.
    new: Option<Vec<Index>>,
    /// The store's safe point.
    before: Timestamp,
}

impl Planned {
    pub(super) fn run(&self, store: &Store) -> Result<()> {
        store.change_indexes(TABLES[self.place], &self.changes)
    }
}

impl World {
    pub(super) fn plan_reindexing(&mut self, place: usize, change: Reindexing) -> Planned {
        let before = self.look().clock.safe_point;
        let (changes, new) = match change.changes(&self.oracle.tables[place]) {
            Some((changes, new)) => (changes, Some(new)),
            None => (vec![change.attempt()], None),
        };
        Planned { place, change, changes, new, before }
    }

    /// Changes indexes, and finishes them; or the disk fails once the change is published.
    pub(super) fn reindex(&mut self, place: usize, change: Reindexing, fails: bool) {
        let planned = self.plan_reindexing(place, change);
        let store = self.store();
        let (done, failed) = match fails {
            true => self.hooks.fail(Point::IndexChunk, || planned.run(&store)),
            false => (planned.run(&store), false),
        };
        self.reindexed(planned, done, failed);
    }

    /// Takes a change of indexes in.
    pub(super) fn reindexed(&mut self, planned: Planned, done: Result<()>, failed: bool) {
        let Planned { place, change, changes, new, before } = planned;
        let new = match (done, new, self.doubt.is_some()) {
            (Err(Error::ReadOnly { .. }), _, true) => return,
            (Err(Error::UnknownIndex { .. }), None, _) => return,
            (Err(Error::Io { .. }), Some(new), false) if failed => new,
            (Ok(()), Some(new), false) if !failed => new,
            (done, ..) => panic!("{change:?} of {:?}: {done:?}", self.oracle.tables[place]),
        };
        let after = self.look().clock.safe_point;
        change.publish(&mut self.oracle.tables[place], &new, after);
        for index in new {
            self.known.indexes[place][index as usize] += 1;
        }
        self.remember();
        // One that only drops leaves what others have left.
        let needs_work = changes
            .iter()
            .any(|change| !matches!(change, IndexChange::Drop(_) | IndexChange::ExpireBy(None)));
        if needs_work && !failed {
            self.oracle.tables[place].finish_indexes((before, after));
            self.check_store();
        }
        self.reach(match failed {
            true => "a change of indexes that was cut short",
            false => "a change of indexes",
        });
    }

    /// Indexes change inside of a page.
    pub(super) fn sync_amid_reindexing(&mut self, asked: Asked, point: Point, change: Reindexing) {
        let place = self.devices[asked.device].table();
        let planned = self.plan_reindexing(place, change);
        let (ours, theirs) = (self.store(), self.store());
        let act = move || {
            let done = planned.run(&theirs);
            (planned, done)
        };
        let done = self.hooks.amid(point, act, || ours.sync(&asked.request));
        if let Ok(page) = &done.outer {
            // It was chosen before anything else happened.
            self.promises.started(page.started_at);
        }
        let (planned, changed) = done.inner;
        self.reindexed(planned, changed, false);
        // What was read through an index that went meanwhile may lack what went with it.
        let asked = Asked { until: self.bound(), ..asked.disturbed() };
        self.answered(asked, done.outer);
    }

    /// All indexes are finished.
    pub(super) fn build_indexes(&mut self) {
        let before = self.look().clock.safe_point;
        let unfinished = self.oracle.tables.iter().any(|table| !table.unfinished().is_empty());
        let done = self.store().build_indexes();
        match done {
            Ok(()) => assert!(self.doubt.is_none() || !unfinished, "built a read-only store"),
            Err(Error::ReadOnly { .. }) if self.doubt.is_some() && unfinished => return,
            Err(error) => panic!("{error}"),
        }
        if !unfinished {
            return;
        }
        let after = self.look().clock.safe_point;
        // One table after the other, in an order that is the store's.
        let tables = self.oracle.tables.clone();
        for place in [1, 0] {
            self.oracle.tables[place].finish_indexes((before, after));
            self.remember();
            self.oracle.tables[place] = tables[place].clone();
        }
        for table in &mut self.oracle.tables {
            table.finish_indexes((before, after));
        }
        self.check_store();
        self.reach("indexes that were gone on with");
    }
}
