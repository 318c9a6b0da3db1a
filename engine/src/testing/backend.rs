//! What is tested: the code that stands between a store and its clients.

use super::ManualTime;
use super::history::Operation;
use crate::error::Result;
use crate::store::{Store, StoreBuilder};
use crate::sync::{SyncPage, SyncRequest};
use crate::write::{Mutation, Outcome};
use std::sync::Arc;

/// What a backend finds around it: the open store, and the time.
///
/// ```
/// use highwater::testing::{Operation, Playground, Site};
/// use highwater::{Millis, Result, SyncPage, SyncRequest, TableSpec, TableSpecExt};
/// /// A backend that is slow.
/// fn answer(site: &Site, request: &SyncRequest) -> Result<SyncPage> {
///     site.time.advance(Millis(200));
///     site.store.sync(request)
/// }
/// let views = [vec![SyncRequest::new("notes")]];
/// let mut ground = Playground::new(&[TableSpec::new("notes", "id")], &views, &answer)?;
/// let before = ground.site()?.time.wall_millis();
/// ground.perform(&Operation::Sync { device: 0, view: 0, cursor: false }, &mut answer)?;
/// assert!(ground.site()?.time.wall_millis() > before);
/// # Ok::<(), highwater::testing::Broken>(())
/// ```
pub struct Site {
    /// The store. A clone of it must not outlive the call: the store is closed and opened again.
    pub store: Store,
    /// The clock that the store reads.
    pub time: Arc<ManualTime>,
}

/// Code that stands between a store and its clients: yours, to be tested.
///
/// A function or closure from a request to a page is a backend whose commits go to the store as they are:
///
/// ```
/// use highwater::testing::{Backend, Site};
/// use highwater::{Result, SyncPage, SyncRequest};
///
/// fn answer(site: &Site, request: &SyncRequest) -> Result<SyncPage> {
///     // What your service does: parse the body, look at who asks, write the answer.
///     site.store.sync(request)
/// }
/// fn tested(_: &mut impl Backend) {}
/// tested(&mut answer);
/// ```
///
/// What the store's tables hold is the truth that devices are held against: a backend that has tables of
/// its own writes to them beside the store.
pub trait Backend {
    /// Prepares each opening of the store, as the service does: with its resolvers, its metrics. Options that
    /// it sets replace the playground's, which run no background worker.
    ///
    /// ```
    /// use highwater::testing::{Backend, History, Operation, Site};
    /// use highwater::{Clash, ConflictStrategy, Document, Expect, Mutation, Resolution, Result};
    /// use highwater::{StoreBuilder, SyncPage, SyncRequest, TableSpec, TableSpecExt};
    /// use std::sync::Arc;
    ///
    /// struct Service;
    /// impl Backend for Service {
    ///     fn open(&self, store: StoreBuilder) -> StoreBuilder {
    ///         store.resolver("remove", Arc::new(|_: &Clash<'_>| Resolution::Remove))
    ///     }
    ///     fn sync(&mut self, site: &Site, request: &SyncRequest) -> Result<SyncPage> {
    ///         site.store.sync(request)
    ///     }
    /// }
    /// let spec = TableSpec::new("notes", "id");
    /// let note = Mutation::put("notes", Document::from_json(r#"{"id":"n1"}"#)?);
    /// let history = History {
    ///     tables: vec![spec.conflicts(ConflictStrategy::Custom).resolver("remove")],
    ///     devices: vec![vec![SyncRequest::new("notes")]],
    ///     operations: vec![
    ///         Operation::Commit(vec![note.clone()]),
    ///         Operation::Commit(vec![note.expect(Expect::Version(7))]),
    ///     ],
    /// };
    /// assert_eq!(history.play(&mut Service)?.commits, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn open(&self, store: StoreBuilder) -> StoreBuilder {
        store
    }

    /// Commits, as the service does when a client or anybody else writes. By default straight to the
    /// store.
    ///
    /// # Errors
    /// A [`crate::ErrorKind::Conflict`] is part of the game, everything else ends the history.
    fn commit(&mut self, site: &Site, mutations: &[Mutation]) -> Result<Vec<Outcome>> {
        site.store.apply_batch(mutations)
    }

    /// Answers one page.
    ///
    /// # Errors
    /// After a [`crate::ErrorKind::SyncAgain`] the device begins the sync anew, everything else ends the
    /// history.
    fn sync(&mut self, site: &Site, request: &SyncRequest) -> Result<SyncPage>;

    /// Looks, after every operation that went as it must (a refused commit is one), whether all else holds: by default
    /// there is nothing else. [`super::Playground::settle`] does not ask.
    ///
    /// ```
    /// use highwater::testing::{Backend, Breach, Operation, Playground, Site};
    /// use highwater::{
    ///     Document, ListRequest, Mutation, Result, SyncPage, SyncRequest, TableSpec, TableSpecExt,
    /// };
    ///
    /// /// Nobody may have more than one note.
    /// struct OfOne;
    /// impl Backend for OfOne {
    ///     fn sync(&mut self, site: &Site, request: &SyncRequest) -> Result<SyncPage> {
    ///         site.store.sync(request)
    ///     }
    ///     fn check(&mut self, site: &Site, _: &Operation) -> std::result::Result<(), String> {
    ///         let notes = site.store.list(&ListRequest::new("notes")).map_err(|e| e.to_string())?;
    ///         let count = notes.items.len();
    ///         if count > 1 { Err(format!("{count} notes")) } else { Ok(()) }
    ///     }
    /// }
    /// let mut ground = Playground::new(&[TableSpec::new("notes", "id")], &[], &OfOne)?;
    /// let put = |id: &str| -> std::result::Result<_, highwater::FormatError> {
    ///     let note = Document::from_json(&format!(r#"{{"id":"{id}"}}"#))?;
    ///     Ok(Operation::Commit(vec![Mutation::put("notes", note)]))
    /// };
    /// ground.perform(&put("a")?, &mut OfOne)?;
    /// let broken = ground.perform(&put("b")?, &mut OfOne).unwrap_err();
    /// assert!(matches!(broken.breach, Breach::Invariant { what } if what == "2 notes"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What does not hold, which ends the history.
    fn check(&mut self, site: &Site, after: &Operation) -> std::result::Result<(), String> {
        let _ = (site, after);
        Ok(())
    }
}

impl<F: FnMut(&Site, &SyncRequest) -> Result<SyncPage>> Backend for F {
    fn sync(&mut self, site: &Site, request: &SyncRequest) -> Result<SyncPage> {
        self(site, request)
    }
}
