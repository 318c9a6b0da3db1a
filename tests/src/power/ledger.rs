//! Commits in their order, and which of them a store has kept.

use super::session::{INDEX, PASSING};
use crate::crash::{KEYS, Live, NOTES, document, key};
use highwater::{
    Document, Error, Incarnation, IndexPhase, Item, ItemKey, ListRequest, Outcome, Store,
};
use std::collections::BTreeMap;

/// The version of a key, and the number in its document; none for a tombstone. A table that comes and goes is in it
/// with its number of rows, and an index with 1 when it is built.
type State = BTreeMap<String, (u64, Option<u64>)>;

/// One write: what it leaves of each key, or nothing.
#[derive(Debug, Clone)]
struct Commit {
    left: BTreeMap<String, Option<(u64, Option<u64>)>>,
    is_of_items: bool,
}

impl Commit {
    fn apply(&self, state: &mut State) {
        for (key, left) in &self.left {
            match left {
                Some(left) => drop(state.insert(key.clone(), *left)),
                None => drop(state.remove(key)),
            }
        }
    }
}

/// What was asked of the store since it was opened, and what stood before.
#[derive(Debug, Default, Clone)]
pub struct Ledger {
    before: State,
    /// Those of items, and of tables and indexes, in one order.
    commits: Vec<Commit>,
    now: State,
    /// How many commits must be kept.
    kept: usize,
    /// How many commits of items were answered.
    answered: usize,
    incarnation: Option<Incarnation>,
    /// How many commits that were asked for the last recovery did not find.
    gone: usize,
}

impl Ledger {
    /// That of an empty store.
    ///
    /// # Errors
    /// Those of the store.
    pub fn of(store: &Store) -> Result<Self, Error> {
        Ok(Self { incarnation: Some(store.stats()?.incarnation), ..Self::default() })
    }

    /// Takes a change of the table that comes and goes, or of the index, that is about to be asked for: what it goes
    /// through, none where it is gone.
    pub fn ask_schema(&mut self, what: &str, through: &[Option<u64>]) {
        for state in through {
            let left = BTreeMap::from([(what.to_owned(), state.map(|state| (1, Some(state))))]);
            self.push(Commit { left, is_of_items: false });
        }
    }

    /// That change was done. It must be kept from here on, with all that was before it, whatever the durability.
    pub fn answer_schema(&mut self) {
        self.kept = self.commits.len();
    }

    fn push(&mut self, commit: Commit) {
        commit.apply(&mut self.now);
        self.commits.push(commit);
    }

    fn of_items(commits: &[Commit]) -> usize {
        commits.iter().filter(|commit| commit.is_of_items).count()
    }

    /// Takes a commit that is about to be asked for; whether it changes anything.
    pub fn ask(&mut self, items: &[(String, Option<u64>)]) -> bool {
        let mut changed = BTreeMap::new();
        for (key, n) in items {
            let stored = self.now.get(key);
            let is_live = stored.is_some_and(|(_, n)| n.is_some());
            if n.is_some() || is_live {
                let version = stored.map_or(1, |(version, _)| version + 1);
                changed.insert(key.clone(), Some((version, *n)));
            }
        }
        if changed.is_empty() {
            return false;
        }
        self.push(Commit { left: changed, is_of_items: true });
        true
    }

    /// The newest commit was answered; in a store that is synced it must be kept from here on.
    ///
    /// # Errors
    /// If the answer is not what it must be.
    pub fn answer(&mut self, outcomes: &[Outcome], synced: bool) -> Result<(), String> {
        self.answered = Self::of_items(&self.commits);
        if synced {
            self.kept = self.commits.len();
        }
        let Some(newest) = self.commits.last() else { return Ok(()) };
        let told: Vec<_> = outcomes
            .iter()
            .filter(|outcome| outcome.written)
            .filter_map(|outcome| {
                outcome.item.as_ref().map(|item| (item.key.clone(), item.version))
            })
            .collect();
        let left = newest.left.iter();
        let wanted: Vec<_> = left
            .filter_map(|(key, left)| Some((ItemKey::from(key.as_str()), (*left)?.0)))
            .collect();
        let agrees = wanted.iter().all(|item| told.contains(item));
        match agrees && told.len() == wanted.len() {
            true => Ok(()),
            false => Err(format!("told {told:?}, not {wanted:?}")),
        }
    }

    /// How many commits of items were asked for and answered since the store was opened.
    pub fn asked(&self) -> (usize, usize) {
        (Self::of_items(&self.commits), self.answered)
    }

    /// How many commits of items that were asked for the last recovery did not find.
    pub fn gone(&self) -> usize {
        self.gone
    }

    /// Whether that is what a key holds after every commit.
    ///
    /// # Errors
    /// If the document is none that was ever written.
    pub fn is_now(&self, key: &str, item: Option<&Item>) -> Result<bool, String> {
        Ok(self.now.get(key) == item.map(|item| state_of(key, item)).transpose()?.as_ref())
    }

    /// Finds the commit at which the store stands, and forgets those after it; gives how many that were
    /// answered are gone.
    ///
    /// # Errors
    /// If it stands at none, or before one that must be kept.
    pub fn recovered(&mut self, store: &Store) -> Result<usize, String> {
        let found = read(store)?;
        let incarnation = store.stats().map_err(|error| error.to_string())?.incarnation;
        // A store that may have lost something begins a new incarnation, in which tombstones are of no use to anybody
        // and go.
        let renewed = self.incarnation != Some(incarnation);
        let mut state = std::mem::take(&mut self.before);
        let mut reached = stands_at(&found, &state, renewed).then_some(0);
        for (n, commit) in (1..).zip(&self.commits) {
            commit.apply(&mut state);
            if stands_at(&found, &state, renewed) {
                reached = Some(n);
            }
        }
        let Some(kept) = reached else {
            return Err(format!("a hole: {found:?} after {:?}", self.commits));
        };
        if kept < self.kept {
            return Err(format!("{kept} commits are left, and {} were answered for", self.kept));
        }
        let (there, gone) = self.commits.split_at(kept);
        let lost = self.answered.saturating_sub(Self::of_items(there));
        let (gone, incarnation) = (Self::of_items(gone), Some(incarnation));
        *self = Self { before: found.clone(), now: found, gone, incarnation, ..Self::default() };
        Ok(lost)
    }

    /// What lives, by key.
    pub fn live(&self) -> Vec<Live<'_>> {
        let live = |(key, (version, n)): (_, &(u64, Option<u64>))| {
            Some((String::as_str(key), *version, (*n)?))
        };
        let items = self.now.iter().filter(|(key, _)| ![PASSING, INDEX].contains(&key.as_str()));
        items.filter_map(live).collect()
    }
}

/// Whether that is what a store holds, with its tombstones or maybe without.
fn stands_at(found: &State, state: &State, may_lack_tombstones: bool) -> bool {
    let is_there = |(key, item): (_, &(u64, Option<u64>))| match found.get(key) {
        Some(found) => found == item,
        None => may_lack_tombstones && item.1.is_none(),
    };
    state.iter().all(is_there) && found.keys().all(|key| state.contains_key(key))
}

/// Every item of the store, with its tombstones, and the table and the index that come and go.
fn read(store: &Store) -> Result<State, String> {
    let mut found = State::new();
    for key in (0..KEYS).map(|n| key(0, n)) {
        let item =
            store.get_with_tombstone(NOTES, key.as_str()).map_err(|e| format!("{key}: {e}"))?;
        let Some(item) = item else { continue };
        let state = state_of(&key, &item)?;
        found.insert(key, state);
    }
    if store.tables().iter().any(|table| table.name == PASSING) {
        let page = store.list(&ListRequest::new(PASSING)).map_err(|e| format!("{PASSING}: {e}"))?;
        found.insert(PASSING.to_owned(), (1, Some(page.items.len() as u64)));
    }
    let stats = store.stats().map_err(|error| error.to_string())?;
    let notes = stats.tables.iter().find(|table| table.name == NOTES);
    if let Some(index) = notes.and_then(|notes| notes.indexes.iter().find(|i| i.name == INDEX)) {
        let is_built = u64::from(index.phase == IndexPhase::Ready);
        found.insert(INDEX.to_owned(), (1, Some(is_built)));
    }
    Ok(found)
}

fn state_of(key: &str, item: &Item) -> Result<(u64, Option<u64>), String> {
    let n = if item.deleted { None } else { Some(number(key, &item.document)?) };
    Ok((item.version, n))
}

/// The number in a document, which must be as it was written.
fn number(name: &str, found: &Document) -> Result<u64, String> {
    let map = found.to_map().map_err(|e| format!("{name}: {e}"))?;
    let n = match map.get("n") {
        Some(highwater::Value::Number(n)) => {
            n.to_string().parse().map_err(|_| format!("{name}: {n}"))?
        }
        other => return Err(format!("{name}: {other:?}")),
    };
    let written = Document::from_json(&document(name, n)).map_err(|e| e.to_string())?;
    match *found == written {
        true => Ok(n),
        false => Err(format!("{name}: {map:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::power::session::mutations;
    use highwater::testing::memory_store;
    use highwater::{TableSpec, TableSpecExt};

    type Items = Vec<(String, Option<u64>)>;

    fn commit(store: &Store, items: &[(String, Option<u64>)]) -> Vec<Outcome> {
        store.apply_batch(&mutations(items)).expect("a commit")
    }

    /// A ledger of three commits, and a store that has those of `kept`.
    fn recovered(kept: impl Fn(usize) -> bool, part: Option<usize>) -> Result<usize, String> {
        let [a, b] = [key(0, 0), key(0, 1)];
        let commits: [Items; 3] =
            [vec![(a.clone(), Some(1))], vec![(a.clone(), Some(2)), (b, Some(3))], vec![(a, None)]];
        let (whole, store) = (memory_store().expect("a store"), memory_store().expect("a store"));
        for store in [&whole, &store] {
            store.create_table(TableSpec::new(NOTES, "id")).expect("a table");
        }
        let mut ledger = Ledger::of(&store).expect("a ledger");
        for (n, items) in commits.iter().enumerate() {
            assert!(ledger.ask(items));
            ledger.answer(&commit(&whole, items), n == 0)?;
            if kept(n) {
                commit(&store, &items[..part.unwrap_or(items.len()).min(items.len())]);
            }
        }
        ledger.recovered(&store)
    }

    #[test]
    fn a_prefix_is_found_and_nothing_else() {
        assert_eq!(recovered(|_| true, None), Ok(0));
        assert_eq!(recovered(|n| n < 2, None), Ok(1));
        assert_eq!(recovered(|n| n < 1, None), Ok(2));
        let is_told = |found: Result<usize, String>, what: &str| {
            assert!(found.as_ref().is_err_and(|told| told.contains(what)), "{found:?}");
        };
        is_told(recovered(|_| false, None), "0 commits are left, and 1 were answered for");
        is_told(recovered(|n| n != 1, None), "a hole");
        is_told(recovered(|n| n < 2, Some(1)), "a hole");
    }

    #[test]
    fn a_tombstone_that_is_gone_is_a_hole_unless_all_may_be() {
        let tombstone = State::from([("a".to_owned(), (2, None))]);
        assert!(!stands_at(&State::new(), &tombstone, false));
        assert!(stands_at(&State::new(), &tombstone, true));
        let live = State::from([("a".to_owned(), (2, Some(7)))]);
        assert!(!stands_at(&State::new(), &live, true));
    }
}
