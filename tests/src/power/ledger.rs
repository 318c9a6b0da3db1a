//! Commits in their order, and which of them a store has kept.

use super::sent::Sent;
use super::session::{INDEX, PASSING, mutations};
use crate::crash::{KEYS, Live, NOTES, OWNERS, document, key, owner};
use highwater::{
    Document, Error, Incarnation, IndexPhase, Item, ItemKey, ListRequest, Outcome, QueryRequest,
    Store,
};
use std::collections::BTreeMap;

/// The ordered index of [`NOTES`]: by owner and number.
pub(crate) const BY_NUMBER: &str = "byNumber";

/// The version of a key, and the number in its document; none for a tombstone. A table that comes and goes is in it
/// with its number of rows, and an index with 1 when it is built.
type State = BTreeMap<String, (u64, Option<u64>)>;

/// One write: what it leaves of each key, or nothing.
#[derive(Debug, Clone)]
struct Commit {
    left: BTreeMap<String, Option<(u64, Option<u64>)>>,
    is_of_items: bool,
    /// What was sent, if it was under a mutation id.
    sent: Option<Sent>,
}

/// The superseded states of a key, oldest first.
type Past = BTreeMap<String, Vec<(u64, Option<u64>)>>;

impl Commit {
    fn apply(&self, state: &mut State, past: &mut Past) {
        for (key, left) in &self.left {
            let before = match left {
                Some(left) => state.insert(key.clone(), *left),
                None => state.remove(key),
            };
            if let Some(before) = before.filter(|_| self.is_of_items) {
                past.entry(key.clone()).or_default().push(before);
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
    /// What history must tell of the store as it was opened, and as it is now.
    past_before: Past,
    past: Past,
    /// The commits under a mutation id that were there when the store was opened, and those that were not.
    receipts: Vec<Sent>,
    forgotten: Vec<Sent>,
    /// How many commits must be kept.
    kept: usize,
    /// How many commits of items were answered.
    answered: usize,
    incarnation: Option<Incarnation>,
    /// Whether the last recovery found another than before.
    renewed: bool,
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
            self.push(Commit { left, is_of_items: false, sent: None });
        }
    }

    /// That change was done. It must be kept from here on, with all that was before it, whatever the durability.
    pub fn answer_schema(&mut self) {
        self.kept = self.commits.len();
    }

    fn push(&mut self, commit: Commit) {
        commit.apply(&mut self.now, &mut self.past);
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
        self.push(Commit { left: changed, is_of_items: true, sent: None });
        true
    }

    /// The same for a commit under a mutation id.
    pub fn ask_once(&mut self, id: &str, items: &[(String, Option<u64>)]) -> bool {
        let changes = self.ask(items);
        if let Some(newest) = self.commits.last_mut().filter(|_| changes) {
            newest.sent = Some(Sent::new(id.to_owned(), items));
        }
        changes
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
        let Some(newest) = self.commits.last_mut() else { return Ok(()) };
        if let Some(sent) = &mut newest.sent {
            sent.answer(outcomes);
        }
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

    /// Whether the last recovery found a new incarnation, which resets every device.
    pub fn is_renewed(&self) -> bool {
        self.renewed
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
        let (found, told) = (read(store)?, read_past(store)?);
        let incarnation = store.stats().map_err(|error| error.to_string())?.incarnation;
        // A store that may have lost something begins a new incarnation, in which tombstones are of no use to anybody
        // and go.
        let renewed = self.incarnation != Some(incarnation);
        let (mut state, mut past) = (self.before.clone(), self.past_before.clone());
        // Without tombstones an item that came and went shows in history alone.
        let is_it = |state: &State, past: &Past| *past == told && stands_at(&found, state, renewed);
        let mut reached = is_it(&state, &past).then_some(0);
        for (n, commit) in (1..).zip(&self.commits) {
            commit.apply(&mut state, &mut past);
            if is_it(&state, &past) {
                reached = Some(n);
            }
        }
        let Some(kept) = reached else {
            return Err(format!("a hole: {found:?} and {told:?} after {:?}", self.commits));
        };
        if kept < self.kept {
            return Err(format!("{kept} commits are left, and {} were answered for", self.kept));
        }
        let (there, gone) = self.commits.split_at(kept);
        let lost = self.answered.saturating_sub(Self::of_items(there));
        let sent = |commits: &[Commit]| commits.iter().filter_map(|c| c.sent.clone()).collect();
        let (landed, forgotten): (Vec<Sent>, Vec<Sent>) = (sent(there), sent(gone));
        let mut receipts = std::mem::take(&mut self.receipts);
        receipts.extend(landed);
        *self = Self {
            before: found.clone(),
            now: found,
            past_before: told.clone(),
            past: told,
            receipts,
            forgotten,
            gone: Self::of_items(gone),
            incarnation: Some(incarnation),
            renewed,
            ..Self::default()
        };
        Ok(lost)
    }

    /// Holds what else is kept of the items against them: what history tells, and what the ordered index finds.
    ///
    /// # Errors
    /// If it is of another commit.
    pub fn check_beside(&self, store: &Store) -> Result<(), String> {
        let told = read_past(store)?;
        if told != self.past {
            return Err(format!("history tells {told:?}, not {:?}", self.past));
        }
        for owner in (0..OWNERS).map(owner) {
            let request = QueryRequest::new(NOTES, BY_NUMBER, owner.as_str()).limit(1000);
            let page = store.query(&request).map_err(|e| format!("a query of {owner}: {e}"))?;
            let mut live = self.live();
            live.retain(|(.., n)| crate::crash::owner(*n) == owner);
            live.sort_by_key(|(key, _, n)| (*n, *key));
            let wanted = live.into_iter().map(|(key, version, n)| {
                let document = Document::from_json(&document(key, n));
                Ok((ItemKey::from(key), version, document.map_err(|e| e.to_string())?))
            });
            let wanted: Vec<_> = wanted.collect::<Result<_, String>>()?;
            let told = page.items.into_iter().map(|item| (item.key, item.version, item.document));
            let told: Vec<_> = told.collect();
            if told != wanted {
                return Err(format!("a query of {owner} finds {told:?}, not {wanted:?}"));
            }
        }
        Ok(())
    }

    /// Sends again what was sent under a mutation id: what is there is answered as the first time and not done again,
    /// what is gone is done now. How many there were of each.
    ///
    /// # Errors
    /// If a receipt and its commit do not stand or fall together.
    pub fn retry(&mut self, store: &Store, synced: bool) -> Result<(u64, u64), String> {
        let mut receipts = std::mem::take(&mut self.receipts);
        for sent in &mut receipts {
            sent.is_told_again(store)?;
        }
        let told = receipts.len() as u64;
        let forgotten = std::mem::take(&mut self.forgotten);
        let mut done = 0;
        for (id, items) in forgotten.into_iter().map(Sent::into_parts) {
            if self.ask_once(&id, &items) {
                let outcomes = store.apply_once(&id, &mutations(&items));
                self.answer(&outcomes.map_err(|e| format!("{id}: {e}"))?, synced)?;
                done += 1;
            }
        }
        self.receipts = receipts;
        self.check_beside(store).map(|()| (told, done))
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

/// What history tells of every item that it tells anything of.
fn read_past(store: &Store) -> Result<Past, String> {
    let mut past = Past::new();
    for key in (0..KEYS).map(|n| key(0, n)) {
        let told = store.history(NOTES, key.as_str()).map_err(|e| format!("{key}: {e}"))?;
        if !told.is_empty() {
            let states: Result<Vec<_>, _> = told.iter().map(|item| state_of(&key, item)).collect();
            past.insert(key, states?);
        }
    }
    Ok(past)
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
    use highwater::testing::memory_store;
    use highwater::{Millis, TableSpec, TableSpecExt, Ttls};

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
        let ttls = Ttls { delta: None, tombstone: None, history: None };
        for store in [&whole, &store] {
            store.create_table(TableSpec::new(NOTES, "id").ttls(ttls)).expect("a table");
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

    /// What is beside the items after two commits, the second under a mutation id where that is so.
    fn beside(history: Option<Millis>, by_number: &str, has_receipt: bool) -> Result<(), String> {
        let store = memory_store().expect("a store");
        let ttls = Ttls { delta: None, tombstone: None, history };
        let spec = TableSpec::new(NOTES, "id").lookup(BY_NUMBER, by_number, Some("n")).ttls(ttls);
        store.create_table(spec).expect("a table");
        let mut ledger = Ledger::of(&store).expect("a ledger");
        let [first, second] = [1, 2].map(|n| vec![(key(0, 0), Some(n))]);
        assert!(ledger.ask(&first));
        ledger.answer(&commit(&store, &first), true)?;
        assert!(ledger.ask_once("once", &second));
        let answer = match has_receipt {
            true => store.apply_once("once", &mutations(&second)).expect("a commit"),
            false => commit(&store, &second),
        };
        ledger.answer(&answer, true)?;
        ledger.recovered(&store)?;
        ledger.check_beside(&store)?;
        ledger.retry(&store, true).map(|told| assert_eq!(told, (1, 0)))
    }

    #[test]
    fn what_is_beside_the_items_is_of_the_same_commit() {
        let is_told = |found: Result<(), String>, what: &str| {
            assert!(found.as_ref().is_err_and(|told| told.contains(what)), "{found:?}");
        };
        assert_eq!(beside(None, "owner", true), Ok(()));
        is_told(beside(Some(Millis(0)), "owner", true), "a hole");
        is_told(beside(None, "other", true), "finds []");
        is_told(beside(None, "owner", false), "once was told");
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
