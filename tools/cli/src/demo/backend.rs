//! The backend: a store with one table.

use super::data::Step;
use super::error::Error;
use super::features::{self, TABLE};
use highwater::{Durability, Item, ListRequest, Mutation, Options, Store, WriteStall};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Mutations that are committed together.
const BATCH: usize = 500;

/// What became of some steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Written {
    /// Puts that were asked for.
    pub(super) put: usize,
    /// Of them, those that changed something.
    pub(super) changed: usize,
    /// Deletes that found their item.
    pub(super) deleted: usize,
}

impl std::ops::AddAssign for Written {
    fn add_assign(&mut self, more: Self) {
        self.put += more.put;
        self.changed += more.changed;
        self.deleted += more.deleted;
    }
}

/// An open store and where it is.
pub(super) struct Backend {
    path: PathBuf,
    pub(super) store: Store,
}

impl Backend {
    /// Makes the store and its table in a folder that is empty or not there yet.
    pub(super) fn create(path: &Path) -> Result<Self, Error> {
        let taken = path.read_dir().is_ok_and(|mut files| files.next().is_some());
        if taken {
            return Err(Error::FolderTaken { path: path.to_owned() });
        }
        let store = open(path)?;
        store.create_table(features::spec())?;
        Ok(Self { path: path.to_owned(), store })
    }

    /// Closes the store and opens it again.
    pub(super) fn restart(self) -> Result<Self, Error> {
        self.store.close()?;
        let store = open(&self.path)?;
        Ok(Self { path: self.path, store })
    }

    /// Commits the steps in batches.
    pub(super) fn write(&self, steps: &[Step]) -> Result<Written, Error> {
        let mut written = Written::default();
        for steps in steps.chunks(BATCH) {
            let batch: Vec<_> = steps.iter().map(mutation).collect();
            let outcomes = self.store.apply_batch(&batch)?;
            for (step, outcome) in steps.iter().zip(outcomes) {
                let done = usize::from(outcome.written);
                written += match step {
                    Step::Put(_) => Written { put: 1, changed: done, deleted: 0 },
                    Step::Delete(_) => Written { deleted: done, ..Written::default() },
                };
            }
        }
        Ok(written)
    }

    /// Everything that is there.
    pub(super) fn list(&self) -> Result<Vec<Item>, Error> {
        let mut request = ListRequest::new(TABLE).limit(1000);
        let mut items = Vec::new();
        loop {
            let page = self.store.list(&request)?;
            items.extend(page.items);
            if page.next.is_none() {
                return Ok(items);
            }
            request.after = page.next;
        }
    }
}

fn open(path: &Path) -> Result<Store, Error> {
    let options = Options {
        durability: Durability::Sync,
        write_stall: WriteStall::Wait,
        ..Options::default()
    };
    Ok(Store::builder(path).options(options).open()?)
}

fn mutation(step: &Step) -> Mutation {
    match step {
        Step::Put(document) => Mutation::put_if_changed(TABLE, document.clone()),
        Step::Delete(key) => Mutation::delete(TABLE, key.clone()),
    }
}
