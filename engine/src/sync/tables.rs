//! Several tables in one sync: their changes in one commit order, one token, one `startedAt`.

use super::budget::Budget;
use super::fill::Running;
use super::measure::PageFacts;
use super::plan::scope_of;
use super::request::{DEFAULT_LIMIT, Paging, Since, SyncRequest, check_limit};
use super::run::since_moment;
use super::token::{self, View};
use super::{Mode, SyncItem, proof};
use crate::catalog::Table;
use crate::clock::Observation;
use crate::error::{Error, Result};
use crate::store::Inner;
use highwater_format::token::TablesToken;
use highwater_format::{Digest, Incarnation, Millis, Timestamp};
use std::sync::Arc;

/// The most tables, or scopes of tables, that one sync names.
const MOST_PARTS: usize = 100;

/// A request for one page of the changes of several tables.
///
/// ```
/// use highwater::{SyncRequest, TablesRequest};
/// let request = TablesRequest::new([
///     SyncRequest::new("lists").index("byOwner", "ann"),
///     SyncRequest::new("todos").index("byOwner", "ann"),
/// ]);
/// assert_eq!(request.parts.len(), 2);
/// ```
#[derive(Debug, Clone)]
pub struct TablesRequest {
    /// What is asked of each table: its name, scope, filter, tombstones and leavers count; all else is said
    /// once for the whole. 1 to 100 of them, also of one table.
    pub parts: Vec<SyncRequest>,
    /// What the client has already, of all parts. Page 1 decides.
    pub since: Since,
    /// 1 to 1000 items over all parts, default 100; may differ from page to page.
    pub limit: u32,
    /// The token of the page before.
    pub next_token: Option<String>,
    /// Who asks: tokens and cursors open for the same audience only.
    pub audience: Option<String>,
    /// What `limit` counts.
    pub paging: Paging,
    /// Whether the last page gives a cursor, as it does unless this is false. Sealing one takes longer than
    /// finding out that nothing has changed: who goes on by `lastSync` does without.
    pub wants_cursor: bool,
}

impl TablesRequest {
    /// A first sync of these parts.
    pub fn new(parts: impl IntoIterator<Item = SyncRequest>) -> Self {
        Self {
            parts: parts.into_iter().collect(),
            since: Since::Never,
            limit: DEFAULT_LIMIT,
            next_token: None,
            audience: None,
            paging: Paging::default(),
            wants_cursor: true,
        }
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

    /// The page after the one that gave `token`.
    #[must_use]
    pub fn next_token(mut self, token: impl Into<String>) -> Self {
        self.next_token = Some(token.into());
        self
    }

    /// The last page gives no cursor: what to go on by is `startedAt`.
    ///
    /// ```
    /// # use highwater::{TableSpec, TableSpecExt, SyncRequest, TablesRequest};
    /// # let store = highwater::testing::memory_store()?;
    /// # store.create_table(TableSpec::new("notes", "id"))?;
    /// let request = TablesRequest::new([SyncRequest::new("notes")]).without_cursor();
    /// let page = store.sync_tables(&request)?;
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

    /// Tokens for `audience` alone.
    #[must_use]
    pub fn audience(mut self, audience: &str) -> Self {
        self.audience = Some(audience.to_owned());
        self
    }
}

/// How one part of the request is answered.
///
/// ```
/// use highwater::{SyncRequest, TableSpec, TableSpecExt, TablesRequest, testing::memory_store};
/// # let store = memory_store()?;
/// store.create_table(TableSpec::new("lists", "id"))?;
/// store.create_table(TableSpec::new("todos", "id"))?;
/// let request = TablesRequest::new([SyncRequest::new("lists"), SyncRequest::new("todos")]);
/// let page = store.sync_tables(&request)?;
/// assert!(page.parts.iter().all(|part| part.reset && part.digest.is_some()));
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablesPart {
    /// From where.
    pub mode: Mode,
    /// The client's copy of this part is to be replaced by this run.
    pub reset: bool,
    /// As [`crate::SyncPage::digest`], on the last page.
    pub digest: Option<Digest>,
}

/// A page of the changes of several tables.
///
/// ```
/// use highwater::{Document, SyncRequest, TableSpec, TableSpecExt, TablesRequest};
/// # let store = highwater::testing::memory_store()?;
/// # store.create_table(TableSpec::new("lists", "id"))?;
/// # store.create_table(TableSpec::new("todos", "id"))?;
/// let request = TablesRequest::new([SyncRequest::new("lists"), SyncRequest::new("todos")]);
/// let before = store.sync_tables(&request)?.cursor.unwrap();
/// store.put("lists", Document::from_json(r#"{"id":"l1"}"#)?)?;
/// store.put("todos", Document::from_json(r#"{"id":"t1","list":"l1"}"#)?)?;
/// store.put("lists", Document::from_json(r#"{"id":"l2"}"#)?)?;
/// let page = store.sync_tables(&request.cursor(before))?;
/// let order: Vec<_> = page.items.iter().map(|(part, item)| (*part, item.key.to_string())).collect();
/// assert_eq!(order, [(0, r#""l1""#.into()), (1, r#""t1""#.into()), (0, r#""l2""#.into())]);
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablesPage {
    /// What changed, each with the place of its part in the request. First, part by part, what is read from
    /// base tables or replaces what a client holds: in key order, or through an index in commit order. Then
    /// everything else in commit order.
    pub items: Vec<(usize, SyncItem)>,
    /// How each part is answered.
    pub parts: Vec<TablesPart>,
    /// Present until the last page.
    pub next_token: Option<String>,
    /// How many items were examined for this page.
    pub scanned_count: usize,
    /// What to send as `lastSync` next time, once every page has arrived. One for all parts.
    pub started_at: Millis,
    /// On the last page, if it is wanted: what to send instead of `lastSync`, as [`crate::SyncPage::cursor`].
    pub cursor: Option<String>,
    /// The line of commits that the page is from.
    pub incarnation: Incarnation,
}

/// A part with its table and what its tokens are bound to.
struct Part<'a> {
    request: &'a SyncRequest,
    table: &'a Table,
    view: View,
}

impl Inner {
    /// Answers one page of several tables.
    pub(crate) fn sync_tables(&self, request: &TablesRequest) -> Result<TablesPage> {
        let first = request.next_token.is_none();
        let facts = |page: &TablesPage| PageFacts {
            scanned: page.scanned_count,
            returned: page.items.len(),
            resets: page.parts.iter().filter(|part| part.reset && first).count() as u64,
        };
        let count = request.parts.len();
        if !(1..=MOST_PARTS).contains(&count) {
            return Err(Error::out_of_range("parts", count, format!("1 to {MOST_PARTS}")));
        }
        let names: Vec<_> = request.parts.iter().map(|part| part.table.as_str()).collect();
        let page = |tables: &[Arc<Table>]| self.tables_page(request, tables);
        self.measured(None, || self.catalog.answer_all(&names, page), facts)
    }

    fn tables_page(&self, request: &TablesRequest, tables: &[Arc<Table>]) -> Result<TablesPage> {
        let limit = check_limit(request.limit)?;
        let parts = self.parts(request, tables)?;
        let mut runs = match &request.next_token {
            Some(text) => self.continued(text, parts)?,
            None => self.begun(request, parts)?,
        };
        let budget = Budget::new(request.paging, limit, &self.options.limits);
        let filling = self.read_page(&mut runs, budget)?;
        let ended = runs.iter().all(|running| running.ended);
        let mut parts = Vec::with_capacity(runs.len());
        for running in &runs {
            let digest = if ended { proof::digest_of(self, running)? } else { None };
            parts.push(TablesPart { mode: running.run.mode, reset: running.run.reset, digest });
        }
        let next_token = (!ended).then(|| self.seal_runs(&runs)).transpose()?;
        let cursor = (ended && request.wants_cursor)
            .then(|| token::seal_tables_cursor(self, runs.iter().map(|running| &running.run)))
            .transpose()?;
        let started_at = runs.first().map_or(Millis(0), |running| running.run.started_at);
        Ok(TablesPage {
            items: filling.places.into_iter().zip(filling.items).collect(),
            parts,
            next_token,
            scanned_count: filling.budget.scanned(),
            started_at,
            cursor,
            incarnation: self.incarnation,
        })
    }

    fn parts<'a>(
        &self,
        request: &'a TablesRequest,
        tables: &'a [Arc<Table>],
    ) -> Result<Vec<Part<'a>>> {
        let parts = request.parts.iter().zip(tables).map(|(part, table)| {
            let scope = scope_of(table, part)?;
            let view = token::view_for(table.id(), scope, part, request.audience.as_deref());
            Ok(Part { request: part, table, view })
        });
        parts.collect()
    }

    fn begun<'a>(&self, request: &TablesRequest, parts: Vec<Part<'a>>) -> Result<Vec<Running<'a>>> {
        // One moment for all: what is committed together is told together.
        let seen = self.clock.observe()?;
        let known = self.tables_since(&request.since, &parts, seen)?;
        let by_cursor = matches!(request.since, Since::Cursor(_));
        let runs = parts.into_iter().map(|Part { request, table, view }| {
            let since = known.filter(|since| by_cursor || table.was_meant(*since));
            let run = self.first_page(table, request, view, since, seen);
            Ok(Running::new(table, request, run))
        });
        runs.collect()
    }

    fn tables_since(
        &self,
        since: &Since,
        parts: &[Part<'_>],
        seen: Observation,
    ) -> Result<Option<Timestamp>> {
        let Since::Cursor(cursor) = since else {
            return Ok(since_moment(since, seen));
        };
        let cursor = token::open_tables_cursor(self, cursor, parts.iter().map(|part| &part.view))?;
        let known = cursor.incarnation == self.incarnation && cursor.at <= seen.safe;
        Ok(known.then(|| cursor.at.plus(1)))
    }

    fn continued<'a>(&self, text: &str, parts: Vec<Part<'a>>) -> Result<Vec<Running<'a>>> {
        let TablesToken { runs, ended } =
            token::open_tables_page(self, text, parts.iter().map(|part| &part.view))?;
        let runs = parts.into_iter().zip(runs).zip(ended);
        let running = |((part, run), ended)| {
            let Part { request, table, .. } = part;
            Running { ended, ..Running::new(table, request, run) }
        };
        Ok(runs.map(running).collect())
    }

    fn seal_runs(&self, runs: &[Running<'_>]) -> Result<String> {
        token::seal_tables_page(
            self,
            &TablesToken {
                runs: runs.iter().map(|running| running.run.clone()).collect(),
                ended: runs.iter().map(|running| running.ended).collect(),
            },
        )
    }
}
