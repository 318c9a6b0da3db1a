//! Fetching pages: what a device asks, and what it does about each answer.

use super::claim::check_page;
use super::device::{Asked, Bound, Run};
use super::index::Index;
use super::transition::{Step, StepSince};
use super::view::View;
use super::world::World;
use highwater::{Error, Paging, Result, Since, SyncPage, SyncRequest};
use std::collections::{BTreeSet, VecDeque};

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
        let waits = self.waits_for_index(&viewing.view);
        let index = self.index_of(device, view);
        let (deliver, until, disturbed) = (step.deliver, bound, false);
        Asked { device, view, request, deliver, bound, until, waits, index, disturbed }
    }

    /// The index that answers what a view asks.
    pub(super) fn index_of(&self, device: usize, view: usize) -> Option<Index> {
        let state = &self.devices[device];
        state.views[view].view.index(&self.oracle.tables[state.table()])
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
        assert!(!asked.waits, "an unfinished index has answered: {asked:?}");
        let mut run = self.devices[asked.device].views[asked.view].run.take();
        if run.is_none() {
            // What a reset run had named before it was given up is void.
            self.devices[asked.device].abandon(asked.view);
        }
        let viewing = &self.devices[asked.device].views[asked.view];
        let through = viewing.view.through(asked.index, page.mode);
        let token_of = match &run {
            Some(run) => Some(run.bound),
            None => viewing.completed.filter(|_| matches!(asked.request.since, Since::Cursor(_))),
        };
        let View { table, .. } = viewing.view;
        let ended = token_of
            .is_some_and(|bound| bound.has_ended(asked.until, table, viewing.view.scope_index()));
        // A cursor from a lost incarnation is answered with a reset.
        assert!(!ended || (run.is_none() && page.reset), "a token of what has ended: {viewing:?}");
        let run_ = run.get_or_insert_with(|| first(&asked.request, &page, through, asked.bound));
        let gone = run_.began.is_dropped(asked.until, table, run_.through);
        assert!(!gone, "a page through an index that is gone: {viewing:?}");
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
        match error {
            // It cannot hand out time beyond the lease any more.
            Error::ReadOnly { .. } => assert!(self.doubt.is_some(), "{error}"),
            // It asks again later.
            Error::IndexBuilding { .. } => {
                assert!(asked.waits, "{viewing:?}: {error}");
            }
            error => {
                let right = self.is_right(asked, error);
                assert!(right, "refused without need: {error:?} for {asked:?} {viewing:?}");
                let viewing = &mut self.devices[asked.device].views[asked.view];
                viewing.cursor_refused = viewing.run.is_none();
                self.devices[asked.device].abandon(asked.view);
            }
        }
    }

    /// Whether a view is of a scope whose index does not answer yet.
    pub(super) fn waits_for_index(&self, view: &View) -> bool {
        let table = &self.oracle.tables[view.table];
        view.scope_index().is_some_and(|index| table.is_building(index))
    }
}

fn first(request: &SyncRequest, page: &SyncPage, through: Option<Index>, bound: Bound) -> Run {
    Run {
        began: bound,
        bound,
        since: request.since.clone(),
        mode: page.mode,
        reset: page.reset,
        through,
        started_at: page.started_at,
        next_token: None,
        pages: 0,
        told: BTreeSet::new(),
        waiting: VecDeque::new(),
        disturbed: false,
        digest: None,
    }
}
