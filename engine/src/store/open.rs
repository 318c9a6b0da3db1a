//! Opening: from a folder to a store whose clock, floors and incarnation can be trusted.

use super::begin::{Beginning, Renewal, begin};
use super::budget::DiskBudget;
use super::handle::Store;
use super::home::Place;
use super::inner::Inner;
use super::marker::StoreDir;
use super::renewal::{load_token_keys, settle_incarnation};
use crate::catalog::Catalog;
use crate::clock::{Clock, Loss, SystemTime, TimeSource};
use crate::digest;
use crate::error::{Error, Result};
use crate::fault::FaultPoints;
use crate::health::Health;
use crate::import::{self, Imports};
use crate::lock::{Mutex, RwLock};
use crate::metrics::{Metrics, Recorder};
use crate::options::{Durability, MOST_PARTITION_BYTES, MOST_SORT_BYTES, Options};
use crate::recent::Recent;
use crate::retention::{Readers, Retention};
use crate::storage::{ExpiryRules, Recovery, Storage, StorageError};
use crate::watch::Hub;
use crate::write::{Locks, Resolver, Resolvers, forget_ended};
use highwater_format::meta::{self, ClockRecord, ReceiptsFloor};
use highwater_format::{Family, Millis, RecordedDurability};
use std::path::Path;
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
#[derive(Clone)]
pub struct StoreBuilder {
    pub(crate) place: Place,
    pub(crate) options: Options,
    pub(crate) time: Arc<dyn TimeSource>,
    pub(crate) faults: FaultPoints,
    pub(crate) metrics: Recorder,
    pub(crate) resolvers: Resolvers,
    pub(crate) recover: bool,
}

impl StoreBuilder {
    pub(super) fn at(place: Place) -> Self {
        Self {
            place,
            options: Options::default(),
            time: Arc::new(SystemTime::default()),
            faults: FaultPoints::default(),
            metrics: Recorder::default(),
            resolvers: Resolvers::default(),
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

    /// Sets who receives numbers about what the store does.
    #[must_use]
    pub fn metrics(mut self, metrics: Arc<dyn Metrics>) -> Self {
        self.metrics = Recorder(Some(metrics));
        self
    }

    /// Registers the resolver that tables with [`crate::ConflictStrategy::Custom`] call `name`. A later one
    /// of the same name takes its place.
    #[must_use]
    pub fn resolver(mut self, name: &str, resolver: Arc<dyn Resolver>) -> Self {
        self.resolvers.add(name, resolver);
        self
    }

    /// Sets what interferes at the points of [`crate::testing::Point`].
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn faults(mut self, faults: Arc<dyn crate::fault::Faults>) -> Self {
        self.faults = FaultPoints { faults: Some(faults) };
        self
    }

    /// Sets the file system that the data lies in, below the engine: for tests of what disks do. The `STORE`
    /// file, locks, and what bulk imports, checkpoints and backups keep beside the data stay where they are. A
    /// [`crate::testing::MemoryDisk`] keeps it for every opening to come. A `Buffered` store that was not
    /// closed counts as one whose machine went down.
    ///
    /// ```
    /// use highwater::Store;
    /// use highwater::testing::{Environment, MemoryDisk};
    /// let memory = Environment::mem_env().map_err(|e| e.to_string())?;
    /// let disk = MemoryDisk::default();
    /// let store = disk.builder().environment(memory).open().map_err(|e| e.to_string())?;
    /// # Ok::<(), String>(())
    /// ```
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn environment(mut self, environment: crate::testing::Environment) -> Self {
        self.place = self.place.elsewhere(environment);
        self
    }

    /// Opens over a damaged write-ahead log, giving up every commit from the damage on.
    ///
    /// The store gets a new incarnation, and every client is reset at its next sync: any of them may
    /// hold what was lost. It may be an image of long ago, and so the wall clock is believed, however far it has gone
    /// on: see that it is right. Where this is interrupted, do it again. What is beyond [`crate::ClockLimits::closed`] lets items expire whose time it says is
    /// over, and nothing else.
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
        self.check()?;
        let inner = Arc::new(self.open_inner()?);
        Store::start(inner)
    }

    /// Refuses options that cannot be.
    pub(crate) fn check(&self) -> Result<()> {
        check(&self.options)
    }

    fn open_inner(self) -> Result<Inner> {
        let Self { place, options, time, faults, metrics, resolvers, recover } = self;
        let dir = Arc::new(StoreDir::lock(&place, options.create_if_missing)?);
        let last = dir.read_settled()?;
        let Beginning { create, recovery, renewal, is_old } = begin(&dir, last, &options, recover)?;

        let rules = Arc::new(ExpiryRules::default());
        let storage = Storage::open(&dir.files(), create, &options, recovery, &rules)
            .map_err(|error| opening_error(error, dir.path(), recovery))?;
        let storage = Arc::new(storage);
        let followers = Arc::new(Hub::default());
        let health = Arc::new(Health::new(Arc::clone(&followers)));

        let record = storage.latest().get(Family::Meta, meta::CLOCK, ClockRecord::decode)?;
        // The lease may be among what was lost, and all that was handed out must lie below the floors that rise to the
        // opening clock.
        let loss = (renewal != Renewal::None).then(|| Loss { bound: dir.clock_bound(), is_old });
        let clock = Clock::open(
            time,
            record,
            loss,
            options.clock,
            Arc::clone(&storage),
            Arc::clone(&dir),
            Arc::clone(&health),
        )?;
        let catalog = Catalog::load(&storage, Arc::clone(&rules))?;
        digest::make_missing(&storage, &catalog)?;
        import::settle(&storage, dir.imports().as_deref())?;
        load_receipts_floor(&storage, &rules)?;
        forget_ended(&storage, &catalog);
        let incarnation = settle_incarnation(&storage, &clock, &catalog, renewal)?;
        let token_keys = load_token_keys(&storage, &clock)?;
        let bucket_width = dir.opened(recorded(options.durability))?;
        // Every commit from here on is noted.
        let recent = Recent::new(options.limits.recent_bytes, clock.newest());
        Ok(Inner {
            bucket_width,
            incarnation,
            clock,
            catalog,
            locks: Locks::default(),
            resolvers,
            ddl: RwLock::default(),
            readers: Readers::default(),
            followers,
            recent,
            retention: Mutex::new(Retention::default()),
            building: Mutex::default(),
            compacting: Mutex::default(),
            copying: Mutex::default(),
            imports: Arc::new(Imports::default()),
            rules,
            token_keys: RwLock::new(token_keys),
            health,
            budget: DiskBudget::new(options.limits.disk_bytes),
            faults,
            metrics,
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
        ("limits.partition_bytes", limits.partition_bytes, 1, MOST_PARTITION_BYTES),
        ("limits.sort_bytes", limits.sort_bytes, 1, MOST_SORT_BYTES),
        ("limits.batch_items", limits.batch_items, 1, 10_000),
        ("limits.batch_bytes", limits.batch_bytes, limits.item_bytes, 256 << 20),
        ("limits.page_bytes", limits.page_bytes, 1 << 10, 256 << 20),
        ("limits.scan_items", limits.scan_items, 1, 10_000_000),
        ("limits.indexes", limits.indexes, 0, 1000),
        ("limits.memory_bytes", limits.memory_bytes, 1 << 20, usize::MAX),
        ("limits.recent_bytes", limits.recent_bytes, 0, usize::MAX),
    ];
    for (field, found, least, most) in sizes {
        if !(least..=most).contains(&found) {
            return Err(Error::out_of_range(field, found, format!("{least} to {most}")));
        }
    }
    let receipts = options.receipt_ttl;
    if !(1..=Millis::MAX.0).contains(&receipts.0) {
        let allowed = format!("1 ms to {}", crate::error::ms(Millis::MAX));
        return Err(Error::out_of_range("receipt_ttl", crate::error::ms(receipts), allowed));
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

fn load_receipts_floor(storage: &Storage, rules: &ExpiryRules) -> Result<()> {
    let floor = storage.latest().get(Family::Meta, meta::RECEIPTS, ReceiptsFloor::decode)?;
    let floor = floor.unwrap_or_default().0;
    rules.raise_receipts(floor);
    rules.receipts_put_in_files(floor);
    Ok(())
}
