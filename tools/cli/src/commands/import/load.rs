//! Batches: collected, split where an item comes again, committed.

use super::Args;
use super::reader::Line;
use crate::failure::Failure;
use crate::input::input_name;
use highwater::{Document, Error, ErrorKind, KeyAttribute, Mutation, Store, TableSpec, ValueRef};
use std::collections::HashSet;

/// A batch ends when its documents have this many bytes.
const BATCH_BYTES: usize = 4 << 20;

/// An import under way.
pub(super) struct Load<'a> {
    store: &'a Store,
    args: &'a Args,
    /// Documents that are committed.
    pub(super) documents: u64,
    /// Of them, those that changed something.
    pub(super) written: u64,
    /// Every line up to and with this one is committed, or was skipped.
    pub(super) through: u64,
    /// The batch: line numbers, what they want, and the items they name.
    numbers: Vec<u64>,
    mutations: Vec<Mutation>,
    keys: HashSet<Vec<u8>>,
    bytes: usize,
}

/// A commit that was refused or failed.
struct Refused {
    first: u64,
    last: u64,
    error: Box<Error>,
}

impl<'a> Load<'a> {
    pub(super) fn new(store: &'a Store, args: &'a Args) -> Self {
        Self {
            store,
            args,
            documents: 0,
            written: 0,
            through: args.skip,
            numbers: Vec::new(),
            mutations: Vec::new(),
            keys: HashSet::new(),
            bytes: 0,
        }
    }

    /// Takes a line; says whether a batch was committed on the way.
    pub(super) fn add(&mut self, line: Line, spec: &TableSpec) -> Result<bool, Failure> {
        let key = key_bytes(&line.document, spec);
        // A batch is one moment: it cannot change an item twice.
        let comes_again = key.as_ref().is_some_and(|key| self.keys.contains(key));
        let size = line.document.as_bytes().len();
        let full = self.mutations.len() >= usize::from(self.args.batch)
            || (self.bytes + size > BATCH_BYTES && !self.mutations.is_empty());
        let commits = comes_again || full;
        if commits {
            self.flush()?;
        }
        self.keys.extend(key);
        self.bytes += size;
        self.numbers.push(line.number);
        let table = &self.args.table;
        self.mutations.push(if self.args.if_changed {
            Mutation::put_if_changed(table, line.document)
        } else {
            Mutation::put(table, line.document)
        });
        Ok(commits)
    }

    /// Commits the batch.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        let numbers = std::mem::take(&mut self.numbers);
        let mutations = std::mem::take(&mut self.mutations);
        self.keys.clear();
        self.bytes = 0;
        if mutations.is_empty() {
            return Ok(());
        }
        self.commit(&numbers, &mutations).map_err(|refused| {
            let Refused { first, last, error } = refused;
            let name = input_name(&self.args.file);
            let place = if first == last {
                format!("{name}, line {first}")
            } else {
                format!("{name}, lines {first} to {last}")
            };
            self.stopped(first, Failure::from(*error).at(place))
        })
    }

    /// Commits lines together. If one of them cannot be stored, halves find it, and commit all before it.
    fn commit(&mut self, numbers: &[u64], mutations: &[Mutation]) -> Result<(), Refused> {
        let (Some(&first), Some(&last)) = (numbers.first(), numbers.last()) else { return Ok(()) };
        match self.store.apply_batch(mutations) {
            Ok(outcomes) => {
                self.documents += outcomes.len() as u64;
                self.written += outcomes.iter().filter(|outcome| outcome.written).count() as u64;
                self.through = last;
                tracing::debug!(first, last, "lines are committed");
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::Invalid && mutations.len() > 1 => {
                let half = mutations.len() / 2;
                let (first_numbers, other_numbers) = numbers.split_at(half);
                let (first_mutations, other_mutations) = mutations.split_at(half);
                self.commit(first_numbers, first_mutations)?;
                self.commit(other_numbers, other_mutations)
            }
            Err(error) => Err(Refused { first, last, error: Box::new(error) }),
        }
    }

    /// The import ended at `line`: how far it got, and how to resume.
    pub(super) fn stopped(&self, line: u64, failure: Failure) -> Failure {
        let resume = match (failure.is_invalid(), self.through) {
            (true, 0) => "nothing is committed; mend the line and begin again".to_owned(),
            (true, through) => {
                format!("{}; mend the line and resume with --skip {through}", self.so_far())
            }
            // The last commit may have happened all the same.
            (false, 0) => {
                "nothing is known to be committed; begin again with --if-changed".to_owned()
            }
            (false, through) => {
                format!("{}; resume with --skip {through} --if-changed", self.so_far())
            }
        };
        self.detailed(failure).detail("line", line).hint(resume)
    }

    /// Somebody asked for an end.
    pub(super) fn interrupted(&self) -> Failure {
        let message = format!("interrupted: {}", self.so_far());
        let failure = self.detailed(Failure::interrupted(message));
        failure.hint(format!("resume with --skip {}", self.through))
    }

    fn so_far(&self) -> String {
        match self.documents {
            0 => format!("nothing after line {} is committed", self.through),
            1 => format!("1 document, up to line {}, is committed", self.through),
            n => format!("{n} documents, up to line {}, are committed", self.through),
        }
    }

    fn detailed(&self, failure: Failure) -> Failure {
        failure.detail("committed", self.documents).detail("skip", self.through)
    }
}

/// The item a document names, for telling two apart; `None` where the engine will refuse it.
fn key_bytes(document: &Document, spec: &TableSpec) -> Option<Vec<u8>> {
    let part = |attribute: &KeyAttribute| {
        Some(match document.as_map().get(&attribute.name).ok()?? {
            ValueRef::String(text) => text.as_bytes().to_vec(),
            ValueRef::Number(number) => number.as_bytes().to_vec(),
            ValueRef::Binary(bytes) => bytes.to_vec(),
            _ => return None,
        })
    };
    let mut key = part(&spec.partition)?;
    if let Some(sort) = &spec.sort {
        // The length keeps `a` + `bc` apart from `ab` + `c`.
        key.extend(key.len().to_be_bytes());
        key.extend(part(sort)?);
    }
    Some(key)
}
