//! Taking a folder for a store that is about to be written into it as a whole.
//!
//! Its `STORE` file says `Unfinished` until everything else is on disk: nobody opens it before, and
//! whoever writes there next may take it over. A folder with anything else in it is left alone.

use super::files::{holds_only, remove_folder};
use super::home::Place;
use super::marker::StoreDir;
use crate::error::{Error, Result};
use highwater_format::{Millis, RecordedDurability, StoreMarker, StoreState};
use std::fs;
use std::path::Path;

/// What is at a path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Occupant {
    /// Nothing, or what an interrupted copy or restore left.
    Nobody,
    /// A store, whatever its state.
    Store,
    /// Something else.
    Other,
}

/// Looks at a path without touching it.
pub(crate) fn occupant(path: &Path) -> Result<Occupant> {
    // A lock and half a STORE file are what is there before anything else.
    let empty = holds_only(path, &["LOCK", "STORE.new"])
        .map_err(|e| Error::io(format!("looking at {}", path.display()), &e))?;
    if empty {
        return Ok(Occupant::Nobody);
    }
    let marker = fs::read(path.join("STORE")).map(|bytes| StoreMarker::decode(&bytes));
    Ok(match marker {
        Ok(Ok(marker)) if marker.state == StoreState::Unfinished => Occupant::Nobody,
        Ok(_) => Occupant::Store,
        Err(_) => Occupant::Other,
    })
}

/// Refuses a path where something is.
fn check_vacant(path: &Path) -> Result<()> {
    let by = match occupant(path)? {
        Occupant::Nobody => return Ok(()),
        Occupant::Store => "there is a store in it",
        Occupant::Other => "it is not empty",
    };
    Err(Error::Occupied { path: path.to_owned(), by })
}

impl StoreDir {
    /// Takes the folder at `path`, which is locked until this is dropped.
    pub(crate) fn claim(path: &Path, bucket_width: Millis, clock_bound: Millis) -> Result<Self> {
        check_vacant(path)?;
        let dir = Self::lock(&Place::Folder(path.to_owned()), true)?;
        // Between the first look and the lock somebody else may have finished here.
        check_vacant(path)?;
        dir.write(&StoreMarker {
            bucket_width,
            durability: RecordedDurability::Sync,
            boot: dir.boot(),
            clock_bound,
            state: StoreState::Unfinished,
        })?;
        // RocksDB writes a checkpoint beside its place first.
        for left in [dir.data(), dir.data().with_extension("tmp"), dir.restored()] {
            remove_folder(&left)
                .map_err(|e| Error::io(format!("removing {}", left.display()), &e))?;
        }
        Ok(dir)
    }

    /// Everything is on disk: from here on it is a copy that can be opened.
    pub(crate) fn finish_copy(&self, new_keys: bool, clock_bound: Millis) -> Result<()> {
        let left = self.log_files(0)?;
        self.write_state(StoreState::Copied { new_keys, left }, clock_bound)
    }
}
