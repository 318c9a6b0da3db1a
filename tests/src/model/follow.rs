//! Followers: copies that are kept up by watching, next to those that sync.

use super::compare::members;
use super::device::Bound;
use super::index::Index;
use super::view::View;
use super::world::World;
use highwater::{
    Error, ErrorKind, Floors, Replica, SyncPage, SyncRequest, Timestamp, WatchBatch, WatchRequest,
    Watcher,
};

/// The name of a follower's view.
const NAME: &str = "followed";

/// A follower of one view.
pub struct Follower {
    view: View,
    watcher: Watcher,
    copy: Replica,
    /// The index that it reads through.
    through: Option<Index>,
    /// When it began.
    began: Bound,
}

impl World {
    /// Begins to follow a device's view: a whole sync, and from its cursor on by watching.
    pub(super) fn follow(&mut self, device: usize, view: usize) {
        let view = self.devices[device].views[view].view.clone();
        let mut copy = Replica::default();
        let begun = copy.sync(&self.store(), NAME, &view.request());
        if let Err(error) = begun {
            assert!(self.doubt.is_some() || self.waits_for_index(&view), "{error}");
            return;
        }
        self.look();
        let from = SyncRequest::cursor(view.request(), copy.cursor(NAME).expect("a cursor"));
        match self.store().watch(WatchRequest::from(from).limit(3)) {
            Ok(watcher) => {
                let through = view.index(&self.oracle.tables[view.table]);
                let began = self.bound();
                self.followers.push(Follower { view, watcher, copy, through, began });
            }
            Err(error) => assert!(self.doubt.is_some(), "{error}"),
        }
    }

    /// Every follower takes in what it has missed, and then holds what the table shows.
    pub(super) fn tell_followers(&mut self) {
        let followers = std::mem::take(&mut self.followers);
        for mut follower in followers {
            match self.tell(&mut follower) {
                Ok(()) => {
                    assert!(!self.has_lost_its_way(&follower), "{:?}", follower.view);
                    // A commit that failed may be there above the safe point, in the place of what it
                    // supersedes: that is told once the store is open again.
                    if self.doubt.is_none() {
                        self.check_follower(&follower);
                    }
                    self.followers.push(follower);
                }
                Err(error) => self.has_ended(&follower, &error),
            }
        }
    }

    fn tell(&mut self, follower: &mut Follower) -> Result<(), Error> {
        let mut last = Timestamp::ZERO;
        while let Some(batch) = follower.watcher.try_next()? {
            assert!(!batch.items.is_empty(), "a batch without news");
            for item in &batch.items {
                assert!(last < item.changed_at, "not in commit order: {item:?} after {last:?}");
                last = item.changed_at;
            }
            self.apply(follower, batch);
        }
        Ok(())
    }

    fn apply(&mut self, follower: &mut Follower, batch: WatchBatch) {
        assert_eq!(batch.incarnation, self.incarnation);
        follower.copy.apply(NAME, &SyncPage::from(batch));
        self.reach("a follower that was told");
    }

    /// The follower's copy, the table, and their digests agree.
    fn check_follower(&self, follower: &Follower) {
        let Follower { view, copy, .. } = follower;
        let table = &self.oracle.tables[view.table];
        let held: Vec<_> = copy.live().map(|(key, held)| (key, held.changed_at)).collect();
        let wanted: Vec<_> = members(table, view).map(|(key, k)| (key, k.changed_at)).collect();
        assert_eq!(held, wanted, "a follower of {view:?}");
        if view.is_summed_up() {
            let request = view.request();
            let told = self.store().digest(&request.table, &request.scope).expect("readable");
            assert_eq!(told, Some(copy.digest(NAME)), "a follower of {view:?}");
        }
    }

    /// Whether the index that it reads through is gone.
    fn has_lost_its_way(&self, follower: &Follower) -> bool {
        follower.began.is_dropped(self.bound(), follower.view.table, follower.through)
    }

    /// A follower gives up only where it must.
    fn has_ended(&mut self, follower: &Follower, error: &Error) {
        let table = &self.oracle.tables[follower.view.table];
        let Floors { delta, tombstone, .. } = table.floors;
        let floor = if follower.through.is_some() { tombstone } else { delta.max(tombstone) };
        match error {
            Error::Expired { .. } => {
                let next = follower.watcher.up_to().plus(1);
                assert!(next < floor, "overtaken without need: at {next:?}, floor {floor:?}");
                self.reach("a follower that was overtaken");
            }
            error if error.kind() == ErrorKind::Reopen => {
                assert!(self.doubt.is_some(), "{error}");
            }
            Error::IndexDropped { .. } => {
                assert!(self.has_lost_its_way(follower), "{error}");
                self.reach("a follower whose index was dropped");
            }
            // Its table was made again.
            Error::UnknownTable { .. } => {}
            error => panic!("{error}"),
        }
    }
}
