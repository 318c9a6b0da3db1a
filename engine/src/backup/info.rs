//! Which backups a folder holds.

use super::folder::read_marker;
use crate::error::Result;
use highwater_format::{BackupEntry, Incarnation, Millis};
use serde::Serialize;
use std::path::Path;

/// A backup in a folder.
///
/// ```
/// use highwater::{BackupOptions, Store, backups};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let (path, folder) = (dir.path().join("store"), dir.path().join("backups"));
/// # let store = Store::open(&path)?;
/// store.backup(&folder, &BackupOptions::default())?;
/// store.backup(&folder, &BackupOptions::default())?;
/// let held = backups(&folder)?;
/// assert!(held.len() == 2 && held[0].made_at <= held[1].made_at);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BackupInfo {
    /// Its number.
    pub id: u32,
    /// The store's clock when it was begun: what was acknowledged before is in it.
    pub made_at: Millis,
    /// The incarnation it was made in.
    pub incarnation: Incarnation,
    /// How many files it is made of. Backups share files, so the folder has fewer than their sum.
    pub files: u32,
    /// Their bytes together.
    pub bytes: u64,
}

impl From<&BackupEntry> for BackupInfo {
    fn from(entry: &BackupEntry) -> Self {
        let &BackupEntry { id, made_at, incarnation, files, bytes, .. } = entry;
        Self { id, made_at, incarnation, files, bytes }
    }
}

/// The whole backups in the folder at `path`, oldest first. It reads one small file, also while a
/// backup is being made; whether their files are sound is told by [`crate::check_backups`].
///
/// # Errors
/// [`crate::Error::NotABackup`], [`crate::Error::NewerFormat`], [`crate::Error::Io`].
pub fn backups(path: impl AsRef<Path>) -> Result<Vec<BackupInfo>> {
    Ok(read_marker(path.as_ref())?.backups.iter().map(BackupInfo::from).collect())
}
