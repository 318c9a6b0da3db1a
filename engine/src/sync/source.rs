//! Where a page's items come from: a range of base, the log, or a scope of an index.

use super::fill::Running;
use super::page::State;
use super::plan::base_prefix;
use crate::error::{Error, Result};
use crate::log::LogScan;
use crate::storage::{Scan, View};
use highwater_format::meta::Floors;
use highwater_format::token::{Position, Scope};
use highwater_format::{Family, IndexEntry, IndexEvent, Millis, Record, TableId, Timestamp, keys};

/// Bytes of two attribute names and their framing in a document.
const KEY_NAMES: usize = 2 * 255 + 32;

/// A candidate for a page.
pub(super) struct Candidate {
    /// The encoded item key.
    pub(super) item: Vec<u8>,
    /// Where the run stands once this candidate is dealt with.
    pub(super) position: Position,
    /// The item's version and change; for one that left, those of the leaving.
    pub(super) version: u64,
    pub(super) changed_at: Timestamp,
    pub(super) state: State,
    /// Absent for an item that left.
    pub(super) record: Option<Record>,
}

impl Candidate {
    fn of_record(item: Vec<u8>, position: Position, record: Record) -> Self {
        Self {
            item,
            position,
            version: record.version,
            changed_at: record.changed_at,
            state: if record.deleted { State::Deleted } else { State::Live },
            record: Some(record),
        }
    }

    /// The bytes it weighs in a page.
    pub(super) fn bytes(&self) -> usize {
        // One that left is told with a document of its key: names and values, at most this.
        let key_document = KEY_NAMES + self.item.len();
        let document =
            self.record.as_ref().map_or(key_document, |record| record.document.as_bytes().len());
        self.item.len() + document
    }
}

/// What a walk comes to.
pub(super) enum Step {
    /// Something that the page decides about.
    Candidate(Candidate),
    /// Once more, a long run of items that held nothing for this client; the walk stands here.
    Passed(Position),
}

/// How many items make a long run.
pub(super) const LONG_RUN: usize = 1024;

/// A walk over candidates.
pub(super) enum Source<'a> {
    /// Items in key order, changed at or after `since`.
    Base { scan: Scan<'a>, since: Timestamp, floors: Floors, passed: usize },
    /// Changes in commit order, of the items whose keys begin with `within`.
    Log { scan: LogScan<'a>, within: Vec<u8>, passed: usize },
    /// A scope's changes in commit order; keys-only entries look their record up in the same view.
    Index { scan: Scan<'a>, view: &'a View<'a>, table: TableId, floors: Floors },
}

impl<'a> Source<'a> {
    /// Opens the walk that a run continues with.
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
                let mut to = keys::base(table.id(), &run.last_item);
                to.push(0);
                let scan = view.scan(Family::Base, &from, &to.max(from.clone()))?;
                Ok(Self::Base { scan, since: run.since, floors, passed: 0 })
            }
            (Position::Change(after), Scope::Index { index, value }) => {
                let from = keys::scope_entry(*index, value, after.plus(1));
                let mut to = keys::scope_entry(*index, value, run.upper);
                to.push(0);
                let scan = view.scan(Family::DeltaIndex, &from, &to.max(from.clone()))?;
                Ok(Self::Index { scan, view, table: table.id(), floors })
            }
            (Position::Change(after), scope) => {
                // Clamped: nobody walks over what is below the floor.
                let from = after.plus(1).max(floors.delta);
                let scan = LogScan::new(view, table.id(), from, run.upper, width)?;
                let within = match scope {
                    Scope::Partition(value) => value.clone(),
                    Scope::Table | Scope::Index { .. } => Vec::new(),
                };
                Ok(Self::Log { scan, within, passed: 0 })
            }
        }
    }

    /// Steps to the next candidate, or to the end of a long run without one.
    pub(super) fn advance(&mut self) -> Result<Option<Step>> {
        match self {
            Self::Base { scan, since, floors, passed } => {
                next_in_base(scan, *since, *floors, passed)
            }
            Self::Log { scan, within, passed } => next_in_log(scan, within, passed),
            Self::Index { scan, view, table, floors } => {
                Ok(next_in_index(scan, view, *table, *floors)?.map(Step::Candidate))
            }
        }
    }
}

fn next_in_base(
    scan: &mut Scan<'_>,
    since: Timestamp,
    floors: Floors,
    passed: &mut usize,
) -> Result<Option<Step>> {
    while scan.advance()?.is_some() {
        let (key, payload) = scan.entry()?;
        let (deleted, changed_at) = Record::peek(payload)?;
        let item = keys::decode_base(key)?.1;
        // Not told: what the client has, and tombstones that are absent for every reader.
        if changed_at < since || (deleted && changed_at < floors.tombstone) {
            *passed += 1;
            if passed.is_multiple_of(LONG_RUN) {
                return Ok(Some(Step::Passed(Position::Item(item.to_vec()))));
            }
            continue;
        }
        let item = item.to_vec();
        let record = Record::decode(payload)?;
        let position = Position::Item(item.clone());
        return Ok(Some(Step::Candidate(Candidate::of_record(item, position, record))));
    }
    Ok(None)
}

fn next_in_log(scan: &mut LogScan<'_>, within: &[u8], passed: &mut usize) -> Result<Option<Step>> {
    while let Some(place) = scan.advance()? {
        let entry = scan.entry()?;
        let position = Position::Change(place.at);
        if entry.item.starts_with(within) {
            let candidate = Candidate::of_record(entry.item, position, entry.record);
            return Ok(Some(Step::Candidate(candidate)));
        }
        *passed += 1;
        if passed.is_multiple_of(LONG_RUN) {
            return Ok(Some(Step::Passed(position)));
        }
    }
    Ok(None)
}

fn next_in_index(
    scan: &mut Scan<'_>,
    view: &View<'_>,
    table: TableId,
    floors: Floors,
) -> Result<Option<Candidate>> {
    while scan.advance()?.is_some() {
        let (key, payload) = scan.entry()?;
        let keys::IndexKey::Entry { at, .. } = keys::decode_index(key)? else {
            continue;
        };
        let entry = IndexEntry::decode(payload)?;
        if entry.event != IndexEvent::Changed && at < floors.tombstone {
            continue;
        }
        let position = Position::Change(at);
        if entry.event == IndexEvent::Left {
            return Ok(Some(Candidate {
                item: entry.item,
                position,
                version: entry.version,
                changed_at: at,
                state: State::Left,
                record: None,
            }));
        }
        let record = match entry.record {
            Some(record) => record,
            None => {
                let base = keys::base(table, &entry.item);
                match view.get(Family::Base, &base, Record::decode)? {
                    Some(record) if record.changed_at == at => record,
                    // A tombstone that expired while the page was read: absent, as below its floor.
                    _ if entry.event == IndexEvent::Deleted => continue,
                    _ => return Err(dangling(&entry.item)),
                }
            }
        };
        return Ok(Some(Candidate::of_record(entry.item, position, record)));
    }
    Ok(None)
}

fn dangling(item: &[u8]) -> Error {
    Error::Damaged {
        place: format!("delta_index entry of item {}", crate::error::hex(item)),
        reason: "its record is not in base".to_owned(),
    }
}
