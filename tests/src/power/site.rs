//! A store on a file system that fails, and what outlives it.

use super::ledger::{BY_NUMBER, Ledger};
use crate::crash::{Devices, NOTES};
use highwater::testing::{Environment, ManualTime, MemoryDisk};
use highwater::{
    Durability, Error, Millis, Options, Projection, Store, StoreBuilder, TableSpec, TableSpecExt,
    Ttls, Tuning, WriteStall,
};
use highwater_faultfs::FaultFs;
use std::path::PathBuf;
use std::sync::Arc;

/// Where a store lies.
#[derive(Debug, Clone)]
pub enum Disk {
    /// In memory.
    Memory,
    /// In memory, and what was written is there whether it was synced or not.
    Cached,
    /// In this folder.
    Folder(PathBuf),
}

/// Everything but the store itself.
pub(super) struct Site {
    pub(super) fs: FaultFs,
    pub(super) time: Arc<ManualTime>,
    pub(super) ledger: Ledger,
    pub(super) devices: Devices,
    environment: Environment,
    memory: MemoryDisk,
    disk: Disk,
    options: Options,
}

/// A store that was opened after a failure.
pub(super) struct Recovered {
    pub(super) store: Store,
    /// How many commits that were answered are gone.
    pub(super) lost: u64,
    /// How many devices that had synced before were reset.
    pub(super) resets: u64,
    /// Commits under a mutation id that were there and were told again, and those that were gone and done again.
    pub(super) retried: u64,
    pub(super) done_again: u64,
}

impl Site {
    /// A site with a store that has a table and was closed.
    pub(super) fn new(disk: &Disk, durability: Durability, seed: u64) -> Result<Self, Error> {
        let fs = match disk {
            Disk::Memory => FaultFs::in_memory(),
            Disk::Cached => FaultFs::with_cache(),
            Disk::Folder(_) => FaultFs::on_disk(),
        };
        let mut site = Self {
            environment: fs.environment(),
            fs,
            time: Arc::new(ManualTime::at(Millis(1_700_000_000_000))),
            ledger: Ledger::default(),
            devices: Devices::default(),
            memory: MemoryDisk::default(),
            disk: disk.clone(),
            options: options(durability, seed),
        };
        let store = site.open()?;
        store.create_table(spec())?;
        site.ledger = Ledger::of(&store)?;
        store.close()?;
        Ok(site)
    }

    pub(super) fn open(&self) -> Result<Store, Error> {
        let builder: StoreBuilder = match &self.disk {
            Disk::Memory | Disk::Cached => self.memory.builder(),
            Disk::Folder(path) => Store::builder(path),
        };
        let builder = builder.environment(self.environment.clone());
        builder.options(self.options.clone()).time_source(self.time.clone()).open()
    }

    pub(super) fn is_synced(&self) -> bool {
        self.options.durability == Durability::Sync
    }

    /// Opens the store after a failure, holds it against the ledger, and lets the devices of `which` sync.
    pub(super) fn recover(&mut self, which: impl Fn(u64) -> bool) -> Result<Recovered, String> {
        let store = self.open().map_err(|error| format!("opening after a failure: {error}"))?;
        let lost = self.ledger.recovered(&store)?;
        if self.is_synced() && self.ledger.is_renewed() {
            return Err("a store that has lost nothing resets every device".to_owned());
        }
        self.ledger.check_beside(&store)?;
        let (retried, done_again) = self.ledger.retry(&store, self.is_synced())?;
        let report = store.verify().map_err(|error| format!("a verification: {error}"))?;
        if !report.is_clean() {
            return Err(format!("{:#?}", report.problems));
        }
        let resets = self.devices.sync(&store, &self.ledger.live(), which);
        Ok(Recovered { store, lost: lost as u64, resets, retried, done_again })
    }
}

fn options(durability: Durability, seed: u64) -> Options {
    let mut options = Options {
        durability,
        bucket_width: Millis(20),
        worker: None,
        write_stall: WriteStall::Wait,
        tuning: Tuning { write_buffer_bytes: 64 << 10, ..Tuning::default() },
        ..Options::default()
    };
    options.limits.memory_bytes = 4 << 20;
    if seed.is_multiple_of(2) {
        options.limits.recent_bytes = 0;
    }
    options
}

fn spec() -> TableSpec {
    // Tombstones and what was superseded stay, so that every version can be told.
    let ttls = Ttls { delta: Some(Millis(200)), tombstone: None, history: None };
    let spec = TableSpec::new(NOTES, "id").index("byOwner", "owner", Projection::All);
    spec.lookup(BY_NUMBER, "owner", Some("n")).ttls(ttls)
}
