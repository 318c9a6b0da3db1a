//! What a follower is told.

use crate::sync::{Mode, SyncItem, SyncPage};
use highwater_format::{Incarnation, Millis, Timestamp};

/// Changes in commit order.
///
/// What a client does with them is what it does with a page of a sync: `SyncPage::from` makes one of it,
/// for [`crate::Replica::apply`].
///
/// ```
/// use highwater::{Document, Replica, TableSpec, TableSpecExt, WatchRequest, testing::memory_store};
/// # let store = memory_store()?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// let mut watcher = store.watch(WatchRequest::new("notes"))?;
/// store.put("notes", Document::from_json(r#"{"id":"n1","title":"Dawn"}"#)?)?;
/// store.put("notes", Document::from_json(r#"{"id":"n1","title":"Dusk"}"#)?)?;
/// let batch = watcher.try_next()?.unwrap();
/// assert_eq!(batch.items.len(), 1, "as it is now");
/// assert_eq!(batch.items[0].version, 2);
/// assert_eq!(batch.up_to, batch.items[0].changed_at);
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchBatch {
    /// What changed; never empty. An item that changed several times is told once, as it is now.
    pub items: Vec<SyncItem>,
    /// Everything up to this has been told. Good for [`crate::WatchFrom::After`] while the store is not
    /// recovered from a loss or restored; a cursor is good for longer.
    pub up_to: Timestamp,
    /// What to send as `lastSync` when syncing or watching again: what is told twice is at most the last
    /// millisecond, and nothing is left out.
    pub last_sync: Millis,
    /// The line of commits that the items are from; see [`SyncPage::incarnation`].
    pub incarnation: Incarnation,
}

impl WatchBatch {
    pub(super) fn new(items: Vec<SyncItem>, up_to: Timestamp, incarnation: Incarnation) -> Self {
        Self { items, up_to, last_sync: last_sync(up_to), incarnation }
    }
}

/// The `lastSync` of who was told everything up to `up_to`.
pub(super) fn last_sync(up_to: Timestamp) -> Millis {
    // Commits still to come may lie in the open millisecond, none of them below it.
    up_to.millis().before(Millis(1))
}

/// The only page of a delta sync that tells the same.
impl From<WatchBatch> for SyncPage {
    fn from(batch: WatchBatch) -> Self {
        Self {
            next_token: None,
            scanned_count: batch.items.len(),
            started_at: batch.last_sync,
            reset: false,
            cursor: None,
            incarnation: batch.incarnation,
            mode: Mode::Delta,
            digest: None,
            items: batch.items,
        }
    }
}
