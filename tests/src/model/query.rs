//! A walk through an ordered index, page by page, while the table changes.
//!
//! Each page is read from one moment: it tells what lies then behind the last item of the page before.

use super::body::document;
use super::device::Bound;
use super::lookup::{Place, Question};
use super::world::World;
use highwater::{Document, Error, ItemKey, QueryPage};

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
            Err(Error::UnknownIndex { .. }) => {
                assert!(!self.oracle.tables[question.table].setup.lookup, "{question:?}");
            }
            Err(error) => panic!("{error} for {question:?}"),
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
                let right = self.may_refuse(bound, question.table, &problem);
                assert!(right, "refused without need: {problem:?} for {question:?}");
            }
            Err(error) => panic!("{error} for {question:?}"),
            Ok(page) => {
                let void = self.must_refuse(bound, question.table);
                assert!(!void, "a page behind a token of what is gone: {question:?}");
                if bound.known.changes != self.known.changes {
                    self.reach("a query over what changed since its last page");
                }
                self.told(question, Some(after), limit, page);
            }
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
