//! The newest part of one log.

use super::TailChange;
use highwater_format::{Digest, Timestamp};
use std::collections::BTreeMap;
use std::ops::Bound;

/// Bytes of an entry beside what it holds: its place in the map, and the two pieces of memory that it is shared by.
const ENTRY: usize = 192;

/// How many changes a part has room for at first, and by how many times that grows: most ask for few, and who asks for
/// more asks for a page.
const FIRST: usize = 16;
const GROWS: usize = 8;

/// Changes that follow each other.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) changes: Vec<TailChange>,
    /// Nothing more was there.
    pub(crate) is_all: bool,
}

/// The newest changes of a log: all of those above its floor.
#[derive(Debug)]
pub(super) struct Tail {
    /// From here on every change was noted when it was made.
    begun: Timestamp,
    floor: Timestamp,
    /// Of the changes that were noted.
    newest: Timestamp,
    changes: BTreeMap<Timestamp, TailChange>,
    pub(super) bytes: usize,
    /// Of the live items, as of the changes that were noted.
    pub(super) digest: Option<Digest>,
    /// When it was asked last, as its table counts.
    pub(super) asked: u64,
}

fn weight(change: &TailChange) -> usize {
    ENTRY + change.bytes()
}

impl Tail {
    pub(super) fn new(begun: Timestamp) -> Self {
        Self {
            begun,
            floor: begun,
            newest: Timestamp::ZERO,
            changes: BTreeMap::new(),
            bytes: 0,
            digest: None,
            asked: 0,
        }
    }

    pub(super) fn put(&mut self, change: TailChange) {
        let at = change.head.at;
        // A commit that began before this tail did: its younger neighbours may not be here.
        if at <= self.floor {
            return;
        }
        self.newest = self.newest.max(at);
        self.bytes += weight(&change);
        self.changes.insert(at, change);
    }

    pub(super) fn remove(&mut self, at: Timestamp) {
        if let Some(change) = self.changes.remove(&at) {
            self.bytes -= weight(&change);
        }
    }

    /// Lets the oldest go until no more than `bytes` are held.
    pub(super) fn trim(&mut self, bytes: usize) {
        while self.bytes > bytes
            && let Some((at, change)) = self.changes.pop_first()
        {
            self.floor = at;
            self.bytes -= weight(&change);
        }
    }

    /// At most `most` changes in `after..=upto`, the oldest first; `None` if some may be missing.
    pub(super) fn read(&self, after: Timestamp, upto: Timestamp, most: usize) -> Option<Part> {
        if after < self.floor {
            return None;
        }
        // Known from one number: nothing has happened.
        if after >= self.newest || after >= upto {
            return Some(Part { changes: Vec::new(), is_all: true });
        }
        let mut found = self.changes.range((Bound::Excluded(after), Bound::Included(upto)));
        let mut changes = Vec::with_capacity(FIRST.min(most));
        for (_, change) in found.by_ref().take(most) {
            if changes.len() == changes.capacity() {
                let more = (GROWS - 1) * changes.len();
                changes.reserve(more.min(most - changes.len()));
            }
            changes.push(change.clone());
        }
        Some(Part { changes, is_all: found.next().is_none() })
    }

    /// Whether a change above `upper` was noted; `None` if there may be one from before this tail.
    pub(super) fn has_changed(&self, upper: Timestamp) -> Option<bool> {
        (upper >= self.begun).then_some(self.newest > upper)
    }
}
