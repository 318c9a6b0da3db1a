//! Commits: played against the store and held against the oracle.

use super::body::{TABLES, document};
use super::doubt::Doubt;
use super::expect::{Effect, Planned, Verdict, verdict};
use super::gone::dated;
use super::oracle::Version;
use super::transition::{Batch, Step, Write};
use super::world::World;
use highwater::testing::Point;
use highwater::{Error, Mutation, Outcome, Result, Store, Timestamp};

/// How much has happened to the tables' contents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Known {
    /// Commits, and everything else that changes what a device must hold.
    pub changes: u64,
    /// How often each table was made again.
    pub generations: [u32; 2],
    /// How often each of their indexes was, or dropped.
    pub indexes: [[u32; 5]; 2],
    /// Token keys made.
    pub rotations: u32,
}

/// A commit: what is sent, and what it must do.
#[derive(Debug, Clone)]
pub struct Call {
    pub planned: Vec<Planned>,
    /// The mutation id that it is sent under.
    pub once: Option<u8>,
}

impl Call {
    pub(super) fn mutations(&self) -> Vec<Mutation> {
        self.planned.iter().map(|one| one.mutation.clone()).collect()
    }

    /// Commits one mutation by `apply`, several by `apply_batch`, and those of an id by `apply_once`.
    pub(super) fn run(&self, store: &Store) -> Result<Vec<Outcome>> {
        let mutations = self.mutations();
        match (self.once, mutations.as_slice()) {
            (Some(id), all) => store.apply_once([id], all),
            (None, [one]) => store.apply(one.clone()).map(|outcome| vec![outcome]),
            (None, all) => store.apply_batch(all),
        }
    }

    /// Whether it takes timestamps.
    pub(super) fn changes_items(&self) -> bool {
        self.planned.iter().any(|one| matches!(one.effect, Effect::Write { .. }))
    }

    /// Whether the commit would write anything: an answer is written, too.
    pub(super) fn writes(&self) -> bool {
        let any = self.once.is_some() || self.changes_items();
        verdict(&self.planned) == Verdict::Committed && any
    }
}

impl World {
    /// What writes come to that are sent now.
    pub(super) fn plan(&self, writes: &[Write]) -> Vec<Planned> {
        self.oracle.plan(&dated(writes, self.now))
    }

    /// The commit that a batch comes to.
    pub(super) fn call(&mut self, batch: &Batch) -> Call {
        let call = Call { planned: self.plan(&batch.writes), once: batch.once };
        if let Some(id) = call.once {
            self.sent.insert(id, call.planned.clone());
        }
        call
    }

    pub(super) fn commit(&mut self, batch: &Batch) {
        let call = self.call(batch);
        let result = call.run(&self.store());
        self.committed(&call, result);
    }

    /// Devices sync while the commit is on its way: what they are told may lie neither at nor above
    /// its timestamps.
    pub(super) fn commit_amid_syncs(&mut self, batch: &Batch, written: bool, steps: &[Step]) {
        let call = self.call(batch);
        let asked = self.ask_all(steps);
        let requests: Vec<_> = asked.iter().map(|asked| asked.request.clone()).collect();
        let store = self.store();
        let syncs = move || -> Vec<_> { requests.iter().map(|r| store.sync(r)).collect() };
        let point = if written { Point::AfterWrite } else { Point::BeforeWrite };
        let store = self.store();
        let done = self.hooks.amid(point, syncs, || call.run(&store));
        for page in done.inner.iter().flatten().filter(|_| done.amid) {
            self.promises.started(page.started_at);
            self.reach("a sync amid a commit");
        }
        self.committed(&call, done.outer);
        for (asked, page) in asked.into_iter().zip(done.inner) {
            self.answered(asked.disturbed(), page);
        }
    }

    /// The commit fails, and nobody knows whether it was written.
    pub(super) fn commit_fails(&mut self, batch: &Batch, written: bool) {
        let call = self.call(batch);
        let point = if written { Point::AfterWrite } else { Point::BeforeWrite };
        let store = self.store();
        let (result, failed) = self.hooks.fail(point, || call.run(&store));
        if !failed {
            return self.committed(&call, result);
        }
        assert!(call.writes(), "nothing was to be written");
        assert!(matches!(result, Err(Error::WriteFailed { .. })), "{result:?}");
        self.doubt = Some(Doubt { call, written, at: self.now });
    }

    /// Holds the answer to a commit against the plan, and takes it in.
    pub(super) fn committed(&mut self, call: &Call, result: Result<Vec<Outcome>>) {
        if self.doubt.is_some() {
            assert!(matches!(result, Err(Error::ReadOnly { .. })), "{result:?}");
            return;
        }
        let planned = &call.planned;
        if planned.iter().any(|one| !self.oracle.tables[one.table].unfinished().is_empty()) {
            self.reach("a write while indexes were built");
        }
        let verdict = verdict(planned);
        if verdict != Verdict::Duplicate && self.was_answered_before(call, &result) {
            return;
        }
        match (verdict, result) {
            (Verdict::Committed, Ok(outcomes)) => {
                self.take_in(planned, &outcomes);
                self.keep_answer(call, outcomes, self.now);
            }
            (Verdict::Duplicate, Err(Error::DuplicateItem { .. })) => {}
            (Verdict::Conflict(index), Err(Error::Conflict(conflict))) => {
                let one = &planned[index];
                self.reach_mutation(one);
                assert_eq!(conflict.index, index);
                assert_eq!((&*conflict.table, &conflict.key), (TABLES[one.table], &one.key));
                let seen = self.oracle.tables[one.table].seen(&one.key);
                self.same(one.table, &one.key, conflict.current.as_ref(), seen);
            }
            (wanted, got) => panic!("wanted {wanted:?}, got {got:?}"),
        }
    }

    fn take_in(&mut self, planned: &[Planned], outcomes: &[Outcome]) {
        assert_eq!(planned.len(), outcomes.len());
        let written = outcomes.iter().filter(|outcome| outcome.written);
        let moments: Vec<Timestamp> =
            written.filter_map(|outcome| Some(outcome.item.as_ref()?.changed_at)).collect();
        self.promises.committed(&moments);
        for (one, outcome) in planned.iter().zip(outcomes) {
            let item = outcome.item.as_ref();
            self.reach_mutation(one);
            match &one.effect {
                Effect::Conflict => panic!("a conflict was committed"),
                Effect::Keep => {
                    assert!(!outcome.written && !outcome.merged, "{one:?}: {outcome:?}");
                    let seen = self.oracle.tables[one.table].seen(&one.key);
                    self.same(one.table, &one.key, item, seen);
                }
                Effect::Write { version, deleted, attributes, merged } => {
                    let item = item.expect("an item that was written");
                    assert!(outcome.written, "{one:?}: {outcome:?}");
                    assert_eq!(outcome.merged, *merged);
                    assert_eq!(item.key, one.key);
                    assert_eq!(item.version, *version, "{one:?}");
                    assert_eq!(item.deleted, *deleted);
                    assert_eq!(item.document, document(attributes));
                    self.set(one, item.changed_at);
                }
            }
        }
    }

    /// The oracle takes a written mutation in.
    pub(super) fn set(&mut self, one: &Planned, changed_at: Timestamp) {
        if let Effect::Write { version, deleted, attributes, .. } = &one.effect {
            let attributes = attributes.clone();
            let new = Version { version: *version, changed_at, deleted: *deleted, attributes };
            self.oracle.tables[one.table].set(&one.key, new);
            self.known.changes += 1;
        }
    }
}
