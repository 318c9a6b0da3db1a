//! What a store says about itself beside its data: the `STORE` file, and the lock that is held with it.

use super::home::{Home, Place};
use crate::error::{Error, Result};
use crate::lock::Mutex;
use crate::storage::{Files, Recovery};
use highwater_format::{FormatError, Millis, RecordedDurability, StoreMarker, StoreState};
use std::path::{Path, PathBuf};

/// The store's home, locked until this is dropped.
pub(crate) struct StoreDir {
    home: Box<dyn Home>,
    /// What the `STORE` file says; none before it was first written.
    marker: Mutex<Option<StoreMarker>>,
}

impl StoreDir {
    /// Locks the home at `place`, making it first if `create`.
    pub(crate) fn lock(place: &Place, create: bool) -> Result<Self> {
        Ok(Self { home: place.lock(create)?, marker: Mutex::default() })
    }

    pub(crate) fn path(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn files(&self) -> Files {
        self.home.files()
    }

    /// Which boot of its machine this is; empty where nobody can tell.
    pub(super) fn boot(&self) -> String {
        self.home.boot()
    }

    /// Where bulk imports keep what they have accepted; nowhere in a store that has no folder.
    pub(super) fn imports(&self) -> Option<PathBuf> {
        self.home.folder().map(|folder| folder.join("import"))
    }

    /// The manifest and the logs that are still needed, from `first_log` on, with their sizes.
    pub(crate) fn log_files(&self, first_log: u64) -> Result<Vec<(String, u64)>> {
        self.home.log_files(first_log)
    }

    /// Refuses if a file that a clean closing left is gone or has another size.
    pub(super) fn check_files(&self, left: &[(String, u64)]) -> Result<()> {
        self.home.check_files(left)
    }

    /// Refuses if a log is damaged amid what was written; one that is to be recovered is made to end there.
    pub(super) fn settle_logs(&self, recovery: Recovery) -> Result<()> {
        for damage in self.home.log_damage()? {
            let (path, reason) = (self.path().to_owned(), damage.to_string());
            if damage.is_in_manifest() {
                return Err(Error::Damaged { place: path.display().to_string(), reason });
            }
            if recovery == Recovery::TornTailOnly {
                return Err(Error::DamagedLog { path, reason });
            }
            damage
                .mark()
                .map_err(|e| Error::io("marking the damage in the write-ahead log", &e))?;
        }
        Ok(())
    }

    /// What the last session left, or `None` for a home that was never a store's.
    pub(super) fn read(&self) -> Result<Option<StoreMarker>> {
        let Some(bytes) = self.home.read()? else {
            return Ok(None);
        };
        match StoreMarker::decode(&bytes) {
            Ok(marker) => Ok(Some(marker)),
            Err(FormatError::Version { found, supported }) => {
                Err(Error::NewerFormat { path: self.path().to_owned(), found, supported })
            }
            Err(error) => Err(not_a_store(self.path(), &format!("STORE file: {error}"))),
        }
    }

    /// Replaces the `STORE` file: the new one is wholly there before the old one goes.
    pub(crate) fn write(&self, marker: &StoreMarker) -> Result<()> {
        let mut held = self.marker.lock();
        self.replace(marker)?;
        *held = Some(marker.clone());
        Ok(())
    }

    /// The store is open, for a session that writes like this. Gives the width of its buckets.
    pub(super) fn opened(&self, durability: RecordedDurability) -> Result<Millis> {
        let mut held = self.marker.lock();
        let Some(marker) = &mut *held else { return Ok(Millis(1)) };
        let boot = self.boot();
        let changed = StoreMarker { durability, boot, state: StoreState::Open, ..marker.clone() };
        self.replace(&changed)?;
        *marker = changed;
        Ok(marker.bucket_width)
    }

    /// Changes the state and the clock's bound alone.
    pub(crate) fn write_state(&self, state: StoreState, clock_bound: Millis) -> Result<()> {
        let mut held = self.marker.lock();
        let Some(marker) = &mut *held else { return Ok(()) };
        let changed = StoreMarker { state, clock_bound, ..marker.clone() };
        self.replace(&changed)?;
        *marker = changed;
        Ok(())
    }

    /// Raises the clock's bound: no time at or after it is handed out before this returns.
    pub(crate) fn raise_clock_bound(&self, bound: Millis) -> Result<()> {
        let mut held = self.marker.lock();
        let Some(marker) = held.as_mut().filter(|marker| marker.clock_bound < bound) else {
            return Ok(());
        };
        let changed = StoreMarker { clock_bound: bound, ..marker.clone() };
        self.replace(&changed)?;
        *marker = changed;
        Ok(())
    }

    /// Below this the clock needs no other bound.
    pub(crate) fn clock_bound(&self) -> Millis {
        self.marker.lock().as_ref().map_or(Millis(0), |marker| marker.clock_bound)
    }

    /// The bytes of the `STORE` file.
    #[cfg(feature = "testing")]
    pub(super) fn bytes(&self) -> Result<Option<Vec<u8>>> {
        self.home.read()
    }

    fn replace(&self, marker: &StoreMarker) -> Result<()> {
        self.home.replace(&marker.encode()?)
    }
}

pub(super) fn not_a_store(path: &Path, reason: &str) -> Error {
    Error::NotAStore { path: path.to_owned(), reason: reason.to_owned() }
}
