//! How much one page may examine, return and weigh.

use super::request::Paging;
use super::source::{Candidate, LONG_RUN};
use crate::options::Limits;

/// How many pages' worth of bytes one page may examine to find what passes its filter.
const SCAN_PAGES: usize = 8;

/// How many items may be passed over for each that may be examined.
const WALK: usize = 10;

/// What is left of a page's bounds.
pub(super) struct Budget {
    paging: Paging,
    limit: usize,
    scan_items: usize,
    page_bytes: usize,
    returned: usize,
    scanned: usize,
    bytes: usize,
    scanned_bytes: usize,
    passed: usize,
}

impl Budget {
    pub(super) fn new(paging: Paging, limit: usize, limits: &Limits) -> Self {
        Self {
            paging,
            limit,
            scan_items: limits.scan_items.max(limit),
            page_bytes: limits.page_bytes,
            returned: 0,
            scanned: 0,
            bytes: 0,
            scanned_bytes: 0,
            passed: 0,
        }
    }

    /// How many candidates the page can come to, and one more.
    pub(super) fn most(&self) -> usize {
        1 + match self.paging {
            Paging::Evaluated => self.limit,
            Paging::Filled => self.scan_items,
        }
    }

    /// Whether `next` must wait for the next page.
    pub(super) fn is_spent(&self, next: &Candidate<'_>) -> bool {
        let counted = match self.paging {
            Paging::Evaluated => self.scanned >= self.limit,
            Paging::Filled => self.returned >= self.limit || self.scanned >= self.scan_items,
        };
        let heavy = self.bytes + next.bytes() > self.page_bytes && self.returned > 0;
        counted || heavy || self.scanned_bytes >= SCAN_PAGES * self.page_bytes
    }

    /// A long run held nothing for this client; whether the page ends for it. A catch-up passes over all that
    /// did not change, which costs little an item but must not cost the whole table in one page.
    pub(super) fn has_walked_enough(&mut self) -> bool {
        self.passed += LONG_RUN;
        self.passed >= WALK * self.scan_items
    }

    /// An item is examined.
    pub(super) fn examine(&mut self, candidate: &Candidate<'_>) {
        self.scanned += 1;
        self.scanned_bytes += candidate.bytes();
    }

    /// An item of so many bytes is returned.
    pub(super) fn give(&mut self, bytes: usize) {
        self.returned += 1;
        self.bytes += bytes;
    }

    /// How many items were examined.
    pub(super) fn scanned(&self) -> usize {
        self.scanned
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::page::State;
    use highwater_format::Timestamp;

    const ITEM: [u8; 8] = [0; 8];

    fn candidate() -> Candidate<'static> {
        let changed_at = Timestamp(1);
        Candidate {
            item: &ITEM,
            version: 1,
            changed_at,
            state: State::Left,
            record: None,
            is_shared: false,
        }
    }

    fn budget(paging: Paging, page_bytes: usize) -> Budget {
        Budget::new(paging, 3, &Limits { scan_items: 5, page_bytes, ..Limits::default() })
    }

    /// How many are examined, each `given` or not, until no further one fits.
    fn examined(mut budget: Budget, given: bool) -> usize {
        while !budget.is_spent(&candidate()) && budget.scanned() < 1_000 {
            budget.examine(&candidate());
            if given {
                budget.give(candidate().bytes());
            }
        }
        budget.scanned()
    }

    #[test]
    fn a_page_ends_with_its_items_and_knows_of_one_more() {
        for (paging, without_items) in [(Paging::Evaluated, 3), (Paging::Filled, 5)] {
            assert_eq!(budget(paging, 1 << 20).most(), without_items + 1);
            assert_eq!(examined(budget(paging, 1 << 20), true), 3);
            assert_eq!(examined(budget(paging, 1 << 20), false), without_items);
        }
        // Who asks for more than may be examined is given that.
        let limits = Limits { scan_items: 2, ..Limits::default() };
        assert_eq!(Budget::new(Paging::Filled, 3, &limits).most(), 4);
    }

    #[test]
    fn a_page_is_as_heavy_as_it_may_be_and_never_empty() {
        let each = candidate().bytes();
        for (page_bytes, items) in [(2 * each, 2), (2 * each - 1, 1), (1, 1)] {
            assert_eq!(
                examined(budget(Paging::Evaluated, page_bytes), true),
                items,
                "{page_bytes}"
            );
        }
    }

    #[test]
    fn what_is_examined_in_vain_is_bounded_in_bytes() {
        let each = candidate().bytes();
        let budget = |page_bytes| {
            let limits = Limits { scan_items: 1_000, page_bytes, ..Limits::default() };
            Budget::new(Paging::Filled, 1_000, &limits)
        };
        assert_eq!(examined(budget(each), false), SCAN_PAGES);
        assert_eq!(examined(budget(each - 1), false), SCAN_PAGES);
        assert_eq!(examined(budget(each + 1), false), SCAN_PAGES + 1);
    }

    #[test]
    fn a_walk_over_what_did_not_change_is_bounded_too() {
        let limits = Limits { scan_items: 3 * LONG_RUN, ..Limits::default() };
        let mut budget = Budget::new(Paging::Filled, 1, &limits);
        let runs = (1..).find(|_| budget.has_walked_enough());
        assert_eq!(runs, Some(3 * WALK));
    }
}
