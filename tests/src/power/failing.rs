//! A store whose disk fails for a while, and works again.

use super::session::{Trouble, session};
use super::site::{Disk, Recovered, Site};
use crate::crash::{DEVICES, NOTES, Rng};
use highwater::{Document, Durability, Error, ErrorKind, Millis, Store};
use highwater_faultfs::{Fault, Files, Operation};
use std::time::Duration;

/// How a store is tried.
#[derive(Debug, Clone)]
pub struct Failing {
    /// When a commit counts as done.
    pub durability: Durability,
    /// What is left after the failure: what was written, or only what was synced.
    pub disk: Disk,
    /// What fails.
    pub fault: Fault,
    /// The choices.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug, Default, Clone, Copy)]
pub struct Failures {
    /// Trials.
    pub trials: u64,
    /// Trials in which an operation failed.
    pub failed: u64,
    /// Trials in which a commit or other work was told of it.
    pub told: u64,
    /// Of these, those in which a commit after the failed one was refused.
    pub read_only: u64,
    /// Commits that failed.
    pub commits: u64,
    /// Of these, those that were there after reopening.
    pub there: u64,
    /// Syncs that the store still answered after it had told.
    pub synced: u64,
    /// Openings that failed.
    pub in_opening: u64,
}

impl std::ops::AddAssign for Failures {
    fn add_assign(&mut self, other: Self) {
        self.trials += other.trials;
        self.failed += other.failed;
        self.told += other.told;
        self.read_only += other.read_only;
        self.commits += other.commits;
        self.there += other.there;
        self.synced += other.synced;
        self.in_opening += other.in_opening;
    }
}

/// How much is done until it is given up that anybody notices.
const STEPS: u64 = 120;

impl Failing {
    /// Runs it.
    ///
    /// # Errors
    /// If a promise is broken; it tells the seed.
    pub fn run(&self) -> Result<Failures, String> {
        self.try_run().map_err(|what| format!("{what}\n{self:?}"))
    }

    fn try_run(&self) -> Result<Failures, String> {
        let mut found = Failures { trials: 1, ..Failures::default() };
        let mut rng = Rng(self.seed);
        let text = |error: Error| error.to_string();
        let mut site = Site::new(&self.disk, self.durability, self.seed).map_err(text)?;
        let store = site.open().map_err(text)?;
        // A young store, or one with files.
        let before = rng.below(2 * STEPS);
        steps(&store, &mut site, &mut rng, before).map_err(|e| format!("before it: {e:?}"))?;

        site.fs.fail(self.fault);
        let outcome = steps(&store, &mut site, &mut rng, STEPS);
        found.failed = u64::from(site.fs.mend() > 0);
        match outcome {
            // What is not the log is written and read again by RocksDB itself, some of it in the background.
            Ok(()) if found.failed > 0 && self.is_of_a_commit() => {
                return Err("a log could not be written, and nobody was told".to_owned());
            }
            Ok(()) if found.failed > 0 && self.fault.operation != Operation::Read => {
                if !is_noticed(&store).map_err(text)? {
                    return Err("a file could not be written, and nobody can know".to_owned());
                }
            }
            Ok(()) => {}
            Err(Trouble::Wrong(what)) => return Err(what),
            Err(Trouble::Failed(error)) => {
                found.told = 1;
                self.look(&store, &mut site, &error, &mut found)?;
            }
        }
        drop(store);
        if !matches!(self.disk, Disk::Cached) {
            site.fs.cut();
            site.fs.power_on();
        }
        let (asked, answered) = site.ledger.asked();
        let Recovered { store, lost, .. } = site.recover(|_| true)?;
        if lost > 0 && (self.durability == Durability::Sync || matches!(self.disk, Disk::Cached)) {
            return Err(format!("{lost} commits that were answered are gone"));
        }
        found.commits = (asked - answered) as u64;
        found.there = u64::from(asked > answered && site.ledger.gone() == 0);
        steps(&store, &mut site, &mut rng, STEPS).map_err(|e| format!("after it: {e:?}"))?;
        store.close().map_err(|error| format!("closing after it: {error}"))?;

        // An opening amid which the disk fails can be tried again.
        site.fs.fail(self.fault);
        let opened = site.open();
        site.fs.mend();
        found.in_opening = u64::from(opened.is_err());
        drop(opened);
        let Recovered { store, lost, .. } = site.recover(|_| true)?;
        if lost > 0 {
            return Err(format!("{lost} commits of a store that was closed are gone"));
        }
        store.close().map_err(|error| format!("closing at the end: {error}"))?;
        Ok(found)
    }

    /// Whether what fails is a part of every commit.
    fn is_of_a_commit(&self) -> bool {
        let is_done = match self.fault.operation {
            Operation::Append => true,
            Operation::Sync => self.durability == Durability::Sync,
            Operation::Read | Operation::Create => false,
        };
        is_done && self.fault.files == Files::Log
    }

    /// What a store does that has told of a failure, while the disk works again.
    fn look(
        &self,
        store: &Store,
        site: &mut Site,
        error: &Error,
        found: &mut Failures,
    ) -> Result<(), String> {
        if !matches!(error.kind(), ErrorKind::Operator | ErrorKind::Reopen) {
            return Err(format!("neither to be looked at nor to be reopened: {error}"));
        }
        let (asked, answered) = site.ledger.asked();
        // A commit that could not read what it needed has written nothing, and the next may.
        let is_a_commit = self.fault.operation != Operation::Read && asked > answered;
        if is_a_commit || error.kind() == ErrorKind::Reopen {
            let probe = Document::from_json(r#"{"id":"probe"}"#).map_err(|e| e.to_string())?;
            match store.put(NOTES, probe) {
                Err(Error::ReadOnly { .. }) => found.read_only = 1,
                other => return Err(format!("a commit after a failed one: {other:?}")),
            }
        }
        // Nobody who syncs now may miss what turns out to be there later, however long ago that was.
        site.time.advance(Millis(50));
        for device in 0..DEVICES {
            match site.devices.try_sync(store, device) {
                Ok(_) => found.synced += 1,
                // The clock's lease has run out, and no other can be written.
                Err(error) if error.kind() == ErrorKind::Reopen => {}
                Err(error) => return Err(format!("a sync after a failure: {error}")),
            }
        }
        Ok(())
    }
}

/// Whether RocksDB counts an error in the background, once the thread that met it has come to that.
fn is_noticed(store: &Store) -> Result<bool, Error> {
    for _ in 0..5_000 {
        if store.stats()?.background_errors > 0 {
            return Ok(true);
        }
        #[expect(clippy::disallowed_methods, reason = "nobody tells when it has")]
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(false)
}

fn steps(store: &Store, site: &mut Site, rng: &mut Rng, most: u64) -> Result<(), Trouble> {
    let mut left = most;
    session(store, site, rng, |_| {
        let ends = left == 0;
        left = left.saturating_sub(1);
        ends
    })
}
