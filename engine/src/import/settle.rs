//! What bulk imports left that did not come to their end, put away when the store is opened.

use super::publish::removal;
use super::work::{self, Work};
use crate::error::Result;
use crate::storage::{Batch, Storage};
use highwater_format::Family;
use highwater_format::keys;
use highwater_format::meta::{self, ImportPhase, ImportRecord};
use std::path::{Path, PathBuf};

/// Removes the rows of imports that were not shown, and the files of those that were. What an import has
/// accepted stays, so that it can be gone on with.
///
/// A file that cannot be removed is no reason not to open: it is tried again at the next opening.
pub(crate) fn settle(storage: &Storage, imports: Option<&Path>) -> Result<()> {
    let folders = imports.map(folders).unwrap_or_default();
    let view = storage.latest();
    let mut scan = view.scan(Family::Meta, meta::IMPORTS, keys::after_prefix(meta::IMPORTS))?;
    while let Some(key) = scan.advance()? {
        let key = key.to_vec();
        let record = ImportRecord::decode(scan.entry()?.1)?;
        let mut batch = match record.phase {
            ImportPhase::Hidden => removal(&record),
            ImportPhase::Visible if !is_removed(&folders, record.work) => continue,
            ImportPhase::Visible => Batch::default(),
        };
        batch.delete(Family::Meta, key);
        storage.write_patiently(batch)?;
        let (id, phase) = (record.first.0, record.phase);
        tracing::info!(id, ?phase, "what a bulk import had left is put away");
    }
    for folder in folders {
        let tidied = match Work::open(&folder) {
            Ok(Some(work)) => work.tidy(),
            Ok(None) => work::remove(&folder),
            // For the import to say, when somebody goes on with it.
            Err(error) => Err(error),
        };
        if let Err(error) = tidied {
            tracing::warn!(%error, "the files of a bulk import stay as they are");
        }
    }
    Ok(())
}

/// Removes the files in an import's folder if what they hold is a table already: nobody is to go on with them.
pub(super) fn settle_shown(storage: &Storage, folder: &Path) -> Result<()> {
    // What cannot be read is for whoever goes on with it.
    let Ok(Some(work)) = Work::open(folder) else { return Ok(()) };
    let view = storage.latest();
    let mut scan = view.scan(Family::Meta, meta::IMPORTS, keys::after_prefix(meta::IMPORTS))?;
    while scan.advance()?.is_some() {
        let record = ImportRecord::decode(scan.entry()?.1)?;
        if record.phase == ImportPhase::Visible && record.work == work.manifest.work {
            return work::remove(folder);
        }
    }
    Ok(())
}

/// Removes the files of an import that is visible; tells whether they are gone.
fn is_removed(folders: &[PathBuf], name: [u8; 8]) -> bool {
    let is_its_own = |folder: &&PathBuf| {
        Work::open(folder).is_ok_and(|work| work.is_some_and(|work| work.manifest.work == name))
    };
    let removed = folders.iter().find(is_its_own).map_or(Ok(()), |folder| work::remove(folder));
    if let Err(error) = &removed {
        tracing::warn!(%error, "the files of a bulk import that is visible stay");
    }
    removed.is_ok()
}

/// The folders of all imports; none where there has never been one.
fn folders(imports: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(imports).into_iter().flatten().flatten();
    let mut folders: Vec<_> = entries.map(|entry| entry.path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders
}
