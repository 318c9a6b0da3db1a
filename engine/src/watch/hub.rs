//! Who follows what, and who has to wake: the logic of waking, apart from everything that is read.
//!
//! A follower is two timestamps: up to where it has been told, and up to where there may be changes
//! for it. It sleeps while the second is not above the first. There is no signal that a follower must
//! clear at the right moment, and no buffer: a change moves the second timestamp, reading moves the first.
//!
//! Three rules keep a wake-up from being lost, and `schedules.rs` shows for each what happens without it:
//!
//! * A commit first stops being in flight, then the hub takes from the clock what the safe point has
//!   passed: also what younger commits touched that have waited for this one.
//! * What was passed is marked, and the hub's safe point moves, in one step under one lock. A follower for
//!   which nothing is marked has nothing to read up to the *hub's* safe point (the clock's may be ahead).
//! * Whether there is something to read is asked again in the step in which a follower lies down.
//!
//! Locks: the board's, then the clock's. Wakers run, and are let go, when both are free, and where a follower reads, when
//! the store may close again ([`Late`]).

use super::touched::{Passed, Topic};
use crate::error::Result;
use crate::health;
use crate::lock::{Mutex, RwLock, RwLockReadGuard};
use highwater_format::{TableId, Timestamp};
use std::collections::BTreeMap;
use std::ops::RangeBounds;
use std::sync::Arc;
use std::task::Waker;

/// The followers of a store.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    board: Mutex<Board>,
    /// Whether the store was closed; a page is read while it is held shared.
    closed: RwLock<bool>,
}

#[derive(Debug, Default)]
struct Board {
    /// What commits up to this have touched is marked.
    safe: Timestamp,
    next_seat: u64,
    followers: BTreeMap<(Topic, u64), Follower>,
}

#[derive(Debug)]
struct Follower {
    /// It was told everything up to this.
    told: Timestamp,
    /// Above `told`: there may be changes for it up to this.
    unread: Timestamp,
    /// Something other than a change wants to be looked at: the end of the table, or of the store.
    stirred: bool,
    /// How to wake it; present while it sleeps.
    waker: Option<Waker>,
}

/// What a follower finds when it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// There may be changes for it after the first timestamp, up to the second.
    Unread(Timestamp, Timestamp),
    /// There are none, up to this.
    Nothing(Timestamp),
}

impl Follower {
    fn has_unread(&self) -> bool {
        self.unread > self.told
    }

    /// A commit that begins at `at` touched what it follows.
    fn mark(&mut self, at: Timestamp, safe: Timestamp) {
        if !self.has_unread() {
            // Whatever came before did not concern it: floors that pass there overtake nobody.
            self.told = self.told.max(at.prev());
        }
        self.unread = safe;
    }
}

impl Board {
    /// Marks what was passed, and gives the wakers of those who slept.
    fn settle(&mut self, passed: Passed) -> Vec<Waker> {
        self.safe = self.safe.max(passed.safe);
        let mut wakers = Vec::new();
        for (at, touched) in passed.commits {
            for topic in touched.topics() {
                for (_, follower) in self.followers.range_mut((topic, 0)..=(topic, u64::MAX)) {
                    follower.mark(at, self.safe);
                    wakers.extend(follower.waker.take());
                }
            }
        }
        wakers
    }

    fn look(&mut self, place: (Topic, u64)) -> Look {
        let safe = self.safe;
        let Some(follower) = self.followers.get_mut(&place) else { return Look::Nothing(safe) };
        follower.stirred = false;
        if follower.has_unread() {
            return Look::Unread(follower.told, safe);
        }
        follower.told = safe;
        Look::Nothing(safe)
    }
}

fn ring(wakers: Vec<Waker>) {
    wakers.into_iter().for_each(Waker::wake);
}

/// Wakers that are to be called, and to be let go, when this is dropped: that runs code of their own, which may close
/// the store, and so is not done by whoever keeps it open.
#[derive(Debug, Default)]
pub(super) struct Late {
    called: Vec<Waker>,
    let_go: Vec<Waker>,
}

impl Drop for Late {
    fn drop(&mut self) {
        ring(std::mem::take(&mut self.called));
    }
}

impl Hub {
    /// Takes from the clock what the safe point has passed, and wakes exactly those whom it concerns.
    pub(crate) fn settle(&self, pass: impl FnOnce() -> Passed) {
        let wakers = {
            let mut board = self.board.lock();
            let passed = pass();
            board.settle(passed)
        };
        ring(wakers);
    }

    /// A new follower of `topic` who was told everything up to `after`; without it, from now on.
    pub(super) fn join(
        self: &Arc<Self>,
        topic: Topic,
        after: Option<Timestamp>,
        pass: impl FnOnce() -> Passed,
        late: &mut Late,
    ) -> Seat {
        let mut board = self.board.lock();
        late.called.extend(board.settle(pass()));
        let (id, unread) = (board.next_seat, board.safe);
        board.next_seat += 1;
        let told = after.unwrap_or(unread).min(unread);
        let follower = Follower { told, unread, stirred: false, waker: None };
        board.followers.insert((topic, id), follower);
        Seat { hub: Arc::clone(self), place: (topic, id) }
    }

    /// Wakes the followers of a table, so that they look whether it is still there.
    pub(crate) fn wake_table(&self, table: TableId) {
        let (first, last) = Topic::all_of(table);
        self.stir((first, 0)..=(last, u64::MAX));
    }

    /// Wakes every follower, so that it looks whether the store can still be relied on.
    pub(crate) fn wake_all(&self) {
        self.stir(..);
    }

    fn stir(&self, whom: impl RangeBounds<(Topic, u64)>) {
        let mut wakers = Vec::new();
        for (_, follower) in self.board.lock().followers.range_mut(whom) {
            follower.stirred = true;
            wakers.extend(follower.waker.take());
        }
        ring(wakers);
    }

    /// While what this gives is held, the store does not close.
    pub(super) fn enter(&self) -> Result<RwLockReadGuard<'_, bool>> {
        let closed = self.closed.read();
        if *closed {
            return Err(health::closed());
        }
        Ok(closed)
    }

    /// Waits for the pages that are being read, lets no more begin, and wakes everyone.
    pub(crate) fn close(&self) {
        *self.closed.write() = true;
        self.wake_all();
    }
}

/// A follower's place among the followers; given up when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    hub: Arc<Hub>,
    place: (Topic, u64),
}

impl Seat {
    pub(super) fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Asks what there is to read, and is awake.
    pub(super) fn look(&self, pass: impl FnOnce() -> Passed, late: &mut Late) -> Look {
        late.let_go.extend(self.follower(|follower| follower.waker.take()).flatten());
        let mut board = self.hub.board.lock();
        late.called.extend(board.settle(pass()));
        board.look(self.place)
    }

    /// It was told everything up to `at`.
    pub(super) fn told(&self, at: Timestamp) {
        self.follower(|follower| follower.told = follower.told.max(at));
    }

    /// Lies down until `waker` is called; false if there is something to look at after all.
    pub(super) fn lie_down(&self, waker: &Waker, late: &mut Late) -> bool {
        let waker = waker.clone();
        let lain_down = self.follower(|follower| {
            let sleeps = !follower.has_unread() && !follower.stirred;
            match sleeps {
                true => late.let_go.extend(follower.waker.replace(waker)),
                false => late.let_go.extend(follower.waker.take().into_iter().chain([waker])),
            }
            sleeps
        });
        lain_down.unwrap_or_default()
    }

    /// Is awake without having been called.
    pub(super) fn get_up(&self) {
        drop(self.follower(|follower| follower.waker.take()));
    }

    /// Up to where it was told everything that there is for it, as of now.
    pub(super) fn up_to(&self, pass: impl FnOnce() -> Passed, late: &mut Late) -> Timestamp {
        let mut board = self.hub.board.lock();
        late.called.extend(board.settle(pass()));
        let follower = board.followers.get(&self.place);
        let behind = follower.filter(|follower| follower.has_unread());
        behind.map_or(board.safe, |follower| follower.told)
    }

    /// The same, of a store that is gone.
    pub(super) fn last_told(&self) -> Timestamp {
        self.follower(|follower| follower.told).unwrap_or_default()
    }

    fn follower<T>(&self, act: impl FnOnce(&mut Follower) -> T) -> Option<T> {
        self.hub.board.lock().followers.get_mut(&self.place).map(act)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // Taken out first: dropping a waker runs code of its own.
        let gone = self.hub.board.lock().followers.remove(&self.place);
        drop(gone);
    }
}

#[cfg(test)]
#[path = "schedules.rs"]
mod schedules;
