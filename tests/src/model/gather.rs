//! Somebody who syncs both tables in one call: one run, one token, one `startedAt` for all parts.

use super::body::{document, key_attributes};
use super::compare::members;
use super::device::Bound;
use super::index::Index;
use super::oracle::Table;
use super::view::View;
use super::world::World;
use highwater::{
    Error, ItemKey, Millis, Mode, Replica, Result, Since, State, SyncItem, SyncPage, TablesPage,
    TablesPart, TablesRequest, Timestamp,
};
use std::collections::BTreeSet;

/// The name of a part's view.
const NAME: &str = "part";

/// A client of both tables, with a copy for each part.
#[derive(Debug, Default)]
pub struct Gatherer {
    parts: Vec<(View, Replica)>,
    cursor: Option<(String, Bound)>,
    last_sync: Option<Millis>,
    run: Option<Gathering>,
}

/// A run that is under way.
#[derive(Debug)]
struct Gathering {
    /// Where page 1 was read, and the newest page.
    began: Bound,
    bound: Bound,
    since: Since,
    token: String,
    started_at: Millis,
    parts: Vec<TablesPart>,
    /// The index that each reads through.
    through: Vec<Option<Index>>,
    /// No item twice in a part.
    told: BTreeSet<(usize, ItemKey)>,
    /// The last that was told: what is read from base comes first, then all else in commit order.
    last: Option<(usize, SyncItem)>,
}

impl Gatherer {
    pub fn new(views: &[View]) -> Self {
        let parts = views.iter().map(|view| (view.clone(), Replica::default())).collect();
        Self { parts, ..Self::default() }
    }

    fn request(&self, limit: u32, by_cursor: bool) -> TablesRequest {
        let request = TablesRequest::new(self.parts.iter().map(|(view, _)| view.request()));
        let request = request.limit(limit);
        match (&self.run, &self.cursor, self.last_sync) {
            (Some(run), ..) => {
                TablesRequest { since: run.since.clone(), ..request }.next_token(run.token.clone())
            }
            (None, Some((cursor, _)), _) if by_cursor => request.cursor(cursor.clone()),
            (None, _, Some(last_sync)) => request.last_sync(last_sync),
            (None, _, None) => request,
        }
    }

    /// What a run reads through that answers so.
    fn through(&self, tables: &[Table; 2], told: &[TablesPart]) -> Vec<Option<Index>> {
        let through = |((view, _), part): (&(View, Replica), &TablesPart)| {
            view.through(view.index(&tables[view.table]), part.mode)
        };
        self.parts.iter().zip(told).map(through).collect()
    }

    /// The places of parts whose index has been dropped since.
    fn has_lost_its_index(&self, now: Bound) -> bool {
        self.run.as_ref().is_some_and(|run| {
            let mut parts = self.parts.iter().zip(&run.through);
            parts.any(|((view, _), through)| run.began.is_dropped(now, view.table, *through))
        })
    }

    /// Gives up what is under way.
    fn abandon(&mut self) {
        self.run = None;
        self.parts.iter_mut().for_each(|(_, copy)| copy.restart(NAME));
    }
}

/// A page as a part of it is to be applied.
fn page_of(page: &TablesPage, place: usize) -> SyncPage {
    let part = &page.parts[place];
    let items = page.items.iter().filter(|(of, _)| *of == place);
    SyncPage {
        items: items.map(|(_, item)| item.clone()).collect(),
        next_token: page.next_token.clone(),
        scanned_count: page.scanned_count,
        started_at: page.started_at,
        reset: part.reset,
        cursor: page.cursor.clone(),
        incarnation: page.incarnation,
        mode: part.mode,
        digest: part.digest,
    }
}

impl World {
    /// The next page of the client of both tables.
    pub(super) fn gather(&mut self, limit: u32, by_cursor: bool) {
        let request = self.gatherer.request(limit, by_cursor);
        let answer = self.store().sync_tables(&request);
        self.gathered(request, answer);
    }

    fn gathered(&mut self, request: TablesRequest, answer: Result<TablesPage>) {
        match answer {
            Err(error) => self.gathering_refused(&request, &error),
            Ok(page) => self.gathered_page(request, page),
        }
    }

    fn gathered_page(&mut self, request: TablesRequest, page: TablesPage) {
        self.promises.started(page.started_at);
        assert!(!self.gatherer.has_lost_its_index(self.bound()), "{:?}", self.gatherer);
        assert_eq!(page.incarnation, self.incarnation);
        assert_eq!(page.cursor.is_some(), page.next_token.is_none(), "a cursor before the end");
        assert!(page.items.len() <= request.limit as usize, "{page:?}");
        let run = self.gatherer.run.take();
        if run.is_none() {
            self.gatherer.abandon();
        }
        let bound = self.bound();
        let mut run = run.unwrap_or_else(|| Gathering {
            began: bound,
            bound,
            since: request.since,
            token: String::new(),
            started_at: page.started_at,
            through: self.gatherer.through(&self.oracle.tables, &page.parts),
            parts: page.parts.clone(),
            told: BTreeSet::new(),
            last: None,
        });
        let modes = |parts: &[TablesPart]| -> Vec<_> {
            parts.iter().map(|part| (part.mode, part.reset)).collect()
        };
        assert_eq!(modes(&run.parts), modes(&page.parts), "a page of another run");
        assert_eq!(run.started_at, page.started_at, "a page of another run");
        for (place, item) in &page.items {
            self.check_gathered(&mut run, *place, item);
        }
        for (place, (_, copy)) in self.gatherer.parts.iter_mut().enumerate() {
            copy.apply(NAME, &page_of(&page, place));
        }
        if run.parts.iter().any(|part| part.reset) && run.parts.iter().any(|part| !part.reset) {
            self.reach("a sync of both tables that resets one");
        }
        run.bound = bound;
        match (page.next_token, page.cursor) {
            (Some(token), _) => self.gatherer.run = Some(Gathering { token, ..run }),
            (None, cursor) => {
                self.gatherer.cursor = cursor.map(|cursor| (cursor, bound));
                self.gatherer.last_sync = Some(page.started_at);
                self.reach("a sync of both tables that ended");
                if run.began == bound && self.doubt.is_none() {
                    self.check_gatherer(&page.parts);
                }
            }
        }
    }

    /// What is told is so, once, and in order.
    fn check_gathered(&self, run: &mut Gathering, place: usize, item: &SyncItem) {
        assert!(run.told.insert((place, item.key.clone())), "{item:?} twice in a run");
        // What replaces comes first, part by part, by key or as its index has it; then the deltas, by commit.
        let order = |(place, item): &(usize, SyncItem)| match run.parts[*place].mode {
            Mode::Delta => (true, 0, item.changed_at, Vec::new()),
            Mode::Base if run.through[*place].is_some() => {
                (false, *place, item.changed_at, Vec::new())
            }
            _ => (false, *place, Timestamp::ZERO, item.key.encode()),
        };
        let new = (place, item.clone());
        let before = run.last.as_ref().is_none_or(|last| order(last) <= order(&new));
        assert!(before, "{new:?} after {:?}", run.last);
        run.last = Some(new);
        if self.doubt.is_some() {
            return;
        }
        let view = &self.gatherer.parts[place].0;
        let known = self.oracle.tables[view.table].seen(&item.key);
        let inside = known.is_some_and(|k| !k.deleted && view.contains(&item.key, &k.attributes));
        let held = known.map(|known| (known.version, known.changed_at, known.deleted));
        match item.state {
            State::Left => {
                assert!(!inside, "{item:?} is in part {place}");
                assert_eq!(item.document, document(&key_attributes(&item.key)));
            }
            state => {
                let deleted = state == State::Deleted;
                assert_eq!(held, Some((item.version, item.changed_at, deleted)), "{item:?}");
                assert!(deleted || inside, "{item:?} is not in part {place}");
            }
        }
    }

    /// A run that nothing has disturbed leaves each copy equal to what its part shows.
    fn check_gatherer(&self, told: &[TablesPart]) {
        for (place, (view, copy)) in self.gatherer.parts.iter().enumerate() {
            let held: Vec<_> = copy.live().map(|(key, held)| (key, held.changed_at)).collect();
            let table = &self.oracle.tables[view.table];
            let wanted: Vec<_> = members(table, view).map(|(key, k)| (key, k.changed_at)).collect();
            assert_eq!(held, wanted, "a copy of {view:?}");
            if let Some(digest) = told.get(place).and_then(|part| part.digest) {
                assert_eq!(digest, copy.digest(NAME), "a copy of {view:?}");
            }
        }
    }

    /// The client begins anew, and only where it must.
    fn gathering_refused(&mut self, request: &TablesRequest, error: &Error) {
        self.look();
        let run = self.gatherer.run.as_ref();
        let bound = match (run, &self.gatherer.cursor) {
            (Some(run), _) => Some(run.bound),
            (None, Some((_, bound))) if matches!(request.since, Since::Cursor(_)) => Some(*bound),
            _ => None,
        };
        let right = match error {
            Error::ReadOnly { .. } => {
                assert!(self.doubt.is_some(), "{error}");
                return;
            }
            Error::IndexBuilding { .. } => {
                let waits = self.gatherer.parts.iter().any(|(view, _)| self.waits_for_index(view));
                assert!(waits, "{error}");
                return;
            }
            Error::IndexDropped { .. } => self.gatherer.has_lost_its_index(self.bound()),
            // A floor has passed what the run relies on.
            Error::Expired { .. } => match request.since {
                Since::LastSync(ms) => self.oracle.tables.iter().any(|table| {
                    Timestamp::first_of(ms.after(Millis(1)))
                        < table.floors.delta.max(table.floors.tombstone)
                }),
                Since::Cursor(_) => true,
                Since::Never => false,
            },
            Error::Token { problem, .. } => bound.is_some_and(|bound| {
                let mut parts = self.gatherer.parts.iter();
                parts.any(|(view, _)| self.may_refuse(bound, view, problem))
            }),
            _ => false,
        };
        assert!(right, "refused without need: {error:?} for {:?}", self.gatherer);
        if run.is_none() {
            self.gatherer.cursor = None;
        }
        self.gatherer.abandon();
    }

    /// Brings the client's copies to the end: a whole run that nothing disturbs.
    pub(super) fn finish_gathering(&mut self) {
        const MOST_PAGES: usize = 60;
        for whole in 0..2 {
            let ended = (0..MOST_PAGES).any(|_| {
                self.gather(3, whole == 0);
                self.gatherer.run.is_none() && self.gatherer.last_sync.is_some()
            });
            assert!(ended, "a run that does not end: {:?}", self.gatherer);
        }
        self.check_gatherer(&[]);
    }
}
