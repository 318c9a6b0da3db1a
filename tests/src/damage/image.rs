//! A store as a process that was killed left it, with everything that is known of it.

use super::answers::ask;
use crate::crash::{DEVICES, Devices, NOTES, Rng};
use crate::model::copy_store;
use crate::power::{BY_NUMBER, Ledger, draw_commit};
use highwater::testing::ManualTime;
use highwater::{
    Error, Millis, Mutation, Options, Outcome, Projection, Store, StoreBuilder, TableSpec,
    TableSpecExt, Ttls,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Commits that are in files, and commits that are in the log alone.
const IN_FILES: usize = 150;
const IN_LOG: usize = 90;

/// The device that has synced last: it holds the newest commit.
pub(super) const LAST: u64 = DEVICES - 1;

/// The store and what is known of it.
#[derive(Debug)]
pub struct Image {
    _dir: tempfile::TempDir,
    folder: PathBuf,
    /// Its files, relative to its folder.
    pub(super) files: Vec<PathBuf>,
    /// Every commit, all of them answered; in files or not.
    pub(super) ledger: Ledger,
    /// Devices that have synced at different times.
    pub(super) devices: Devices,
    /// What a copy answers that is not damaged.
    pub(super) answers: Vec<String>,
    /// Commits that a device may ask for again, with what it was answered.
    pub(super) receipts: Vec<(String, Vec<Mutation>, Vec<Outcome>)>,
}

fn now() -> Arc<ManualTime> {
    Arc::new(ManualTime::at(Millis(1_700_000_900_000)))
}

impl Image {
    /// Makes one.
    ///
    /// # Errors
    /// Those of the store.
    ///
    /// # Panics
    /// If the file system fails.
    pub fn new(seed: u64) -> Result<Self, Error> {
        let dir = tempfile::tempdir().expect("a folder");
        let (open, folder) = (dir.path().join("open"), dir.path().join("store"));
        let store = builder(&open).open()?;
        let ttls = Ttls { delta: None, tombstone: None, history: None };
        let spec = TableSpec::new(NOTES, "id").index("byOwner", "owner", Projection::All);
        store.create_table(spec.lookup(BY_NUMBER, "owner", Some("n")).ttls(ttls))?;
        let (mut ledger, mut devices, mut rng) =
            (Ledger::of(&store)?, Devices::default(), Rng(seed));
        let mut receipts = Vec::new();
        for n in 0..IN_FILES + IN_LOG {
            let (items, mutations) = draw_commit(&mut rng);
            ledger.ask(&items);
            if n.is_multiple_of(20) {
                let id = format!("device/{n}");
                let outcomes = store.apply_once(&id, &mutations)?;
                receipts.push((id, mutations, outcomes));
            } else {
                store.apply_batch(&mutations)?;
            }
            if n == IN_FILES {
                store.compact()?;
            }
            // Two devices stop in the files, one of them of an owner, one in the log.
            for device in 0..DEVICES {
                if [IN_FILES / 2, IN_FILES + IN_LOG / 2, IN_FILES / 2]
                    .get(device as usize)
                    .is_none_or(|end| n <= *end)
                    && n.is_multiple_of(10)
                {
                    devices.try_sync(&store, device)?;
                }
            }
        }
        // And one has everything.
        devices.try_sync(&store, LAST)?;
        // As a process that is killed leaves it.
        copy_store(&open, &folder);
        drop(store);
        let mut files = Vec::new();
        for below in ["", "rocksdb"] {
            for entry in std::fs::read_dir(folder.join(below)).expect("a folder") {
                let entry = entry.expect("an entry");
                let size = entry.metadata().expect("a file");
                // What RocksDB tells about itself is no data.
                let is_told = entry.file_name().to_string_lossy().starts_with("LO");
                if size.is_file() && size.len() > 0 && !is_told {
                    files.push(Path::new(below).join(entry.file_name()));
                }
            }
        }
        files.sort();
        let whole = dir.path().join("whole");
        copy_store(&folder, &whole);
        let answers = ask(&builder(&whole).open()?);
        let answers = answers.into_iter().map(|answer| answer.told);
        let answers: Vec<String> = answers.collect::<Result<_, _>>()?;
        let empty = answers.iter().filter(|told| told.len() < "[Item]".len()).count();
        assert!(empty < answers.len() / 4, "{empty} answers of {} tell nothing", answers.len());
        Ok(Self { _dir: dir, folder, files, ledger, devices, answers, receipts })
    }

    /// A copy of it at `to`.
    pub(super) fn copy(&self, to: &Path) {
        copy_store(&self.folder, to);
    }
}

/// How a copy is opened.
pub(super) fn builder(path: &Path) -> StoreBuilder {
    let options = Options { worker: None, ..Options::default() };
    Store::builder(path).options(options).time_source(now())
}
