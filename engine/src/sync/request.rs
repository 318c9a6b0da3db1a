//! What a client asks.

use crate::error::{Error, Result};
use crate::filter::Filter;
use highwater_format::{KeyValue, Millis};

pub(crate) const DEFAULT_LIMIT: u32 = 100;
const MAX_LIMIT: u32 = 1000;

/// Refuses a limit outside 1 to 1000.
pub(crate) fn check_limit(limit: u32) -> Result<usize> {
    if (1..=MAX_LIMIT).contains(&limit) {
        return Ok(limit as usize);
    }
    Err(Error::out_of_range("limit", limit, format!("1 to {MAX_LIMIT}")))
}

/// Which part of a table is asked for.
///
/// ```
/// use highwater::{Document, Projection, ScopeRequest, TableSpec, TableSpecExt};
/// # let store = highwater::testing::memory_store()?;
/// store.create_table(TableSpec::new("notes", "id").index("byOwner", "owner", Projection::All))?;
/// store.put("notes", Document::from_json(r#"{"id":"n1","owner":"ann"}"#)?)?;
/// let anns = ScopeRequest::Index { name: "byOwner".to_owned(), value: "ann".into() };
/// // All there is belongs to her.
/// assert_eq!(store.digest("notes", &anns)?, store.digest("notes", &ScopeRequest::Table)?);
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ScopeRequest {
    /// All of it.
    #[default]
    Table,
    /// The items of one partition.
    Partition(KeyValue),
    /// The items with `value` in the attribute of the index `name`.
    Index {
        /// The index's name.
        name: String,
        /// The attribute's value.
        value: KeyValue,
    },
}

/// What the client has already.
///
/// ```
/// use highwater::{Document, Since, SyncRequest, TableSpec, TableSpecExt, testing::memory_store};
/// # let store = memory_store()?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// store.put("notes", Document::from_json(r#"{"id":"n1"}"#)?)?;
/// let page = store.sync(&SyncRequest::new("notes"))?;
/// let request = SyncRequest { since: Since::Cursor(page.cursor.unwrap()), ..SyncRequest::new("notes") };
/// assert!(store.sync(&request)?.items.is_empty(), "nothing twice");
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Since {
    /// Nothing.
    #[default]
    Never,
    /// Everything a sync that began at this `startedAt` has told. Zero means nothing, as in AppSync.
    LastSync(Millis),
    /// Everything up to an opaque cursor.
    Cursor(String),
}

/// What `limit` counts.
///
/// ```
/// use highwater::{Document, Filter, Paging, SyncRequest, TableSpec, TableSpecExt, parse_json};
/// # let store = highwater::testing::memory_store()?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// for rank in 1..=3 {
///     store.put("notes", Document::from_json(&format!(r#"{{"id":"n{rank}","rank":{rank}}}"#))?)?;
/// }
/// let third = Filter::from_amplify(&parse_json(r#"{"rank":{"eq":3}}"#)?)?;
/// let request = SyncRequest::new("notes").filter(third).limit(2);
/// assert_eq!(store.sync(&request)?.items.len(), 0, "as AppSync would answer");
/// assert_eq!(store.sync(&request.paging(Paging::Filled))?.items.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Paging {
    /// Items examined, as in AppSync: a selective filter may answer with empty pages.
    #[default]
    Evaluated,
    /// Items returned: the page is filled, within [`crate::Limits::scan_items`].
    Filled,
}

/// When items that changed and do not pass the filter are reported as *left*.
///
/// ```
/// use highwater::{Document, Filter, Leavers, SyncRequest, TableSpec, TableSpecExt, parse_json};
/// # let store = highwater::testing::memory_store()?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// let mine = Filter::from_amplify(&parse_json(r#"{"reader":{"eq":"ann"}}"#)?)?;
/// let request = SyncRequest::new("notes").filter(mine).leavers(Leavers::Hide);
/// let before = store.sync(&request)?.cursor.unwrap();
/// store.put("notes", Document::from_json(r#"{"id":"secret","reader":"bob"}"#)?)?;
/// assert!(store.sync(&request.cursor(before))?.items.is_empty(), "not even its key");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Leavers {
    /// In delta and catch-up pages: a base page replaces what the client holds anyway.
    #[default]
    Report,
    /// In base pages too, for clients that remove nothing by absence (DataStore).
    ReportInBase,
    /// Never: the filter is a permission, and even a key may not be told. Deleted items are told only if
    /// their last document passes. Use a scope where items can move out of what a client may see, or they
    /// stay on the device.
    Hide,
}

/// A request for one page.
///
/// ```
/// use highwater::{Millis, SyncRequest};
/// let request = SyncRequest::new("notes").last_sync(Millis(1_550_000_000_000)).limit(500);
/// assert_eq!(request.limit, 500);
/// ```
///
/// Source: the AppSync developer guide, "Sync" (resolver mapping template reference for DynamoDB).
#[derive(Debug, Clone)]
pub struct SyncRequest {
    /// The table's name.
    pub table: String,
    /// Which part of it.
    pub scope: ScopeRequest,
    /// What the client has already. Page 1 decides; later pages go on as page 1 began.
    pub since: Since,
    /// 1 to 1000, default 100; may differ from page to page.
    pub limit: u32,
    /// The token of the page before.
    pub next_token: Option<String>,
    /// Which items to return; deleted ones pass every filter.
    pub filter: Option<Filter>,
    /// Who asks: tokens and cursors open for the same audience only.
    pub audience: Option<String>,
    /// What `limit` counts.
    pub paging: Paging,
    /// Whether a base sync also returns deleted items. DataStore needs them.
    pub tombstones: bool,
    /// When items outside the filter are reported.
    pub leavers: Leavers,
    /// Whether the last page gives a cursor, as it does unless this is false. Sealing one takes longer than
    /// finding out that nothing has changed: who goes on by `lastSync` does without.
    pub wants_cursor: bool,
}

impl SyncRequest {
    /// A first sync of a whole table.
    #[must_use]
    pub fn new(table: &str) -> Self {
        Self {
            table: table.to_owned(),
            scope: ScopeRequest::Table,
            since: Since::Never,
            limit: DEFAULT_LIMIT,
            next_token: None,
            filter: None,
            audience: None,
            paging: Paging::default(),
            tombstones: true,
            leavers: Leavers::default(),
            wants_cursor: true,
        }
    }

    /// One partition alone: AppSync's `basePartitionKey`.
    #[must_use]
    pub fn partition(mut self, value: impl Into<KeyValue>) -> Self {
        self.scope = ScopeRequest::Partition(value.into());
        self
    }

    /// The items with `value` in the index `name`.
    #[must_use]
    pub fn index(mut self, name: &str, value: impl Into<KeyValue>) -> Self {
        self.scope = ScopeRequest::Index { name: name.to_owned(), value: value.into() };
        self
    }

    /// What changed since the sync that began at `started_at`.
    #[must_use]
    pub fn last_sync(mut self, started_at: Millis) -> Self {
        self.since = Since::LastSync(started_at);
        self
    }

    /// What changed since `cursor`.
    #[must_use]
    pub fn cursor(mut self, cursor: impl Into<String>) -> Self {
        self.since = Since::Cursor(cursor.into());
        self
    }

    /// The last page gives no cursor: what to go on by is `startedAt`.
    ///
    /// ```
    /// # use highwater::{TableSpec, TableSpecExt, SyncRequest, TablesRequest};
    /// # let store = highwater::testing::memory_store()?;
    /// # store.create_table(TableSpec::new("notes", "id"))?;
    /// let page = store.sync(&SyncRequest::new("notes").without_cursor())?;
    /// assert!(page.cursor.is_none() && page.next_token.is_none());
    /// # Ok::<(), highwater::Error>(())
    /// ```
    #[must_use]
    pub fn without_cursor(mut self) -> Self {
        self.wants_cursor = false;
        self
    }

    /// At most `limit` items.
    #[must_use]
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }

    /// The page after the one that gave `token`.
    #[must_use]
    pub fn next_token(mut self, token: impl Into<String>) -> Self {
        self.next_token = Some(token.into());
        self
    }

    /// Only items that pass `filter`.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = Some(filter);
        self
    }

    /// Tokens for `audience` alone.
    #[must_use]
    pub fn audience(mut self, audience: &str) -> Self {
        self.audience = Some(audience.to_owned());
        self
    }

    /// What `limit` counts.
    #[must_use]
    pub fn paging(mut self, paging: Paging) -> Self {
        self.paging = paging;
        self
    }

    /// Whether a base sync also returns deleted items.
    #[must_use]
    pub fn tombstones(mut self, tombstones: bool) -> Self {
        self.tombstones = tombstones;
        self
    }

    /// When items outside the filter are reported.
    #[must_use]
    pub fn leavers(mut self, leavers: Leavers) -> Self {
        self.leavers = leavers;
        self
    }
}
