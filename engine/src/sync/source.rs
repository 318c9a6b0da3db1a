//! Where a page's items come from: a range of base, the log, or a scope of an index.

use super::fill::Running;
use super::page::State;
use super::plan::base_prefix;
use crate::error::{Error, Result};
use crate::log::LogScan;
use crate::storage::{Next, Scan, View};
use highwater_format::meta::Floors;
use highwater_format::token::{Position, Scope};
use highwater_format::{
    Family, IndexEntryRef, IndexEvent, Millis, RecordRef, TableId, Timestamp, keys,
};
use std::ops::ControlFlow;

/// Bytes of two attribute names and their framing in a document.
const KEY_NAMES: usize = 2 * 255 + 32;

/// A candidate for a page, where it lies: nothing is copied that is not told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate<'a> {
    /// The encoded item key.
    pub(super) item: &'a [u8],
    /// The item's version and change; for one that left, those of the leaving.
    pub(super) version: u64,
    pub(super) changed_at: Timestamp,
    pub(super) state: State,
    /// Absent for an item that left.
    pub(super) record: Option<RecordRef<'a>>,
    /// Whether its document is in memory that is shared: it is handed over instead of copied.
    pub(super) is_shared: bool,
}

impl<'a> Candidate<'a> {
    #[inline(always)]
    pub(super) fn of_record(item: &'a [u8], record: RecordRef<'a>) -> Self {
        Self {
            item,
            version: record.version,
            changed_at: record.changed_at,
            state: if record.deleted { State::Deleted } else { State::Live },
            record: Some(record),
            is_shared: false,
        }
    }

    /// Of an item that left by this change.
    pub(super) fn left(item: &'a [u8], version: u64, changed_at: Timestamp) -> Self {
        Self { item, version, changed_at, state: State::Left, record: None, is_shared: false }
    }

    /// Whether its document is handed over to whoever is told of it in this `state`.
    pub(super) fn hands_over(&self, state: State) -> bool {
        self.is_shared && state != State::Left
    }

    /// The bytes it weighs in a page.
    pub(super) fn bytes(&self) -> usize {
        // One that left is told with a document of its key: names and values, at most this.
        let key_document = KEY_NAMES + self.item.len();
        let document = self.record.map_or(key_document, |record| record.document.len());
        self.item.len() + document
    }
}

/// What a walk comes to.
pub(super) enum Step<'a> {
    /// Something that the page decides about.
    Candidate(&'a Candidate<'a>),
    /// Once more, a long run of items that held nothing for this client; the walk stands here.
    Passed(Position),
}

/// Whether a walk goes on behind what it came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Go {
    On,
    Stop,
}

/// Who is shown what a walk comes to.
pub(super) type Visit<'v> = dyn FnMut(Step<'_>) -> Result<Go> + 'v;

/// How many items make a long run.
pub(super) const LONG_RUN: usize = 1024;

/// A walk over candidates.
pub(super) enum Source<'a> {
    /// Items in key order, changed at or after `since`.
    Base { scan: Scan<'a>, since: Timestamp, floors: Floors, passed: usize },
    /// Changes in commit order, of the items whose keys begin with `within`.
    Log { scan: LogScan<'a>, within: Vec<u8>, passed: usize },
    /// A scope's changes in commit order. What a keys-only entry lacks is looked up in the same view.
    Index { scan: Scan<'a>, view: &'a View<'a>, table: TableId, floors: Floors },
}

impl<'a> Source<'a> {
    /// Opens the walk over `view` that a run continues with.
    pub(super) fn open(view: &'a View<'a>, running: &Running<'_>, width: Millis) -> Result<Self> {
        let Running { table, run, floors, .. } = running;
        let floors = *floors;
        match (&run.after, &run.through) {
            (Position::Item(after), scope) => {
                let prefix = base_prefix(table, scope);
                let from = if after.is_empty() {
                    prefix
                } else {
                    let mut behind = keys::base(table.id(), after);
                    behind.push(0);
                    behind
                };
                // The first page goes as far as there are items: it finds out where the run ends.
                let to = if run.last_item.is_empty() {
                    keys::after_prefix(&base_prefix(table, scope))
                } else {
                    let mut to = keys::base(table.id(), &run.last_item);
                    to.push(0);
                    to
                };
                let scan = view.scan(Family::Base, &from, to)?;
                Ok(Self::Base { scan, since: run.since, floors, passed: 0 })
            }
            (Position::Change(after), Scope::Index { index, value }) => {
                let from = keys::scope_entry(*index, value, after.plus(1));
                let mut to = keys::scope_entry(*index, value, run.upper);
                to.push(0);
                let scan = view.scan(Family::DeltaIndex, &from, to)?;
                Ok(Self::Index { scan, view, table: table.id(), floors })
            }
            (Position::Change(after), _) => {
                // Clamped: nobody walks over what is below the floor.
                let from = after.plus(1).max(floors.delta);
                let scan = LogScan::new(view, table.id(), from, run.upper, width)?;
                Ok(Self::Log { scan, within: running.within(), passed: 0 })
            }
        }
    }

    /// Shows what it comes to until it is stopped; whether it was, or came to the end.
    pub(super) fn walk(&mut self, visit: &mut Visit<'_>) -> Result<Go> {
        match self {
            Self::Base { scan, since, floors, passed } => {
                walk_base(scan, *since, *floors, passed, visit)
            }
            Self::Log { scan, within, passed } => walk_log(scan, within, passed, visit),
            Self::Index { scan, view, table, floors } => {
                walk_index(scan, view, *table, *floors, visit)
            }
        }
    }

    /// The last item in key order as of now, of a walk in that order.
    pub(super) fn last_item(self, running: &Running<'_>) -> Result<Option<Vec<u8>>> {
        let Self::Base { scan, .. } = self else { return Ok(None) };
        let prefix = base_prefix(running.table, &running.run.through);
        let last = scan.last(&prefix)?.map(|key| Ok(keys::decode_base(&key)?.1.to_vec()));
        last.transpose()
    }

    /// Steps to the `next` change without a look at its record, which may lie elsewhere; whether there is none.
    pub(super) fn advance(
        &mut self,
        next: &mut Option<Timestamp>,
        pass: &mut dyn FnMut(Position) -> Result<Go>,
    ) -> Result<Go> {
        if let Self::Index { scan, floors, .. } = self {
            *next = advance_index(scan, *floors)?;
            return Ok(if next.is_some() { Go::Stop } else { Go::On });
        }
        self.walk(&mut |step| match step {
            Step::Candidate(candidate) => {
                *next = Some(candidate.changed_at);
                Ok(Go::Stop)
            }
            Step::Passed(position) => pass(position),
        })
    }

    /// Shows what it has advanced to, if it is still there.
    pub(super) fn show(&self, visit: &mut Visit<'_>) -> Result<Go> {
        match self {
            Self::Base { scan, .. } => visit(Step::Candidate(&in_base(scan)?)),
            Self::Log { scan, .. } => visit(Step::Candidate(&in_log(scan)?)),
            Self::Index { scan, view, table, floors } => match in_index(scan.entry()?, *floors)? {
                Some(told) => show_index(told, (view, *table), visit),
                None => Err(dangling(&[])),
            },
        }
    }
}

/// Whether a key begins with `within`. Comparing nothing costs more than asking.
pub(super) fn is_within(item: &[u8], within: &[u8]) -> bool {
    within.is_empty() || item.starts_with(within)
}

// Inlined, as what it is made of: as a value that is moved it waits for its own padding, at each item.
#[inline(always)]
fn in_base<'s>(scan: &'s Scan<'_>) -> Result<Candidate<'s>> {
    let (key, payload) = scan.entry()?;
    Ok(Candidate::of_record(keys::decode_base(key)?.1, RecordRef::decode(payload)?))
}

fn walk_base(
    scan: &mut Scan<'_>,
    since: Timestamp,
    floors: Floors,
    passed: &mut usize,
    visit: &mut Visit<'_>,
) -> Result<Go> {
    let is_all = scan.walk(|entry| {
        let (item, record) =
            (keys::decode_base(entry.key)?.1, RecordRef::decode(entry.payload()?)?);
        let candidate = Candidate::of_record(item, record);
        let (is_deleted, at) = (candidate.state == State::Deleted, candidate.changed_at);
        // Not told: what the client has, and tombstones that are absent for every reader.
        let step = if at >= since && (!is_deleted || at >= floors.tombstone) {
            Step::Candidate(&candidate)
        } else {
            *passed += 1;
            if !passed.is_multiple_of(LONG_RUN) {
                return Ok(Next::Entry);
            }
            Step::Passed(Position::Item(candidate.item.to_vec()))
        };
        Ok::<_, Error>(if visit(step)? == Go::Stop { Next::Stop } else { Next::Entry })
    })?;
    Ok(if is_all { Go::On } else { Go::Stop })
}

#[inline(always)]
fn in_log<'s>(scan: &'s LogScan<'_>) -> Result<Candidate<'s>> {
    let (item, record) = scan.entry()?;
    Ok(Candidate::of_record(item, record))
}

fn walk_log(
    scan: &mut LogScan<'_>,
    within: &[u8],
    passed: &mut usize,
    visit: &mut Visit<'_>,
) -> Result<Go> {
    let is_all = scan.walk(|at, item, record| {
        let candidate = Candidate::of_record(item, record);
        let step = if is_within(candidate.item, within) {
            Step::Candidate(&candidate)
        } else {
            *passed += 1;
            if !passed.is_multiple_of(LONG_RUN) {
                return Ok(ControlFlow::Continue(()));
            }
            Step::Passed(Position::Change(at))
        };
        let is_stopped = visit(step)? == Go::Stop;
        Ok(if is_stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(if is_all { Go::On } else { Go::Stop })
}

/// What an index tells at a key, and when that was; nothing of a key that is none of a change, and of tombstones
/// that are absent for every reader.
#[inline(always)]
fn in_index<'e>(
    (key, payload): (&[u8], &'e [u8]),
    floors: Floors,
) -> Result<Option<(Timestamp, IndexEntryRef<'e>)>> {
    let keys::IndexKey::Entry { at, .. } = keys::decode_index(key)? else { return Ok(None) };
    let entry = IndexEntryRef::decode(payload)?;
    let is_told = entry.event == IndexEvent::Changed || at >= floors.tombstone;
    Ok(is_told.then_some((at, entry)))
}

/// Steps to the next entry that is told.
fn advance_index(scan: &mut Scan<'_>, floors: Floors) -> Result<Option<Timestamp>> {
    let mut found = None;
    scan.walk(|entry| {
        found = in_index((entry.key, entry.payload()?), floors)?.map(|(at, _)| at);
        Ok::<_, Error>(if found.is_some() { Next::Stop } else { Next::Entry })
    })?;
    Ok(found)
}

/// Shows an entry; one that holds a key alone with its record in base, where that lies.
#[inline]
fn show_index(
    (at, entry): (Timestamp, IndexEntryRef<'_>),
    (view, table): (&View<'_>, TableId),
    visit: &mut Visit<'_>,
) -> Result<Go> {
    let IndexEntryRef { event, version, item, record } = entry;
    if event == IndexEvent::Left {
        let left = Candidate::left(item, version, at);
        return visit(Step::Candidate(&left));
    }
    let mut show =
        |record: RecordRef<'_>| visit(Step::Candidate(&Candidate::of_record(item, record)));
    if let Some(record) = record {
        return show(RecordRef::decode(record)?);
    }
    let read = |payload: &[u8]| {
        let record = RecordRef::decode(payload)?;
        Ok((record.changed_at == at).then(|| show(record)))
    };
    match view.get(Family::Base, &keys::base(table, item), read)?.flatten() {
        Some(shown) => shown,
        // A tombstone that expired while the page was read: absent, as below its floor.
        None if event == IndexEvent::Deleted => Ok(Go::On),
        None => Err(dangling(item)),
    }
}

fn walk_index(
    scan: &mut Scan<'_>,
    view: &View<'_>,
    table: TableId,
    floors: Floors,
    visit: &mut Visit<'_>,
) -> Result<Go> {
    let is_all = scan.walk(|entry| {
        let Some(told) = in_index((entry.key, entry.payload()?), floors)? else {
            return Ok(Next::Entry);
        };
        let is_stopped = show_index(told, (view, table), visit)? == Go::Stop;
        Ok::<_, Error>(if is_stopped { Next::Stop } else { Next::Entry })
    })?;
    Ok(if is_all { Go::On } else { Go::Stop })
}

fn dangling(item: &[u8]) -> Error {
    Error::Damaged {
        place: format!("delta_index entry of item {}", crate::error::hex(item)),
        reason: "its record is not in base".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Batch;
    use crate::sync::budget::Budget;
    use crate::sync::memory::Memory;
    use crate::sync::{Paging, scope_of, view_of};
    use crate::testing::MemoryDisk;
    use crate::{Document, Limits, Options, Projection, Store, SyncPage, SyncRequest};
    use crate::{TableSpec, TableSpecExt};
    use highwater_format::ItemKey;
    use highwater_format::token::{Mode, PageToken};

    #[test]
    fn an_item_weighs_its_key_and_its_document_or_the_most_that_a_key_alone_can() {
        let record =
            RecordRef { version: 1, changed_at: Timestamp(1), deleted: false, document: &[0; 100] };
        let held = Candidate::of_record(&[0; 7], record);
        assert_eq!(held.bytes(), 107);
        let left = Candidate { state: State::Left, record: None, ..held };
        // Twice the key, and two names of 255 bytes with their framing.
        assert_eq!(left.bytes(), 7 + 7 + 542);
    }

    /// A store that answers from files, with `a` and `b` of one owner in an index that holds keys alone.
    fn keys_only() -> Store {
        let limits = Limits { recent_bytes: 0, ..Limits::default() };
        let options = Options { worker: None, limits, ..Options::default() };
        let store = MemoryDisk::default().builder().options(options).open().unwrap();
        let spec = TableSpec::new("t", "id").index("i", "o", Projection::KeysOnly);
        store.create_table(spec).unwrap();
        for id in ["a", "b"] {
            let document = format!(r#"{{"id":"{id}","o":"x"}}"#);
            store.put("t", Document::from_json(&document).unwrap()).unwrap();
        }
        store
    }

    fn base_of(id: &str) -> Vec<u8> {
        keys::base(TableId(1), &ItemKey::from(id).encode())
    }

    fn sync(store: &Store) -> Result<SyncPage> {
        store.sync(&SyncRequest::new("t").index("i", "x"))
    }

    #[test]
    fn an_entry_whose_record_is_gone_or_another_is_damage() {
        let store = keys_only();
        assert_eq!(sync(&store).unwrap().items.len(), 2);
        let storage = &store.inner().storage;
        let of_b = storage.latest().get(Family::Base, &base_of("b"), |b| Ok(b.to_vec())).unwrap();
        let mut batch = Batch::default();
        batch.put(Family::Base, base_of("a"), &of_b.unwrap());
        storage.write(batch, false).unwrap();
        assert!(matches!(sync(&store), Err(Error::Damaged { .. })));

        let mut batch = Batch::default();
        batch.delete(Family::Base, base_of("a"));
        storage.write(batch, false).unwrap();
        assert!(matches!(sync(&store), Err(Error::Damaged { .. })));
    }

    #[test]
    fn an_entry_whose_tombstone_is_gone_is_passed_over() {
        let store = keys_only();
        store.delete("t", "a").unwrap();
        let mut batch = Batch::default();
        batch.delete(Family::Base, base_of("a"));
        store.inner().storage.write(batch, false).unwrap();
        let page = sync(&store).unwrap();
        let keys: Vec<_> = page.items.into_iter().map(|item| item.key).collect();
        assert_eq!(keys, [ItemKey::from("b")]);
    }

    /// A walk that holds nothing for its client says so now and then, as it costs the page something.
    #[test]
    fn a_walk_over_what_is_of_others_tells_where_it_stands_once_in_a_long_run() {
        for recent_bytes in [0, 1 << 20] {
            let limits = Limits { recent_bytes, ..Limits::default() };
            let options = Options { worker: None, limits: limits.clone(), ..Options::default() };
            let store = MemoryDisk::default().builder().options(options).open().unwrap();
            store.create_table(TableSpec::new("t", "id")).unwrap();
            let put = |id: &str| {
                let document = Document::from_json(&format!(r#"{{"id":"{id}"}}"#)).unwrap();
                store.put("t", document).unwrap().item.unwrap().changed_at
            };
            let mine = put("mine");
            let theirs: Vec<_> = (0..=2 * LONG_RUN).map(|n| put(&n.to_string())).collect();
            let last = put("mine");

            let (inner, table) = (store.inner(), store.inner().catalog.get("t").unwrap());
            let request = SyncRequest::new("t").partition("mine").paging(Paging::Filled);
            let run = inner.first_page(
                &table,
                &request,
                view_of(table.id(), scope_of(&table, &request).unwrap(), &request),
                None,
                inner.clock.observe().unwrap(),
            );
            let run =
                PageToken { mode: Mode::Delta, after: Position::Change(mine), upper: last, ..run };
            let mut running = Running::new(&table, &request, run);
            let budget = Budget::new(Paging::Filled, 1, &limits);
            assert_eq!(running.remember(&inner.recent, &budget), recent_bytes > 0);
            let (mut found, mut passed) = (Vec::new(), Vec::new());
            if let Some(part) = running.part.take() {
                let mut memory = Memory::new(part, running.floors, running.within());
                for end in [Go::Stop, Go::On] {
                    let mut next = None;
                    let mut pass = |position| {
                        passed.push(position);
                        Ok(Go::On)
                    };
                    assert_eq!(memory.advance(&mut next, &mut pass).unwrap(), end);
                    found.extend(next);
                }
            } else {
                let view = inner.storage.latest();
                let mut source = Source::open(&view, &running, inner.bucket_width).unwrap();
                let end = source.walk(&mut |step| {
                    match step {
                        Step::Candidate(candidate) => found.push(candidate.changed_at),
                        Step::Passed(position) => passed.push(position),
                    }
                    Ok(Go::On)
                });
                assert_eq!(end.unwrap(), Go::On);
            }
            assert_eq!(found, [last]);
            let runs = [LONG_RUN, 2 * LONG_RUN].map(|n| Position::Change(theirs[n - 1]));
            assert_eq!(passed, runs);
        }
    }
}
