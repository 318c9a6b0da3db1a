//! The engine against a model: maps in memory that say what each commit must answer, and what stays of it.

use super::backend::{Backend, Site};
use super::history::Operation;
use crate::error::{Error, ErrorKind, Result};
use crate::item::Item;
use crate::read::ListRequest;
use crate::stats::Stats;
use crate::store::Store;
use crate::sync::{SyncPage, SyncRequest};
use crate::write::{Change, Expect, Mutation, Outcome, Update};
use highwater_format::meta::{ConflictStrategy, TableSpec};
use highwater_format::{Document, ItemKey, KeyValue, Millis, Timestamp, Value};
use std::collections::BTreeMap;

/// A backend that is the engine alone, held against a plain model after every operation.
///
/// Each commit must be refused or answered as the model says, with timestamps that grow. After every operation each
/// item is as it was, but for those whose time an expiry has found to be over; after an expiry, an opening or a kill
/// `verify` finds nothing wrong. That something expires is not asked. Of what a conflict strategy makes of a stale
/// mutation the model takes the store's word but for its version. A new one is needed for each history.
///
/// It is for tests of the engine; a backend of your own can keep one, hand its commits on to it and look in its own
/// [`Backend::check`].
///
/// ```
/// use highwater::testing::{Model, strategies::Histories};
/// use highwater::{TableSpec, TableSpecExt};
/// use proptest::prelude::*;
///
/// let histories = Histories::of(&[TableSpec::new("notes", "id")]);
/// proptest!(ProptestConfig::with_cases(8), |(history in histories.strategy())| {
///     history.play(&mut Model::default())?;
/// });
/// ```
#[derive(Debug, Default)]
pub struct Model {
    items: BTreeMap<(String, ItemKey), Item>,
    newest: Timestamp,
    /// What the commit that was last had to do and did not.
    wrong: Option<String>,
}

/// What a mutation must do.
#[derive(Debug)]
enum Must {
    Write {
        version: u64,
        deleted: bool,
        document: Document,
    },
    Keep,
    Conflict,
    /// A conflict strategy decides whether this version is written.
    Either {
        version: u64,
    },
}

impl Backend for Model {
    fn commit(&mut self, site: &Site, mutations: &[Mutation]) -> Result<Vec<Outcome>> {
        let specs = site.store.tables();
        let planned = mutations.iter().map(|mutation| self.plan(&specs, mutation));
        let planned: Option<Vec<_>> = planned.collect();
        let answer = site.store.apply_batch(mutations);
        let wrong = match planned {
            Some(planned) => self.take_in(&planned, &answer).err(),
            None => Some("a mutation of no table, or without a key".to_owned()),
        };
        self.wrong = wrong.map(|what| format!("{what}: {mutations:?}"));
        answer
    }

    fn sync(&mut self, site: &Site, request: &SyncRequest) -> Result<SyncPage> {
        site.store.sync(request)
    }

    fn check(&mut self, site: &Site, after: &Operation) -> std::result::Result<(), String> {
        if let Some(wrong) = self.wrong.take() {
            return Err(wrong);
        }
        let expires = matches!(after, Operation::Expire | Operation::Compact);
        let stats = site.store.stats().map_err(|error| error.to_string())?;
        for spec in &site.store.tables() {
            self.check_items(&site.store, spec, expires.then_some(&stats))?;
            self.check_listing(&site.store, spec)?;
        }
        if expires || matches!(after, Operation::Reopen | Operation::Kill) {
            let report = site.store.verify().map_err(|error| error.to_string())?;
            if !report.is_clean() {
                return Err(format!("{:?}", report.problems));
            }
        }
        Ok(())
    }
}

impl Model {
    /// The item that a mutation is of, and what it must do; `None` if it is not one of a table of `specs`.
    fn plan(&self, specs: &[TableSpec], mutation: &Mutation) -> Option<((String, ItemKey), Must)> {
        let spec = specs.iter().find(|spec| spec.name == mutation.table)?;
        let key = match &mutation.change {
            Change::Put(document) | Change::PutIfChanged(document) => key_of(spec, document)?,
            Change::Update(key, _) | Change::Delete(key) => key.clone(),
        };
        let place = (spec.name.clone(), key);
        let seen = self.items.get(&place);
        let live = seen.filter(|item| !item.deleted);
        let believed = match mutation.expect {
            Expect::Any => true,
            Expect::Absent => live.is_none(),
            Expect::Version(version) => seen.is_some_and(|item| item.version == version),
        };
        let version = seen.map_or(0, |item| item.version) + 1;
        if !believed {
            let is_settled = matches!(mutation.expect, Expect::Version(_))
                && spec.conflicts != ConflictStrategy::OptimisticConcurrency;
            let must = if is_settled { Must::Either { version } } else { Must::Conflict };
            return Some((place, must));
        }
        let put = |document| Must::Write { version, deleted: false, document };
        let must = match &mutation.change {
            Change::PutIfChanged(document) if live.is_some_and(|i| i.document == *document) => {
                Must::Keep
            }
            Change::Put(document) | Change::PutIfChanged(document) => put(document.clone()),
            Change::Update(key, update) => put(updated(spec, key, live, update)?),
            Change::Delete(_) => match live {
                None => Must::Keep,
                Some(item) => {
                    Must::Write { version, deleted: true, document: item.document.clone() }
                }
            },
        };
        Some((place, must))
    }

    /// Holds an answer against what was planned, and keeps what was written.
    fn take_in(
        &mut self,
        planned: &[((String, ItemKey), Must)],
        answer: &Result<Vec<Outcome>>,
    ) -> std::result::Result<(), String> {
        let must_fail = planned.iter().any(|(_, must)| matches!(must, Must::Conflict));
        let may_fail = planned.iter().any(|(_, must)| matches!(must, Must::Either { .. }));
        let outcomes = match answer {
            Ok(outcomes) if !must_fail => outcomes,
            Err(Error::Conflict(_)) if must_fail => return Ok(()),
            // A merge can fail for what it comes to, too.
            Err(error) if may_fail && error.kind() == ErrorKind::Conflict => return Ok(()),
            other => return Err(format!("{other:?}, where {planned:?} was to be")),
        };
        if outcomes.len() != planned.len() {
            return Err(format!("{} outcomes of {}", outcomes.len(), planned.len()));
        }
        for ((place, must), outcome) in planned.iter().zip(outcomes) {
            let item = outcome.item.as_ref();
            let is_so = match must {
                Must::Write { version, deleted, document } => item.is_some_and(|item| {
                    let told = (item.version, item.deleted, &item.document);
                    let wanted = (*version, *deleted, document);
                    outcome.written && !outcome.merged && told == wanted
                }),
                Must::Keep => !outcome.written && item == self.items.get(place),
                Must::Conflict => false,
                Must::Either { version } => match outcome.written {
                    true => item.is_some_and(|item| item.version == *version),
                    false => item == self.items.get(place),
                },
            };
            if !is_so || item.is_some_and(|item| item.key != place.1) {
                return Err(format!("{outcome:?} at {place:?}, where {must:?} was to be"));
            }
            if let Some(item) = item.filter(|_| outcome.written) {
                if item.changed_at <= self.newest {
                    return Err(format!("{item:?} does not come after {:?}", self.newest));
                }
                self.newest = item.changed_at;
                self.items.insert(place.clone(), item.clone());
            }
        }
        Ok(())
    }

    /// Every item of a table is as it was, but for those whose time was over if something has `expired` by then.
    fn check_items(
        &mut self,
        store: &Store,
        spec: &TableSpec,
        expired: Option<&Stats>,
    ) -> std::result::Result<(), String> {
        let now = expired.map_or(Millis(0), |stats| stats.clock.now);
        let mut tables = expired.iter().flat_map(|stats| &stats.tables);
        let table = tables.find(|table| table.name == spec.name);
        let floor = table.map_or(Timestamp::ZERO, |table| table.floors.tombstone);
        let mut found = Vec::new();
        for (place, held) in self.items.iter().filter(|((table, _), _)| *table == spec.name) {
            let item = store.get_with_tombstone(&spec.name, place.1.clone());
            let item = item.map_err(|error| error.to_string())?;
            if item.as_ref() == Some(held) {
                continue;
            }
            let is_over = match &item {
                None => held.deleted && held.changed_at < floor,
                Some(item) => {
                    let next = (held.version + 1, true, &held.document);
                    let is_next = (item.version, item.deleted, &item.document) == next;
                    is_next && item.changed_at > held.changed_at && is_due(spec, held, now)
                }
            };
            if !is_over {
                return Err(format!("{place:?} is {item:?} and not {held:?}"));
            }
            found.push((place.clone(), item));
        }
        for (place, item) in found {
            match item {
                Some(item) => {
                    self.newest = self.newest.max(item.changed_at);
                    self.items.insert(place, item);
                }
                None => drop(self.items.remove(&place)),
            }
        }
        Ok(())
    }

    /// A table lists what lives in it, and nothing else.
    fn check_listing(&self, store: &Store, spec: &TableSpec) -> std::result::Result<(), String> {
        let (mut listed, mut request) = (Vec::new(), ListRequest::new(&spec.name).limit(1000));
        loop {
            let page = store.list(&request).map_err(|error| error.to_string())?;
            listed.extend(page.items);
            match page.next {
                Some(after) => request = request.after(after),
                None => break,
            }
        }
        let held = self.items.iter().filter(|((table, _), _)| *table == spec.name);
        let live: Vec<_> = held.map(|(_, item)| item).filter(|item| !item.deleted).collect();
        match listed.iter().eq(live.iter().copied()) {
            true => Ok(()),
            false => Err(format!("`{}` lists {listed:?} and has {live:?}", spec.name)),
        }
    }
}

fn key_of(spec: &TableSpec, document: &Document) -> Option<ItemKey> {
    let map = document.to_map().ok()?;
    let read = |name: &String| match map.get(name)? {
        Value::String(text) => Some(KeyValue::from(text.as_str())),
        Value::Number(number) => Some(KeyValue::Number(*number)),
        Value::Binary(bytes) => Some(KeyValue::Binary(bytes.clone())),
        _ => None,
    };
    let partition = read(&spec.partition.name)?;
    let sort = spec.sort.as_ref().map(|sort| read(&sort.name));
    match sort {
        None => Some(ItemKey::from(partition)),
        Some(sort) => Some(ItemKey::from(partition).with_sort(sort?)),
    }
}

/// Whether the time to live that an item has is over.
fn is_due(spec: &TableSpec, held: &Item, now: Millis) -> bool {
    let until = spec.ttl_attribute.as_ref().and_then(|name| {
        let map = held.document.to_map().ok()?;
        match map.get(name)? {
            Value::Number(seconds) => seconds.to_string().parse::<f64>().ok(),
            _ => None,
        }
    });
    !held.deleted && until.is_some_and(|seconds| seconds * 1_000.0 <= now.0 as f64)
}

/// The document that an update leaves: of what lives, or of a key alone.
fn updated(
    spec: &TableSpec,
    key: &ItemKey,
    live: Option<&Item>,
    update: &Update,
) -> Option<Document> {
    let mut map = match live {
        Some(item) => item.document.to_map().ok()?,
        None => {
            let sort = spec.sort.as_ref().zip(key.sort.as_ref());
            let sort = sort.map(|(sort, value)| (sort.name.clone(), value.clone().into()));
            let partition = (spec.partition.name.clone(), key.partition.clone().into());
            BTreeMap::from_iter([partition].into_iter().chain(sort))
        }
    };
    map.retain(|name, _| !update.remove.contains(name));
    map.extend(update.set.clone());
    Document::from_map(&map).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::TableSpecExt;
    use crate::testing::Playground;
    use highwater_format::meta::{KeyAttribute, KeyKind};

    fn spec() -> TableSpec {
        TableSpec::new("notes", "id")
    }

    fn note(n: u64) -> Document {
        Document::from_json(&format!(r#"{{"id":"a","n":{n}}}"#)).unwrap()
    }

    /// Plays a commit of one item and looks at what the model says of an answer that is not quite that of the store.
    fn of_a_wrong_answer(spoil: impl Fn(&mut Outcome)) -> String {
        let mut model = Model::default();
        let ground = Playground::new(&[spec()], &[], &model).unwrap();
        let store = &ground.site().unwrap().store;
        let mutation = Mutation::put("notes", note(1));
        let planned = [model.plan(&[spec()], &mutation).unwrap()];
        let mut outcome = store.apply(mutation).unwrap();
        assert_eq!(model.take_in(&planned, &Ok(vec![outcome.clone()])), Ok(()));
        let mut model = Model::default();
        spoil(&mut outcome);
        model.take_in(&planned, &Ok(vec![outcome])).unwrap_err()
    }

    #[test]
    fn an_answer_is_what_the_commit_does() {
        let item = |outcome: &mut Outcome, change: fn(&mut Item)| {
            change(outcome.item.as_mut().unwrap());
        };
        of_a_wrong_answer(|outcome| outcome.written = false);
        of_a_wrong_answer(|outcome| outcome.merged = true);
        of_a_wrong_answer(|outcome| outcome.item = None);
        of_a_wrong_answer(|outcome| item(outcome, |item| item.version = 2));
        of_a_wrong_answer(|outcome| item(outcome, |item| item.deleted = true));
        of_a_wrong_answer(|outcome| item(outcome, |item| item.document = note(2)));
        of_a_wrong_answer(|outcome| item(outcome, |item| item.key = ItemKey::from("b")));
        of_a_wrong_answer(|outcome| item(outcome, |item| item.changed_at = Timestamp::ZERO));
    }

    #[test]
    fn a_conflict_is_where_it_must_be_and_nowhere_else() {
        let mut model = Model::default();
        let ground = Playground::new(&[spec()], &[], &model).unwrap();
        let store = &ground.site().unwrap().store;
        let conflicts = Mutation::put("notes", note(1)).expect(Expect::Version(4));
        let conflict = store.apply(conflicts.clone()).unwrap_err();
        let planned = model.plan(&[spec()], &conflicts).unwrap();
        assert!(model.take_in(&[planned], &Ok(Vec::new())).is_err());
        let planned = model.plan(&[spec()], &Mutation::put("notes", note(1))).unwrap();
        assert!(model.take_in(&[planned], &Err(conflict)).is_err());
    }

    #[test]
    fn what_is_written_beside_it_is_found() {
        for beside in [Change::Put(note(7)), Change::Delete(ItemKey::from("a"))] {
            let mut model = Model::default();
            let mut ground = Playground::new(&[spec()], &[], &model).unwrap();
            let put = Operation::Commit(vec![Mutation::put("notes", note(1))]);
            ground.perform(&put, &mut model).unwrap();
            let beside = Mutation { change: beside, ..Mutation::put("notes", note(1)) };
            ground.site().unwrap().store.apply(beside).unwrap();
            for operation in [Operation::MoveWall(1), Operation::Compact, Operation::Kill] {
                let broken = ground.perform(&operation, &mut model).unwrap_err().to_string();
                assert!(broken.contains("and not"), "{broken}");
            }
        }
    }

    #[test]
    fn an_item_that_nobody_wrote_is_found() {
        let mut model = Model::default();
        let mut ground = Playground::new(&[spec()], &[], &model).unwrap();
        ground.site().unwrap().store.put("notes", note(1)).unwrap();
        let broken = ground.perform(&Operation::Kill, &mut model).unwrap_err().to_string();
        assert!(broken.contains("lists"), "{broken}");
    }

    #[test]
    fn a_key_is_read_from_what_a_document_holds() {
        let sort = Some(KeyAttribute { name: "n".to_owned(), kind: KeyKind::Number });
        let spec = TableSpec { sort, ..spec() };
        let key = ItemKey::from("a").with_sort(7);
        assert_eq!(key_of(&spec, &note(7)), Some(key));
        let without = Document::from_json(r#"{"id":"a"}"#).unwrap();
        assert_eq!(key_of(&spec, &without), None);
    }
}
