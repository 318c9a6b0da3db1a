//! What a follower asks.

use crate::filter::Filter;
use crate::sync::{DEFAULT_LIMIT, Leavers, Paging, ScopeRequest, Since, SyncRequest};
use highwater_format::{KeyValue, Millis, Timestamp};

/// From where a follower is told.
///
/// ```
/// use highwater::{Document, TableSpec, TableSpecExt, WatchFrom, WatchRequest, testing::memory_store};
/// # let store = memory_store()?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// let written = store.put("notes", Document::from_json(r#"{"id":"n1"}"#)?)?.item.unwrap();
/// store.put("notes", Document::from_json(r#"{"id":"n2"}"#)?)?;
/// let later = WatchRequest::new("notes").after(written.changed_at);
/// assert_eq!(later.from, WatchFrom::After(written.changed_at));
/// let batch = store.watch(later)?.try_next()?.unwrap();
/// assert_eq!(batch.items[0].key.to_string(), r#""n2""#);
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum WatchFrom {
    /// From now on.
    #[default]
    Now,
    /// After everything that a sync which began at this `startedAt` has told, or a watcher whose last
    /// batch said this `last_sync`.
    LastSync(Millis),
    /// After everything up to a cursor, of a sync or of a watcher that asked the same.
    Cursor(String),
    /// After everything up to this timestamp, of a batch or of an item.
    After(Timestamp),
}

/// A request to be told of changes as they are committed.
///
/// ```
/// use highwater::{SyncRequest, WatchRequest};
/// let request = WatchRequest::new("notes").index("byOwner", "ann").limit(50);
/// assert_eq!(request.limit, 50);
///
/// // The same question as a sync's, so that its cursor is understood.
/// let sync = SyncRequest::new("notes").index("byOwner", "ann");
/// assert_eq!(WatchRequest::from(sync).scope, request.scope);
/// ```
#[derive(Debug, Clone)]
pub struct WatchRequest {
    /// The table's name.
    pub table: String,
    /// Which part of it.
    pub scope: ScopeRequest,
    /// From where to tell.
    pub from: WatchFrom,
    /// The most items in a batch: 1 to 1000, default 100.
    pub limit: u32,
    /// Which items to tell of; deleted ones pass every filter.
    pub filter: Option<Filter>,
    /// Who asks: cursors open for the same audience only.
    pub audience: Option<String>,
    /// Whether items that changed and do not pass the filter are told as *left*.
    pub leavers: Leavers,
}

impl WatchRequest {
    /// A whole table, from now on.
    #[must_use]
    pub fn new(table: &str) -> Self {
        Self {
            table: table.to_owned(),
            scope: ScopeRequest::Table,
            from: WatchFrom::Now,
            limit: DEFAULT_LIMIT,
            filter: None,
            audience: None,
            leavers: Leavers::default(),
        }
    }

    /// One partition alone.
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

    /// After the sync that began at `started_at`.
    #[must_use]
    pub fn last_sync(mut self, started_at: Millis) -> Self {
        self.from = WatchFrom::LastSync(started_at);
        self
    }

    /// After `cursor`.
    #[must_use]
    pub fn cursor(mut self, cursor: impl Into<String>) -> Self {
        self.from = WatchFrom::Cursor(cursor.into());
        self
    }

    /// After `at`.
    #[must_use]
    pub fn after(mut self, at: Timestamp) -> Self {
        self.from = WatchFrom::After(at);
        self
    }

    /// At most `limit` items in a batch.
    #[must_use]
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }

    /// Only items that pass `filter`.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = Some(filter);
        self
    }

    /// Cursors for `audience` alone.
    #[must_use]
    pub fn audience(mut self, audience: &str) -> Self {
        self.audience = Some(audience.to_owned());
        self
    }

    /// Whether items outside the filter are told.
    #[must_use]
    pub fn leavers(mut self, leavers: Leavers) -> Self {
        self.leavers = leavers;
        self
    }

    /// The question as the pages of a sync ask it, and from where.
    pub(super) fn split(self) -> (SyncRequest, WatchFrom) {
        let ask = SyncRequest {
            scope: self.scope,
            limit: self.limit,
            filter: self.filter,
            audience: self.audience,
            leavers: self.leavers,
            // A batch without items is no news.
            paging: Paging::Filled,
            ..SyncRequest::new(&self.table)
        };
        (ask, self.from)
    }
}

/// The same question; one that never synced is told from now on. What belongs to pages (`next_token`,
/// `paging`, `tombstones`) means nothing to a follower.
impl From<SyncRequest> for WatchRequest {
    fn from(sync: SyncRequest) -> Self {
        Self {
            table: sync.table,
            scope: sync.scope,
            from: match sync.since {
                Since::Never => WatchFrom::Now,
                Since::LastSync(started_at) => WatchFrom::LastSync(started_at),
                Since::Cursor(cursor) => WatchFrom::Cursor(cursor),
            },
            limit: sync.limit,
            filter: sync.filter,
            audience: sync.audience,
            leavers: sync.leavers,
        }
    }
}
