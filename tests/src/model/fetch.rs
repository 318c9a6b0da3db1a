//! Fetching pages: what a device asks, and what it does about each answer.

use super::claim::check_page;
use super::device::{Asked, Bound, Run};
use super::transition::{Step, StepSince};
use super::world::World;
use highwater::{
    Error, Millis, Mode, Paging, Result, Since, SyncPage, SyncRequest, Timestamp, TokenProblem,
};
use std::collections::{BTreeSet, VecDeque};

/// The last token keys open; older ones are gone.
const RING: u32 = 4;

impl World {
    pub(super) fn bound(&self) -> Bound {
        Bound { incarnation: self.incarnation, known: self.known }
    }

    pub(super) fn step(&mut self, step: Step) {
        let asked = self.ask(step);
        let answer = self.store().sync(&asked.request);
        self.answered(asked, answer);
    }

    /// The requests of several devices, each at most once for a view.
    pub(super) fn ask_all(&mut self, steps: &[Step]) -> Vec<Asked> {
        let mut seen = BTreeSet::new();
        let places = steps.iter().map(|step| (self.place(step), step)).collect::<Vec<_>>();
        let once = places.into_iter().filter(|(place, _)| seen.insert(*place));
        once.map(|(_, step)| self.ask(*step)).collect()
    }

    /// The device and view that a step names: histories name more than there may be.
    pub(super) fn place(&self, step: &Step) -> (usize, usize) {
        let device = step.device % self.devices.len();
        (device, step.view % self.devices[device].views.len())
    }

    /// The request for the next page of the view's run, or for the first of a new one.
    pub(super) fn ask(&mut self, step: Step) -> Asked {
        let (device, view) = self.place(&step);
        let run = self.devices[device].views[view].run.as_ref();
        if run.is_some_and(|run| run.next_token.is_none()) {
            // Every page is there: the run ends before the next begins.
            self.deliver(device, view);
        }
        let bound = self.bound();
        let viewing = &self.devices[device].views[view];
        let mut request = viewing.view.request().limit(step.limit);
        if step.filled {
            request = request.paging(Paging::Filled);
        }
        match &viewing.run {
            Some(run) => {
                request.next_token.clone_from(&run.next_token);
                request.since = run.since.clone();
            }
            None => request.since = self.since(device, view, step.since),
        }
        Asked { device, view, request, deliver: step.deliver, bound, disturbed: false }
    }

    fn since(&self, device: usize, view: usize, wanted: StepSince) -> Since {
        let device = &self.devices[device];
        let viewing = &device.views[view];
        let last_sync = device.replica.last_sync(&viewing.name);
        let cursor = device.replica.cursor(&viewing.name).filter(|_| !viewing.cursor_refused);
        match (wanted, last_sync, cursor) {
            (StepSince::Nothing, ..) | (_, None, _) => Since::Never,
            (StepSince::Cursor, _, Some(cursor)) => Since::Cursor(cursor.to_owned()),
            (_, Some(last_sync), _) => Since::LastSync(last_sync),
        }
    }

    /// Takes an answer in.
    pub(super) fn answered(&mut self, asked: Asked, answer: Result<SyncPage>) {
        match answer {
            Ok(page) => self.fetched(asked, page),
            Err(error) => self.refused(&asked, &error),
        }
    }

    fn fetched(&mut self, asked: Asked, page: SyncPage) {
        self.promises.started(page.started_at);
        self.reach_page(&asked, &page);
        let mut run = self.devices[asked.device].views[asked.view].run.take();
        if run.is_none() {
            // What a reset run had named before it was given up is void.
            self.devices[asked.device].abandon(asked.view);
        }
        let run_ = run.get_or_insert_with(|| first(&asked.request, &page, asked.bound));
        run_.disturbed |= asked.disturbed;
        run_.pages += 1;
        check_page(self, &asked, run_, &page);
        run_.told.extend(page.items.iter().map(|item| item.key.clone()));
        run_.next_token.clone_from(&page.next_token);
        run_.bound = asked.bound;
        run_.digest = page.digest;
        run_.waiting.push_back(page);
        let viewing = &mut self.devices[asked.device].views[asked.view];
        viewing.run = run;
        if asked.deliver {
            self.deliver(asked.device, asked.view);
        }
    }

    /// The device begins anew, and only where it must.
    fn refused(&mut self, asked: &Asked, error: &Error) {
        self.look();
        self.reach_refusal(asked, error);
        let viewing = &self.devices[asked.device].views[asked.view];
        let bound = match (&viewing.run, &asked.request.since) {
            (Some(run), _) => Some(run.bound),
            (None, Since::Cursor(_)) => viewing.completed,
            (None, _) => None,
        };
        let table = viewing.view.table;
        let right = match error {
            // It cannot hand out time beyond the lease any more.
            Error::ReadOnly { .. } => {
                assert!(self.doubt.is_some(), "{error}");
                return;
            }
            Error::Expired { .. } => self.has_expired(asked),
            Error::Token { problem, .. } => {
                bound.is_some_and(|bound| self.may_refuse(bound, table, problem))
            }
            _ => false,
        };
        assert!(right, "refused without need: {error:?} for {asked:?} {viewing:?}");
        let viewing = &mut self.devices[asked.device].views[asked.view];
        viewing.cursor_refused = viewing.run.is_none();
        self.devices[asked.device].abandon(asked.view);
    }

    fn was_remade(&self, bound: Bound, table: usize) -> bool {
        bound.known.generations[table] != self.known.generations[table]
    }

    /// Whether a token that is bound so can have this problem.
    pub(super) fn may_refuse(&self, bound: Bound, table: usize, problem: &TokenProblem) -> bool {
        let lost = bound.incarnation != self.incarnation;
        match problem {
            TokenProblem::OtherIncarnation => lost,
            TokenProblem::Foreign(what) => {
                *what == "table" && (lost || self.was_remade(bound, table))
            }
            TokenProblem::Unreadable(_) => {
                lost || self.known.rotations >= bound.known.rotations + RING
            }
            _ => false,
        }
    }

    /// Whether a token that is bound so must have a problem.
    pub(super) fn must_refuse(&self, bound: Bound, table: usize) -> bool {
        bound.incarnation != self.incarnation || self.was_remade(bound, table)
    }

    /// Whether a floor has passed what the run relies on.
    fn has_expired(&self, asked: &Asked) -> bool {
        let viewing = &self.devices[asked.device].views[asked.view];
        let table = &self.oracle.tables[viewing.view.table];
        let by_log = viewing.run.as_ref().is_none_or(|run| run.mode == Mode::Delta);
        let floor = match by_log && !viewing.view.is_indexed(&table.setup) {
            true => table.floors.delta,
            false => table.floors.tombstone,
        };
        match asked.request.since {
            Since::LastSync(ms) => Timestamp::first_of(ms.after(Millis(1))) < floor,
            // Only the engine knows the moment that a cursor stands for.
            Since::Cursor(_) => true,
            Since::Never => false,
        }
    }
}

fn first(request: &SyncRequest, page: &SyncPage, bound: Bound) -> Run {
    Run {
        began: bound,
        bound,
        since: request.since.clone(),
        mode: page.mode,
        reset: page.reset,
        started_at: page.started_at,
        next_token: None,
        pages: 0,
        told: BTreeSet::new(),
        waiting: VecDeque::new(),
        disturbed: false,
        digest: None,
    }
}
