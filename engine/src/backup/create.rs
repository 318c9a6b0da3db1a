//! Making a backup, and letting the oldest go.
//!
//! RocksDB's part is written first and the `BACKUP` file last, so what an interruption leaves is in no
//! list. Letting go runs the other way round. The next backup removes what neither of them finished.

use super::folder::BackupFolder;
use crate::error::{Error, Result};
use crate::storage::{Backups, StorageError, backup_list, forget_all_but};
use crate::store::{Inner, folder_size, make_folder};
use highwater_format::meta::{self, IncarnationChain};
use highwater_format::{BackupEntry, BackupMarker, Family, Incarnation};
use std::path::Path;

/// How a backup is made.
///
/// ```
/// use highwater::BackupOptions;
/// let weekly = BackupOptions { keep: Some(7) };
/// assert_eq!(BackupOptions::default().keep, None);
/// # assert_ne!(weekly, BackupOptions::default());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BackupOptions {
    /// How many backups the folder keeps, this one included: the oldest go, once this one is whole.
    /// `None` keeps all, up to 10,000.
    pub keep: Option<usize>,
}

/// What a backup is made of.
///
/// ```
/// use highwater::{BackupOptions, Document, Store, TableSpec, TableSpecExt};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let (path, folder) = (dir.path().join("store"), dir.path().join("backups"));
/// # let store = Store::open(&path)?;
/// store.create_table(TableSpec::new("notes", "id"))?;
/// let first = store.backup(&folder, &BackupOptions::default())?;
/// store.put("notes", Document::from_json(r#"{"id":"n1"}"#)?)?;
/// let second = store.backup(&folder, &BackupOptions { keep: Some(1) })?;
/// assert!(second.id > first.id && second.files_added <= u64::from(second.files));
/// assert_eq!((second.dropped, second.held), (vec![first.id], 1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// Its number, growing from backup to backup.
    pub id: u32,
    /// How many files it needs, those of earlier backups included.
    pub files: u32,
    /// Their bytes together.
    pub bytes: u64,
    /// How many files it has added to the folder.
    pub files_added: u64,
    /// Their bytes together.
    pub bytes_added: u64,
    /// The backups that went because of [`BackupOptions::keep`], oldest first.
    pub dropped: Vec<u32>,
    /// How many backups the folder holds now.
    pub held: usize,
}

impl Inner {
    pub(crate) fn backup(&self, to: &Path, options: &BackupOptions) -> Result<BackupReport> {
        if options.keep == Some(0) {
            return Err(Error::out_of_range("keep", 0, "at least 1"));
        }
        self.check_has_folder()?;
        let _stays_open = self.copying.lock();
        self.health.check()?;
        let mut folder = BackupFolder::own(to, self.first_incarnation()?, self.bucket_width)?;
        let held = folder.marker().backups.len();
        let keeps_all = options.keep.is_none_or(|keep| keep > BackupMarker::MAX_BACKUPS);
        if keeps_all && held >= BackupMarker::MAX_BACKUPS {
            let allowed = format!("below {}: keep fewer", BackupMarker::MAX_BACKUPS);
            return Err(Error::out_of_range("backups in the folder", held, allowed));
        }
        let io = |e: std::io::Error| Error::io(format!("backing up to {}", to.display()), &e);
        let failed = |e: StorageError| Error::io(format!("backing up to {}", to.display()), &e);
        let data = folder.data();
        make_folder(&data).map_err(io)?;
        let interrupted = forget_all_but(&data, &ids(folder.marker())).map_err(io)?;

        let made_at = self.clock.status().now;
        let mut backups = Backups::open(&data).map_err(failed)?;
        if interrupted {
            backups.keep(usize::MAX).map_err(failed)?;
        }
        let (files_before, bytes_before) = folder_size(&data).map_err(io)?;
        let made = backups.add(&self.storage).map_err(failed)?;
        let (files_after, bytes_after) = folder_size(&data).map_err(io)?;

        let list = std::fs::read(backup_list(&data, made.id)).map_err(io)?;
        let mut marker = folder.marker().clone();
        marker.backups.push(BackupEntry {
            id: made.id,
            made_at,
            incarnation: self.incarnation,
            files: made.files,
            bytes: made.bytes,
            list_crc: crc32c::crc32c(&list),
        });
        marker.clock_bound = marker.clock_bound.max(self.lease()?);
        let dropped = match options.keep {
            Some(keep) => let_go(&mut marker, &backups, keep),
            None => Vec::new(),
        };
        let held = marker.backups.len();
        folder.write(marker)?;
        if !dropped.is_empty() {
            backups.keep(held).map_err(failed)?;
        }
        Ok(BackupReport {
            id: made.id,
            files: made.files,
            bytes: made.bytes,
            files_added: files_after.saturating_sub(files_before),
            bytes_added: bytes_after.saturating_sub(bytes_before),
            dropped,
            held,
        })
    }

    /// The store's name through all of its incarnations.
    fn first_incarnation(&self) -> Result<Incarnation> {
        let view = self.storage.latest();
        let chain = view.get(Family::Meta, meta::INCARNATIONS, IncarnationChain::decode)?;
        let first = chain.and_then(|chain| chain.0.first().map(|entry| entry.id));
        Ok(first.unwrap_or(self.incarnation))
    }
}

fn ids(marker: &BackupMarker) -> Vec<u32> {
    marker.backups.iter().map(|backup| backup.id).collect()
}

/// Takes all but the newest `keep` backups out of the list. One whose files are not all there any more
/// does not count, and goes too.
fn let_go(marker: &mut BackupMarker, backups: &Backups, keep: usize) -> Vec<u32> {
    let whole = backups.whole();
    let is_whole = |id: u32| whole.iter().any(|made| made.id == id);
    let mut kept: Vec<BackupEntry> =
        marker.backups.iter().filter(|backup| is_whole(backup.id)).copied().collect();
    let surplus = kept.len().saturating_sub(keep);
    kept.drain(..surplus);
    let before = std::mem::replace(&mut marker.backups, kept);
    let is_kept = |id: u32| marker.backups.iter().any(|backup| backup.id == id);
    before.iter().map(|backup| backup.id).filter(|id| !is_kept(*id)).collect()
}
