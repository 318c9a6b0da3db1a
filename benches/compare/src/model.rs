//! What a subject must hold, kept beside it: every answer is held against this.

use crate::page::{in_order, row_sum};
use crate::rows::{OWNERS, document, is_wanted, key};
use std::collections::HashMap;

/// What a page must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// So many rows.
    pub rows: usize,
    /// Their sum, in order.
    pub sum: u64,
}

#[derive(Debug, Clone, Copy)]
struct State {
    version: u64,
    change: u64,
    deleted: bool,
    at: u64,
}

/// Rows that were loaded are as they were loaded, unless noted.
#[derive(Debug)]
pub struct Model {
    /// How many rows there are, tombstones too.
    pub rows: u64,
    /// How many changes there have been.
    pub at: u64,
    bytes: usize,
    noted: HashMap<u64, State>,
}

impl Model {
    /// Of an empty table of documents of `bytes`.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self { rows: 0, at: 0, bytes, noted: HashMap::new() }
    }

    fn state(&self, n: u64) -> State {
        let loaded = State { version: 1, change: 0, deleted: false, at: 0 };
        self.noted.get(&n).copied().unwrap_or(loaded)
    }

    fn sum(&self, n: u64) -> u64 {
        let State { version, change, deleted, .. } = self.state(n);
        row_sum(key(n).as_bytes(), &document(n, change, self.bytes), version, deleted)
    }

    /// The next row comes, as of `change`.
    pub fn insert(&mut self, change: u64) {
        self.at += 1;
        if change != 0 {
            self.noted.insert(self.rows, State { version: 1, change, deleted: false, at: self.at });
        }
        self.rows += 1;
    }

    /// A row is written as of `change`.
    pub fn update(&mut self, n: u64, change: u64) {
        self.at += 1;
        let version = self.state(n).version + 1;
        self.noted.insert(n, State { version, change, deleted: false, at: self.at });
    }

    /// A row goes.
    pub fn delete(&mut self, n: u64) {
        self.at += 1;
        let State { version, change, .. } = self.state(n);
        self.noted.insert(n, State { version: version + 1, change, deleted: true, at: self.at });
    }

    /// Whether a row is there.
    #[must_use]
    pub fn is_live(&self, n: u64) -> bool {
        n < self.rows && !self.state(n).deleted
    }

    /// What a get of the row must give.
    #[must_use]
    pub fn got(&self, n: u64) -> Option<u64> {
        self.is_live(n).then(|| self.sum(n))
    }

    fn expected(&self, rows: impl Iterator<Item = u64>) -> Expected {
        let sums: Vec<u64> = rows.map(|n| self.sum(n)).collect();
        Expected { rows: sums.len(), sum: in_order(sums.into_iter()) }
    }

    /// The first rows of full pages of `limit` live rows: of at most `most`, which lie over the whole table.
    #[must_use]
    pub fn page_firsts(&self, limit: usize, most: usize) -> Vec<u64> {
        let live = (0..self.rows).filter(|n| self.is_live(*n)).collect::<Vec<_>>();
        let pages = live.chunks_exact(limit);
        let every = pages.len().div_ceil(most).max(1);
        pages.step_by(every).filter_map(|page| page.first().copied()).collect()
    }

    /// The page of the whole table that begins at row `from`.
    #[must_use]
    pub fn base(&self, from: u64, limit: usize) -> Expected {
        self.expected((from..self.rows).filter(|n| self.is_live(*n)).take(limit))
    }

    /// The first page of what passes the filter.
    #[must_use]
    pub fn filtered(&self, limit: usize) -> Expected {
        let wanted = |n: &u64| self.is_live(*n) && is_wanted(*n, self.state(*n).change);
        self.expected((0..self.rows).filter(wanted).take(limit))
    }

    /// What changed after `since` changes; of one owner's rows if that is asked.
    #[must_use]
    pub fn delta(&self, since: u64, limit: usize, owner_of: Option<u64>) -> Expected {
        let mut changed: Vec<(u64, u64)> = self
            .noted
            .iter()
            .filter(|(n, state)| {
                state.at > since && owner_of.is_none_or(|of| **n % OWNERS == of % OWNERS)
            })
            .map(|(n, state)| (state.at, *n))
            .collect();
        changed.sort_unstable();
        self.expected(changed.into_iter().map(|(_, n)| n).take(limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tombstone_is_told_by_deltas_and_left_out_of_pages() {
        let mut model = Model::new(256);
        (0..10).for_each(|_| model.insert(0));
        let since = model.at;
        model.update(3, 1);
        model.delete(4);
        model.update(3, 2);
        assert_eq!((model.base(0, 100).rows, model.delta(since, 100, None).rows), (9, 2));
        assert_eq!(model.delta(since, 100, Some(4)).rows, 1);
        assert_eq!((model.got(4), model.delta(model.at, 100, None).rows), (None, 0));
        // Row 4 comes first now: its change is the older one.
        assert_eq!(model.delta(since, 1, None), model.delta(since, 100, Some(4)));
        model.update(4, 1);
        assert!(model.is_live(4));
    }
}
