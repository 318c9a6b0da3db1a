//! A disk that is memory alone as a store's home.

use super::boot::boot_id;
use super::handle::Store;
use super::home::{Home, Place};
use super::open::StoreBuilder;
use crate::error::{Error, Result};
use crate::lock::Mutex;
use crate::options::Options;
use crate::storage::{Environment, Files, LogDamage, MemoryFiles};
use std::path::Path;
use std::sync::Arc;

/// What a store on such a disk is called in messages.
const NAME: &str = "(memory)";

/// A disk that is memory alone: a store on it runs the very code that a store in a folder runs, down to
/// RocksDB, and leaves nothing behind. Clones are the same disk.
///
/// What is on it stays as long as the disk itself: a store can be closed and opened again, and one
/// handle at a time has it open. Nothing on it is ever lost or damaged, so a `Buffered` store is as safe
/// here as a `Sync` one.
///
/// ```
/// use highwater::testing::MemoryDisk;
/// use highwater::{Document, Error, TableSpec, TableSpecExt};
///
/// let disk = MemoryDisk::default();
/// let store = disk.open()?;
/// store.create_table(TableSpec::new("notes", "id"))?;
/// store.put("notes", Document::from_json(r#"{"id":"n1"}"#)?)?;
/// assert!(matches!(disk.open(), Err(Error::AlreadyOpen { .. })));
///
/// store.close()?;
/// assert!(disk.open()?.get("notes", "n1")?.is_some());
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct MemoryDisk {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    files: MemoryFiles,
    /// Whether the files are in another file system, which may have forgotten what it held at any time.
    elsewhere: Mutex<bool>,
    /// The `STORE` file.
    marker: Mutex<Option<Vec<u8>>>,
    /// Whether a store on it is open.
    open: Mutex<bool>,
}

impl MemoryDisk {
    /// Prepares an opening, as [`Store::builder`] does for a folder. There is no background worker unless
    /// other options ask for one.
    pub fn builder(&self) -> StoreBuilder {
        let options = Options { worker: None, ..Options::default() };
        StoreBuilder::at(Place::Memory(self.clone())).options(options)
    }

    /// Opens the store on this disk, making a new one if there is none.
    ///
    /// # Errors
    /// Those of [`StoreBuilder::open`].
    pub fn open(&self) -> Result<Store> {
        self.builder().open()
    }

    /// Another disk with what the process of `store` would leave behind if it were killed now: everything
    /// that was written, and nothing tidied up. The store itself goes on.
    ///
    /// ```
    /// use highwater::testing::{MemoryDisk, memory_store};
    /// use highwater::{Document, TableSpec, TableSpecExt};
    ///
    /// let store = memory_store()?;
    /// store.create_table(TableSpec::new("notes", "id"))?;
    /// store.put("notes", Document::from_json(r#"{"id":"n1"}"#)?)?;
    /// let disk = MemoryDisk::left_by(&store)?;
    /// store.delete("notes", "n1")?;
    /// assert!(disk.open()?.get("notes", "n1")?.is_some());
    /// # Ok::<(), highwater::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for a store in a folder, [`Error::Io`].
    pub fn left_by(store: &Store) -> Result<Self> {
        let inner = store.inner();
        let Files::Memory(files) = inner.dir.files() else {
            let path = inner.dir.path().display();
            return Err(Error::out_of_range("store", path, "stores on a MemoryDisk"));
        };
        // The data first: the clock's bound in the `STORE` file may be ahead of it, never behind.
        let files = files.fork(&inner.storage)?;
        let marker = Mutex::new(inner.dir.bytes()?);
        Ok(Self { shared: Arc::new(Shared { files, marker, ..Shared::default() }) })
    }

    pub(super) fn set_environment(&self, environment: Environment) {
        self.shared.files.set_environment(environment);
        *self.shared.elsewhere.lock() = true;
    }

    pub(super) fn lock(&self, create: bool) -> Result<Locked> {
        let disk = &self.shared;
        if !create && disk.marker.lock().is_none() {
            return Err(Error::NotFound { path: NAME.into() });
        }
        if std::mem::replace(&mut *disk.open.lock(), true) {
            return Err(Error::AlreadyOpen { path: NAME.into() });
        }
        Ok(Locked { disk: Arc::clone(disk) })
    }
}

/// A disk whose store is open.
pub(super) struct Locked {
    disk: Arc<Shared>,
}

impl Drop for Locked {
    fn drop(&mut self) {
        *self.disk.open.lock() = false;
    }
}

impl Home for Locked {
    fn path(&self) -> &Path {
        Path::new(NAME)
    }

    fn folder(&self) -> Option<&Path> {
        None
    }

    fn files(&self) -> Files {
        Files::Memory(self.disk.files.clone())
    }

    fn boot(&self) -> String {
        if *self.disk.elsewhere.lock() { String::new() } else { boot_id() }
    }

    fn read(&self) -> Result<Option<Vec<u8>>> {
        Ok(self.disk.marker.lock().clone())
    }

    fn replace(&self, bytes: &[u8]) -> Result<()> {
        *self.disk.marker.lock() = Some(bytes.to_vec());
        Ok(())
    }

    /// None: what nobody else can reach cannot be cut short.
    fn log_files(&self, _first_log: u64) -> Result<Vec<(String, u64)>> {
        Ok(Vec::new())
    }

    fn log_damage(&self) -> Result<Vec<LogDamage>> {
        Ok(Vec::new())
    }

    fn check_files(&self, _left: &[(String, u64)]) -> Result<()> {
        Ok(())
    }
}

/// A new store in memory, with default options but no background worker; it is gone with its last handle.
///
/// ```
/// use highwater::{Document, TableSpec, TableSpecExt, testing::memory_store};
/// let store = memory_store()?;
/// store.create_table(TableSpec::new("notes", "id"))?;
/// store.put("notes", Document::from_json(r#"{"id":"n1"}"#)?)?;
/// assert!(store.verify()?.is_clean());
/// # Ok::<(), highwater::Error>(())
/// ```
///
/// # Errors
/// Those of [`MemoryDisk::open`].
pub fn memory_store() -> Result<Store> {
    MemoryDisk::default().open()
}
