//! What the keeper's work must have left, by what it said before the kill.

use super::line::Line;
use super::scene::{
    BULK, BULK_ROWS, BY_EVEN, NOTES, OWNERS, PASSING, PASSING_BATCH, PASSING_ROWS, has_table,
    owner, passing,
};
use super::task::Task;
use highwater::{Document, IndexPhase, ListRequest, ScopeRequest, Store, Value};
use std::fmt::Debug;

/// The states that something may be in.
#[derive(Debug)]
struct Possible<T>(Vec<T>);

impl<T: PartialEq + Debug> Possible<T> {
    /// It has come to this, and to nothing else.
    fn ended(&mut self, state: T) {
        self.0 = vec![state];
    }

    /// It may have come to these meanwhile.
    fn begun(&mut self, states: impl IntoIterator<Item = T>) {
        self.0.extend(states);
    }

    /// It is found so, and must stay so.
    #[track_caller]
    fn found(&mut self, what: &str, state: T) {
        assert!(self.0.contains(&state), "{what}: found {state:?}, and possible are {:?}", self.0);
        self.ended(state);
    }
}

impl<T> Default for Possible<Option<T>> {
    fn default() -> Self {
        Self(vec![None])
    }
}

/// What is there besides the items that writers write, across all rounds.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// The generation of the imported rows, if there are any.
    generation: Possible<Option<u64>>,
    /// How many rows the table that comes and goes has, if it is there.
    rows: Possible<Option<usize>>,
    /// Whether the index that comes and goes is built, if it is there.
    is_built: Possible<Option<bool>>,
}

impl Kept {
    /// Takes what a child said.
    pub(super) fn hear(&mut self, line: &Line) {
        match line {
            Line::Begin(task) => match task {
                Task::Import(generation) => self.generation.begun([Some(*generation)]),
                // Its rows come a batch at a time.
                Task::CreateTable => {
                    self.rows.begun((0..=PASSING_ROWS).step_by(PASSING_BATCH).map(Some));
                }
                Task::DropTable => self.rows.begun([None]),
                Task::AddIndex => self.is_built.begun([Some(false), Some(true)]),
                Task::DropIndex => self.is_built.begun([None]),
                _ => {}
            },
            Line::End(task) => match task {
                Task::Import(generation) => self.generation.ended(Some(*generation)),
                Task::CreateTable => self.rows.ended(Some(PASSING_ROWS)),
                Task::DropTable => self.rows.ended(None),
                Task::AddIndex => self.is_built.ended(Some(true)),
                Task::DropIndex => self.is_built.ended(None),
                _ => {}
            },
            _ => {}
        }
    }

    /// Holds the store against it.
    ///
    /// # Panics
    /// If something is neither as it was nor as it was to become, or not as somebody was told that it is.
    pub(super) fn check(&mut self, store: &Store) {
        self.generation.found("the import", generation(store));
        self.rows.found("the rows of the table that comes and goes", rows(store));
        self.is_built.found("the index that comes and goes", is_built(store));
    }
}

fn documents(store: &Store, table: &str) -> Option<Vec<Document>> {
    let list = || store.list(&ListRequest::new(table).limit(1000)).expect("a listing");
    has_table(store, table)
        .then(|| list().items.into_iter().map(|item| item.document).collect::<Vec<_>>())
}

/// The generation of the imported rows. They are all there, and of one.
///
/// # Panics
/// If they are not.
pub(super) fn generation(store: &Store) -> Option<u64> {
    let documents = documents(store, BULK)?;
    let of = |document: &Document| {
        let map = document.to_map().expect("a document");
        match map.get("generation") {
            Some(Value::String(generation)) => generation.parse().ok(),
            _ => None,
        }
    };
    let first = documents.first().and_then(of);
    assert!(first.is_some(), "rows without a generation");
    assert_eq!(documents.len(), BULK_ROWS, "a part of an import");
    assert!(documents.iter().all(|document| of(document) == first), "of several generations");
    first
}

/// How many rows there are of the table that comes and goes: the first, and as they were written.
fn rows(store: &Store) -> Option<usize> {
    let documents = documents(store, PASSING)?;
    let count = documents.len();
    assert!(documents.into_iter().eq((0..count).map(passing)), "rows that nobody wrote");
    Some(count)
}

/// Whether the index that comes and goes is built; it says then what one that was always there says.
fn is_built(store: &Store) -> Option<bool> {
    let stats = store.stats().expect("statistics");
    let notes = stats.tables.iter().find(|table| table.name == NOTES).expect("the table");
    let is_built = notes.indexes.iter().find(|i| i.name == BY_EVEN)?.phase == IndexPhase::Ready;
    for n in (0..OWNERS).filter(|_| is_built) {
        let digest = |name: &str| {
            let scope = ScopeRequest::Index { name: name.to_owned(), value: owner(n).into() };
            store.digest(NOTES, &scope).expect("a digest")
        };
        assert_eq!(digest(BY_EVEN), digest("byOwner"), "the items of {}", owner(n));
    }
    Some(is_built)
}
