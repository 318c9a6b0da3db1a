//! RocksDB's backups: a folder that many of them share, where each data file lies once.
//!
//! ```text
//! meta/<id>             the list of a backup's files, each with its CRC-32C
//! private/<id>/         the files that change: manifest, options, write-ahead log
//! shared_checksum/      the data files
//! ```

use super::{Storage, StorageError};
use rocksdb::Env;
use rocksdb::backup::{BackupEngine, BackupEngineOptions, RestoreOptions};
use std::fs;
use std::path::{Path, PathBuf};

/// An open folder of backups. One writes at a time; the caller holds the lock.
pub(crate) struct Backups {
    engine: BackupEngine,
}

/// A backup, as RocksDB counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) id: u32,
    pub(crate) files: u32,
    pub(crate) bytes: u64,
}

/// A file of a backup: where it is below the folder, and what its CRC-32C must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BackupFile {
    pub(crate) name: String,
    pub(crate) crc32c: u32,
}

impl Backups {
    /// Opens the folder at `path`, whose parent must be there.
    pub(crate) fn open(path: &Path) -> Result<Self, StorageError> {
        let mut options = BackupEngineOptions::new(path)?;
        options.set_sync(true);
        options.set_max_background_operations(2);
        Ok(Self { engine: BackupEngine::open(&options, &Env::new()?)? })
    }

    /// Adds everything committed so far; data files that an earlier backup has are not copied again.
    ///
    /// What is in memory is flushed first, so that it is a data file, which the next backup shares.
    pub(crate) fn add(&mut self, storage: &Storage) -> Result<Made, StorageError> {
        self.engine.create_new_backup_flush(&storage.db, true)?;
        let newest = self.whole().into_iter().max_by_key(|made| made.id);
        newest.ok_or_else(|| StorageError::Io("the backup is not there".to_owned()))
    }

    /// The backups whose files are all there, by their names alone.
    pub(crate) fn whole(&self) -> Vec<Made> {
        let infos = self.engine.get_backup_info().into_iter();
        let made =
            infos.map(|info| Made { id: info.backup_id, files: info.num_files, bytes: info.size });
        made.collect()
    }

    /// Forgets all but the newest `keep`, and files that belong to none.
    pub(crate) fn keep(&mut self, keep: usize) -> Result<(), StorageError> {
        // More than RocksDB can count is all of them.
        let keep = keep.min(u32::MAX as usize);
        self.engine.purge_old_backups(keep).map_err(StorageError::from)
    }

    /// Writes a backup's database to `to`, checking each file's checksum. On disk when it returns.
    pub(crate) fn restore(&mut self, id: u32, to: &Path) -> Result<(), StorageError> {
        let options = RestoreOptions::default();
        self.engine.restore_from_backup(to, to, &options, id).map_err(StorageError::from)
    }
}

/// Where the list of a backup's files is.
pub(crate) fn backup_list(folder: &Path, id: u32) -> PathBuf {
    folder.join("meta").join(id.to_string())
}

/// Forgets every backup but `ids`, if an interruption left the list of one: the next [`Backups::keep`]
/// removes its files. Tells whether there was any.
pub(crate) fn forget_all_but(folder: &Path, ids: &[u32]) -> std::io::Result<bool> {
    let lists = match fs::read_dir(folder.join("meta")) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        lists => lists?,
    };
    let mut any = false;
    for list in lists {
        let path = list?.path();
        if !ids.iter().any(|id| backup_list(folder, *id) == path) {
            fs::remove_file(path)?;
            any = true;
        }
    }
    Ok(any)
}

/// Reads the list of a backup's files; `None` if it is not one.
pub(crate) fn backup_files(list: &str) -> Option<Vec<BackupFile>> {
    // A time, a sequence number, the number of files, and then `<name> crc32 <CRC-32C, decimal>` each.
    let mut lines = list.lines().skip(2);
    let count: usize = lines.next()?.parse().ok()?;
    let file = |line: &str| {
        let (name, crc32c) = line.split_once(" crc32 ")?;
        Some(BackupFile { name: name.to_owned(), crc32c: crc32c.parse().ok()? })
    };
    let files: Vec<BackupFile> = lines.map(file).collect::<Option<_>>()?;
    (files.len() == count).then_some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_files_is_read_or_refused() {
        let list = "1700000000\n42\n2\nprivate/1/CURRENT crc32 7\nshared_checksum/a.sst crc32 4294967295\n";
        let files = backup_files(list).unwrap();
        assert_eq!(files[0], BackupFile { name: "private/1/CURRENT".to_owned(), crc32c: 7 });
        assert_eq!(files[1].crc32c, u32::MAX);
        for bad in ["", "1\n2\n", "1\n2\n3\na crc32 1\n", "1\n2\n1\na crc32 x\n", "1\n2\n1\na 1\n"]
        {
            assert_eq!(backup_files(bad), None, "{bad:?}");
        }
    }
}
