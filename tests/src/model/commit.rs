//! Commits: played against the store and held against the oracle.

use super::body::{TABLES, document};
use super::doubt::Doubt;
use super::expect::{Effect, Planned, Verdict, verdict};
use super::oracle::Version;
use super::transition::{Step, Write};
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
    /// Token keys made.
    pub rotations: u32,
}

/// Commits one mutation by `apply`, several by `apply_batch`.
pub(super) fn run(store: &Store, mutations: &[Mutation]) -> Result<Vec<Outcome>> {
    match mutations {
        [one] => store.apply(one.clone()).map(|outcome| vec![outcome]),
        all => store.apply_batch(all),
    }
}

pub(super) fn mutations(planned: &[Planned]) -> Vec<Mutation> {
    planned.iter().map(|one| one.mutation.clone()).collect()
}

/// Whether the commit would write anything.
pub(super) fn writes(planned: &[Planned]) -> bool {
    let writes = |one: &Planned| matches!(one.effect, Effect::Write { .. });
    verdict(planned) == Verdict::Committed && planned.iter().any(writes)
}

impl World {
    pub(super) fn commit(&mut self, writes: &[Write]) {
        let planned = self.oracle.plan(writes);
        let result = run(&self.store(), &mutations(&planned));
        self.committed(&planned, result);
    }

    /// Devices sync while the commit is on its way: what they are told may lie neither at nor above
    /// its timestamps.
    pub(super) fn commit_amid_syncs(&mut self, writes: &[Write], written: bool, steps: &[Step]) {
        let planned = self.oracle.plan(writes);
        let asked = self.ask_all(steps);
        let requests: Vec<_> = asked.iter().map(|asked| asked.request.clone()).collect();
        let store = self.store();
        let syncs = move || -> Vec<_> { requests.iter().map(|r| store.sync(r)).collect() };
        let point = if written { Point::AfterWrite } else { Point::BeforeWrite };
        let store = self.store();
        let done = self.hooks.amid(point, syncs, || run(&store, &mutations(&planned)));
        for page in done.inner.iter().flatten().filter(|_| done.amid) {
            self.promises.started(page.started_at);
            self.reach("a sync amid a commit");
        }
        self.committed(&planned, done.outer);
        for (asked, page) in asked.into_iter().zip(done.inner) {
            self.answered(asked.disturbed(), page);
        }
    }

    /// The commit fails, and nobody knows whether it was written.
    pub(super) fn commit_fails(&mut self, writes_: &[Write], written: bool) {
        let planned = self.oracle.plan(writes_);
        let point = if written { Point::AfterWrite } else { Point::BeforeWrite };
        let store = self.store();
        let (result, failed) = self.hooks.fail(point, || run(&store, &mutations(&planned)));
        if !failed {
            return self.committed(&planned, result);
        }
        assert!(writes(&planned), "nothing was to be written");
        assert!(matches!(result, Err(Error::WriteFailed { .. })), "{result:?}");
        self.doubt = Some(Doubt { planned, written });
    }

    /// Holds the answer to a commit against the plan, and takes it in.
    pub(super) fn committed(&mut self, planned: &[Planned], result: Result<Vec<Outcome>>) {
        if self.doubt.is_some() {
            assert!(matches!(result, Err(Error::ReadOnly { .. })), "{result:?}");
            return;
        }
        match (verdict(planned), result) {
            (Verdict::Committed, Ok(outcomes)) => self.take_in(planned, &outcomes),
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
