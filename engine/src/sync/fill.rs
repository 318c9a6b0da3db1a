//! Filling a page from one run, or from several tables' runs in one commit order.
//!
//! Runs that read the base table come first, one after the other: they replace what a client holds, or
//! fill a gap in key order. The deltas are then merged by their timestamps.

use super::budget::Budget;
use super::lens;
use super::memory::Memory;
use super::page::{State, SyncItem};
use super::request::SyncRequest;
use super::room::Room;
use super::source::{Candidate, Go, Source, Step};
use crate::catalog::Table;
use crate::error::Result;
use crate::recent::{Part, Recent, log_of};
use crate::storage::View;
use crate::store::Inner;
use highwater_format::meta::Floors;
use highwater_format::token::{Mode, PageToken, Position, Scope};
use highwater_format::{ItemKey, Millis, Timestamp};

/// A run of one table, somewhere between its first page and its last.
pub(super) struct Running<'a> {
    pub(super) table: &'a Table,
    pub(super) request: &'a SyncRequest,
    pub(super) run: PageToken,
    /// As they were when they were looked at: those that are there while the page is read may be taken back.
    pub(super) floors: Floors,
    /// What the page asks for, if all of it is in memory.
    pub(super) part: Option<Part>,
    /// Nothing is left to be read.
    pub(super) ended: bool,
}

impl<'a> Running<'a> {
    pub(super) fn new(table: &'a Table, request: &'a SyncRequest, run: PageToken) -> Self {
        let floors = table.floors();
        Self { table, request, run, floors, part: None, ended: false }
    }

    /// Looks for what the page asks for in memory; whether all of it is there, or nothing is asked.
    pub(super) fn remember(&mut self, recent: &Recent, budget: &Budget) -> bool {
        let Self { table, run, .. } = self;
        if let Position::Change(after) = run.after
            && !self.ended
            && let Some(tail) = table.tail(recent)
        {
            let mut room = Vec::new();
            let log = log_of(&run.through, &mut room);
            self.part = tail.read(log, (after, run.upper), budget.most());
            // Up to where the run ends nothing can be added any more.
            self.ended = self.part.as_ref().is_some_and(|part| part.changes.is_empty());
        }
        self.ended || self.part.is_some()
    }

    /// What the keys of its items begin with.
    pub(super) fn within(&self) -> Vec<u8> {
        match &self.run.through {
            Scope::Partition(value) => value.clone(),
            Scope::Table | Scope::Index { .. } => Vec::new(),
        }
    }

    /// Whether it goes on in key order and does not know where it ends yet: where its table ends as of page
    /// 1, however many items are added.
    fn lacks_its_end(&self) -> bool {
        let Self { run: PageToken { after, last_item, .. }, ended, .. } = self;
        !ended && last_item.is_empty() && matches!(after, Position::Item(_))
    }
}

/// How many items a page has room for at first.
const FIRST_ITEMS: usize = 16;

/// A page being filled.
pub(super) struct Filling {
    pub(super) budget: Budget,
    pub(super) items: Vec<SyncItem>,
    /// Of each item, the place of its run.
    pub(super) places: Vec<usize>,
    room: Room,
}

/// Where a run reads on.
enum Reading<'v> {
    Store(Source<'v>),
    Memory(Memory),
}

impl<'v> Reading<'v> {
    /// In its part in memory if there is one, otherwise in `view`.
    fn open(view: &'v View<'v>, running: &mut Running<'_>, width: Millis) -> Result<Self> {
        match running.part.take() {
            Some(part) => Ok(Self::Memory(Memory::new(part, running.floors, running.within()))),
            None => Source::open(view, running, width).map(Self::Store),
        }
    }
}

/// A delta with the time of the change that it stands on.
struct Delta<'v> {
    place: usize,
    reading: Reading<'v>,
    next: Option<Timestamp>,
}

impl Inner {
    /// Reads on in each run as far as the page's budget goes.
    pub(super) fn fill(&self, runs: &mut [Running<'_>], budget: Budget) -> Result<Filling> {
        let (items, places) = (Vec::new(), Vec::new());
        let mut filling = Filling { budget, items, places, room: Room::default() };
        // Index and base must agree where an entry holds a key alone.
        let through_index = |running: &Running<'_>| {
            let is_read = !running.ended && running.part.is_none();
            is_read && matches!(running.run.through, Scope::Index { .. })
        };
        let view = match runs.iter().any(through_index) {
            true => self.storage.snapshot(),
            false => self.storage.latest(),
        };
        // One delta alone has nobody to be merged with.
        let is_alone = runs.len() == 1;
        let mut is_full = false;
        for (place, running) in runs.iter_mut().enumerate() {
            if (running.run.mode != Mode::Delta || is_alone) && !running.ended {
                if is_full && !running.lacks_its_end() {
                    continue;
                }
                let mut reading = Reading::open(&view, running, self.bucket_width)?;
                if !is_full {
                    running.ended = match &mut reading {
                        Reading::Store(source) => filling.read(place, running, source)?,
                        Reading::Memory(memory) => filling.recall(place, running, memory)?,
                    };
                    is_full = !running.ended;
                }
                if running.lacks_its_end()
                    && let Reading::Store(source) = reading
                {
                    running.run.last_item = source.last_item(running)?.unwrap_or_default();
                }
            }
        }
        if is_full {
            return Ok(filling);
        }
        filling.merge(runs, &view, self.bucket_width)?;
        Ok(filling)
    }
}

impl Filling {
    /// Reads one run; whether it came to its end.
    fn read(
        &mut self,
        place: usize,
        running: &mut Running<'_>,
        source: &mut Source<'_>,
    ) -> Result<bool> {
        let end = source.walk(&mut |step| match step {
            Step::Candidate(candidate) if self.budget.is_spent(candidate) => Ok(Go::Stop),
            Step::Candidate(candidate) => {
                self.take(place, running, candidate)?;
                Ok(Go::On)
            }
            Step::Passed(position) => Ok(self.pass(running, position)),
        })?;
        Ok(end == Go::On)
    }

    /// Reads one run from memory; whether it came to its end.
    fn recall(
        &mut self,
        place: usize,
        running: &mut Running<'_>,
        memory: &mut Memory,
    ) -> Result<bool> {
        loop {
            let mut next = None;
            let mut pass = |position| Ok(self.pass(running, position));
            if memory.advance(&mut next, &mut pass)? == Go::On {
                return Ok(true);
            }
            if next.is_none() || self.take_over(place, running, memory)? == Go::Stop {
                return Ok(false);
            }
        }
    }

    /// Takes what `memory` stands on, if there is room for it.
    fn take_over(
        &mut self,
        place: usize,
        running: &mut Running<'_>,
        memory: &mut Memory,
    ) -> Result<Go> {
        let candidate = memory.candidate().filter(|next| !self.budget.is_spent(next));
        let Some(candidate) = candidate else { return Ok(Go::Stop) };
        let told = self.take(place, running, &candidate)?;
        if told.is_some_and(|state| candidate.hands_over(state))
            && let Some(item) = self.items.last_mut()
        {
            item.document = memory.take_document();
        }
        Ok(Go::On)
    }

    /// Reads the deltas in the order of their changes.
    fn merge(&mut self, runs: &mut [Running<'_>], view: &View<'_>, width: Millis) -> Result<()> {
        let mut deltas = Vec::new();
        for (place, running) in runs.iter_mut().enumerate().filter(|(_, running)| !running.ended) {
            let reading = Reading::open(view, running, width)?;
            let mut delta = Delta { place, reading, next: None };
            if !self.step(&mut delta, running)? {
                return Ok(());
            }
            deltas.push(delta);
        }
        loop {
            let standing = deltas.iter_mut().filter(|delta| delta.next.is_some());
            let Some(delta) = standing.min_by_key(|delta| delta.next) else { return Ok(()) };
            let Some(running) = runs.get_mut(delta.place) else { return Ok(()) };
            let place = delta.place;
            let shown = match &mut delta.reading {
                Reading::Memory(memory) => self.take_over(place, running, memory)?,
                Reading::Store(source) => source.show(&mut |step| match step {
                    Step::Candidate(candidate) if !self.budget.is_spent(candidate) => {
                        self.take(place, running, candidate)?;
                        Ok(Go::On)
                    }
                    _ => Ok(Go::Stop),
                })?,
            };
            if shown == Go::Stop || !self.step(delta, running)? {
                return Ok(());
            }
        }
    }

    /// Steps to a delta's next change, or ends it; false if the page ends here.
    fn step(&mut self, delta: &mut Delta<'_>, running: &mut Running<'_>) -> Result<bool> {
        delta.next = None;
        let mut pass = |position| Ok(self.pass(running, position));
        let end = match &mut delta.reading {
            Reading::Store(source) => source.advance(&mut delta.next, &mut pass)?,
            Reading::Memory(memory) => memory.advance(&mut delta.next, &mut pass)?,
        };
        running.ended = end == Go::On;
        Ok(running.ended || delta.next.is_some())
    }

    /// A long run held nothing for this client.
    fn pass(&mut self, running: &mut Running<'_>, position: Position) -> Go {
        running.run.after = position;
        if self.budget.has_walked_enough() { Go::Stop } else { Go::On }
    }

    /// Looks at a candidate; what the client is told of it, if anything.
    #[inline]
    fn take(
        &mut self,
        place: usize,
        running: &mut Running<'_>,
        candidate: &Candidate<'_>,
    ) -> Result<Option<State>> {
        match &mut running.run.after {
            Position::Change(at) => *at = candidate.changed_at,
            Position::Item(item) => {
                item.clear();
                item.extend_from_slice(candidate.item);
            }
        }
        self.budget.examine(candidate);
        let Some(state) = lens::state(running.request, running.run.mode, candidate)? else {
            return Ok(None);
        };
        let document = lens::document(running.table, state, candidate, &mut self.room)?;
        self.budget.give(match candidate.hands_over(state) {
            true => candidate.bytes(),
            false => candidate.item.len() + document.as_bytes().len(),
        });
        if self.items.len() == self.items.capacity() {
            self.make_room();
        }
        // Made in its place and its key read there: moved, it would wait for its own bytes, at each item.
        let (key, Candidate { version, changed_at, .. }) = (ItemKey::UNREAD, *candidate);
        self.items.push(SyncItem { key, version, changed_at, state, document });
        if let Some(item) = self.items.last_mut() {
            item.key.decode_into(candidate.item)?;
        }
        self.places.push(place);
        Ok(Some(state))
    }

    #[cold]
    fn make_room(&mut self) {
        // Items are large: fewer and larger steps than a vector would take.
        let more = FIRST_ITEMS.max(7 * self.items.len());
        self.items.reserve(more);
        self.places.reserve(more);
    }
}
