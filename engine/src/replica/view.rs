//! What a device remembers of one view.

use highwater_format::{ItemKey, Millis};
use std::collections::BTreeSet;

/// What a device remembers of one view of a table.
///
/// ```
/// use highwater::testing::memory_store;
/// use highwater::{Document, Replica, SyncRequest, TableSpec, TableSpecExt};
///
/// let store = memory_store()?;
/// store.create_table(TableSpec::new("notes", "id"))?;
/// for id in ["a", "b"] {
///     store.put("notes", Document::from_json(&format!(r#"{{"id":"{id}"}}"#))?)?;
/// }
/// let mut device = Replica::default();
/// device.apply("all", &store.sync(&SyncRequest::new("notes").limit(1))?);
///
/// // Amid its first run, which is one that resets.
/// let view = device.view("all").unwrap();
/// assert_eq!(view.named().map(|named| named.len()), Some(1));
/// assert_eq!(view.last_sync(), None);
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReplicaView {
    pub(super) last_sync: Option<Millis>,
    pub(super) cursor: Option<String>,
    pub(super) named: Option<BTreeSet<ItemKey>>,
}

impl ReplicaView {
    /// `startedAt` of the last run that was completed: what to send as `lastSync`.
    #[must_use]
    pub fn last_sync(&self) -> Option<Millis> {
        self.last_sync
    }

    /// The cursor of the last run that was completed.
    #[must_use]
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// What the reset run that is under way has named so far; `None` where none is. When the run ends,
    /// what it did not name leaves the view.
    #[must_use]
    pub fn named(&self) -> Option<&BTreeSet<ItemKey>> {
        self.named.as_ref()
    }
}
