//! The store's folder, and copies of it: what a killed process leaves behind.

use highwater_format::StoreMarker;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Folders of one history, each with a number.
#[derive(Debug)]
pub struct Folders {
    home: tempfile::TempDir,
    count: u32,
}

type Listing = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

impl Folders {
    pub fn new() -> Self {
        Self { home: tempfile::tempdir().expect("a temporary folder"), count: 0 }
    }

    /// The folder of backups.
    pub fn backups(&self) -> PathBuf {
        self.home.path().join("backups")
    }

    /// A path where nothing is yet.
    pub fn fresh(&mut self) -> PathBuf {
        self.count += 1;
        self.home.path().join(format!("store-{}", self.count))
    }
}

impl Default for Folders {
    fn default() -> Self {
        Self::new()
    }
}

/// The files of a store but for its lock.
fn listing(store: &Path) -> io::Result<Listing> {
    let mut files = Listing::new();
    let mut folders = vec![store.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let data = entry.metadata()?;
            if data.is_dir() {
                folders.push(entry.path());
            } else if data.is_file() && name != "LOCK" && !name.to_string_lossy().starts_with("LOG")
            {
                files.insert(entry.path(), (data.len(), data.modified().ok()));
            }
        }
    }
    Ok(files)
}

fn copy_once(from: &Path, to: &Path) -> io::Result<bool> {
    let before = listing(from)?;
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    for path in before.keys() {
        let copy = to.join(path.strip_prefix(from).map_err(io::Error::other)?);
        copy.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::copy(path, copy)?;
    }
    Ok(listing(from)? == before)
}

/// Copies an open store as it would be found if its process ended now.
///
/// A flush or a compaction in the background may change files meanwhile: it is done again until
/// nothing changed. The caller writes nothing.
pub fn copy(from: &Path, to: &Path) {
    const PATIENCE: u32 = 10_000;
    let done = (0..PATIENCE).any(|_| copy_once(from, to).unwrap_or(false));
    assert!(done, "the folder of the store never comes to rest");
}

/// Makes a copy look as if the machine went down, and not the process alone.
pub fn reboot(store: &Path) {
    let path = store.join("STORE");
    let edit = || -> Result<(), Box<dyn std::error::Error>> {
        let mut marker = StoreMarker::decode(&fs::read(&path)?)?;
        "another boot".clone_into(&mut marker.boot);
        fs::write(&path, marker.encode()?)?;
        Ok(())
    };
    edit().expect("the STORE file can be edited");
}
