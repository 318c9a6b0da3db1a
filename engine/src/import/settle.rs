//! What bulk imports left that did not come to their end, put away when the store is opened.

use super::publish::removal;
use super::work::{self, Work};
use crate::error::{Error, Result};
use crate::storage::{Batch, Storage};
use highwater_format::Family;
use highwater_format::keys;
use highwater_format::meta::{self, ImportPhase, ImportRecord};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Removes the rows of imports that were not shown, and the files of those that were. What an import has
/// accepted stays, so that it can be gone on with.
///
/// A file that cannot be removed is no reason not to open: it is tried again at the next opening.
pub(crate) fn settle(storage: &Storage, imports: Option<&Path>) -> Result<()> {
    let folders = imports.map_or_else(|| Ok(Vec::new()), folders);
    let view = storage.latest();
    let mut scan = view.scan(Family::Meta, meta::IMPORTS, keys::after_prefix(meta::IMPORTS))?;
    while let Some(key) = scan.advance()? {
        let key = key.to_vec();
        let record = ImportRecord::decode(scan.entry()?.1)?;
        let mut batch = match record.phase {
            ImportPhase::Hidden => removal(&record),
            ImportPhase::Visible if !is_removed(folders.as_deref(), record.work) => continue,
            ImportPhase::Visible => Batch::default(),
        };
        batch.delete(Family::Meta, key);
        storage.write_patiently(batch)?;
        let (id, phase) = (record.first.0, record.phase);
        tracing::info!(id, ?phase, "what a bulk import had left is put away");
    }
    for folder in folders.unwrap_or_default() {
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

/// Removes the files of an import that is visible; tells whether they are certainly gone.
fn is_removed(folders: Result<&[PathBuf], &Error>, name: [u8; 8]) -> bool {
    let removed = folders
        .map_err(ToString::to_string)
        .and_then(|folders| remove_own(folders, name).map_err(|error| error.to_string()));
    if let Err(error) = &removed {
        tracing::warn!(error, "the files of a bulk import that is visible stay");
    }
    removed.is_ok()
}

/// What cannot be read may be its own.
fn remove_own(folders: &[PathBuf], name: [u8; 8]) -> Result<()> {
    let mut unread = Ok(());
    for folder in folders {
        match Work::open(folder) {
            Ok(Some(work)) if work.manifest.work == name => return work::remove(folder),
            Ok(_) => {}
            Err(error) => unread = Err(error),
        }
    }
    unread
}

/// The folders of all imports; none where there has never been one.
fn folders(imports: &Path) -> Result<Vec<PathBuf>> {
    let failed = |e: std::io::Error| Error::io(format!("listing {}", imports.display()), &e);
    let entries = match std::fs::read_dir(imports) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        match std::fs::metadata(&path) {
            Ok(found) if found.is_dir() => folders.push(path),
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(failed(e)),
            _ => {}
        }
    }
    folders.sort();
    Ok(folders)
}
