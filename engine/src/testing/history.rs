//! A history: what happens to a store and the devices that sync it, one thing after another.

use super::backend::Backend;
use super::broken::Broken;
use super::playground::{Played, Playground};
use crate::sync::SyncRequest;
use crate::write::Mutation;
use highwater_format::Millis;
use highwater_format::meta::TableSpec;

/// One thing that happens. Each can happen in every state: devices and views are counted around.
///
/// ```
/// use highwater::testing::{Operation, Playground, Site};
/// use highwater::{Document, Mutation, SyncRequest, TableSpec, TableSpecExt};
/// # let mut engine = |site: &Site, request: &SyncRequest| site.store.sync(request);
/// # let views = [vec![SyncRequest::new("notes")]];
/// # let mut ground = Playground::new(&[TableSpec::new("notes", "id")], &views, &engine)?;
/// let note = Document::from_json(r#"{"id":"n1"}"#)?;
/// for operation in [
///     Operation::Commit(vec![Mutation::put("notes", note)]),
///     Operation::Kill,
///     Operation::MoveWall(-3_600_000),
///     Operation::Sync { device: 0, view: 0, cursor: false },
/// ] {
///     ground.perform(&operation, &mut engine)?;
/// }
/// assert_eq!(ground.replicas().next().unwrap().live().count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub enum Operation {
    /// Mutations are committed together. They may be refused for what they expect.
    Commit(Vec<Mutation>),
    /// Time passes.
    Advance(Millis),
    /// The wall clock alone moves, by so many milliseconds, forward or back.
    MoveWall(i64),
    /// The floors move, and what is below them goes.
    Expire,
    /// The same, and every file is rewritten.
    Compact,
    /// The store is closed and opened again.
    Reopen,
    /// The store's process is killed, and the store is opened again as it was left.
    Kill,
    /// A device syncs a view to its end: the run that is under way, or a new one.
    Sync {
        /// Which device.
        device: usize,
        /// Which of its views.
        view: usize,
        /// A new run sends the cursor, where there is one; `lastSync` otherwise.
        cursor: bool,
    },
    /// A device fetches one page of a view and applies it, and leaves it at that for now.
    Page {
        /// Which device.
        device: usize,
        /// Which of its views.
        view: usize,
        /// A new run sends the cursor, where there is one; `lastSync` otherwise.
        cursor: bool,
    },
    /// A device forgets the run of a view that is under way, as an app does that is closed amid a sync.
    Interrupt {
        /// Which device.
        device: usize,
        /// Which of its views.
        view: usize,
    },
}

/// Tables, devices and what happens to them. Drawn by [`super::strategies::Histories`], or written by hand.
///
/// ```
/// use highwater::testing::{History, Operation, Site};
/// use highwater::{Document, Millis, Mutation, SyncRequest, TableSpec, TableSpecExt};
///
/// let note = Document::from_json(r#"{"id":"n1"}"#)?;
/// let history = History {
///     tables: vec![TableSpec::new("notes", "id")],
///     devices: vec![vec![SyncRequest::new("notes")]],
///     operations: vec![
///         Operation::Commit(vec![Mutation::put("notes", note)]),
///         Operation::Sync { device: 0, view: 0, cursor: false },
///         Operation::Advance(Millis(10)),
///         Operation::Commit(vec![Mutation::delete("notes", "n1")]),
///     ],
/// };
/// let mut engine = |site: &Site, request: &SyncRequest| site.store.sync(request);
/// let played = history.play(&mut engine)?;
/// assert_eq!(played.commits, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct History {
    /// The tables, made before anything happens.
    pub tables: Vec<TableSpec>,
    /// What each device asks for: its views, all of one table.
    pub devices: Vec<Vec<SyncRequest>>,
    /// What happens, in order.
    pub operations: Vec<Operation>,
}

impl History {
    /// Plays the history against `backend`; then writes stop, every device syncs to its end, and each must
    /// equal the table.
    ///
    /// # Errors
    /// [`Broken`]: what the backend did not keep, and after which operation.
    pub fn play(&self, backend: &mut impl Backend) -> Result<Played, Broken> {
        let mut ground = Playground::new(&self.tables, &self.devices, backend)?;
        for (place, operation) in self.operations.iter().enumerate() {
            ground.perform(operation, backend).map_err(|broken| broken.during(place))?;
        }
        ground.settle(backend)
    }
}
