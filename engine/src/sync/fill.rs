//! Filling a page from one run, or from several tables' runs in one commit order.
//!
//! Runs that read the base table come first, one after the other: they replace what a client holds, or
//! fill a gap in key order. The deltas are then merged by their timestamps.

use super::budget::Budget;
use super::lens;
use super::page::SyncItem;
use super::request::SyncRequest;
use super::source::{Candidate, Source, Step};
use crate::catalog::Table;
use crate::error::Result;
use crate::storage::View;
use crate::store::Inner;
use highwater_format::meta::Floors;
use highwater_format::token::{Mode, PageToken, Scope};
use std::sync::Arc;

/// A run of one table, somewhere between its first page and its last.
pub(super) struct Running<'a> {
    pub(super) table: Arc<Table>,
    pub(super) request: &'a SyncRequest,
    pub(super) run: PageToken,
    /// As they were when they were looked at: those that are there while the page is read may be taken back.
    pub(super) floors: Floors,
    /// Nothing is left to be read.
    pub(super) ended: bool,
}

impl<'a> Running<'a> {
    pub(super) fn new(table: Arc<Table>, request: &'a SyncRequest, run: PageToken) -> Self {
        let floors = table.floors();
        Self { table, request, run, floors, ended: false }
    }
}

/// A page being filled.
pub(super) struct Filling {
    pub(super) budget: Budget,
    /// Each with the place of its run.
    pub(super) items: Vec<(usize, SyncItem)>,
}

/// A delta with the change that it stands before.
struct Delta<'v> {
    place: usize,
    source: Source<'v>,
    next: Option<Candidate>,
}

impl Inner {
    /// Reads on in each run as far as the page's budget goes.
    pub(super) fn fill(&self, runs: &mut [Running<'_>], budget: Budget) -> Result<Filling> {
        let mut filling = Filling { budget, items: Vec::new() };
        // Index and base must agree where an entry holds a key alone.
        let through_index =
            |running: &Running<'_>| matches!(running.run.through, Scope::Index { .. });
        let view = match runs.iter().any(through_index) {
            true => self.storage.snapshot(),
            false => self.storage.latest(),
        };
        for (place, running) in runs.iter_mut().enumerate() {
            if running.run.mode != Mode::Delta && !running.ended {
                running.ended = filling.read(place, running, &view, self)?;
                if !running.ended {
                    return Ok(filling);
                }
            }
        }
        filling.merge(runs, &view, self)?;
        Ok(filling)
    }
}

impl Filling {
    /// Reads one run; whether it came to its end.
    fn read(
        &mut self,
        place: usize,
        running: &mut Running<'_>,
        view: &View<'_>,
        inner: &Inner,
    ) -> Result<bool> {
        let mut source = Source::open(view, running, inner.bucket_width)?;
        while let Some(step) = source.advance()? {
            match step {
                Step::Candidate(candidate) => {
                    if self.budget.is_spent(&candidate) {
                        return Ok(false);
                    }
                    self.take(place, running, candidate)?;
                }
                Step::Passed(position) => {
                    running.run.after = position;
                    if self.budget.has_walked_enough() {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }

    /// Reads the deltas in the order of their changes.
    fn merge(&mut self, runs: &mut [Running<'_>], view: &View<'_>, inner: &Inner) -> Result<()> {
        let mut deltas = Vec::new();
        for (place, running) in runs.iter_mut().enumerate().filter(|(_, running)| !running.ended) {
            let source = Source::open(view, running, inner.bucket_width)?;
            let mut delta = Delta { place, source, next: None };
            if !self.step(&mut delta, running)? {
                return Ok(());
            }
            deltas.push(delta);
        }
        loop {
            let at = |delta: &Delta<'_>| delta.next.as_ref().map(|next| next.changed_at);
            let Some(delta) =
                deltas.iter_mut().filter(|delta| at(delta).is_some()).min_by_key(|d| at(d))
            else {
                return Ok(());
            };
            let Some(running) = runs.get_mut(delta.place) else { return Ok(()) };
            if delta.next.as_ref().is_some_and(|next| self.budget.is_spent(next)) {
                return Ok(());
            }
            if let Some(candidate) = delta.next.take() {
                self.take(delta.place, running, candidate)?;
            }
            if !self.step(delta, running)? {
                return Ok(());
            }
        }
    }

    /// Steps to a delta's next change, or ends it; false if the page ends here.
    fn step(&mut self, delta: &mut Delta<'_>, running: &mut Running<'_>) -> Result<bool> {
        loop {
            match delta.source.advance()? {
                Some(Step::Candidate(candidate)) => {
                    delta.next = Some(candidate);
                    return Ok(true);
                }
                Some(Step::Passed(position)) => {
                    running.run.after = position;
                    if self.budget.has_walked_enough() {
                        return Ok(false);
                    }
                }
                None => {
                    running.ended = true;
                    return Ok(true);
                }
            }
        }
    }

    fn take(
        &mut self,
        place: usize,
        running: &mut Running<'_>,
        candidate: Candidate,
    ) -> Result<()> {
        running.run.after = candidate.position.clone();
        self.budget.examine(&candidate);
        let item = lens::seen(&running.table, running.request, running.run.mode, candidate)?;
        if let Some((item, bytes)) = item {
            self.budget.give(bytes);
            self.items.push((place, item));
        }
        Ok(())
    }
}
