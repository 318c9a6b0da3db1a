//! `highwater query`: the items with one value in an ordered index.

mod condition;

use crate::app::Global;
use crate::failure::Failure;
use crate::input::{FilterArgs, index_value};
use crate::interrupt::Interrupt;
use crate::output;
use crate::session::{table_spec, with_store};
use crate::show::{Columns, Notation, Object, sync_item};
use condition::ConditionArgs;
use highwater::{Item, QueryPage, QueryRequest, State, Store, SyncItem, TableSpec};
use std::io::Write;

/// Ask an ordered index for the items with one value, in order
///
/// Each item is a line: its attributes, and beside them `_version` and `_lastChangedAt`. The summary follows
/// on standard error. With --json all of it is one object on standard output: items, nextToken,
/// scannedCount, pages.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  highwater query notes --index recent=ann --reverse --limit 20
  highwater query notes --index recent=ann --sort-ge 2024-01 --all
  highwater query notes --index ranked=ann --between 1,10 --sort-kind N")]
pub(crate) struct Args {
    /// The table's name
    table: String,
    /// The items with VALUE in the attribute of index NAME; NAME:N= for a number, NAME:B= for base64
    #[arg(long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    index: String,
    #[command(flatten)]
    condition: ConditionArgs,
    /// From the greatest to the least
    #[arg(long)]
    reverse: bool,
    #[command(flatten)]
    filter: FilterArgs,
    /// The most items that a page examines, 1 to 1000
    #[arg(long, value_name = "ITEMS", default_value_t = 100)]
    limit: u32,
    /// Go on after the page that gave this nextToken, with the same question
    #[arg(long, value_name = "TOKEN", allow_hyphen_values = true)]
    next_token: Option<String>,
    /// Follow every nextToken to the end
    #[arg(long)]
    all: bool,
    /// Who asks: tokens open for the same audience only
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

    fn request(&self, spec: &TableSpec) -> Result<QueryRequest, Failure> {
        let lookups = spec.lookups.iter();
        let known: Vec<_> = lookups.map(|l| (l.name.as_str(), l.attribute.as_str())).collect();
        let (name, value) = index_value(&self.index, spec, &known)?;
        let sort = spec.lookups.iter().find(|lookup| lookup.name == name);
        let sort = sort.and_then(|lookup| lookup.sort.as_deref());
        let mut request = QueryRequest::new(&self.table, &name, value)
            .sort(self.condition.condition(spec, sort)?)
            .descending(self.reverse)
            .limit(self.limit);
        request.next_token.clone_from(&self.next_token);
        request.audience.clone_from(&self.audience);
        Ok(request)
    }

    fn answer(&self, store: &Store, mut request: QueryRequest, json: bool) -> Result<(), Failure> {
        let interrupt = if self.all { Some(Interrupt::watch()?) } else { None };
        // The first page is read before anything is written: a refusal leaves standard output empty.
        let mut page = store.query(&request)?;
        let mut told =
            Told { notation: Notation::of(self.typed), json, items: 0, scanned: 0, pages: 0 };
        let mut out = output::results();
        if json {
            write!(out, "{{\"items\":[")?;
        }
        loop {
            told.page(&mut out, &mut page)?;
            let interrupted = interrupt.as_ref().is_some_and(Interrupt::is_raised);
            if !self.all || page.next_token.is_none() || interrupted {
                told.end(&mut out, page.next_token.as_deref())?;
                return if interrupted { Err(Failure::interrupted("")) } else { Ok(()) };
            }
            request.next_token = page.next_token.take();
            page = store.query(&request)?;
        }
    }
}

/// What has been told.
struct Told {
    notation: Notation,
    json: bool,
    items: usize,
    scanned: usize,
    pages: u64,
}

impl Told {
    fn page(&mut self, out: &mut impl Write, page: &mut QueryPage) -> Result<(), Failure> {
        self.scanned += page.scanned_count;
        self.pages += 1;
        for Item { key, version, changed_at, document, .. } in page.items.drain(..) {
            let item = SyncItem { key, version, changed_at, state: State::Live, document };
            let mut line = String::new();
            sync_item(&item, self.notation, false, &mut line)?;
            match (self.json, self.items) {
                (true, 0) => write!(out, "\n{line}")?,
                (true, _) => write!(out, ",\n{line}")?,
                (false, _) => writeln!(out, "{line}")?,
            }
            self.items += 1;
        }
        Ok(())
    }

    fn end(self, out: &mut impl Write, next_token: Option<&str>) -> Result<(), Failure> {
        if self.json {
            let rest = Object::new()
                .field("nextToken", next_token)
                .field("scannedCount", self.scanned)
                .field("pages", self.pages)
                .finish();
            // The object goes on where the items end.
            writeln!(out, "],{}", rest.trim_start_matches('{'))?;
        }
        out.flush()?;
        if !self.json {
            let mut columns = Columns::new();
            columns.pair("items", format!("{} of {} examined", self.items, self.scanned));
            if let Some(token) = next_token {
                columns.pair("nextToken", token);
            }
            output::note(&columns.text());
        }
        Ok(())
    }
}
