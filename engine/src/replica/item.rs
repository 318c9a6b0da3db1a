//! A device's copy of one item.

use highwater_format::{Document, Incarnation, Timestamp};
use std::collections::BTreeSet;

/// A device's copy of an item.
///
/// ```
/// use highwater::{Document, Replica, SyncRequest, TableSpec, TableSpecExt, testing::memory_store};
/// # let store = memory_store()?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// store.put("notes", Document::from_json(r#"{"id":"n1"}"#)?)?;
/// let mut device = Replica::default();
/// device.sync(&store, "all", &SyncRequest::new("notes"))?;
/// let (_, copy) = device.live().next().unwrap();
/// assert_eq!((copy.version, copy.deleted), (1, false));
/// assert!(copy.views().eq(["all"]));
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaItem {
    /// `_version`.
    pub version: u64,
    /// Its place in the order of all commits.
    pub changed_at: Timestamp,
    /// Whether it is a tombstone, kept so that nothing older brings the item back.
    pub deleted: bool,
    /// The attributes.
    pub document: Document,
    pub(super) incarnation: Incarnation,
    pub(super) views: BTreeSet<String>,
}

impl ReplicaItem {
    /// The line of commits that the copy is from: that of the page that brought it.
    #[must_use]
    pub fn incarnation(&self) -> Incarnation {
        self.incarnation
    }

    /// The views that hold it, by name; never none.
    pub fn views(&self) -> impl Iterator<Item = &str> {
        self.views.iter().map(String::as_str)
    }
}
