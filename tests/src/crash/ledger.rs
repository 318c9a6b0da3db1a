//! What must be in the store, by what was said before the kill: every state that an item has had.

use super::devices::Live;
use super::kept::Kept;
use super::line::Line;
use super::scene::{NOTES, SHARED, Tally, document};
use super::shared::Shared;
use highwater::{Document, Item, ItemKey, ListRequest, Millis, Store, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// An item as an answered write left it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    version: u64,
    /// The number in its document; none if it is deleted.
    n: Option<u64>,
    /// When it was committed; none where its tombstone was gone before anybody could ask.
    at: Option<Timestamp>,
}

/// Every timestamp that anybody was told of, across all rounds: no two commits have the same.
#[derive(Debug, Default)]
pub(super) struct Stamps(BTreeSet<Timestamp>);

impl Stamps {
    /// # Panics
    /// If another change has it, or it is not after what was told before it was asked for.
    pub(super) fn take(&mut self, what: &str, at: Timestamp, after: Millis) {
        assert!(
            at.millis() > after,
            "{what} was committed at {at:?}, and {after:?} was told before"
        );
        assert!(self.0.insert(at), "{what} has the timestamp {at:?}, and another change has it");
    }
}

/// A commit that was asked for and not answered.
#[derive(Debug)]
struct Asked {
    items: Vec<(String, Option<u64>)>,
    /// The newest `startedAt` that anybody was told before.
    after: Millis,
}

/// How far everything had come at some moment.
#[derive(Debug, Default, Clone)]
pub(super) struct Mark {
    /// How many states of each item were known.
    states: BTreeMap<String, usize>,
    shared: u64,
}

/// What is known of every item, across all rounds.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The states of each key, oldest first.
    states: BTreeMap<String, Vec<Known>>,
    asked: BTreeMap<u64, Asked>,
    newest_started_at: Millis,
    stamps: Stamps,
    shared: Shared,
    kept: Kept,
}

impl Ledger {
    /// Takes what a child said. Each line comes in the order in which it was said.
    ///
    /// # Panics
    /// If an answer breaks a promise: versions or timestamps that do not follow each other, a commit at or below a
    /// `startedAt` that was handed out before it was asked for.
    pub fn hear(&mut self, line: &Line, tally: &mut Tally) {
        self.shared.hear(line, self.newest_started_at, &mut self.stamps, tally);
        self.kept.hear(line);
        match line {
            Line::Page(_, _, page) => {
                self.newest_started_at = self.newest_started_at.max(page.started_at);
            }
            Line::Ask(writer, items) => {
                let asked = Asked { items: items.clone(), after: self.newest_started_at };
                self.asked.insert(*writer, asked);
            }
            Line::Answer(writer, told) => {
                let Asked { items, after } = self.asked.remove(writer).expect("it was asked for");
                tally.commits += 1;
                for ((key, n), (version, written, at)) in items.into_iter().zip(told) {
                    if *written {
                        self.write(key, n, *version, (Some(Timestamp(*at)), after));
                    }
                }
            }
            _ => {}
        }
    }

    fn write(
        &mut self,
        key: String,
        n: Option<u64>,
        version: u64,
        (at, after): (Option<Timestamp>, Millis),
    ) {
        if let Some(at) = at {
            self.stamps.take(&key, at, after);
        }
        let states = self.states.entry(key.clone()).or_default();
        let before = states.last();
        let next = before.map_or(1, |known| known.version + 1);
        // A tombstone that has expired is no item: the next one begins anew.
        let anew = before.is_none_or(|known| known.n.is_none());
        assert!(version == next || (anew && version == 1), "`{key}`: {version} after {before:?}");
        let is_later = before.is_none_or(|known| at.is_none() || known.at < at);
        assert!(is_later, "`{key}`: {at:?} after {before:?}");
        states.push(Known { version, n, at });
    }

    /// Holds the store against it; what was asked for and not answered is there wholly or not at all.
    ///
    /// # Panics
    /// If something answered is not there, or something half.
    pub fn check(&mut self, store: &Store, tally: &mut Tally) {
        for (_, Asked { items, after }) in std::mem::take(&mut self.asked) {
            tally.unanswered += 1;
            self.settle(store, items, after, tally);
        }
        for (key, known) in self.known() {
            let item = store.get(NOTES, key).expect("readable");
            assert!(is(item.as_ref(), key, known), "`{key}` is {item:?}, and was {known:?}");
        }
        self.shared.check(store, &mut self.stamps);
        self.kept.check(store);
        let report = store.verify().expect("a verification");
        assert!(report.is_clean(), "{:#?}", report.problems);
    }

    /// Whether a commit that nobody was answered is there, and from now on known.
    fn settle(
        &mut self,
        store: &Store,
        items: Vec<(String, Option<u64>)>,
        after: Millis,
        tally: &mut Tally,
    ) {
        let mut landed = Vec::new();
        for (key, n) in items {
            let before = self.last(&key);
            let was_live = before.is_some_and(|known| known.n.is_some());
            let item = store.get_with_tombstone(NOTES, key.as_str()).expect("readable");
            match n {
                // Nothing is written for it, landed or not.
                None if !was_live => {}
                None => {
                    let gone = item.as_ref().is_none_or(|item| item.deleted);
                    landed.push((key, n, item, gone));
                }
                Some(number) => {
                    let document = Document::from_json(&document(&key, number)).expect("JSON");
                    let there = item.as_ref().is_some_and(|i| !i.deleted && i.document == document);
                    landed.push((key, n, item, there));
                }
            }
        }
        let there = landed.iter().filter(|(.., there)| *there).count();
        assert!(there == 0 || there == landed.len(), "half of a commit: {landed:?}");
        if there == 0 {
            return;
        }
        tally.landed += 1;
        for (key, n, item, _) in landed {
            let before = self.last(&key).map_or(0, |known| known.version);
            // Gone with its tombstone already: only a delete can be.
            let version = item.as_ref().map_or(before + 1, |item| item.version);
            let at = item.map(|item| item.changed_at);
            self.write(key, n, version, (at, after));
        }
    }

    fn last(&self, key: &str) -> Option<&Known> {
        self.states.get(key).and_then(|states| states.last())
    }

    fn known(&self) -> impl Iterator<Item = (&str, &Known)> {
        self.states.iter().filter_map(|(key, states)| Some((key.as_str(), states.last()?)))
    }

    /// What lives, by key.
    pub fn live(&self) -> Vec<Live<'_>> {
        let live = |(key, known): (_, &Known)| Some((key, known.version, known.n?));
        let mut live: Vec<_> = self.known().filter_map(live).chain(self.shared.live()).collect();
        live.sort_unstable();
        live
    }

    /// What is acknowledged so far.
    pub(super) fn mark(&self) -> Mark {
        let states = self.states.iter().map(|(key, states)| (key.clone(), states.len()));
        Mark { states: states.collect(), shared: self.shared.mark() }
    }

    /// Holds a copy of the store that was begun at a mark: each item is as it was then, or has become since. How many
    /// live in it.
    ///
    /// # Panics
    /// If one is older, or was never written so.
    pub(super) fn check_copy(&self, copy: &Store, mark: &Mark) -> u64 {
        let page = copy.list(&ListRequest::new(NOTES).limit(1000)).expect("a listing");
        let mut items: BTreeMap<_, _> = page.items.iter().map(|item| (&item.key, item)).collect();
        self.shared.check_state(items.remove(&ItemKey::from(SHARED)), mark.shared);
        for (key, states) in &self.states {
            let item = items.remove(&ItemKey::from(key.as_str()));
            let known = mark.states.get(key).copied().unwrap_or_default();
            let since = states.get(known.saturating_sub(1)..).unwrap_or_default();
            let never = known == 0 && item.is_none();
            assert!(
                never || since.iter().any(|state| is(item, key, state)),
                "`{key}` is {item:?} in a copy, and was or became {since:?}"
            );
        }
        assert!(items.is_empty(), "nobody wrote {items:?}");
        page.items.len() as u64
    }
}

fn is(item: Option<&Item>, key: &str, known: &Known) -> bool {
    match (item, known.n) {
        (None, None) => true,
        (Some(item), Some(n)) => {
            let document = Document::from_json(&document(key, n)).expect("JSON");
            let held = (item.version, Some(item.changed_at), &item.document);
            held == (known.version, known.at, &document)
        }
        _ => false,
    }
}
