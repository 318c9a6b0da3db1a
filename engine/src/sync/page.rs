//! What a client is answered.

use super::Mode;
use highwater_format::{Digest, Document, Incarnation, ItemKey, Millis, Timestamp};

/// What happened to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It is in the view, like this.
    Live,
    /// It was deleted.
    Deleted,
    /// It is no longer in the view (it may live on elsewhere). Its document holds the key alone.
    Left,
}

/// An item of a page.
///
/// **What a client does with it**: applies it only if it is newer than its copy by
/// (`changed_at`, `version`); removes its copy for [`State::Left`] only if the copy is strictly older.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncItem {
    /// The primary key.
    pub key: ItemKey,
    /// `_version`.
    pub version: u64,
    /// Its millisecond part is `_lastChangedAt`.
    pub changed_at: Timestamp,
    /// What happened.
    pub state: State,
    /// The attributes.
    pub document: Document,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncPage {
    /// What changed; in commit order for a delta.
    pub items: Vec<SyncItem>,
    /// Present until the last page.
    pub next_token: Option<String>,
    /// How many items were examined for this page.
    pub scanned_count: usize,
    /// What to send as `lastSync` next time, once every page has arrived. The same on each page.
    pub started_at: Millis,
    /// The client's copy is to be replaced by this run: what the run does not name is gone.
    pub reset: bool,
    /// On the last page: what to send instead of `lastSync`, and be told nothing twice.
    pub cursor: Option<String>,
    /// The line of commits that the page is from. A copy from another one always loses: its store may have
    /// lost the commit it is of.
    pub incarnation: Incarnation,
    /// How the question is answered.
    pub mode: Mode,
    /// On the last page of an unfiltered sync of a table or a scope, if nothing has changed since the run
    /// began: the digest of all live items, for the client to hold its copy against.
    pub digest: Option<Digest>,
}
