//! The newest changes of the log or of a scope, from memory.

use super::source::{Candidate, Go, LONG_RUN, is_within};
use crate::error::Result;
use crate::recent::{Part, TailChange};
use highwater_format::meta::Floors;
use highwater_format::token::Position;
use highwater_format::{Document, IndexEvent, Timestamp};

/// Changes that were in memory, and where the walk stands in them.
pub(super) struct Memory {
    part: Part,
    /// Behind the one that it stands on.
    next: usize,
    floors: Floors,
    within: Vec<u8>,
    passed: usize,
}

impl Memory {
    /// A walk over what is told of `part`, of the items whose keys begin with `within`.
    pub(super) fn new(part: Part, floors: Floors, within: Vec<u8>) -> Self {
        Self { part, next: 0, floors, within, passed: 0 }
    }

    /// Steps to the `next` change that is told; whether there is none.
    pub(super) fn advance(
        &mut self,
        next: &mut Option<Timestamp>,
        pass: &mut dyn FnMut(Position) -> Result<Go>,
    ) -> Result<Go> {
        while let Some(change) = self.part.changes.get(self.next) {
            self.next += 1;
            let is_told =
                change.head.event == IndexEvent::Changed || change.head.at >= self.floors.tombstone;
            if is_told && is_within(change.item(), &self.within) {
                *next = Some(change.head.at);
                return Ok(Go::Stop);
            }
            self.passed += 1;
            let is_long = self.passed.is_multiple_of(LONG_RUN);
            if is_long && pass(Position::Change(change.head.at))? == Go::Stop {
                return Ok(Go::Stop);
            }
        }
        // There is more, perhaps not in memory any more: the next page begins behind what was looked at.
        match self.part.changes.last().filter(|_| !self.part.is_all) {
            Some(last) => {
                pass(Position::Change(last.head.at))?;
                Ok(Go::Stop)
            }
            None => Ok(Go::On),
        }
    }

    fn stands_on(&mut self) -> Option<&mut TailChange> {
        self.next.checked_sub(1).and_then(|place| self.part.changes.get_mut(place))
    }

    /// What it has advanced to.
    pub(super) fn candidate(&mut self) -> Option<Candidate<'_>> {
        let change = self.stands_on()?;
        let Some(record) = change.record() else {
            return Some(Candidate::left(change.item(), change.head.version, change.head.at));
        };
        Some(Candidate { is_shared: true, ..Candidate::of_record(change.item(), record) })
    }

    /// The document of what it has advanced to, which is handed over once.
    pub(super) fn take_document(&mut self) -> Document {
        self.stands_on().map(TailChange::take_document).unwrap_or_default()
    }
}
