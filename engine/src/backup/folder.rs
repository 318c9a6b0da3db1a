//! A folder of backups: the lock, the `BACKUP` file, and RocksDB's part of it.
//!
//! ```text
//! <backups>/LOCK       held while somebody writes or reads backups
//! <backups>/BACKUP     whose backups these are, and which are whole (see format/src/backup.rs)
//! <backups>/rocksdb/   RocksDB's part (see storage/backup.rs)
//! ```

use crate::error::{Error, Result};
use crate::store::{holds_only, make_folder, replace_file};
use highwater_format::{BackupEntry, BackupMarker, FormatError, Incarnation, Millis};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// A folder of backups, locked until this is dropped.
#[derive(Debug)]
pub(super) struct BackupFolder {
    path: PathBuf,
    marker: BackupMarker,
    _lock: File,
}

impl BackupFolder {
    /// The folder at `path`, for a new backup of `store`. An empty one, or none, becomes its own.
    pub(super) fn own(path: &Path, store: Incarnation, bucket_width: Millis) -> Result<Self> {
        let io = |e: io::Error| Error::io(format!("opening {}", path.display()), &e);
        if !path.join("BACKUP").exists() {
            if !holds_only(path, &["LOCK", "BACKUP.new"]).map_err(io)? {
                return Err(not_a_backup(path, "it is not empty and holds no BACKUP file"));
            }
            make_folder(path).map_err(io)?;
        }
        let lock = new_lock(path).map_err(io)?;
        taken(path, lock.try_lock())?;
        if !path.join("BACKUP").exists() {
            let backups = Vec::new();
            let marker = BackupMarker { store, bucket_width, clock_bound: Millis(0), backups };
            let mut folder = Self { path: path.to_owned(), marker: marker.clone(), _lock: lock };
            folder.write(marker)?;
            return Ok(folder);
        }
        let marker = read_marker(path)?;
        if marker.store != store {
            let (path, theirs) = (path.to_owned(), marker.store);
            return Err(Error::BackupOfAnother { path, theirs, ours: store });
        }
        Ok(Self { path: path.to_owned(), marker, _lock: lock })
    }

    /// The folder at `path`, for reading: nobody adds or removes meanwhile.
    pub(super) fn read(path: &Path) -> Result<Self> {
        read_marker(path)?;
        let lock =
            open_lock(path).map_err(|e| Error::io(format!("opening {}", path.display()), &e))?;
        taken(path, lock.try_lock_shared())?;
        // Read again, now that it stays as it is.
        Ok(Self { path: path.to_owned(), marker: read_marker(path)?, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn data(&self) -> PathBuf {
        self.path.join("rocksdb")
    }

    pub(super) fn marker(&self) -> &BackupMarker {
        &self.marker
    }

    /// Replaces the `BACKUP` file: the new one is wholly there before the old one goes.
    pub(super) fn write(&mut self, marker: BackupMarker) -> Result<()> {
        replace_file(&self.path, "BACKUP", &marker.encode()?)
            .map_err(|e| Error::io("writing the BACKUP file", &e))?;
        self.marker = marker;
        Ok(())
    }

    /// The backup `id`, or the newest.
    pub(super) fn pick(&self, id: Option<u32>) -> Result<BackupEntry> {
        let all = &self.marker.backups;
        let Some(newest) = all.last() else {
            return Err(not_a_backup(&self.path, "no backup in it is whole"));
        };
        let Some(id) = id else { return Ok(*newest) };
        all.iter().find(|backup| backup.id == id).copied().ok_or_else(|| {
            let ids: Vec<_> = all.iter().map(|backup| backup.id.to_string()).collect();
            Error::out_of_range("backup", id, format!("what is there: {}", ids.join(", ")))
        })
    }
}

fn new_lock(path: &Path) -> io::Result<File> {
    File::options().create(true).truncate(false).write(true).open(path.join("LOCK"))
}

/// The lock of a folder that may not be written to.
fn open_lock(path: &Path) -> io::Result<File> {
    match File::open(path.join("LOCK")) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => new_lock(path),
        opened => opened,
    }
}

fn taken(path: &Path, locked: Result<(), TryLockError>) -> Result<()> {
    match locked {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(Error::BackupInUse { path: path.to_owned() }),
        Err(TryLockError::Error(e)) => {
            Err(Error::io(format!("locking the backups in {}", path.display()), &e))
        }
    }
}

/// Reads the `BACKUP` file, which is whole at any time.
pub(super) fn read_marker(path: &Path) -> Result<BackupMarker> {
    let bytes = match fs::read(path.join("BACKUP")) {
        Ok(bytes) => bytes,
        Err(e) if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&e.kind()) => {
            return Err(not_a_backup(path, "it holds no BACKUP file"));
        }
        Err(e) => return Err(Error::io("reading the BACKUP file", &e)),
    };
    BackupMarker::decode(&bytes).map_err(|error| match error {
        FormatError::Version { found, supported } => {
            Error::NewerFormat { path: path.to_owned(), found, supported }
        }
        error => not_a_backup(path, &format!("BACKUP file: {error}")),
    })
}

fn not_a_backup(path: &Path, reason: &str) -> Error {
    Error::NotABackup { path: path.to_owned(), reason: reason.to_owned() }
}
