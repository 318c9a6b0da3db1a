//! A walk through an ordered index, page by page, while the table changes.
//!
//! Each page is read from one moment: it tells what lies then behind the last item of the page before.

use super::body::document;
use super::device::Bound;
use super::index::Index;
use super::indexing::Reindexing;
use super::lookup::{Place, Question};
use super::oracle::Table;
use super::refusal::OTHER_LOOKUP;
use super::world::World;
use highwater::testing::Point;
use highwater::{Document, Error, ItemKey, QueryPage, TokenProblem};

/// So that some wait for long.
const MOST_WALKS: usize = 4;

/// A query amid its pages.
pub struct Walk {
    question: Question,
    /// Where the page before was read.
    bound: Bound,
    /// The last item that was told, as it lay then.
    after: Place,
    token: String,
}

impl World {
    /// Begins a walk; of too many, the oldest is given up.
    pub(super) fn query(&mut self, question: &Question, limit: u32) {
        self.walks.truncate(MOST_WALKS - 1);
        let question = question.named(&self.oracle.tables[question.table]);
        let answer = self.store().query(&question.request().limit(limit));
        match answer {
            Err(error) => no_lookup(&self.oracle.tables[question.table], &question, &error),
            Ok(page) => self.told(question, None, limit, page),
        }
    }

    /// Takes the next page of the walk that has waited longest.
    pub(super) fn query_on(&mut self, limit: u32) {
        let Some(Walk { question, bound, after, token }) = self.walks.pop_back() else { return };
        let answer = self.store().query(&question.request().limit(limit).next_token(token));
        match answer {
            // Its table may have been lost and made anew.
            Err(Error::Token { problem, .. }) => {
                let right = self.may_refuse_table(bound, question.table, &problem);
                assert!(right, "refused without need: {problem:?} for {question:?}");
                if problem == TokenProblem::Foreign(OTHER_LOOKUP) {
                    self.reach("a query whose index was dropped");
                }
            }
            Err(error) => no_lookup(&self.oracle.tables[question.table], &question, &error),
            Ok(page) => {
                let void = bound.has_ended(self.bound(), question.table, Some(Index::Lookup));
                assert!(!void, "a page behind a token of what is gone: {question:?}");
                if bound.known.changes != self.known.changes {
                    self.reach("a query over what changed since its last page");
                }
                self.told(question, Some(after), limit, page);
            }
        }
    }

    /// Asks for the next page of that walk, and the index goes while it is read.
    pub(super) fn query_amid(&mut self, limit: u32, change: Reindexing) {
        let Some(walk) = self.walks.back() else { return };
        let (question, bound) = (walk.question, walk.bound);
        let request = question.request().limit(limit).next_token(walk.token.clone());
        let planned = self.plan_reindexing(question.table, change);
        let before = self.oracle.tables[question.table].clone();
        let (ours, theirs) = (self.store(), self.store());
        let act = move || {
            let done = planned.run(&theirs);
            (planned, done)
        };
        let done = self.hooks.amid(Point::PageRead, act, || ours.query(&request));
        let (planned, changed) = done.inner;
        self.reindexed(planned, changed, false);
        match done.outer {
            // Nothing changes in a read-only store.
            Ok(page) => assert!(self.doubt.is_some(), "read through what is gone: {page:?}"),
            Err(Error::IndexDropped { .. }) => {
                assert!(done.amid, "{question:?}");
                self.reach("a query whose index was dropped");
            }
            Err(Error::Token { problem, .. }) => {
                let right = self.may_refuse_table(bound, question.table, &problem);
                assert!(right, "refused without need: {problem:?} for {question:?}");
            }
            Err(error) => no_lookup(&before, &question, &error),
        }
    }

    /// Holds a page against what lies behind `after` now.
    fn told(&mut self, question: Question, after: Option<Place>, limit: u32, page: QueryPage) {
        let limit = limit as usize;
        assert!(page.items.len() <= limit && page.scanned_count == page.items.len());
        if self.doubt.is_some() {
            // What failed may be told.
            return;
        }
        let behind = |place: &Place| match &after {
            None => true,
            Some(after) if question.descending => place < after,
            Some(after) => place > after,
        };
        let all = question.answer(&self.oracle.tables[question.table]);
        let rest: Vec<_> = all.into_iter().filter(|(place, _)| behind(place)).collect();
        assert!(page.items.len() <= rest.len(), "{question:?}: {page:?}");
        for (item, ((_, key), known)) in page.items.iter().zip(&rest) {
            self.same(question.table, key, Some(item), Some(known));
        }
        let count = page.items.len();
        let next = rest.get(count);
        assert_eq!(page.next_token.is_some(), next.is_some(), "{question:?}: {page:?}");
        let weight =
            |key: &ItemKey, document: &Document| key.encode().len() + document.as_bytes().len();
        let bytes: usize = page.items.iter().map(|item| weight(&item.key, &item.document)).sum();
        let most = self.setup.options.options().limits.page_bytes;
        assert!(bytes <= most || count == 1, "a page of {bytes} bytes");
        let fits = next.is_some_and(|((_, key), known)| {
            bytes + weight(key, &document(&known.attributes)) <= most
        });
        assert!(count == limit || !fits, "a page that ends early: {question:?}: {page:?}");
        let last = count.checked_sub(1).and_then(|last| rest.get(last));
        let Some(((after, _), token)) = last.zip(page.next_token) else { return };
        let equal = next.is_some_and(|((n, _), _)| *n == after.0);
        let bound = self.bound();
        self.walks.push_front(Walk { question, bound, after: after.clone(), token });
        if equal {
            self.reach("a page of a query that ends amid equal numbers");
        }
    }
}

/// The table has no ordered index that answers.
fn no_lookup(table: &Table, question: &Question, error: &Error) {
    let right = match error {
        Error::UnknownIndex { .. } => !table.setup.declares(Index::Lookup),
        Error::IndexBuilding { .. } => table.is_building(Index::Lookup),
        _ => false,
    };
    assert!(right, "{error} for {question:?}");
}
