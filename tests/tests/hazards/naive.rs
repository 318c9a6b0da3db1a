//! The design that people write first: `SELECT ... WHERE updated_at > :last`, and the ways in which it is refined.
//!
//! Rows carry the wall clock's time, or the next number of a sequence. A deleted row is marked for a while. A page is
//! told by how many rows come before it. The device keeps whatever it is sent.

use super::design::{Asked, Design, Items};
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};

/// What is done, where there are several ways that all seem right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The cursor is the moment at which the first page was asked for.
    ReadTime,
    /// The cursor is the number of the newest row that was sent.
    Sequence,
    /// Each page goes on after the time of the last row that was sent.
    PageByTime,
    /// The same as [`Way::ReadTime`], and the device keeps the cursor with the first page.
    KeepsCursorAtOnce,
    /// The filter is applied to what the limit has left, and an empty page is taken for the last one.
    FilterAfterLimit,
    /// Rows changed within the life of the log come from it, all others from the table: asked at every page.
    LogAndTable,
    /// Deleted rows move to a table of their own, and are sent after the others.
    TombstonesApart,
    /// Every write is appended to a log, and that is what is sent.
    AppendedLog,
}

#[derive(Debug, Clone)]
pub struct Row {
    owner: String,
    pub n: u64,
    at: i64,
    deleted: bool,
}

#[derive(Debug)]
pub struct Page {
    rows: Vec<(String, Row)>,
    /// Where the device goes on from when its run is over.
    cursor: i64,
    last: bool,
}

pub struct Naive {
    way: Way,
    asked: Asked,
    limit: usize,
    rows: BTreeMap<String, Row>,
    graves: BTreeMap<String, Row>,
    /// Every write, in the order in which they were made.
    log: Vec<(String, Row)>,
    wall: i64,
    sequence: i64,
    counter: u64,
    // The device.
    device: BTreeMap<String, u64>,
    last_sync: i64,
    /// Rows sent in this run, and the cursor that it leads to.
    run: Option<(usize, i64)>,
    ended: bool,
    /// Where each follower's rows wait until it reads them.
    followers: Vec<Sender<Row>>,
}

/// For how long a deleted row stays marked, and for how long changes stay in the log.
const KEPT: i64 = 1_000;

impl Naive {
    pub fn new(way: Way, asked: Asked, limit: u32) -> Self {
        Self {
            way,
            asked,
            limit: usize::try_from(limit).expect("small"),
            rows: BTreeMap::new(),
            graves: BTreeMap::new(),
            log: Vec::new(),
            wall: 1_800_000_000_000,
            sequence: 0,
            counter: 0,
            device: BTreeMap::new(),
            last_sync: i64::MIN,
            run: None,
            ended: false,
            followers: Vec::new(),
        }
    }

    /// What is put from here on, as it is put.
    pub fn watch(&mut self) -> Receiver<Row> {
        let (sender, receiver) = channel();
        self.followers.push(sender);
        receiver
    }

    fn stamp(&mut self) -> i64 {
        self.sequence += 1;
        if self.way == Way::Sequence { self.sequence } else { self.wall }
    }

    fn row(&mut self, owner: &str) -> Row {
        self.counter += 1;
        Row { owner: owner.to_owned(), n: self.counter, at: self.stamp(), deleted: false }
    }

    fn is_asked_for(&self, row: &Row) -> bool {
        self.asked.owner().is_none_or(|owner| row.owner == owner)
    }

    /// The rows that were changed after `since`, in the order in which they are sent.
    fn changed(&self, since: i64) -> Vec<(String, Row)> {
        if self.way == Way::AppendedLog {
            return self.log.iter().filter(|(_, row)| row.at > since).cloned().collect();
        }
        let from_log = self.way != Way::LogAndTable || since >= self.wall - KEPT;
        let mut rows: Vec<(String, Row)> = self.rows.clone().into_iter().collect();
        if from_log {
            rows.retain(|(_, row)| row.at > since);
            rows.sort_by_key(|(_, row)| row.at);
        } else {
            rows.retain(|(_, row)| !row.deleted);
        }
        if self.way == Way::TombstonesApart {
            rows.extend(self.graves.clone().into_iter().filter(|(_, row)| row.at > since));
        }
        if self.way != Way::FilterAfterLimit {
            rows.retain(|(_, row)| self.is_asked_for(row));
        }
        rows
    }
}

impl Design for Naive {
    type Page = Page;

    fn put(&mut self, id: &str, owner: &str) {
        let row = self.row(owner);
        for follower in &self.followers {
            follower.send(row.clone()).expect("a follower");
        }
        self.log.push((id.to_owned(), row.clone()));
        self.rows.insert(id.to_owned(), row);
    }

    fn put_together(&mut self, ids: &[&str], during: impl FnOnce(&mut Self)) {
        let (first, rest) = ids.split_first().expect("an id");
        self.put(first, "o");
        during(self);
        rest.iter().for_each(|id| self.put(id, "o"));
    }

    fn put_slowly(&mut self, id: &str, during: impl FnOnce(&mut Self)) {
        let row = self.row("o");
        during(self);
        self.rows.insert(id.to_owned(), row);
    }

    fn delete(&mut self, id: &str) {
        let at = self.stamp();
        let Some(mut row) = self.rows.remove(id) else { return };
        (row.at, row.deleted) = (at, true);
        self.log.push((id.to_owned(), row.clone()));
        let place =
            if self.way == Way::TombstonesApart { &mut self.graves } else { &mut self.rows };
        place.insert(id.to_owned(), row);
    }

    fn pass(&mut self, ms: u64) {
        self.wall = self.wall.saturating_add_unsigned(ms);
    }

    fn move_wall(&mut self, ms: i64) {
        self.wall += ms;
    }

    fn expire(&mut self) {
        let kept = self.wall - KEPT;
        self.rows.retain(|_, row| !row.deleted || row.at > kept);
    }

    fn fetch(&mut self) -> Option<Page> {
        if std::mem::take(&mut self.ended) {
            return None;
        }
        let now = if self.way == Way::Sequence { self.last_sync } else { self.wall };
        let (sent, mut cursor) = self.run.take().unwrap_or((0, now));
        let mut rows = self.changed(self.last_sync);
        let more = rows.len() > sent + self.limit;
        rows = rows.into_iter().skip(sent).take(self.limit).collect();
        if matches!(self.way, Way::Sequence | Way::PageByTime) {
            cursor = rows.iter().map(|(_, row)| row.at).max().unwrap_or(cursor).max(cursor);
        }
        if self.way == Way::PageByTime {
            // Every page is a run of its own; no row is counted.
            cursor = rows.last().map_or(self.last_sync, |(_, row)| row.at);
            self.last_sync = cursor;
            self.ended = !more;
            return Some(Page { rows, cursor, last: !more });
        }
        if self.way == Way::FilterAfterLimit {
            rows.retain(|(_, row)| self.is_asked_for(row));
        }
        let last = !more || (self.way == Way::FilterAfterLimit && rows.is_empty());
        self.run = (!last).then_some((sent + self.limit, cursor));
        self.ended = last;
        Some(Page { rows, cursor, last })
    }

    fn deliver(&mut self, page: Page) {
        for (id, row) in page.rows {
            match row.deleted {
                true => self.device.remove(&id),
                false => self.device.insert(id, row.n),
            };
        }
        if page.last || self.way == Way::KeepsCursorAtOnce {
            // A cursor that goes back would be a fault of its own, and heal others.
            self.last_sync = self.last_sync.max(page.cursor);
        }
    }

    fn interrupt(&mut self) {
        (self.run, self.ended) = (None, false);
    }

    fn held(&self) -> Items {
        self.device.clone()
    }

    fn wanted(&self) -> Items {
        let rows = self.rows.iter().filter(|(_, row)| !row.deleted && self.is_asked_for(row));
        rows.map(|(id, row)| (id.clone(), row.n)).collect()
    }
}
