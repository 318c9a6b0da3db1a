//! The way of one page.

use super::budget::Budget;
use super::fill::{Filling, Running};
use super::measure::PageFacts;
use super::page::{SyncItem, SyncPage};
use super::plan::scope_of;
use super::proof;
use super::request::{Since, SyncRequest, check_limit};
use super::token::{self, View};
use crate::catalog::Table;
use crate::clock::Observation;
use crate::error::Result;
use crate::fault::Point;
use crate::store::Inner;
use highwater_format::token::PageToken;
use highwater_format::{Millis, Timestamp};

impl Inner {
    /// Answers one page.
    pub(crate) fn sync(&self, request: &SyncRequest) -> Result<SyncPage> {
        let facts = |page: &SyncPage| PageFacts {
            scanned: page.scanned_count,
            returned: page.items.len(),
            resets: u64::from(page.reset && request.next_token.is_none()),
        };
        let answer = || self.catalog.answer(&request.table, |table| self.page(table, request));
        self.measured(Some(&request.table), answer, facts)
    }

    fn page(&self, table: &Table, request: &SyncRequest) -> Result<SyncPage> {
        let limit = check_limit(request.limit)?;
        let view = token::view_of(table.id(), scope_of(table, request)?, request);
        let run = match &request.next_token {
            Some(text) => token::open_page(self, text, &view)?,
            None => {
                // The safe point first, the iterator after it: everything up to it is then visible.
                let seen = self.clock.observe()?;
                let since = self.since(table, &request.since, &view, seen)?;
                self.first_page(table, request, view, since, seen)
            }
        };
        let mut running = [Running::new(table, request, run)];
        let budget = Budget::new(request.paging, limit, &self.options.limits);
        let filling = self.read_page(&mut running, budget)?;
        let [running] = &running;
        let Running { run, ended, .. } = running;
        let digest = if *ended { proof::digest_of(self, running)? } else { None };
        Ok(SyncPage {
            scanned_count: filling.budget.scanned(),
            items: filling.items,
            next_token: (!ended).then(|| token::seal_page(self, run)).transpose()?,
            started_at: run.started_at,
            reset: run.reset,
            cursor: (*ended && request.wants_cursor)
                .then(|| token::seal_cursor(self, &run.view, run.upper))
                .transpose()?,
            incarnation: run.incarnation,
            mode: run.mode,
            digest,
        })
    }

    /// Reads a page of planned runs: their floors are looked at before it and after it.
    pub(super) fn read_page(&self, runs: &mut [Running<'_>], budget: Budget) -> Result<Filling> {
        let mut from_files = false;
        for running in &mut *runs {
            from_files |= !running.remember(&self.recent, &budget);
        }
        let _files_stay = from_files.then(|| self.readers.enter());
        for running in &mut *runs {
            running.floors = self.check_floors(running.table, &running.run)?;
        }
        let _ = self.faults.hit(Point::PagePlanned);
        let filling = self.fill(runs, budget)?;
        let _ = self.faults.hit(Point::PageRead);
        // Expiry may have run meanwhile: what it dropped was not read, and nobody noticed.
        for running in &*runs {
            self.check_floors(running.table, &running.run)?;
        }
        Ok(filling)
    }

    /// Reads on from where `run` stands, and moves it; whether it has come to its end.
    pub(crate) fn read_on(
        &self,
        table: &Table,
        request: &SyncRequest,
        run: &mut PageToken,
    ) -> Result<(Vec<SyncItem>, bool)> {
        let limit = check_limit(request.limit)?;
        let mut running = [Running::new(table, request, run.clone())];
        let budget = Budget::new(request.paging, limit, &self.options.limits);
        let filling = self.read_page(&mut running, budget)?;
        let [Running { run: moved, ended, .. }] = running;
        *run = moved;
        Ok((filling.items, ended))
    }

    /// The first timestamp that the client has not been told of; `None` asks for everything.
    fn since(
        &self,
        table: &Table,
        since: &Since,
        view: &View,
        seen: Observation,
    ) -> Result<Option<Timestamp>> {
        if let Since::Cursor(cursor) = since {
            let cursor = token::open_cursor(self, cursor, view)?;
            let known = cursor.incarnation == self.incarnation && cursor.at <= seen.safe;
            return Ok(known.then(|| cursor.at.plus(1)));
        }
        Ok(since_moment(since, seen).filter(|since| table.was_meant(*since)))
    }
}

/// The same for who has no cursor.
pub(super) fn since_moment(since: &Since, seen: Observation) -> Option<Timestamp> {
    match since {
        Since::LastSync(ms) if *ms == Millis(0) => None,
        // From the future: no sync of ours began there.
        Since::LastSync(ms) if *ms > seen.started_at => None,
        Since::LastSync(ms) => Some(Timestamp::first_of(ms.after(Millis(1)))),
        Since::Never | Since::Cursor(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_last_sync_tells_what_is_known_unless_it_lies_in_the_future() {
        let seen = Observation { safe: Timestamp::first_of(Millis(6)), started_at: Millis(5) };
        let from = |since: &Since| since_moment(since, seen);
        assert_eq!(from(&Since::Never), None);
        assert_eq!(from(&Since::LastSync(Millis(0))), None);
        for known in [1, 4, 5] {
            let next = Timestamp::first_of(Millis(known + 1));
            assert_eq!(from(&Since::LastSync(Millis(known))), Some(next));
        }
        assert_eq!(from(&Since::LastSync(Millis(6))), None);
    }
}
