//! The ground that a history is played on: a store in memory, a clock turned by hand, and devices.

use super::backend::{Backend, Site};
use super::broken::{Breach, Broken};
use super::check::{check_device, check_view};
use super::device::{Device, Step};
use super::history::Operation;
use super::{ManualTime, MemoryDisk};
use crate::error::{Error, ErrorKind, Result};
use crate::options::{Options, WriteStall};
use crate::replica::Replica;
use crate::store::Store;
use crate::sync::SyncRequest;
use highwater_format::Millis;
use highwater_format::meta::TableSpec;
use std::sync::Arc;

/// When a history begins. Any time will do.
const BEGINNING: Millis = Millis(1_700_000_000_000);

/// The widest and the most slices of a delta TTL that a bucket of the log is.
const WIDEST: Millis = Millis(3_600_000);
const SLICES: u64 = 20;

/// What a history came to: whether it was worth playing.
///
/// ```
/// use highwater::testing::{Playground, Played, Site};
/// use highwater::{SyncRequest, TableSpec, TableSpecExt};
/// # let mut engine = |site: &Site, request: &SyncRequest| site.store.sync(request);
/// let views = [vec![SyncRequest::new("notes")]];
/// let mut ground = Playground::new(&[TableSpec::new("notes", "id")], &views, &engine)?;
/// let played: Played = ground.settle(&mut engine)?;
/// assert_eq!((played.commits, played.conflicts), (0, 0));
/// assert!(played.pages > 0 && played.checks > 0);
/// # Ok::<(), highwater::testing::Broken>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Played {
    /// Commits that were accepted.
    pub commits: usize,
    /// Commits that were refused for what they expected.
    pub conflicts: usize,
    /// Pages that devices were answered.
    pub pages: usize,
    /// How often a device, or one view of it, was held against the table.
    pub checks: usize,
}

/// A store in memory with devices that sync it through a [`Backend`], one operation at a time.
///
/// [`super::History::play`] does a whole history; this is for looking at what is between.
///
/// ```
/// use highwater::testing::{Operation, Playground, Site};
/// use highwater::{Document, Mutation, SyncRequest, TableSpec, TableSpecExt};
///
/// let mut engine = |site: &Site, request: &SyncRequest| site.store.sync(request);
/// let views = [vec![SyncRequest::new("notes")]];
/// let mut ground = Playground::new(&[TableSpec::new("notes", "id")], &views, &engine)?;
/// let note = Document::from_json(r#"{"id":"n1"}"#)?;
/// ground.perform(&Operation::Commit(vec![Mutation::put("notes", note)]), &mut engine)?;
/// ground.perform(&Operation::Page { device: 0, view: 0, cursor: true }, &mut engine)?;
/// assert_eq!(ground.replicas().next().unwrap().live().count(), 1);
/// assert_eq!(ground.settle(&mut engine)?.commits, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Playground {
    disk: MemoryDisk,
    time: Arc<ManualTime>,
    options: Options,
    /// `None` only where opening the store again has failed.
    site: Option<Site>,
    devices: Vec<Device>,
    played: Played,
}

impl Playground {
    /// A new store with `tables`, opened as `backend` opens it, and for each of `devices` a replica with the views that it is to sync, all
    /// of one table.
    ///
    /// # Errors
    /// [`super::Breach::Failed`] for a table that cannot be.
    pub fn new(
        tables: &[TableSpec],
        devices: &[Vec<SyncRequest>],
        backend: &impl Backend,
    ) -> Result<Self, Broken> {
        let deltas = tables.iter().filter_map(|table| table.ttls.delta);
        let width = deltas.map(|delta| Millis(delta.0 / SLICES)).min().unwrap_or(WIDEST);
        let bucket_width = width.clamp(Millis(1), WIDEST);
        let devices = devices.iter().enumerate().map(|(n, views)| Device::new(n, views));
        let mut ground = Self {
            disk: MemoryDisk::default(),
            time: Arc::new(ManualTime::at(BEGINNING)),
            // A store that was reopened often may hold writers back for a moment.
            options: Options {
                worker: None,
                write_stall: WriteStall::Wait,
                bucket_width,
                ..Options::default()
            },
            site: None,
            devices: devices.collect(),
            played: Played::default(),
        };
        ground.open(backend)?;
        for table in tables {
            let made = ground.store()?.create_table(table.clone());
            made.map_err(Broken::failed("creating a table"))?;
        }
        Ok(ground)
    }

    /// The store and the time.
    ///
    /// # Errors
    /// [`super::Breach::Failed`] if the store could not be opened again.
    pub fn site(&self) -> Result<&Site, Broken> {
        // The opening that failed has said why.
        self.site.as_ref().ok_or_else(|| {
            Broken::failed("looking at the store")(Error::NotFound { path: "(memory)".into() })
        })
    }

    /// The devices' copies, in the order of the devices.
    pub fn replicas(&self) -> impl Iterator<Item = &Replica> {
        self.devices.iter().map(|device| &device.replica)
    }

    fn store(&self) -> Result<&Store, Broken> {
        Ok(&self.site()?.store)
    }

    fn open(&mut self, backend: &impl Backend) -> Result<(), Broken> {
        let time = Arc::clone(&self.time);
        let builder = backend.open(self.disk.builder().options(self.options.clone()));
        let store =
            builder.time_source(time).open().map_err(Broken::failed("opening the store"))?;
        self.site = Some(Site { store, time: Arc::clone(&self.time) });
        Ok(())
    }

    /// Lets one thing happen. After a whole sync, the device is held against the table; after everything, the backend
    /// looks for itself ([`Backend::check`]).
    ///
    /// # Errors
    /// [`Broken`]: what the backend did not keep.
    pub fn perform(
        &mut self,
        operation: &Operation,
        backend: &mut impl Backend,
    ) -> Result<(), Broken> {
        self.act(operation, backend)?;
        let checked = backend.check(self.site()?, operation);
        checked.map_err(|what| Breach::Invariant { what }.into())
    }

    fn act(&mut self, operation: &Operation, backend: &mut impl Backend) -> Result<(), Broken> {
        match operation {
            Operation::Commit(mutations) => match backend.commit(self.site()?, mutations) {
                Ok(_) => self.played.commits += 1,
                Err(error) if error.kind() == ErrorKind::Conflict => self.played.conflicts += 1,
                Err(error) => return Err(Broken::failed("committing")(error)),
            },
            Operation::Advance(by) => self.time.advance(*by),
            Operation::MoveWall(by) => {
                let wall = self.time.wall_millis().0.saturating_add_signed(*by);
                self.time.set_wall(Millis(wall));
            }
            Operation::Expire => {
                self.store()?.expire().map_err(Broken::failed("expiring"))?;
            }
            Operation::Compact => {
                self.store()?.compact().map_err(Broken::failed("compacting"))?;
            }
            Operation::Reopen => {
                let Some(Site { store, .. }) = self.site.take() else { return Ok(()) };
                store.close().map_err(Broken::failed("closing the store"))?;
                self.open(backend)?;
            }
            Operation::Kill => {
                let left = MemoryDisk::left_by(self.store()?);
                self.disk = left.map_err(Broken::failed("killing the store"))?;
                self.open(backend)?;
            }
            Operation::Sync { device, view, cursor } => {
                self.sync(*device, *view, *cursor, backend)?;
            }
            Operation::Page { device, view, cursor } => {
                let Some((site, device, view)) = self.place(*device, *view)? else { return Ok(()) };
                let step = device.page(view, *cursor, site, backend)?;
                self.played.pages += usize::from(step != Step::Anew);
            }
            Operation::Interrupt { device, view } => {
                if let Some((_, device, view)) = self.place(*device, *view)? {
                    device.interrupt(view);
                }
            }
        }
        Ok(())
    }

    /// Writes have stopped: every device syncs to its end, and then it equals the table.
    ///
    /// # Errors
    /// [`Broken`]: what the backend did not keep.
    pub fn settle(mut self, backend: &mut impl Backend) -> Result<Played, Broken> {
        for device in 0..self.devices.len() {
            let views = self.devices.get(device).map_or(0, |device| device.views.len());
            for view in 0..views {
                // The run that was under way, and then a whole one, in which nothing is missing.
                self.sync(device, view, false, backend)?;
                self.sync(device, view, true, backend)?;
            }
        }
        let store = self.store()?;
        for (at, device) in self.devices.iter().enumerate() {
            check_device(store, at, device)?;
        }
        self.played.checks += self.devices.len();
        Ok(self.played)
    }

    /// The device and the view that an operation means, if there are any.
    fn place(
        &mut self,
        device: usize,
        view: usize,
    ) -> Result<Option<(&Site, &mut Device, usize)>, Broken> {
        self.site()?;
        let count = self.devices.len().max(1);
        let (Some(site), Some(device)) = (&self.site, self.devices.get_mut(device % count)) else {
            return Ok(None);
        };
        let view = view % device.views.len().max(1);
        Ok(Some((site, device, view)))
    }

    fn sync(
        &mut self,
        device: usize,
        view: usize,
        cursor: bool,
        backend: &mut impl Backend,
    ) -> Result<(), Broken> {
        let at = device % self.devices.len().max(1);
        let Some((site, device, view)) = self.place(device, view)? else { return Ok(()) };
        let (pages, began_here) = device.finish(view, cursor, site, backend)?;
        // Nothing was written while it ran: the device has all of the view now.
        if began_here {
            if device.views.len() == 1 {
                check_device(&site.store, at, device)?;
            } else if let Some(view) = device.views.get(view) {
                check_view(&site.store, at, device, view)?;
            }
        }
        self.played.pages += pages;
        self.played.checks += usize::from(began_here);
        Ok(())
    }
}
