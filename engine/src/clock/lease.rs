//! The clock as the engine uses it: the hybrid state under its lock, and the lease on disk.
//!
//! Every timestamp and every `startedAt` lies below a lease that was on disk first. After a crash the
//! clock starts at the lease, so it passes everything that was handed out, wherever the wall went.

use super::hybrid::{Flight, NeedLease, Observation, State};
use super::physical::{Before, Leap, Physical};
use super::source::TimeSource;
use crate::error::{Error, Result};
use crate::health::Health;
use crate::lock::Mutex;
use crate::options::ClockLimits;
use crate::stats::ClockStats;
use crate::storage::{Batch, Storage, StorageError};
use crate::store::StoreDir;
use crate::watch::{Passed, Touched};
use highwater_format::meta::{self, ClockRecord};
use highwater_format::{Family, Millis, Timestamp};
use std::sync::Arc;

/// How far ahead a lease is taken: one fsync per this much time, and as much forward drift at a crash.
pub(super) const AHEAD: Millis = Millis(5_000);

/// The same for the bound in the `STORE` file, which is kept for when the log is lost. A clock that is further ahead of
/// the wall than this takes [`AHEAD`] here too: of losses one after the other each is to lead it no further than it must.
pub(super) const BOUND_AHEAD: Millis = Millis(60_000);

/// What a store that has lost something knows of what it had handed out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Loss {
    /// No lease of its own was above it.
    pub(crate) bound: Millis,
    /// It may be an image of long ago, or a copy, whose original went on: how far, the wall alone knows.
    pub(crate) is_old: bool,
}

/// The store's clock.
pub(crate) struct Clock {
    source: Arc<dyn TimeSource>,
    state: Mutex<State>,
    /// Held while the lease is extended, so that one extension serves all who wait.
    extending: Mutex<()>,
    storage: Arc<Storage>,
    dir: Arc<StoreDir>,
    health: Arc<Health>,
}

impl Clock {
    /// Starts the clock of a store whose last lease is `stored`; after a loss above the bound. It stands at the present, of
    /// which whoever follows is told, so that the present is leased first.
    pub(crate) fn open(
        source: Arc<dyn TimeSource>,
        stored: Option<ClockRecord>,
        loss: Option<Loss>,
        limits: ClockLimits,
        storage: Arc<Storage>,
        dir: Arc<StoreDir>,
        health: Arc<Health>,
    ) -> Result<Self> {
        let leapt = stored.map_or(Millis(0), |record| record.leapt);
        let lease = stored.map(|record| record.lease);
        let bound = loss.map(|loss| loss.bound);
        let is_old = loss.is_some_and(|loss| loss.is_old);
        let before = Before { lease, bound, leapt, is_old };
        let physical = Physical::open(source.wall(), source.monotonic(), before, limits);
        let state = Mutex::new(State::new(physical, lease.max(bound).unwrap_or_default()));
        let clock = Self { source, state, extending: Mutex::new(()), storage, dir, health };
        clock.observe()?;
        Ok(clock)
    }

    /// Where it reads time from.
    pub(crate) fn source(&self) -> Arc<dyn TimeSource> {
        Arc::clone(&self.source)
    }

    /// Runs `step` with the present moment, extending the lease and running it again where needed.
    fn leased<T>(
        &self,
        mut step: impl FnMut(&mut State, Millis) -> Result<T, NeedLease>,
    ) -> Result<T> {
        loop {
            let mut state = self.state.lock();
            let now = state.physical.read(self.source.wall(), self.source.monotonic());
            match step(&mut state, now) {
                Ok(done) => return Ok(done),
                Err(NeedLease(moment)) => {
                    drop(state);
                    self.extend(moment)?;
                }
            }
        }
    }

    fn extend(&self, moment: Millis) -> Result<()> {
        let _alone = self.extending.lock();
        let (held, leapt) = {
            let state = self.state.lock();
            (state.lease, state.physical.leapt())
        };
        if held > moment {
            return Ok(());
        }
        let lease = moment.after(AHEAD);
        if lease <= moment {
            return Err(Error::out_of_range("clock", moment.0, "the 48 bits of a timestamp"));
        }
        self.persist(ClockRecord { lease, leapt })?;
        self.state.lock().lease = lease;
        Ok(())
    }

    fn persist(&self, record: ClockRecord) -> Result<()> {
        self.health.check()?;
        if record.lease > self.dir.clock_bound() {
            let is_ahead = record.lease.before(self.wall()) > BOUND_AHEAD;
            let by = if is_ahead { AHEAD } else { BOUND_AHEAD };
            self.dir.raise_clock_bound(record.lease.after(by))?;
        }
        self.write(record)
    }

    fn write(&self, record: ClockRecord) -> Result<()> {
        let mut batch = Batch::default();
        batch.put(Family::Meta, meta::CLOCK.to_vec(), &record.encode()?);
        self.storage.write(batch, true).map_err(|error| match error {
            // Nothing was written and nothing handed out.
            StorageError::Stalled(_) => Error::Busy,
            error => self.health.fail(&error),
        })
    }

    /// Takes `count` consecutive timestamps for a commit that holds its items' locks.
    pub(crate) fn begin(&self, count: u64) -> Result<Flight> {
        self.leased(|state, now| state.begin(now, count))
    }

    /// Takes `count` consecutive timestamps for rows that nobody sees before a later [`Clock::barrier`].
    /// A count far above what comes in a millisecond runs the clock ahead.
    pub(crate) fn reserve(&self, count: u64) -> Result<Timestamp> {
        self.leased(|state, now| state.reserve(now, count))
    }

    /// The commit is written and visible, and touched this; or it was certainly not written, and touched
    /// nothing. Followers are not woken by this: see [`crate::store::Inner::land`].
    pub(crate) fn finish(&self, flight: Flight, touched: Touched) {
        self.state.lock().finish(&flight, touched);
    }

    /// What the safe point has passed since this was last asked.
    pub(crate) fn pass(&self) -> Passed {
        self.state.lock().pass()
    }

    /// The newest timestamp handed out, or passed by.
    pub(crate) fn newest(&self) -> Timestamp {
        self.state.lock().newest()
    }

    /// The safe point and `startedAt`.
    pub(crate) fn observe(&self) -> Result<Observation> {
        self.leased(State::observe)
    }

    /// The safe point alone, without moving the clock.
    pub(crate) fn safe_point(&self) -> Timestamp {
        self.state.lock().safe()
    }

    /// The first timestamp of a fresh millisecond: everything handed out before lies in earlier ones.
    pub(crate) fn barrier(&self) -> Result<Timestamp> {
        self.leased(State::barrier)
    }

    fn wall(&self) -> Millis {
        Millis(u64::try_from(self.source.wall().as_millis()).unwrap_or(u64::MAX))
    }

    /// The moment that has come by the store's time and by the wall; none while a leap forward waits to be confirmed.
    pub(crate) fn surely(&self) -> Option<Millis> {
        let ClockStats { now, leap, .. } = self.status();
        let is_open = leap.is_some_and(|leap| leap.wall > leap.clock);
        (!is_open).then(|| now.min(self.wall()))
    }

    /// Time since some fixed moment, to tell how long something took.
    pub(crate) fn elapsed(&self) -> std::time::Duration {
        self.source.monotonic()
    }

    /// The moment by which records age.
    pub(crate) fn aged(&self) -> Millis {
        self.status().aged
    }

    /// What it shows.
    pub(crate) fn status(&self) -> ClockStats {
        let mut state = self.state.lock();
        let now = state.physical.read(self.source.wall(), self.source.monotonic());
        let (aged, leap) = (state.physical.aged(), state.physical.leap());
        let (safe_point, in_flight) = (state.safe(), state.in_flight());
        ClockStats { now, aged, safe_point, in_flight, leap }
    }

    /// Follows a reported leap forward. Its span is persisted first, so that nothing ever ages by it.
    pub(crate) fn confirm_leap(&self) -> Result<Option<Leap>> {
        let _alone = self.extending.lock();
        let (leap, lease, leapt) = {
            let mut state = self.state.lock();
            state.physical.read(self.source.wall(), self.source.monotonic());
            (state.physical.leap(), state.lease, state.physical.leapt_after_confirming())
        };
        let (Some(leap), Some(leapt)) = (leap, leapt) else {
            return Ok(None);
        };
        // The clock is about to stand at the wall: the lease must reach it in the same write.
        let lease = lease.max(leap.wall.after(AHEAD));
        self.persist(ClockRecord { lease, leapt })?;
        let mut state = self.state.lock();
        state.lease = lease;
        state.follow_leap(leapt);
        Ok(Some(leap))
    }

    /// Hands the rest of the lease back. The store refuses writes already, so no new lease can be taken
    /// and nothing is handed out any more.
    pub(crate) fn close(&self) -> Result<Millis> {
        let _alone = self.extending.lock();
        let record = {
            let mut state = self.state.lock();
            state.lease = Millis(0);
            ClockRecord { lease: state.unused_lease(), leapt: state.physical.leapt() }
        };
        let mut batch = Batch::default();
        batch.put(Family::Meta, meta::CLOCK.to_vec(), &record.encode()?);
        self.storage.write_patiently(batch).map_err(|e| self.health.fail(&e))?;
        Ok(record.lease)
    }
}
