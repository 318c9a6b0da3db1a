//! What bulk imports left that did not come to their end, put away when the store is opened.

use super::publish::removal;
use super::work::{self, Work};
use crate::error::Result;
use crate::storage::Storage;
use highwater_format::Family;
use highwater_format::keys;
use highwater_format::meta::{self, ImportPhase, ImportRecord};
use std::path::{Path, PathBuf};

/// Removes the rows of imports that were not shown, and the files of those that were. What an import has
/// accepted stays, so that it can be gone on with.
pub(crate) fn settle(storage: &Storage, imports: Option<&Path>) -> Result<()> {
    let folders = imports.map(folders).unwrap_or_default();
    let view = storage.latest();
    let mut scan = view.scan(Family::Meta, meta::IMPORTS, &keys::after_prefix(meta::IMPORTS))?;
    while let Some(key) = scan.advance()? {
        let key = key.to_vec();
        let record = ImportRecord::decode(scan.entry()?.1)?;
        let mut batch = match record.phase {
            ImportPhase::Hidden => removal(&record),
            ImportPhase::Visible => {
                let its_own = |folder: &&PathBuf| {
                    Work::open(folder).is_ok_and(|work| {
                        work.is_some_and(|work| work.manifest.work == record.work)
                    })
                };
                folders.iter().find(its_own).map_or(Ok(()), |folder| work::remove(folder))?;
                crate::storage::Batch::default()
            }
        };
        batch.delete(Family::Meta, key);
        storage.write_patiently(batch)?;
        tracing::info!(id = record.first.0, phase = ?record.phase, "a bulk import was tidied up after");
    }
    for folder in folders {
        // What is damaged is for the import to say, when somebody goes on with it.
        match Work::open(&folder) {
            Ok(Some(work)) => work.tidy()?,
            Ok(None) => work::remove(&folder)?,
            Err(error) => tracing::warn!(%error, "a bulk import cannot be gone on with"),
        }
    }
    Ok(())
}

/// The folders of all imports; none where there has never been one.
fn folders(imports: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(imports).into_iter().flatten().flatten();
    let mut folders: Vec<_> = entries.map(|entry| entry.path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders
}
