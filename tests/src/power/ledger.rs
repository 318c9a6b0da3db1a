//! Commits in their order, and which of them a store has kept.

use crate::crash::{KEYS, Live, NOTES, document, key};
use highwater::{Document, Item, ItemKey, Outcome, Store};
use std::collections::BTreeMap;

/// The version of a key, and the number in its document; none for a tombstone.
type State = BTreeMap<String, (u64, Option<u64>)>;

/// What was asked of the store since it was opened, and what stood before.
#[derive(Debug, Default, Clone)]
pub struct Ledger {
    before: State,
    /// What each commit changed.
    commits: Vec<State>,
    now: State,
    /// How many commits must be kept.
    kept: usize,
    answered: usize,
    /// How many commits that were asked for the last recovery did not find.
    gone: usize,
}

impl Ledger {
    /// Takes a commit that is about to be asked for; whether it changes anything.
    pub fn ask(&mut self, items: &[(String, Option<u64>)]) -> bool {
        let mut changed = State::new();
        for (key, n) in items {
            let stored = self.now.get(key);
            let is_live = stored.is_some_and(|(_, n)| n.is_some());
            if n.is_some() || is_live {
                let version = stored.map_or(1, |(version, _)| version + 1);
                changed.insert(key.clone(), (version, *n));
            }
        }
        if changed.is_empty() {
            return false;
        }
        self.now.extend(changed.clone());
        self.commits.push(changed);
        true
    }

    /// The newest commit was answered; in a store that is synced it must be kept from here on.
    ///
    /// # Errors
    /// If the answer is not what it must be.
    pub fn answer(&mut self, outcomes: &[Outcome], synced: bool) -> Result<(), String> {
        self.answered = self.commits.len();
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
        let wanted: Vec<_> = newest
            .iter()
            .map(|(key, (version, _))| (ItemKey::from(key.as_str()), *version))
            .collect();
        let agrees = wanted.iter().all(|item| told.contains(item));
        match agrees && told.len() == newest.len() {
            true => Ok(()),
            false => Err(format!("told {told:?}, not {wanted:?}")),
        }
    }

    /// How many commits were asked for and answered since the store was opened.
    pub fn asked(&self) -> (usize, usize) {
        (self.commits.len(), self.answered)
    }

    /// How many commits that were asked for the last recovery did not find.
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
        let mut state = std::mem::take(&mut self.before);
        let mut reached = stands_at(&found, &state).then_some(0);
        for (n, commit) in (1..).zip(&self.commits) {
            state.extend(commit.clone());
            if stands_at(&found, &state) {
                reached = Some(n);
            }
        }
        let Some(kept) = reached else {
            return Err(format!("a hole: {found:?} after {:?}", self.commits));
        };
        if kept < self.kept {
            return Err(format!("{kept} commits are left, and {} were answered for", self.kept));
        }
        let lost = self.answered.saturating_sub(kept);
        let gone = self.commits.len() - kept;
        *self = Self { before: found.clone(), now: found, gone, ..Self::default() };
        Ok(lost)
    }

    /// What lives, by key.
    pub fn live(&self) -> Vec<Live<'_>> {
        let live = |(key, (version, n)): (_, &(u64, Option<u64>))| {
            Some((String::as_str(key), *version, (*n)?))
        };
        self.now.iter().filter_map(live).collect()
    }
}

/// Whether that is what a store holds. A store that may have lost something begins a new incarnation, in which
/// tombstones are of no use to anybody and go.
fn stands_at(found: &State, state: &State) -> bool {
    let is_there = |(key, item): (_, &_)| match found.get(key) {
        Some(found) => found == item,
        None => item.1.is_none(),
    };
    state.iter().all(is_there) && found.keys().all(|key| state.contains_key(key))
}

/// Every item of the store, with its tombstones.
fn read(store: &Store) -> Result<State, String> {
    let mut found = State::new();
    for key in (0..KEYS).map(|n| key(0, n)) {
        let item =
            store.get_with_tombstone(NOTES, key.as_str()).map_err(|e| format!("{key}: {e}"))?;
        let Some(item) = item else { continue };
        let state = state_of(&key, &item)?;
        found.insert(key, state);
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
