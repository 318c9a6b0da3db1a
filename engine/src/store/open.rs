//! Opening: from a folder to a store whose clock, floors and incarnation can be trusted.

use super::boot::boot_id;
use super::budget::DiskBudget;
use super::handle::Store;
use super::inner::Inner;
use super::marker::StoreDir;
use crate::catalog::Catalog;
use crate::clock::{Clock, SystemTime, TimeSource};
use crate::entropy::random;
use crate::error::{Error, Result};
use crate::fault::FaultPoints;
use crate::health::Health;
use crate::options::{ClockLimits, Durability, Options};
use crate::retention::{Readers, Retention};
use crate::storage::{Batch, ExpiryRules, Recovery, Storage, StorageError};
use crate::write::Locks;
use highwater_format::meta::{
    self, ClockRecord, Floors, IncarnationChain, IncarnationEntry, KeyRing, RingKey, floors_key,
};
use highwater_format::{Family, Incarnation, Millis, RecordedDurability, StoreMarker, StoreState};
use parking_lot::{Mutex, RwLock};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How to open a store: settings, and the components that tests replace.
///
/// ```
/// use highwater::{Options, Store};
/// # let dir = tempfile::tempdir().map_err(|e| e.to_string())?;
/// # let path = dir.path().join("store");
/// let store = Store::builder(&path).options(Options::default()).open().map_err(|e| e.to_string())?;
/// # Ok::<(), String>(())
/// ```
pub struct StoreBuilder {
    path: PathBuf,
    options: Options,
    time: Arc<dyn TimeSource>,
    faults: FaultPoints,
    recover: bool,
}

impl StoreBuilder {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            options: Options::default(),
            time: Arc::new(SystemTime::default()),
            faults: FaultPoints::default(),
            recover: false,
        }
    }

    /// Sets the options.
    #[must_use]
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Sets where time is read from.
    #[must_use]
    pub fn time_source(mut self, time: Arc<dyn TimeSource>) -> Self {
        self.time = time;
        self
    }

    /// Sets what interferes at the points of [`crate::testing::Point`].
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn faults(mut self, faults: Arc<dyn crate::fault::Faults>) -> Self {
        self.faults = FaultPoints { faults: Some(faults) };
        self
    }

    /// Opens over a damaged write-ahead log, giving up every commit from the damage on.
    ///
    /// The store gets a new incarnation, and every client is reset at its next sync: any of them may
    /// hold what was lost.
    #[must_use]
    pub fn recover(mut self) -> Self {
        self.recover = true;
        self
    }

    /// Opens the store.
    ///
    /// # Errors
    /// [`Error::AlreadyOpen`], [`Error::NotFound`], [`Error::NotAStore`], [`Error::NewerFormat`],
    /// [`Error::DamagedLog`], [`Error::Damaged`], [`Error::Io`]; [`Error::OutOfRange`] for options that
    /// cannot be.
    pub fn open(self) -> Result<Store> {
        check(&self.options)?;
        let inner = Arc::new(self.open_inner()?);
        Store::start(inner)
    }

    fn open_inner(self) -> Result<Inner> {
        let Self { path, options, time, faults, recover } = self;
        let dir = Arc::new(StoreDir::lock(&path, options.create_if_missing)?);
        let last = dir.read()?;
        let Beginning { create, may_have_lost } = begin(&dir, last, &options, recover)?;

        let rules = Arc::new(ExpiryRules::default());
        let recovery = if may_have_lost { Recovery::AcceptLoss } else { Recovery::TornTailOnly };
        let storage = Storage::open(&dir.data(), create, &options, recovery, &rules)
            .map_err(|error| opening_error(error, dir.path(), recovery))?;
        let storage = Arc::new(storage);
        let health = Arc::new(Health::default());

        let record = storage.latest().get(Family::Meta, meta::CLOCK, ClockRecord::decode)?;
        // The lease may be among what was lost, and then the wall is to be believed, however far it
        // is: all that was handed out must lie below the floors that rise to it.
        let at_least = may_have_lost.then(|| dir.clock_bound());
        let closed = if may_have_lost { Millis::MAX } else { options.clock.closed };
        let clock = Clock::open(
            time,
            record,
            at_least,
            ClockLimits { closed, ..options.clock },
            Arc::clone(&storage),
            Arc::clone(&dir),
            Arc::clone(&health),
        );
        let catalog = Catalog::load(&storage, Arc::clone(&rules))?;
        let incarnation = settle_incarnation(&storage, &clock, &catalog, may_have_lost)?;
        let token_keys = load_token_keys(&storage, &clock)?;
        let bucket_width = dir.opened(recorded(options.durability), boot_id())?;
        Ok(Inner {
            bucket_width,
            incarnation,
            clock,
            catalog,
            locks: Locks::default(),
            ddl: RwLock::default(),
            readers: Readers::default(),
            retention: Mutex::new(Retention::default()),
            compacting: Mutex::default(),
            rules,
            token_keys: RwLock::new(token_keys),
            health,
            budget: DiskBudget::new(options.limits.disk_bytes),
            faults,
            storage,
            dir,
            options,
        })
    }
}

fn check(options: &Options) -> Result<()> {
    let limits = &options.limits;
    let sizes = [
        ("limits.item_bytes", limits.item_bytes, 1 << 10, 16 << 20),
        ("limits.partition_bytes", limits.partition_bytes, 1, 2048),
        ("limits.sort_bytes", limits.sort_bytes, 1, 1024),
        ("limits.batch_items", limits.batch_items, 1, 10_000),
        ("limits.batch_bytes", limits.batch_bytes, limits.item_bytes, 256 << 20),
        ("limits.page_bytes", limits.page_bytes, 1 << 10, 256 << 20),
        ("limits.scan_items", limits.scan_items, 1, 10_000_000),
        ("limits.indexes", limits.indexes, 0, 1000),
        ("limits.memory_bytes", limits.memory_bytes, 1 << 20, usize::MAX),
    ];
    for (field, found, least, most) in sizes {
        if !(least..=most).contains(&found) {
            return Err(Error::out_of_range(field, found, format!("{least} to {most}")));
        }
    }
    let width = options.bucket_width;
    if !(1..=86_400_000).contains(&width.0) {
        return Err(Error::out_of_range("bucket_width", crate::error::ms(width), "1 ms to 1 day"));
    }
    Ok(())
}

fn recorded(durability: Durability) -> RecordedDurability {
    match durability {
        Durability::Sync => RecordedDurability::Sync,
        Durability::Buffered => RecordedDurability::Buffered,
    }
}

/// How an opening begins.
struct Beginning {
    create: bool,
    may_have_lost: bool,
}

/// Decides from what the last session left, and writes down what is about to happen, so that an
/// opening that is interrupted is gone on with as it began.
fn begin(
    dir: &StoreDir,
    last: Option<StoreMarker>,
    options: &Options,
    recover: bool,
) -> Result<Beginning> {
    let fresh = StoreMarker {
        bucket_width: options.bucket_width,
        durability: RecordedDurability::Sync,
        boot: boot_id(),
        clock_bound: Millis(0),
        state: StoreState::New,
    };
    let last = last.unwrap_or(fresh);
    // What the operating system held when the machine went down is gone.
    let machine_went_down = last.durability == RecordedDurability::Buffered
        && (last.boot.is_empty() || last.boot != boot_id());
    let create = last.state == StoreState::New;
    let may_have_lost = !create
        && match &last.state {
            StoreState::New => false,
            StoreState::Open => recover || machine_went_down,
            StoreState::Closed(files) => {
                if !recover {
                    dir.check_files(files)?;
                }
                recover
            }
            StoreState::Losing => true,
        };
    let next = match (may_have_lost, &last.state) {
        (true, _) => StoreMarker { state: StoreState::Losing, ..last },
        // Whatever it ran with, its closing put everything on disk.
        (false, StoreState::Closed(_)) => {
            StoreMarker { state: StoreState::Open, durability: RecordedDurability::Sync, ..last }
        }
        (false, _) => last,
    };
    dir.write(&next)?;
    Ok(Beginning { create, may_have_lost })
}

fn opening_error(error: StorageError, path: &Path, recovery: Recovery) -> Error {
    let path = path.to_owned();
    match error {
        StorageError::Locked(_) => Error::AlreadyOpen { path },
        // Anything but a file that RocksDB names is the log: its errors name none.
        // And where the loss was accepted already, there is no more to accept.
        StorageError::Corruption(reason)
            if names_a_data_file(&reason) || recovery == Recovery::AcceptLoss =>
        {
            Error::Damaged { place: path.display().to_string(), reason }
        }
        StorageError::Corruption(reason) => Error::DamagedLog { path, reason },
        other => Error::io(format!("opening {}", path.display()), &other),
    }
}

fn names_a_data_file(reason: &str) -> bool {
    [".sst", "MANIFEST", "CURRENT"].iter().any(|name| reason.contains(name))
}

/// The store's incarnation: the one it has, its first, or a new one where commits may have been lost.
///
/// A new one raises every floor to the opening clock in the same batch, so that every `lastSync`
/// handed out before is answered with a reset.
fn settle_incarnation(
    storage: &Storage,
    clock: &Clock,
    catalog: &Catalog,
    may_have_lost: bool,
) -> Result<Incarnation> {
    let chain = storage.latest().get(Family::Meta, meta::INCARNATIONS, IncarnationChain::decode)?;
    let mut chain = chain.unwrap_or_default();
    if let (Some(current), false) = (chain.0.last(), may_have_lost) {
        return Ok(current.id);
    }
    let since = clock.barrier()?;
    let id = Incarnation(random()?);
    chain.0.push(IncarnationEntry { id, since });
    let mut batch = Batch::default();
    batch.put(Family::Meta, meta::INCARNATIONS.to_vec(), &chain.encode()?);
    let risen = Floors { delta: since, tombstone: since, history: since };
    if may_have_lost {
        for table in catalog.all() {
            let history = table.floors().history;
            let floors = Floors { history, ..risen };
            batch.put(Family::Meta, floors_key(table.id()), &floors.encode()?);
        }
    }
    storage.write_patiently(batch)?;
    if may_have_lost {
        tracing::warn!(incarnation = %id, "commits may have been lost; every client will be reset");
        for table in catalog.all() {
            let history = table.floors().history;
            table.floors.raise(Floors { history, ..risen });
        }
    }
    Ok(id)
}

fn load_token_keys(storage: &Storage, clock: &Clock) -> Result<KeyRing> {
    if let Some(ring) = storage.latest().get(Family::Meta, meta::TOKEN_KEYS, KeyRing::decode)? {
        return Ok(ring);
    }
    let ring = KeyRing(vec![RingKey { id: 1, secret: random()?, created: clock.status().0 }]);
    let mut batch = Batch::default();
    batch.put(Family::Meta, meta::TOKEN_KEYS.to_vec(), &ring.encode()?);
    storage.write_patiently(batch)?;
    Ok(ring)
}
