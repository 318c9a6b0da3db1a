//! Filling a page.

use super::page::{State, SyncItem, SyncPage};
use super::plan::scope_of;
use super::request::{Leavers, Paging, ScopeRequest, SyncRequest, check_limit};
use super::source::{Candidate, LONG_RUN, Source, Step};
use super::token;
use crate::catalog::Table;
use crate::error::Result;
use crate::fault::Point;
use crate::filter::{Filter, Subject};
use crate::store::Inner;
use highwater_format::token::{Mode, PageToken, Scope};
use highwater_format::{ItemKey, Record};

impl Inner {
    /// Answers one page.
    pub(crate) fn sync(&self, request: &SyncRequest) -> Result<SyncPage> {
        let limit = check_limit(request.limit)?;
        let table = self.catalog.get(&request.table)?;
        let view =
            token::view_of(table.id(), scope_of(&table, request, &self.options.limits)?, request);
        let _files_stay = self.readers.enter();
        let run = match &request.next_token {
            Some(text) => token::open_page(self, text, &view)?,
            None => {
                // The safe point first, the iterator after it: everything up to it is then visible.
                let seen = self.clock.observe()?;
                self.first_page(&table, request, view, seen)?
            }
        };
        self.read_page(&table, request, run, limit)
    }

    fn read_page(
        &self,
        table: &Table,
        request: &SyncRequest,
        mut run: PageToken,
        limit: usize,
    ) -> Result<SyncPage> {
        let Filled { items, scanned, more } = self.fill(table, request, &mut run, limit)?;
        Ok(SyncPage {
            items,
            next_token: more.then(|| token::seal_page(self, &run)).transpose()?,
            scanned_count: scanned,
            started_at: run.started_at,
            reset: run.reset,
            cursor: (!more).then(|| token::seal_cursor(self, &run.view, run.upper)).transpose()?,
            incarnation: run.incarnation,
            mode: run.mode,
        })
    }

    /// Reads on from where `run` stands, and moves it. The caller has entered among the readers.
    pub(crate) fn fill(
        &self,
        table: &Table,
        request: &SyncRequest,
        run: &mut PageToken,
        limit: usize,
    ) -> Result<Filled> {
        self.check_floors(table, run)?;
        let _ = self.faults.hit(Point::PagePlanned);
        // Index and base must agree where an entry holds a key alone.
        let view = match run.through {
            Scope::Index { .. } => self.storage.snapshot(),
            _ => self.storage.latest(),
        };
        let mut source = Source::open(&view, table, run, self.bucket_width)?;
        let mut filling = Filling::new(request, limit, &self.options.limits);
        let mut more = false;
        while let Some(step) = source.advance()? {
            match step {
                Step::Candidate(candidate) => {
                    if filling.is_full(&candidate) {
                        more = true;
                        break;
                    }
                    run.after = candidate.position.clone();
                    filling.examine(table, run.mode, candidate)?;
                }
                Step::Passed(position) => {
                    run.after = position;
                    if filling.has_walked_enough() {
                        more = true;
                        break;
                    }
                }
            }
        }
        drop(source);
        let _ = self.faults.hit(Point::PageRead);
        // Expiry may have run meanwhile: what it dropped was not read, and nobody noticed.
        self.check_floors(table, run)?;
        Ok(Filled { items: filling.items, scanned: filling.scanned, more })
    }
}

/// What was read for a page.
pub(crate) struct Filled {
    pub(crate) items: Vec<SyncItem>,
    /// How many items were examined.
    scanned: usize,
    /// Whether the run goes on after this.
    pub(crate) more: bool,
}

/// A page being filled.
struct Filling<'a> {
    request: &'a SyncRequest,
    limit: usize,
    scan_items: usize,
    page_bytes: usize,
    items: Vec<SyncItem>,
    scanned: usize,
    bytes: usize,
    scanned_bytes: usize,
    passed: usize,
}

/// How many pages' worth of bytes one page may examine to find what passes its filter.
const SCAN_PAGES: usize = 8;

/// How many items may be passed over for each that may be examined.
const WALK: usize = 10;

impl<'a> Filling<'a> {
    fn new(request: &'a SyncRequest, limit: usize, limits: &crate::Limits) -> Self {
        Self {
            request,
            limit,
            scan_items: limits.scan_items.max(limit),
            page_bytes: limits.page_bytes,
            items: Vec::new(),
            scanned: 0,
            bytes: 0,
            scanned_bytes: 0,
            passed: 0,
        }
    }

    /// Whether `next` must wait for the next page.
    fn is_full(&self, next: &Candidate) -> bool {
        let counted = match self.request.paging {
            Paging::Evaluated => self.scanned >= self.limit,
            Paging::Filled => self.items.len() >= self.limit || self.scanned >= self.scan_items,
        };
        let heavy = self.bytes + next.bytes() > self.page_bytes && !self.items.is_empty();
        counted || heavy || self.scanned_bytes >= SCAN_PAGES * self.page_bytes
    }

    /// A long run held nothing for this client; whether the page ends for it. A catch-up passes over all that
    /// did not change, which costs little an item but must not cost the whole table in one page.
    fn has_walked_enough(&mut self) -> bool {
        self.passed += LONG_RUN;
        self.passed >= WALK * self.scan_items
    }

    fn examine(&mut self, table: &Table, mode: Mode, candidate: Candidate) -> Result<()> {
        self.scanned += 1;
        self.scanned_bytes += candidate.bytes();
        let Some(state) = self.state_for_client(mode, &candidate)? else {
            return Ok(());
        };
        let key = ItemKey::decode(&candidate.item)?;
        let document = match (state, candidate.record) {
            (State::Live | State::Deleted, Some(record)) => record.document,
            _ => table.key_document(&key)?,
        };
        self.bytes += candidate.item.len() + document.as_bytes().len();
        self.items.push(SyncItem {
            key,
            version: candidate.version,
            changed_at: candidate.changed_at,
            state,
            document,
        });
        Ok(())
    }

    /// What the client is told of a candidate; `None` if nothing.
    fn state_for_client(&self, mode: Mode, candidate: &Candidate) -> Result<Option<State>> {
        let leavers_are_told = match (self.request.leavers, mode) {
            (_, Mode::Delta | Mode::CatchUp) | (Leavers::ReportInBase, Mode::Base) => true,
            (Leavers::Report | Leavers::Hide, Mode::Base) => false,
        };
        let left = leavers_are_told.then_some(State::Left);
        // Who asks for a scope may know what leaves it; who has a filter for a permission may not.
        let scope_is_asked = self.request.scope != ScopeRequest::Table;
        let marker_is_told = scope_is_asked || self.request.leavers != Leavers::Hide;
        match (candidate.state, &candidate.record, &self.request.filter) {
            (State::Left, ..) | (_, None, _) => Ok(left.filter(|_| marker_is_told)),
            (State::Deleted, Some(record), filter) => {
                // Deleted items pass every filter, unless it is a permission.
                let filter = filter.as_ref().filter(|_| self.request.leavers == Leavers::Hide);
                let may_know = filter.map_or(Ok(true), |filter| passes(filter, record))?;
                let told = may_know && (mode != Mode::Base || self.request.tombstones);
                Ok(told.then_some(State::Deleted))
            }
            (State::Live, Some(_), None) => Ok(Some(State::Live)),
            (State::Live, Some(record), Some(filter)) => {
                if passes(filter, record)? {
                    return Ok(Some(State::Live));
                }
                // At version 1 no client can hold an earlier one.
                let may_be_held = record.version > 1 && self.request.leavers != Leavers::Hide;
                Ok(left.filter(|_| may_be_held))
            }
        }
    }
}

/// Whether an item, or the last document of a deleted one, passes.
fn passes(filter: &Filter, record: &Record) -> Result<bool> {
    Ok(filter.matches(&Subject {
        document: record.document.as_map(),
        version: record.version,
        changed_at: record.changed_at.millis(),
        deleted: record.deleted,
    })?)
}
