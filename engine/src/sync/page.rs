//! What a client is answered.

use super::Mode;
use highwater_format::{Digest, Document, Incarnation, ItemKey, Millis, Timestamp};

/// What happened to an item.
///
/// ```
/// use highwater::{Document, Filter, State, SyncRequest, TableSpec, TableSpecExt, parse_json};
/// # let store = highwater::testing::memory_store()?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// let open = Filter::from_amplify(&parse_json(r#"{"done":{"ne":true}}"#)?)?;
/// store.put("notes", Document::from_json(r#"{"id":"n1"}"#)?)?;
/// let request = SyncRequest::new("notes").filter(open);
/// let page = store.sync(&request)?;
/// assert_eq!(page.items[0].state, State::Live);
/// // It no longer passes the filter: whoever holds it must hear of that.
/// store.put("notes", Document::from_json(r#"{"id":"n1","done":true}"#)?)?;
/// let later = store.sync(&request.cursor(page.cursor.unwrap()))?;
/// assert_eq!(later.items[0].state, State::Left);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use highwater::{Document, State, SyncRequest, TableSpec, TableSpecExt, testing::memory_store};
/// # let store = memory_store()?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// store.put("notes", Document::from_json(r#"{"id":"n1"}"#)?)?;
/// store.delete("notes", "n1")?;
/// let item = &store.sync(&SyncRequest::new("notes"))?.items[0];
/// assert_eq!((item.state, item.version), (State::Deleted, 2));
/// # Ok::<(), highwater::Error>(())
/// ```
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
    /// The attributes. Who keeps few of a page's for long keeps [`Document::detached`] ones: they lie in memory
    /// that they share.
    pub document: Document,
}

/// A page.
///
/// ```
/// use highwater::{Document, SyncRequest, TableSpec, TableSpecExt, testing::memory_store};
/// # let store = memory_store()?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// store.put("notes", Document::from_json(r#"{"id":"n1"}"#)?)?;
/// store.put("notes", Document::from_json(r#"{"id":"n2"}"#)?)?;
/// let request = SyncRequest::new("notes").limit(1);
/// let first = store.sync(&request)?;
/// assert!(first.reset && first.cursor.is_none());
/// let token = first.next_token.unwrap();
/// let second = store.sync(&request.next_token(token))?;
/// assert_eq!(second.started_at, first.started_at);
/// # Ok::<(), highwater::Error>(())
/// ```
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
    /// On the last page, if it is wanted: what to send instead of `lastSync`, and be told nothing twice that a delta has
    /// told. What changed while a base or catch-up run was read may be told by it and by the delta after it.
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
