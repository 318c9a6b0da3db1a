//! A folder of the file system as a store's home.
//!
//! ```text
//! <store>/LOCK       held while the store is open
//! <store>/STORE      format version, bucket width, how the last session ran (see format/src/marker.rs)
//! <store>/rocksdb/   the data
//! <store>/restored/  a store that is being restored over this one (see replace.rs)
//! <store>/import/    bulk imports that have not ended (see engine/src/import/work.rs)
//! ```

use super::files::{make_folder, replace_file};
use super::home::Home;
use super::marker::not_a_store;
use crate::error::{Error, Result};
#[cfg(feature = "testing")]
use crate::storage::Environment;
use crate::storage::{Files, LogDamage, log_damage};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// A folder, locked until this is dropped.
pub(super) struct Folder {
    path: PathBuf,
    #[cfg(feature = "testing")]
    environment: Option<Environment>,
    _lock: File,
}

impl Folder {
    /// Locks the folder at `path`, making it first if `create`.
    pub(super) fn lock(path: &Path, create: bool) -> Result<Self> {
        let io = |e: std::io::Error| Error::io(format!("opening {}", path.display()), &e);
        let is_there = path.join("STORE").exists();
        if create && !is_there {
            make_folder(path).map_err(io)?;
        } else if !is_there {
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
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                #[cfg(feature = "testing")]
                environment: None,
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(Error::AlreadyOpen { path: path.to_owned() }),
            Err(TryLockError::Error(e)) => Err(io(e)),
        }
    }

    /// The same, whose data is in another file system.
    #[cfg(feature = "testing")]
    pub(super) fn elsewhere(self, environment: &Environment) -> Self {
        Self { environment: Some(environment.clone()), ..self }
    }

    fn data(&self) -> PathBuf {
        self.path.join("rocksdb")
    }
}

impl Home for Folder {
    fn path(&self) -> &Path {
        &self.path
    }

    fn folder(&self) -> Option<&Path> {
        Some(&self.path)
    }

    fn files(&self) -> Files {
        #[cfg(feature = "testing")]
        if let Some(environment) = &self.environment {
            return Files::Elsewhere(self.data(), environment.clone());
        }
        Files::Folder(self.data())
    }

    /// A file system of a test may have forgotten what it held at any time.
    #[cfg(feature = "testing")]
    fn boot(&self) -> String {
        self.environment.as_ref().map_or_else(super::boot::boot_id, |_| String::new())
    }

    fn read(&self) -> Result<Option<Vec<u8>>> {
        match fs::read(self.path.join("STORE")) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                // Data without a STORE file is somebody else's, or a store that lost it.
                match self.data().exists() {
                    true => Err(not_a_store(&self.path, "it has data but no STORE file")),
                    false => Ok(None),
                }
            }
            Err(e) => Err(Error::io("reading the STORE file", &e)),
        }
    }

    fn replace(&self, bytes: &[u8]) -> Result<()> {
        replace_file(&self.path, "STORE", bytes)
            .map_err(|e| Error::io("writing the STORE file", &e))
    }

    /// Other logs may lie about: RocksDB removes them when it gets to it.
    fn log_files(&self, first_log: u64) -> Result<Vec<(String, u64)>> {
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

    fn log_damage(&self) -> Result<Vec<LogDamage>> {
        log_damage(&self.data()).map_err(|e| Error::io("reading the write-ahead log", &e))
    }

    fn check_files(&self, left: &[(String, u64)]) -> Result<()> {
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
}
