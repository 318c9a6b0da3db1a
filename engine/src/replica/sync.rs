//! A whole sync: page after page to the end of the run, and begun anew where it cannot go on.

use super::apply::Replica;
use crate::error::{Error, ErrorKind};
use crate::store::Store;
use crate::sync::{Since, SyncPage, SyncRequest};

/// How often one call begins a run anew before it gives the failure to its caller.
const PATIENCE: usize = 4;

/// Who answers the pages of a sync: a [`Store`], a function, or a backend's own client that asks over the
/// network.
///
/// ```
/// use highwater::{Error, Replica, SyncPage, SyncRequest, SyncSource};
///
/// /// A client of somebody's HTTP service.
/// struct Client;
///
/// /// What that service answers with.
/// enum Failure { Gone, Other(u16) }
///
/// impl SyncSource for Client {
///     type Error = Failure;
///
///     fn sync(&self, request: &SyncRequest) -> Result<SyncPage, Failure> {
///         // POST it, and read the page from the answer.
/// #       if request.next_token.is_some() { return Err(Failure::Gone) }
///         Err(Failure::Other(503))
///     }
///
///     fn begins_anew(&self, failure: &Failure) -> bool {
///         matches!(failure, Failure::Gone)
///     }
/// }
///
/// let refused = Replica::default().sync(&Client, "all", &SyncRequest::new("notes"));
/// assert!(matches!(refused, Err(Failure::Other(503))));
/// ```
pub trait SyncSource {
    /// Why there is no page.
    type Error;

    /// One page.
    ///
    /// # Errors
    /// The source's own.
    fn sync(&self, request: &SyncRequest) -> Result<SyncPage, Self::Error>;

    /// Whether the failure means that the run cannot go on and another is to be begun: a token that is not
    /// accepted any more, a log that expired while it was read. Everything else is the caller's to see.
    fn begins_anew(&self, failure: &Self::Error) -> bool;
}

impl SyncSource for Store {
    type Error = Error;

    fn sync(&self, request: &SyncRequest) -> Result<SyncPage, Error> {
        Self::sync(self, request)
    }

    fn begins_anew(&self, failure: &Error) -> bool {
        failure.kind() == ErrorKind::SyncAgain
    }
}

impl<F: Fn(&SyncRequest) -> Result<SyncPage, Error>> SyncSource for F {
    type Error = Error;

    fn sync(&self, request: &SyncRequest) -> Result<SyncPage, Error> {
        self(request)
    }

    fn begins_anew(&self, failure: &Error) -> bool {
        failure.kind() == ErrorKind::SyncAgain
    }
}

/// What a whole sync took.
///
/// ```
/// use highwater::{Replica, SyncRequest, Synced, TableSpec, TableSpecExt, testing::memory_store};
/// # let store = memory_store()?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// let mut device = Replica::default();
/// let synced = device.sync(&store, "all", &SyncRequest::new("notes"))?;
/// assert_eq!(synced, Synced { pages: 1, items: 0, restarts: 0, reset: true });
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Synced {
    /// Pages that were applied.
    pub pages: usize,
    /// Items on them: changed, deleted and *left*.
    pub items: usize,
    /// How often the run was begun anew.
    pub restarts: usize,
    /// Whether the run replaced what its view held.
    pub reset: bool,
}

impl Replica {
    /// Syncs `view` to its end: asks `source` for page after page and applies them, from what the view's
    /// last completed run has told. `request` says what is asked; its `since` and `next_token` are not
    /// looked at.
    ///
    /// A name stands for one question: ask another one under another name. Where a run cannot go on it is
    /// begun anew, four times at most; where the view's cursor is refused, from nothing.
    ///
    /// ```
    /// use highwater::testing::memory_store;
    /// use highwater::{Document, Replica, SyncRequest, TableSpec, TableSpecExt};
    ///
    /// let store = memory_store()?;
    /// store.create_table(TableSpec::new("notes", "id"))?;
    /// for id in ["a", "b", "c"] {
    ///     store.put("notes", Document::from_json(&format!(r#"{{"id":"{id}"}}"#))?)?;
    /// }
    /// let mut device = Replica::default();
    /// let request = SyncRequest::new("notes").limit(2);
    /// let first = device.sync(&store, "all", &request)?;
    /// assert!(first.reset && first.pages == 2 && device.live().count() == 3);
    ///
    /// store.delete("notes", "b")?;
    /// let later = device.sync(&store, "all", &request)?;
    /// assert!(!later.reset && later.items == 1 && device.live().count() == 2);
    /// # Ok::<(), highwater::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of the source. What was applied before stays; the next call goes on from the last completed
    /// run.
    pub fn sync<S: SyncSource + ?Sized>(
        &mut self,
        source: &S,
        view: &str,
        request: &SyncRequest,
    ) -> Result<Synced, S::Error> {
        let mut done = Synced::default();
        let mut since = self.since(view);
        loop {
            let first = SyncRequest { since: since.clone(), next_token: None, ..request.clone() };
            match self.run(source, view, first, &mut done) {
                Ok(()) => return Ok(done),
                Err((failure, pages)) => {
                    if done.restarts == PATIENCE || !source.begins_anew(&failure) {
                        return Err(failure);
                    }
                    done.restarts += 1;
                    // It is `since` itself that was refused.
                    if pages == 0 {
                        since = Since::Never;
                    }
                }
            }
        }
    }

    /// What the view's last completed run has told.
    fn since(&self, view: &str) -> Since {
        match (self.cursor(view), self.last_sync(view)) {
            (Some(cursor), _) => Since::Cursor(cursor.to_owned()),
            (None, Some(last)) => Since::LastSync(last),
            (None, None) => Since::Never,
        }
    }

    /// One run from its first page; a failure comes with the number of pages before it.
    fn run<S: SyncSource + ?Sized>(
        &mut self,
        source: &S,
        view: &str,
        mut request: SyncRequest,
        done: &mut Synced,
    ) -> Result<(), (S::Error, usize)> {
        self.restart(view);
        let mut pages = 0;
        loop {
            let page = source.sync(&request).map_err(|failure| (failure, pages))?;
            self.apply(view, &page);
            pages += 1;
            done.pages += 1;
            done.items += page.items.len();
            done.reset = page.reset;
            match page.next_token {
                Some(token) => request.next_token = Some(token),
                None => return Ok(()),
            }
        }
    }
}
