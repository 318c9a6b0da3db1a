//! The world that a history plays in: the store, its clock, the oracle and the devices.

use super::backup::Backup;
use super::commit::Known;
use super::device::Device;
use super::doubt::Doubt;
use super::expect::Planned;
use super::folder::Folders;
use super::follow::Follower;
use super::gather::Gatherer;
use super::hooks::Hooks;
use super::oracle::Oracle;
use super::promise::Promises;
use super::query::Walk;
use super::resolver::{RESOLVER, resolve};
use super::setup::Setup;
use highwater::testing::ManualTime;
use highwater::{Incarnation, Millis, Stats, Store};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

/// Far in the future, so that no file of the test is newer by its own time stamp.
const BEGINNING: Millis = Millis(4_102_444_800_000);

/// A store and everything that is known about it.
pub struct World {
    pub(super) setup: Setup,
    pub(super) time: Arc<ManualTime>,
    pub(super) hooks: Arc<Hooks>,
    pub(super) folders: Folders,
    pub(super) folder: PathBuf,
    /// `None` only while it is reopened.
    store: Option<Store>,
    pub(super) oracle: Oracle,
    pub(super) devices: Vec<Device>,
    /// Who syncs both tables in one call.
    pub(super) gatherer: Gatherer,
    /// Who watches the open store.
    pub(super) followers: Vec<Follower>,
    pub(super) promises: Promises,
    /// Who is amid the pages of a query.
    pub(super) walks: VecDeque<Walk>,
    pub(super) backup: Option<Backup>,
    /// What was known after each transition since the store was opened.
    pub(super) trail: Vec<Oracle>,
    /// A commit whose outcome is not known yet. The store is read-only meanwhile.
    pub(super) doubt: Option<Doubt>,
    /// What clients have sent under each mutation id, to be sent again.
    pub(super) sent: BTreeMap<u8, Vec<Planned>>,
    pub(super) known: Known,
    pub(super) incarnation: Incarnation,
    /// The store's time when it was last asked.
    pub(super) now: Millis,
    /// What the history has come to.
    pub(super) reached: BTreeSet<&'static str>,
    /// How much of it at most came from leaps that were confirmed.
    pub(super) leapt: Millis,
}

impl World {
    /// Makes the store with its tables; the devices know nothing yet.
    pub fn new(setup: &Setup) -> Self {
        let mut folders = Folders::new();
        let mut world = Self {
            setup: setup.clone(),
            time: Arc::new(ManualTime::at(BEGINNING)),
            hooks: Arc::default(),
            folder: folders.fresh(),
            folders,
            store: None,
            oracle: Oracle::new(setup.tables),
            devices: setup.devices.iter().map(|views| Device::new(views)).collect(),
            gatherer: Gatherer::new(&setup.together),
            followers: Vec::new(),
            promises: Promises::default(),
            walks: VecDeque::new(),
            backup: None,
            trail: Vec::new(),
            doubt: None,
            sent: BTreeMap::new(),
            known: Known::default(),
            incarnation: Incarnation([0; 16]),
            now: BEGINNING,
            leapt: Millis(0),
            reached: BTreeSet::new(),
        };
        let store = world.open(false);
        world.incarnation = store.stats().expect("stats").incarnation;
        for (table, setup) in setup.tables.iter().enumerate() {
            store.create_table(setup.spec(table)).expect("a new table");
        }
        world.store = Some(store);
        world.look();
        world.remember();
        world
    }

    /// Opens the folder.
    pub(super) fn open(&self, recover: bool) -> Store {
        let time = Arc::clone(&self.time);
        let hooks = Arc::clone(&self.hooks);
        let builder = Store::builder(&self.folder)
            .options(self.setup.options.options())
            .time_source(time)
            .resolver(RESOLVER, Arc::new(resolve))
            .faults(hooks);
        let builder = if recover { builder.recover() } else { builder };
        builder.open().expect("the store opens")
    }

    /// A handle on the store.
    pub(super) fn store(&self) -> Store {
        self.store.clone().expect("the store is open")
    }

    /// Takes the store away, to close it or to let it go.
    pub(super) fn take_store(&mut self) -> Store {
        // They end with it.
        self.followers.clear();
        self.store.take().expect("the store is open")
    }

    pub(super) fn put_store(&mut self, store: Store) {
        self.store = Some(store);
    }

    /// Asks the store for its state and holds it against what must always be true.
    pub(super) fn look(&mut self) -> Stats {
        let stats = self.store().stats().expect("stats");
        self.oracle.look_at_floors(&stats);
        assert!(stats.clock.now >= self.now, "the store's time went back");
        self.now = stats.clock.now;
        // It ages with time and not otherwise.
        assert_eq!(stats.clock.aged, self.now.before(self.leapt), "aged, of {:?}", self.now);
        let in_flight = self.doubt.as_ref().is_some_and(|doubt| doubt.call.changes_items());
        assert_eq!(stats.clock.in_flight, usize::from(in_flight), "commits in flight");
        assert_eq!(stats.read_only.is_some(), self.doubt.is_some(), "{:?}", stats.read_only);
        assert_eq!(stats.background_errors, 0, "errors in the background");
        self.promises.safe(stats.clock.safe_point);
        stats
    }
}
