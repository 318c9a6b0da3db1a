//! A restored store takes the place of the one it was restored over.
//!
//! The restored one lies whole in `<store>/restored`, opened and closed once. From the moment when the
//! `STORE` file says `Replaced`, it is the store; moving it up is done by whoever locks the folder next,
//! as often as it is interrupted.

use super::files::{remove_folder, sync_folder};
use super::marker::{StoreDir, not_a_store};
use crate::error::{Error, Result};
use highwater_format::{StoreMarker, StoreState};
use std::fs;
use std::io;
use std::path::PathBuf;

impl StoreDir {
    /// The data of a store in a folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("rocksdb")
    }

    /// Where a store is restored that is to take this one's place.
    pub(crate) fn restored(&self) -> PathBuf {
        self.path().join("restored")
    }

    /// What the last session left, after a replacement that was begun has been done.
    pub(crate) fn read_settled(&self) -> Result<Option<StoreMarker>> {
        match self.read()? {
            Some(marker) if marker.state == StoreState::Replaced => {
                self.move_restored_up()?;
                self.read()
            }
            read => Ok(read),
        }
    }

    /// Puts the store in `restored` in this one's place, whose state was `old`.
    pub(crate) fn replace_by_restored(&self, old: StoreMarker) -> Result<()> {
        self.write(&StoreMarker { state: StoreState::Replaced, ..old })?;
        self.move_restored_up()
    }

    fn move_restored_up(&self) -> Result<()> {
        let (restored, data) = (self.restored(), self.data());
        let (new_data, new_store) = (restored.join("rocksdb"), restored.join("STORE"));
        if !new_store.exists() || !(new_data.exists() || data.exists()) {
            return Err(not_a_store(self.path(), "the store that was to replace it is gone"));
        }
        let move_up = || -> io::Result<()> {
            // Once the new data is up, what is there is not the old data any more.
            if new_data.exists() {
                remove_folder(&data)?;
                // What the replaced store's bulk imports had accepted is nothing to the restored one.
                self.imports().map_or(Ok(()), |imports| remove_folder(&imports))?;
                fs::rename(&new_data, &data)?;
                sync_folder(&restored)?;
                sync_folder(self.path())?;
            }
            fs::rename(&new_store, self.path().join("STORE"))?;
            sync_folder(self.path())?;
            remove_folder(&restored)
        };
        move_up().map_err(|e| Error::io("moving the restored store into its place", &e))
    }
}
