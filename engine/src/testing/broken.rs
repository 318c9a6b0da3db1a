//! What a backend did not keep.

use crate::error::Error;
use highwater_format::{Digest, Document, ItemKey};
use std::fmt;

/// A promise that was not kept, and when that was found. Its text says what a device holds and what the
/// table has.
///
/// ```
/// use highwater::testing::{Breach, History, Operation, Site};
/// use highwater::{Document, Mutation, SyncRequest, TableSpec, TableSpecExt};
///
/// let note = Document::from_json(r#"{"id":"n1"}"#)?;
/// let history = History {
///     tables: vec![TableSpec::new("notes", "id")],
///     devices: vec![vec![SyncRequest::new("notes")]],
///     operations: vec![Operation::Commit(vec![Mutation::put("notes", note)])],
/// };
/// let mut mute = |site: &Site, request: &SyncRequest| {
///     let mut page = site.store.sync(request)?;
///     page.items.clear();
///     Ok(page)
/// };
/// let broken = history.play(&mut mute).unwrap_err();
/// assert!(matches!(broken.breach, Breach::Differs(_)));
/// assert_eq!(
///     broken.to_string(),
///     r#"device 0 holds no item "n1", the table has version 1, {"id":"n1"}"#,
/// );
/// # Ok::<(), highwater::FormatError>(())
/// ```
#[derive(Debug, thiserror::Error)]
pub struct Broken {
    /// The operation that was being performed, counted from 0; `None` before the first or after the last.
    pub operation: Option<usize>,
    /// What was not kept.
    pub breach: Breach,
}

/// What a backend did not keep.
///
/// ```
/// use highwater::testing::{Breach, Broken};
/// /// What a test's report says first.
/// fn headline(broken: &Broken) -> &'static str {
///     match broken.breach {
///         Breach::Differs(_) => "a device and the table disagree",
///         Breach::Digest { .. } => "a device is told that its copy is wrong",
///         Breach::Endless { .. } => "a sync never ends",
///         Breach::Failed { .. } => "a call failed",
///         Breach::Invariant { .. } => "something else does not hold",
///         _ => "something else",
///     }
/// }
/// let endless = Breach::Endless { device: 0, view: 1, pages: 1000 };
/// assert_eq!(headline(&endless.into()), "a sync never ends");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Breach {
    /// A call failed that should not.
    #[error("{doing}: {error}")]
    Failed {
        /// What was being done.
        doing: &'static str,
        /// The failure.
        error: Box<Error>,
    },
    /// What [`super::Backend::check`] found.
    #[error("{what}")]
    Invariant {
        /// What does not hold.
        what: String,
    },
    /// A sync goes on and on.
    #[error(
        "view {view} of device {device} has asked for {pages} pages and is not at the end of its sync"
    )]
    Endless {
        /// The device.
        device: usize,
        /// Its view.
        view: usize,
        /// Pages so far.
        pages: usize,
    },
    /// A device holds something else than the table.
    #[error("{0}")]
    Differs(Box<Difference>),
    /// At the end of a sync a device was told another digest than that of what it then held: it would throw
    /// its copy away. A backend that leaves items out of the engine's pages has to leave out the digest too.
    #[error(
        "view {view} of device {device} was told the digest {told} of {} items and held {} of the digest {held}",
        told.items, held.items,
    )]
    Digest {
        /// The device.
        device: usize,
        /// Its view.
        view: usize,
        /// What it was told ([`crate::SyncPage::digest`]).
        told: Digest,
        /// What its copy had ([`crate::Replica::digest`]).
        held: Digest,
    },
}

/// An item that a device holds otherwise than the table.
///
/// ```
/// use highwater::testing::{Breach, Operation, Playground, Site};
/// use highwater::{Document, Mutation, SyncRequest, TableSpec, TableSpecExt};
/// /// Forgets to tell of whatever is new.
/// let mut mute = |site: &Site, request: &SyncRequest| {
///     let mut page = site.store.sync(request)?;
///     page.items.clear();
///     Ok(page)
/// };
/// let views = [vec![SyncRequest::new("notes")]];
/// let mut ground = Playground::new(&[TableSpec::new("notes", "id")], &views, &mute)?;
/// let note = Document::from_json(r#"{"id":"n1"}"#)?;
/// ground.perform(&Operation::Commit(vec![Mutation::put("notes", note.clone())]), &mut mute)?;
/// let Breach::Differs(difference) = ground.settle(&mut mute).unwrap_err().breach else { panic!() };
/// assert_eq!((difference.held, difference.wanted), (None, Some((1, note))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The device.
    pub device: usize,
    /// The item.
    pub key: ItemKey,
    /// The version and document that the device holds; `None` for none.
    pub held: Option<(u64, Document)>,
    /// Those that it should hold; `None` if no view of it shows the item.
    pub wanted: Option<(u64, Document)>,
}

impl Broken {
    pub(super) fn failed(doing: &'static str) -> impl FnOnce(Error) -> Self {
        move |error| Breach::Failed { doing, error: Box::new(error) }.into()
    }

    /// The same, found while the operation at `place` was performed.
    pub(super) fn during(self, place: usize) -> Self {
        Self { operation: Some(place), ..self }
    }
}

impl From<Breach> for Broken {
    fn from(breach: Breach) -> Self {
        Self { operation: None, breach }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.operation {
            Some(place) => write!(f, "operation {place}: {}", self.breach),
            None => self.breach.fmt(f),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { device, key, held, wanted } = self;
        write!(f, "device {device} holds ")?;
        match held {
            None => write!(f, "no item {key}"),
            Some((version, document)) => {
                write!(f, "version {version} of item {key}, {document:?}")
            }
        }?;
        match wanted {
            None => write!(f, ", which none of its views shows"),
            Some((version, document)) => {
                write!(f, ", the table has version {version}, {document:?}")
            }
        }
    }
}
