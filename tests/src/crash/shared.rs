//! The item that all writers write by its version: each version has one writer, and none is missing.

use super::devices::Live;
use super::ledger::Stamps;
use super::line::Line;
use super::scene::{NOTES, SHARED, Tally, document};
use highwater::{Document, Item, Millis, Store, Timestamp};
use std::collections::BTreeMap;

/// A write that was asked for and not answered.
#[derive(Debug)]
struct Race {
    expected: u64,
    n: u64,
    /// The newest `startedAt` that anybody was told before.
    after: Millis,
}

/// What is known of the shared item, across all rounds.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// The number in the document of each version that was acknowledged, or found, and when it was committed: not known
    /// of a version that was superseded before it could be looked at.
    versions: BTreeMap<u64, (u64, Option<Timestamp>)>,
    /// By writer.
    asked: BTreeMap<u64, Race>,
    /// A version that must be there: somebody was told so, or that a writer was too late.
    newest: u64,
}

impl Shared {
    /// Takes what a child said.
    ///
    /// # Panics
    /// If two writers wrote one version, or one wrote another than the one after what it expected.
    pub(super) fn hear(
        &mut self,
        line: &Line,
        after: Millis,
        stamps: &mut Stamps,
        tally: &mut Tally,
    ) {
        match line {
            Line::Race(writer, expected, n) => {
                self.asked.insert(*writer, Race { expected: *expected, n: *n, after });
            }
            Line::Raced(writer, won) => {
                let Race { expected, n, after } =
                    self.asked.remove(writer).expect("it was asked for");
                tally.won += u64::from(won.is_some());
                tally.lost += u64::from(won.is_none());
                self.newest = self.newest.max(expected + 1);
                if let Some((version, at)) = won {
                    assert_eq!(*version, expected + 1, "a version was passed over");
                    stamps.take(SHARED, Timestamp(*at), after);
                    let other = self.versions.insert(*version, (n, Some(Timestamp(*at))));
                    assert_eq!(other, None, "two writers wrote version {version}");
                }
            }
            _ => {}
        }
    }

    /// Holds the store against it. A version that nobody was told to have written is one that was asked for.
    ///
    /// # Panics
    /// If a version is lost, or is nobody's, or has another's document, or timestamps do not grow with versions.
    pub(super) fn check(&mut self, store: &Store, stamps: &mut Stamps) {
        let item = store.get(NOTES, SHARED).expect("readable");
        let found = item.as_ref().map_or(0, |item| item.version);
        assert!(found >= self.newest, "version {found} of the shared item after {}", self.newest);
        let asked = std::mem::take(&mut self.asked);
        for version in 1..=found {
            if self.versions.contains_key(&version) {
                continue;
            }
            let at = item.as_ref().filter(|_| version == found).map(|item| item.changed_at);
            let is_it = |race: &&Race| {
                let is_seen = version < found || is(item.as_ref(), (race.n, at));
                race.expected + 1 == version && is_seen
            };
            let race = asked.values().find(is_it);
            let race = race.unwrap_or_else(|| panic!("nobody wrote version {version}: {item:?}"));
            if let Some(at) = at {
                stamps.take(SHARED, at, race.after);
            }
            self.versions.insert(version, (race.n, at));
        }
        let moments: Vec<_> = self.versions.values().filter_map(|(_, at)| *at).collect();
        assert!(moments.is_sorted(), "the versions of the shared item: {:?}", self.versions);
        self.newest = found;
        self.check_state(item.as_ref(), found);
    }

    /// The newest version that must be there now.
    pub(super) fn mark(&self) -> u64 {
        self.newest
    }

    /// Holds the item as it is in a copy of the store that was begun at a mark.
    ///
    /// # Panics
    /// If it is older, or is none that was written.
    pub(super) fn check_state(&self, item: Option<&Item>, mark: u64) {
        let version = item.map_or(0, |item| item.version);
        assert!(version >= mark, "version {version} of the shared item, and {mark} was there");
        let known = self.versions.get(&version);
        assert!(
            version == 0 || known.is_some_and(|known| is(item, *known)),
            "the shared item is {item:?}, and was written with {known:?}"
        );
    }

    /// It, if it is there.
    pub(super) fn live(&self) -> Option<Live<'static>> {
        let (n, _) = self.versions.get(&self.newest)?;
        Some((SHARED, self.newest, *n))
    }
}

fn is(item: Option<&Item>, (n, at): (u64, Option<Timestamp>)) -> bool {
    let document = Document::from_json(&document(SHARED, n)).expect("JSON");
    let is_then = |item: &Item| at.is_none_or(|at| item.changed_at == at);
    item.is_some_and(|item| item.document == document && is_then(item))
}
