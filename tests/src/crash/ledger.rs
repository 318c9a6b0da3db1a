//! What must be in the store, by what was said before the kill.

use super::devices::Live;
use super::line::Line;
use super::scene::{BULK, NOTES, Tally, document};
use highwater::{Document, Item, ListRequest, Millis, Store, Timestamp};
use std::collections::BTreeMap;

/// An item as its last answered write left it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    version: u64,
    /// The number in its document; none if it is deleted.
    n: Option<u64>,
}

/// A commit that was asked for and not answered.
#[derive(Debug)]
struct Asked {
    items: Vec<(String, Option<u64>)>,
    /// The newest `startedAt` that anybody was told before.
    after: Millis,
}

/// What is known of every item, across all rounds.
#[derive(Debug, Default)]
pub struct Ledger {
    known: BTreeMap<String, Known>,
    asked: BTreeMap<u64, Asked>,
    newest_started_at: Millis,
}

impl Ledger {
    /// Takes what a child said. Each line comes in the order in which it was said.
    ///
    /// # Panics
    /// If an answer breaks a promise: versions that do not follow each other, a commit at or below a
    /// `startedAt` that was handed out before it was asked for.
    pub fn hear(&mut self, line: &Line, tally: &mut Tally) {
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
                        self.write(key, n, *version, (Timestamp(*at), after));
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
        (at, after): (Timestamp, Millis),
    ) {
        assert!(
            at.millis() > after,
            "`{key}` was committed at {at:?}, and {after:?} was told before"
        );
        let before = self.known.get(&key);
        let next = before.map_or(1, |known| known.version + 1);
        // A tombstone that has expired is no item: the next one begins anew.
        let anew = before.is_none_or(|known| known.n.is_none());
        assert!(version == next || (anew && version == 1), "`{key}`: {version} after {before:?}");
        self.known.insert(key, Known { version, n });
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
        for (key, known) in &self.known {
            let item = store.get(NOTES, key.as_str()).expect("readable");
            assert!(is(item.as_ref(), key, known), "`{key}` is {item:?}, and was {known:?}");
        }
        self.check_others(store);
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
            let before = self.known.get(&key);
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
            let before = self.known.get(&key).map_or(0, |known| known.version);
            // Gone with its tombstone already: only a delete can be.
            let version = item.as_ref().map_or(before + 1, |item| item.version);
            let at = item.map_or(Timestamp(u64::MAX), |item| item.changed_at);
            self.write(key, n, version, (at, after));
        }
    }

    /// A bulk import is there wholly, of one generation, or not at all.
    fn check_others(&self, store: &Store) {
        if !store.tables().iter().any(|table| table.name == BULK) {
            return;
        }
        let page = store.list(&ListRequest::new(BULK).limit(1000)).expect("a listing");
        let generation = |item: &Item| {
            let map = item.document.to_map().expect("a document");
            map.get("generation").cloned()
        };
        let first = page.items.first().and_then(generation);
        assert!(first.is_some(), "rows without a generation");
        assert_eq!(page.items.len(), 200, "a part of an import");
        assert!(page.items.iter().all(|item| generation(item) == first), "of several generations");
    }

    /// What lives, by key.
    pub fn live(&self) -> Vec<Live<'_>> {
        let live = |(key, known): (_, &Known)| Some((String::as_str(key), known.version, known.n?));
        self.known.iter().filter_map(live).collect()
    }
}

fn is(item: Option<&Item>, key: &str, known: &Known) -> bool {
    match (item, known.n) {
        (None, None) => true,
        (Some(item), Some(n)) => {
            let document = Document::from_json(&document(key, n)).expect("JSON");
            (item.version, &item.document) == (known.version, &document)
        }
        _ => false,
    }
}
