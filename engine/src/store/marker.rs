//! The store's folder: the lock that keeps a second opener out, and the `STORE` file.
//!
//! ```text
//! <store>/LOCK       held while the store is open
//! <store>/STORE      format version, bucket width, how the last session ran (see format/src/marker.rs)
//! <store>/rocksdb/   the data
//! <store>/import/    bulk imports that have not ended (see engine/src/import/work.rs)
//! ```

use super::files::replace_file;
use crate::error::{Error, Result};
use highwater_format::{FormatError, Millis, RecordedDurability, StoreMarker, StoreState};
use parking_lot::Mutex;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// The store's folder, locked until this is dropped.
#[derive(Debug)]
pub(crate) struct StoreDir {
    path: PathBuf,
    /// What the `STORE` file says; none before it was first written.
    marker: Mutex<Option<StoreMarker>>,
    _lock: File,
}

impl StoreDir {
    /// Locks the folder at `path`, making it first if `create`.
    pub(super) fn lock(path: &Path, create: bool) -> Result<Self> {
        let io = |e: std::io::Error| Error::io(format!("opening {}", path.display()), &e);
        if create {
            fs::create_dir_all(path).map_err(io)?;
            // The folder's own name must be on disk before anything in it is promised to be.
            if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                File::open(parent).and_then(|folder| folder.sync_all()).map_err(io)?;
            }
        } else if !path.join("STORE").exists() {
            return Err(match path.exists() {
                false => Error::NotFound { path: path.to_owned() },
                true => not_a_store(path, "it holds no STORE file"),
            });
        }
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join("LOCK"))
            .map_err(io)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), marker: Mutex::default(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Error::AlreadyOpen { path: path.to_owned() }),
            Err(TryLockError::Error(e)) => Err(io(e)),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn data(&self) -> PathBuf {
        self.path.join("rocksdb")
    }

    /// Where bulk imports keep what they have accepted.
    pub(super) fn imports(&self) -> PathBuf {
        self.path.join("import")
    }

    /// The manifest and the logs that are still needed, from `first_log` on, with their sizes. Others may
    /// lie about: RocksDB removes them when it gets to it.
    pub(super) fn log_files(&self, first_log: u64) -> Result<Vec<(String, u64)>> {
        let list = || -> std::io::Result<Vec<(String, u64)>> {
            let manifest = fs::read_to_string(self.data().join("CURRENT"))?;
            let needed = |name: &str| match name.strip_suffix(".log") {
                Some(number) => number.parse().is_ok_and(|number: u64| number >= first_log),
                None => name == "CURRENT" || name == manifest.trim(),
            };
            let mut found = Vec::new();
            for file in fs::read_dir(self.data())? {
                let file = file?;
                let name = file.file_name().to_string_lossy().into_owned();
                if needed(&name) {
                    found.push((name, file.metadata()?.len()));
                }
            }
            found.sort();
            Ok(found)
        };
        list().map_err(|e| Error::io("listing the data files", &e))
    }

    /// Refuses if a file that a clean closing left is gone or has another size.
    pub(super) fn check_files(&self, left: &[(String, u64)]) -> Result<()> {
        for (name, size) in left {
            let found = fs::metadata(self.data().join(name)).map(|file| file.len()).ok();
            if found != Some(*size) {
                let found = found.map_or("is missing".to_owned(), |n| format!("has {n}"));
                let reason = format!("{name} was left with {size} bytes and {found}");
                return Err(Error::DamagedLog { path: self.path.clone(), reason });
            }
        }
        Ok(())
    }

    /// What the last session left, or `None` for a folder that was never a store.
    pub(super) fn read(&self) -> Result<Option<StoreMarker>> {
        let bytes = match fs::read(self.path.join("STORE")) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                // Data without a STORE file is somebody else's, or a store that lost it.
                return match self.data().exists() {
                    true => Err(not_a_store(&self.path, "it has data but no STORE file")),
                    false => Ok(None),
                };
            }
            Err(e) => return Err(Error::io("reading the STORE file", &e)),
        };
        match StoreMarker::decode(&bytes) {
            Ok(marker) => Ok(Some(marker)),
            Err(FormatError::Version { found, supported }) => {
                Err(Error::NewerFormat { path: self.path.clone(), found, supported })
            }
            Err(error) => Err(not_a_store(&self.path, &format!("STORE file: {error}"))),
        }
    }

    /// Replaces the `STORE` file: the new one is wholly there before the old one goes.
    pub(super) fn write(&self, marker: &StoreMarker) -> Result<()> {
        let mut held = self.marker.lock();
        self.replace(marker)?;
        *held = Some(marker.clone());
        Ok(())
    }

    /// The store is open, for a session that writes like this. Gives the width of its buckets.
    pub(super) fn opened(&self, durability: RecordedDurability, boot: String) -> Result<Millis> {
        let mut held = self.marker.lock();
        let Some(marker) = &mut *held else { return Ok(Millis(1)) };
        let changed = StoreMarker { durability, boot, state: StoreState::Open, ..marker.clone() };
        self.replace(&changed)?;
        *marker = changed;
        Ok(marker.bucket_width)
    }

    /// Changes the state and the clock's bound alone.
    pub(super) fn write_state(&self, state: StoreState, clock_bound: Millis) -> Result<()> {
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

    fn replace(&self, marker: &StoreMarker) -> Result<()> {
        let bytes = marker.encode()?;
        replace_file(&self.path, "STORE", &bytes)
            .map_err(|e| Error::io("writing the STORE file", &e))
    }
}

fn not_a_store(path: &Path, reason: &str) -> Error {
    Error::NotAStore { path: path.to_owned(), reason: reason.to_owned() }
}
