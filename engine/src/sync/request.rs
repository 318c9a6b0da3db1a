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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Paging {
    /// Items examined, as in AppSync: a selective filter may answer with empty pages.
    #[default]
    Evaluated,
    /// Items returned: the page is filled, within [`crate::Limits::scan_items`].
    Filled,
}

/// When items that changed and do not pass the filter are reported as *left*.
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
