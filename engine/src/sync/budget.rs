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
