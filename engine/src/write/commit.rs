//! The path of a commit, in order: check, lock, read, decide, take timestamps, write, finish.

use super::case::{Case, Decision};
use super::changes::Changes;
use super::decide::decide;
use super::entries::Step;
use super::mutation::{Change, Mutation};
use super::receipts::Once;
use crate::catalog::Table;
use crate::digest::digest_in;
use crate::error::{Conflict, Error, Result};
use crate::fault::Point;
use crate::item::Item;
use crate::metrics::Counter;
use crate::storage::{Batch, StorageError};
use crate::store::Inner;
use crate::watch::Touched;
use highwater_format::keys::{self, DigestOf};
use highwater_format::{Answer, Family, ItemKey, Record, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;

/// What became of a mutation.
///
/// ```
/// use highwater::{Document, TableSpec, TableSpecExt, testing::memory_store};
/// # let store = memory_store()?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// let note = Document::from_json(r#"{"id":"n1"}"#)?;
/// assert!(store.put_if_changed("notes", note.clone())?.written);
/// let again = store.put_if_changed("notes", note)?;
/// assert!(!again.written);
/// assert_eq!(again.item.map(|item| item.version), Some(1));
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The item after it; `None` only where nothing is and nothing was written.
    pub item: Option<Item>,
    /// Whether a new version was written.
    pub written: bool,
    /// Whether a stale mutation was merged, or settled by a resolver, rather than applied as it stands.
    pub merged: bool,
}

/// A mutation whose table and key are known and checked.
struct Target<'a> {
    table: Arc<Table>,
    key: ItemKey,
    item: Vec<u8>,
    mutation: &'a Mutation,
}

/// What is stored under a target, and what will be.
struct Planned {
    stored: Option<Record>,
    next: Option<Next>,
}

struct Next {
    record: Record,
    merged: bool,
}

impl Planned {
    /// The size of the document that is written, and of the one that it replaces where history keeps that; or, with
    /// its answer, of what is there.
    fn bytes(&self, target: &Target<'_>, with_answer: bool) -> usize {
        let stored = self.stored.as_ref().filter(|record| target.table.sees(record));
        let (told, kept) = match &self.next {
            Some(next) => (Some(&next.record), stored.filter(|_| target.table.keeps_history())),
            None => (stored.filter(|_| with_answer), None),
        };
        let records = told.into_iter().chain(kept);
        records.map(|record| record.document.as_bytes().len()).sum()
    }

    /// The outcome as a receipt keeps it.
    fn answer(&self, target: &Target<'_>) -> Answer {
        let stored = || self.stored.as_ref().filter(|record| target.table.sees(record));
        let record = self.next.as_ref().map(|next| &next.record).or_else(stored);
        Answer {
            table: target.table.id(),
            item: target.item.clone(),
            written: self.next.is_some(),
            merged: self.next.as_ref().is_some_and(|next| next.merged),
            record: record.map(|record| Record { indexed: Vec::new(), ..record.clone() }),
        }
    }
}

/// Whether an item, as it is stored, is to be changed at all.
type Wanted<'a> = dyn Fn(&Table, Option<&Record>) -> bool + 'a;

impl Inner {
    /// Commits the mutations together: all of them or none.
    pub(crate) fn commit(&self, mutations: &[Mutation]) -> Result<Vec<Outcome>> {
        self.measured_commit(mutations.len(), || self.run(mutations, None, None))
    }

    /// Commits the mutations together, once: a retry is told what was answered before.
    pub(crate) fn commit_once(&self, id: &[u8], mutations: &[Mutation]) -> Result<Vec<Outcome>> {
        self.measured_commit(mutations.len(), || {
            self.run(mutations, Some(Once::new(id, mutations)?), None)
        })
    }

    /// Commits the mutations of those items whose record is `wanted` once the item is locked. It is for
    /// what must go on when the store is too large: deleting what has expired.
    pub(crate) fn commit_where(
        &self,
        mutations: &[Mutation],
        wanted: &Wanted<'_>,
    ) -> Result<Vec<Outcome>> {
        self.measured_commit(mutations.len(), || self.run(mutations, None, Some(wanted)))
    }

    fn run(
        &self,
        mutations: &[Mutation],
        mut once: Option<Once<'_>>,
        wanted: Option<&Wanted<'_>>,
    ) -> Result<Vec<Outcome>> {
        // No table changes or goes, and the store stays open, while a commit is on its way.
        let _tables_stay = self.ddl.read();
        self.health.check()?;
        let targets = self.targets(mutations)?;
        let items = targets.iter().map(|target| target.item.as_slice());
        let _names_stay = self.locks.lock(items.chain(once.iter().map(|once| once.id)));
        if let Some(once) = &mut once
            && let Some(outcomes) = self.answered(once)?
        {
            self.metrics.count(Counter::Retries, None, 1);
            return Ok(outcomes);
        }
        if wanted.is_none() {
            self.budget.check(&self.storage)?;
        }
        let mut planned = targets
            .iter()
            .enumerate()
            .map(|(place, target)| self.plan(place, target, wanted))
            .collect::<Result<Vec<_>>>()?;
        self.write(&targets, &mut planned, once.as_ref())?;
        let outcomes: Vec<_> = targets.into_iter().zip(planned).map(outcome).collect();
        self.count_written(&outcomes);
        Ok(outcomes)
    }

    fn targets<'a>(&self, mutations: &'a [Mutation]) -> Result<Vec<Target<'a>>> {
        let limits = &self.options.limits;
        if mutations.is_empty() || mutations.len() > limits.batch_items {
            let allowed = format!("1 to {}", limits.batch_items);
            return Err(Error::out_of_range("mutations in a batch", mutations.len(), allowed));
        }
        let mut seen = HashMap::new();
        let mut targets = Vec::with_capacity(mutations.len());
        for (place, mutation) in mutations.iter().enumerate() {
            let table = self.catalog.get(&mutation.table)?;
            self.imports.check_writable(&mutation.table)?;
            let key = match &mutation.change {
                Change::Put(document) | Change::PutIfChanged(document) => {
                    table.key_of(document, limits)?
                }
                Change::Update(key, _) | Change::Delete(key) => {
                    table.check_key(key)?;
                    key.clone()
                }
            };
            let item = key.encode();
            // One alone is no other's duplicate.
            if mutations.len() > 1
                && let Some(first) = seen.insert((table.id(), item.clone()), place)
            {
                let table = mutation.table.clone();
                let key = Box::new(key);
                return Err(Error::DuplicateItem { table, key, first, second: place });
            }
            targets.push(Target { table, key, item, mutation });
        }
        Ok(targets)
    }

    fn plan(
        &self,
        place: usize,
        target: &Target<'_>,
        wanted: Option<&Wanted<'_>>,
    ) -> Result<Planned> {
        let Target { table, key, item, mutation } = target;
        let view = self.storage.latest();
        let stored = view.get(Family::Base, &keys::base(table.id(), item), Record::decode)?;
        let seen = stored.as_ref().filter(|record| table.sees(record));
        if wanted.is_some_and(|wanted| !wanted(table, seen)) {
            return Ok(Planned { stored, next: None });
        }
        let limits = &self.options.limits;
        let case = Case {
            table,
            key,
            item,
            mutation,
            stored: seen,
            view: &view,
            limits,
            resolvers: &self.resolvers,
        };
        let next = match decide(&case)? {
            Decision::Keep => None,
            Decision::Write { document, deleted, merged } => {
                let indexed = match (deleted, seen) {
                    (true, Some(record)) => table.scopes_left_behind(record),
                    _ => table.indexed_values(&document, limits)?,
                };
                let version = seen.map_or(0, |record| record.version) + 1;
                // The timestamp is taken later, when nothing can refuse the commit any more.
                let changed_at = Timestamp::ZERO;
                let record = Record { version, changed_at, deleted, indexed, document };
                Some(Next { record, merged })
            }
            Decision::Conflict => {
                return Err(Error::Conflict(Box::new(Conflict {
                    index: place,
                    table: mutation.table.clone(),
                    key: key.clone(),
                    expected: mutation.expect,
                    current: seen.cloned().map(|record| Item::new(key.clone(), record)),
                })));
            }
        };
        Ok(Planned { stored, next })
    }

    fn write(
        &self,
        targets: &[Target<'_>],
        planned: &mut [Planned],
        once: Option<&Once<'_>>,
    ) -> Result<()> {
        let limit = self.options.limits.batch_bytes;
        let pairs = targets.iter().zip(planned.iter());
        // A receipt keeps what every mutation is answered, also where nothing is written.
        let found: usize = pairs.map(|(target, plan)| plan.bytes(target, once.is_some())).sum();
        // One alone is as large as its item: also where the limit was lowered since, it can be deleted.
        if found > limit && planned.len() > 1 {
            let what = if once.is_some() { "the batch with its answers" } else { "the batch" };
            return Err(Error::TooLarge { what: what.to_owned(), found, limit });
        }
        let count = planned.iter().filter(|plan| plan.next.is_some()).count() as u64;
        if count == 0 && once.is_none() {
            return Ok(());
        }
        self.write_in_flight(count, |first, changes| {
            self.add_to(changes, targets, planned, once, first)
        })
    }

    /// Writes what `make` makes of the first of `count` consecutive timestamps; of none it makes what has
    /// no place in the order of commits.
    pub(super) fn write_in_flight(
        &self,
        count: u64,
        make: impl FnOnce(Timestamp, &mut Changes<'_>) -> Result<()>,
    ) -> Result<()> {
        // From here to `finish` the timestamps are in flight: no reader looks past them.
        let flight = if count == 0 { None } else { Some(self.clock.begin(count)?) };
        let first = flight.as_ref().map_or(Timestamp::ZERO, |flight| flight.first);
        let land = |flight: Option<_>, touched| {
            if let Some(flight) = flight {
                self.land(flight, touched);
            }
        };
        let made = || {
            let mut changes = Changes::new(&self.recent);
            make(first, &mut changes)?;
            let made = changes.finish(&self.storage.latest())?;
            made.1.begin(|table| digest_in(&self.storage.latest(), DigestOf::Table(table)))?;
            Ok(made)
        };
        let (batch, recent, touched) = match made() {
            Ok(made) => made,
            Err(error) => {
                land(flight, Touched::default());
                return Err(error);
            }
        };
        match self.write_batch(batch) {
            Ok(()) => {
                recent.note();
                land(flight, touched);
                Ok(())
            }
            // Certainly not written: the timestamps stay unused.
            Err(StorageError::Stalled(_)) => {
                recent.give_up();
                land(flight, Touched::default());
                Err(Error::Busy)
            }
            // Nobody knows. The flight is never finished, so no reader passes it while we are open.
            Err(error) => Err(self.health.fail(&error)),
        }
    }

    /// Adds everything that the planned records change, the first of them made at `first`.
    fn add_to(
        &self,
        changes: &mut Changes<'_>,
        targets: &[Target<'_>],
        planned: &mut [Planned],
        once: Option<&Once<'_>>,
        first: Timestamp,
    ) -> Result<()> {
        let mut at = first;
        let view = self.storage.latest();
        for (target, plan) in targets.iter().zip(&mut *planned) {
            let Some(next) = &mut plan.next else { continue };
            next.record.changed_at = at;
            at = at.plus(1);
            let before = plan.stored.as_ref();
            let step = Step {
                table: &target.table,
                item: &target.item,
                before,
                after: &next.record,
                keeps_before: target.table.keeps_history(),
            };
            step.put_into(changes, &view, self.bucket_width)?;
            changes.touched.add(&target.table, &target.key, before, &next.record);
        }
        if let Some(once) = once {
            let answers = targets.iter().zip(&*planned).map(|(target, plan)| plan.answer(target));
            once.put_into(&mut changes.batch, answers.collect());
        }
        Ok(())
    }

    fn write_batch(&self, batch: Batch) -> Result<(), StorageError> {
        self.faults.hit(Point::BeforeWrite)?;
        self.storage.write(batch, self.synced())?;
        self.faults.hit(Point::AfterWrite)
    }
}

fn outcome((target, plan): (Target<'_>, Planned)) -> Outcome {
    let item = |record| Item::new(target.key, record);
    match plan.next {
        Some(next) => Outcome { item: Some(item(next.record)), written: true, merged: next.merged },
        None => {
            let stored = plan.stored.filter(|record| target.table.sees(record));
            Outcome { item: stored.map(item), written: false, merged: false }
        }
    }
}
