//! From a backup to a store: written beside what is there, verified, renewed, moved into its place.

use super::check::list_of;
use super::folder::BackupFolder;
use crate::error::{Error, Result};
use crate::options::Options;
use crate::storage::{Backups, StorageError};
use crate::store::{
    Occupant, Place, Store, StoreBuilder, StoreDir, holds_only, occupant, remove_folder,
};
use crate::verify::VerifyReport;
use highwater_format::{BackupEntry, Incarnation, Millis, StoreMarker, StoreState};
use std::path::Path;

/// How a backup is restored.
///
/// ```
/// use highwater::RestoreOptions;
/// let third = RestoreOptions { id: Some(3), ..RestoreOptions::default() };
/// assert!(!third.replace);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RestoreOptions {
    /// Which backup; `None` for the newest.
    pub id: Option<u32>,
    /// Whether it may take the place of a store. That store must be closed; its data goes once the
    /// restored one is whole, so that there is room needed for both.
    pub replace: bool,
    /// The restored store's clock begins no earlier than this. For a store that is lost with its disk, on a
    /// machine whose wall clock may be behind: no client may hold a `lastSync` at or after it.
    pub clock_at_least: Option<Millis>,
}

/// What became of a restore.
///
/// ```
/// use highwater::{BackupOptions, RestoreOptions, Store};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let (path, folder) = (dir.path().join("store"), dir.path().join("backups"));
/// # let store = Store::open(&path)?;
/// let lost = store.stats()?.incarnation;
/// store.backup(&folder, &BackupOptions::default())?;
/// let elsewhere = dir.path().join("elsewhere");
/// let report = Store::builder(&elsewhere).restore(&folder, &RestoreOptions::default())?;
/// assert!(report.put_in_place && !report.replaced);
/// assert_ne!(report.incarnation, lost, "every client is reset");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreReport {
    /// The backup that was restored.
    pub id: u32,
    /// The store's clock when that backup was begun: later commits are lost.
    pub made_at: Millis,
    /// The restored store's new incarnation.
    pub incarnation: Incarnation,
    /// Whether it has taken the place of another store.
    pub replaced: bool,
    /// Whether it stands at its path: with problems it does so only where nothing was before, for what can
    /// be read of it. A store that was to be replaced stays, and what was restored goes.
    pub put_in_place: bool,
    /// What [`crate::Store::verify`] says of it.
    pub verify: VerifyReport,
}

impl StoreBuilder {
    /// Makes the store of a backup from the folder `from`, with this builder's options and time, and closes
    /// it again.
    ///
    /// Its incarnation is new and its floors have risen to its clock, which begins above the wall, above all
    /// that had been handed out when the newest backup was made, and above all that the store it replaces
    /// can have handed out. So each client is reset at its next sync: it may hold what the backup does not.
    /// An interrupted restore is repeated by the same call. Until the restored store is whole and verified, a
    /// store that it is to replace is there as it was.
    ///
    /// ```
    /// use highwater::{BackupOptions, RestoreOptions, Store};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let (path, folder) = (dir.path().join("store"), dir.path().join("backups"));
    /// let store = Store::open(&path)?;
    /// store.backup(&folder, &BackupOptions::default())?;
    /// store.close()?;
    ///
    /// let replace = RestoreOptions { replace: true, ..RestoreOptions::default() };
    /// let report = Store::builder(&path).restore(&folder, &replace)?;
    /// assert!(report.replaced && report.verify.is_clean());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Occupied`] for a path with something in it; [`Error::AlreadyOpen`] for a store that is to be
    /// replaced; [`Error::NotABackup`], [`Error::DamagedBackup`], [`Error::BackupInUse`],
    /// [`Error::OutOfRange`] for an id that is not there; and those of [`StoreBuilder::open`].
    pub fn restore(self, from: impl AsRef<Path>, how: &RestoreOptions) -> Result<RestoreReport> {
        self.check()?;
        let folder = BackupFolder::read(from.as_ref())?;
        let backup = folder.pick(how.id)?;
        let bound = folder.marker().clock_bound.max(how.clock_at_least.unwrap_or_default());
        let to = self.place.folder()?.to_owned();
        let replaced = how.replace && occupant(&to)? == Occupant::Store;
        let dir = match replaced {
            true => StoreDir::lock(&self.place, false)?,
            false => StoreDir::claim(&to, folder.marker().bucket_width, bound)?,
        };
        let old = marker_of(&dir)?;
        let beside = dir.restored();
        clear(&beside)?;
        let report = self.restore_to(&beside, &folder, &backup, bound.max(old.clock_bound))?;
        if replaced && !report.verify.is_clean() {
            clear(&beside)?;
            return Ok(report);
        }
        dir.replace_by_restored(old)?;
        Ok(RestoreReport { replaced, put_in_place: true, ..report })
    }

    /// Writes a backup to a folder of its own, verifies it as it was, and then renews its incarnation.
    fn restore_to(
        self,
        to: &Path,
        folder: &BackupFolder,
        backup: &BackupEntry,
        bound: Millis,
    ) -> Result<RestoreReport> {
        let damaged = |reason: String| Error::DamagedBackup {
            path: folder.path().to_owned(),
            id: backup.id,
            reason,
        };
        list_of(&folder.data(), backup)
            .map_err(|what| damaged(format!("list of files: {what}")))?;
        let dir = StoreDir::claim(to, folder.marker().bucket_width, bound)?;
        let restored = Backups::open(&folder.data())
            .and_then(|mut backups| backups.restore(backup.id, &dir.data()));
        restored.map_err(|error| match error {
            StorageError::Corruption(reason) => damaged(reason),
            error => Error::io(format!("restoring to {}", to.display()), &error),
        })?;
        dir.write_state(StoreState::Closed(dir.log_files(0)?), bound)?;
        // Each opening locks it anew.
        drop(dir);

        let options = Options { create_if_missing: false, worker: None, ..self.options };
        let place = Place::Folder(to.to_owned());
        let builder = Self { place, options, recover: false, ..self };
        // As it was: floors that have risen would hide what is missing below them.
        let (verify, _) = look(builder.clone(), |store| store.verify())?;
        let dir = StoreDir::lock(&builder.place, false)?;
        dir.write(&marker_of(&dir)?)?;
        dir.finish_copy(false, bound)?;
        drop(dir);
        let ((), incarnation) = look(builder, |_| Ok(()))?;
        let &BackupEntry { id, made_at, .. } = backup;
        Ok(RestoreReport { id, made_at, incarnation, replaced: false, put_in_place: false, verify })
    }
}

/// Opens a store, looks at it, and closes it. Tells its incarnation too.
fn look<T>(
    builder: StoreBuilder,
    at: impl FnOnce(&Store) -> Result<T>,
) -> Result<(T, Incarnation)> {
    let store = builder.open()?;
    let seen = at(&store).and_then(|seen| Ok((seen, store.stats()?.incarnation)));
    store.close()?;
    seen
}

/// Removes what an interrupted restore left, and nothing else.
fn clear(beside: &Path) -> Result<()> {
    let io = |e: std::io::Error| Error::io(format!("removing {}", beside.display()), &e);
    if !holds_only(beside, &["LOCK", "STORE", "STORE.new", "rocksdb"]).map_err(io)? {
        return Err(Error::Occupied { path: beside.to_owned(), by: "it is not empty" });
    }
    remove_folder(beside).map_err(io)
}

/// What is known of a store that is to be replaced.
fn marker_of(dir: &StoreDir) -> Result<StoreMarker> {
    let by = "the clock of the store in it cannot be read, which a restored one must pass";
    let unreadable = || Error::Occupied { path: dir.path().to_owned(), by };
    match dir.read_settled() {
        Ok(marker) => marker.ok_or_else(unreadable),
        Err(Error::NotAStore { .. }) => Err(unreadable()),
        Err(error) => Err(error),
    }
}
