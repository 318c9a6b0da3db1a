//! The folder of a bulk import: its runs, and the manifest that says which of them are whole.
//!
//! ```text
//! <store>/import/<16 hex digits>/          of the SHA-256 of the table's name
//!     MANIFEST                             replaced whole (format/src/import.rs)
//!     run-<number>                         those that it does not name are thrown away
//!     build/                               what is made in the end from the runs, and from nothing else
//! ```

use super::error::ImportError;
use super::run::{damaged, failed, path_of};
use crate::entropy::random;
use crate::error::Result;
use crate::store::replace_file;
use highwater_format::IndexId;
use highwater_format::import::ImportManifest;
use highwater_format::meta::{IndexState, TableRecord, TableSpec};
use highwater_format::{TableId, Timestamp};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

const MANIFEST: &str = "MANIFEST";
const BUILD: &str = "build";

/// A bulk import's folder.
pub(super) struct Work {
    pub(super) folder: PathBuf,
    pub(super) manifest: ImportManifest,
}

/// Where the work for a table is kept, among the `imports` of a store.
pub(super) fn folder_of(imports: &Path, table: &str) -> PathBuf {
    let hash = Sha256::digest(table.as_bytes());
    let name = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
    imports.join(name)
}

/// Forgets the work in a folder. The manifest goes first: what is left without one is nobody's.
pub(super) fn remove(folder: &Path) -> Result<()> {
    let remove = || {
        match fs::remove_file(folder.join(MANIFEST)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => sync(folder)?,
        }
        fs::remove_dir_all(folder)
    };
    match remove() {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(failed("removing", folder, &e)),
        _ => Ok(()),
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The declaration as a manifest keeps it: a table's record whose identifiers mean nothing.
fn declared(spec: &TableSpec) -> TableRecord {
    let nothing = IndexState::with_table(IndexId(0), Timestamp::ZERO);
    TableRecord {
        id: TableId(0),
        created_at: Timestamp::ZERO,
        spec: spec.clone(),
        indexes: vec![nothing; spec.indexes.len()],
        lookups: vec![nothing; spec.lookups.len()],
        ttl_index: spec.ttl_attribute.as_ref().map(|_| nothing),
    }
}

impl Work {
    /// The work that is in a folder, if there is any.
    pub(super) fn open(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(MANIFEST);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(failed("reading", &path, &e)),
        };
        let manifest = ImportManifest::decode(&bytes).map_err(|e| damaged(&path, e.to_string()))?;
        Ok(Some(Self { folder: folder.to_owned(), manifest }))
    }

    /// The work for a table, gone on with or begun; what a crash left half-made is thrown away.
    pub(super) fn open_or_begin(imports: &Path, spec: &TableSpec) -> Result<Self> {
        let folder = folder_of(imports, &spec.name);
        if let Some(work) = Self::open(&folder)? {
            work.check_declaration(spec)?;
            work.tidy()?;
            return Ok(work);
        }
        remove(&folder)?;
        let make = || {
            fs::create_dir_all(&folder)?;
            sync(imports)?;
            imports.parent().map_or(Ok(()), sync)
        };
        make().map_err(|e| failed("making", &folder, &e))?;
        let manifest = ImportManifest {
            work: random()?,
            table: declared(spec).encode()?,
            accepted: 0,
            runs: Vec::new(),
            mark: Vec::new(),
        };
        let mut work = Self { folder, manifest: manifest.clone() };
        work.replace(manifest)?;
        Ok(work)
    }

    fn check_declaration(&self, spec: &TableSpec) -> Result<()> {
        let path = self.folder.join(MANIFEST);
        let begun = TableRecord::decode(&self.manifest.table);
        let begun = begun.map_err(|e| damaged(&path, e.to_string()))?;
        same_rows(&begun.spec, spec)
    }

    /// Puts the manifest in the place of the last one.
    pub(super) fn replace(&mut self, manifest: ImportManifest) -> Result<()> {
        let bytes = manifest.encode()?;
        // The runs must be found under their names before the manifest names them.
        sync(&self.folder)
            .and_then(|()| replace_file(&self.folder, MANIFEST, &bytes))
            .map_err(|e| failed("writing the manifest in", &self.folder, &e))?;
        self.manifest = manifest;
        Ok(())
    }

    /// Throws away what the manifest does not name.
    pub(super) fn tidy(&self) -> Result<()> {
        let named: Vec<_> =
            self.manifest.runs.iter().map(|run| path_of(&self.folder, run.number)).collect();
        let tidy = || {
            for file in fs::read_dir(&self.folder)? {
                let path = file?.path();
                if path.is_dir() {
                    fs::remove_dir_all(&path)?;
                } else if !named.contains(&path) && !path.ends_with(MANIFEST) {
                    fs::remove_file(&path)?;
                }
            }
            Ok(())
        };
        tidy().map_err(|e| failed("tidying", &self.folder, &e))
    }

    /// An empty folder for what is made in the end.
    pub(super) fn build_folder(&self) -> Result<PathBuf> {
        let folder = self.folder.join(BUILD);
        self.tidy()?;
        fs::create_dir(&folder).map_err(|e| failed("making", &folder, &e))?;
        Ok(folder)
    }
}

/// Refuses unless tables of both declarations have the same rows.
pub(super) fn same_rows(begun: &TableSpec, spec: &TableSpec) -> Result<()> {
    let parts = [
        ("name", begun.name == spec.name),
        ("partition", begun.partition == spec.partition),
        ("sort", begun.sort == spec.sort),
        ("indexes", begun.indexes == spec.indexes),
        ("lookups", begun.lookups == spec.lookups),
        ("ttl_attribute", begun.ttl_attribute == spec.ttl_attribute),
    ];
    match parts.into_iter().find(|(_, same)| !same) {
        None => Ok(()),
        Some((attribute, _)) => {
            let table = spec.name.clone();
            Err(ImportError::OtherDeclaration { table, attribute }.into())
        }
    }
}
