//! `highwater sync`: what changed since.

mod writer;

use crate::app::Global;
use crate::failure::Failure;
use crate::input::{FilterArgs, LeaversChoice, ScopeArgs};
use crate::interrupt::Interrupt;
use crate::output;
use crate::session::{table_spec, with_store};
use crate::show::Notation;
use highwater::{Millis, Paging, Store, SyncRequest, TableSpec};
use writer::{Summary, Writer};

/// Ask what changed since the last sync
///
/// Each item is a line: its attributes, and beside them `_version`, `_lastChangedAt` (milliseconds),
/// `_deleted` on an item that was deleted, `_deleted` and `_left` on one that is no longer in the view. The
/// summary follows on standard error. With --json all of it is one object on standard output: items,
/// nextToken, scannedCount, startedAt, cursor, mode, reset, pages.
///
/// Begin without --since. When the last page has arrived, keep its startedAt for the next --since, or its
/// cursor for the next --cursor, which tells nothing twice. `reset` says that the answer replaces what is held.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  highwater sync notes --all
  highwater sync notes --since 1700000000000 --limit 100
  highwater sync notes --index byOwner=ann --filter '{\"stars\":{\"gt\":3}}'
  highwater sync notes --filter '#s = :open' --names '{\"#s\":\"status\"}' --values '{\":open\":\"OPEN\"}'")]
pub(crate) struct Args {
    /// The table's name
    table: String,
    /// The startedAt of the last completed sync; 0 is the same as none
    #[arg(long, value_name = "MS", conflicts_with = "cursor")]
    since: Option<u64>,
    /// The cursor of the last completed sync
    #[arg(long, value_name = "CURSOR", allow_hyphen_values = true)]
    cursor: Option<String>,
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    filter: FilterArgs,
    /// The most items that a page examines, 1 to 1000
    #[arg(long, value_name = "ITEMS", default_value_t = 100)]
    limit: u32,
    /// Go on after the page that gave this nextToken, with the same scope, filter and audience
    #[arg(long, value_name = "TOKEN", allow_hyphen_values = true)]
    next_token: Option<String>,
    /// Follow every nextToken to the end
    #[arg(long)]
    all: bool,
    /// Fill pages with items that pass the filter: --limit then counts items returned
    #[arg(long)]
    fill: bool,
    /// Leave deleted items out of a first sync
    #[arg(long)]
    no_tombstones: bool,
    /// When items that changed and no longer pass the filter are told as left
    #[arg(long, value_name = "WHEN", default_value = "report")]
    leavers: LeaversChoice,
    /// Who asks: tokens and cursors open for the same audience only
    #[arg(long, value_name = "WHO")]
    audience: Option<String>,
    /// Show items in DynamoDB's typed JSON
    #[arg(long)]
    typed: bool,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        let filter = self.filter.filter()?;
        with_store(global, |store| {
            let mut request = self.request(&table_spec(store, &self.table)?)?;
            request.filter = filter;
            self.answer(store, request, global.json)
        })
    }

    fn request(&self, spec: &TableSpec) -> Result<SyncRequest, Failure> {
        let mut request = SyncRequest::new(&self.table)
            .limit(self.limit)
            .paging(if self.fill { Paging::Filled } else { Paging::Evaluated })
            .tombstones(!self.no_tombstones)
            .leavers(self.leavers.into());
        request.scope = self.scope.request(spec)?;
        request.next_token.clone_from(&self.next_token);
        request.audience.clone_from(&self.audience);
        if let Some(since) = self.since {
            request = request.last_sync(Millis(since));
        }
        if let Some(cursor) = &self.cursor {
            request = request.cursor(cursor);
        }
        Ok(request)
    }

    fn answer(&self, store: &Store, mut request: SyncRequest, json: bool) -> Result<(), Failure> {
        let interrupt = if self.all { Some(Interrupt::watch()?) } else { None };
        // The first page is read before anything is written: a refusal leaves standard output empty.
        let mut page = store.sync(&request)?;
        let mut summary = Summary::of(&page);
        let mut writer = Writer::begin(output::results(), Notation::of(self.typed), json)?;
        loop {
            for item in &page.items {
                writer.item(item)?;
            }
            let interrupted = interrupt.as_ref().is_some_and(Interrupt::is_raised);
            if !self.all || page.next_token.is_none() || interrupted {
                writer.end(&summary)?;
                return if interrupted { Err(Failure::interrupted("")) } else { Ok(()) };
            }
            request.next_token = page.next_token.take();
            page = store.sync(&request)?;
            summary.add(&page);
        }
    }
}
