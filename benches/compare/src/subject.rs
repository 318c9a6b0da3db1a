//! What is measured: a table of documents with a change time, an owner, versions and tombstones.

use crate::page::{Got, Page};
use crate::rows::{Key, Row};
use std::path::Path;

/// When a commit counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// In the log of the process's machine; a power loss takes the newest commits.
    Buffered,
    /// On disk.
    Synced,
}

/// How a store that has no change log of its own is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// As people write it by hand: rows, with an index on the change time that points to them.
    ByHand,
    /// The best one: a log clustered by change time that holds the documents.
    Clustered,
}

/// A moment to ask from: everything that was committed before it is known already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(pub u64);

/// Where a page of the whole table begins.
#[derive(Debug, Clone)]
pub enum Place {
    /// At a row.
    Row(Key),
    /// Where the page before said.
    Token(Option<String>),
}

/// Any error of a subject.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A store with the same content as the others.
///
/// Each call is what an application would do for it: one commit, or one page. A row is told with its key,
/// document, version, change time and whether it is deleted; deleted ones by deltas alone.
pub trait Subject: Send + Sync {
    /// Puts new rows, all in one commit.
    fn insert(&self, rows: &[Row]) -> Result<()>;
    /// Reads a row, writes the document under the next version at a new change time, keeps every index.
    fn update(&self, row: &Row) -> Result<()>;
    /// Turns rows into tombstones, which keep their document, all in one commit.
    fn delete(&self, keys: &[Key]) -> Result<()>;
    /// One row that is there.
    fn get(&self, key: &Key) -> Result<Option<Got>>;
    /// The present.
    fn now(&self) -> Result<Moment>;
    /// Where pages of the whole table begin whose first rows are these.
    fn places(&self, firsts: Vec<Key>, _limit: u32) -> Result<Vec<Place>> {
        Ok(firsts.into_iter().map(Place::Row).collect())
    }
    /// A page of the whole table, as a new client asks for it.
    fn base(&self, from: &Place, limit: u32) -> Result<Page>;
    /// The first page of what passes a filter on two fields.
    fn filtered(&self, limit: u32) -> Result<Page>;
    /// What changed since a moment, in the order of the changes.
    fn delta(&self, since: Moment, limit: u32) -> Result<Page>;
    /// The same of the rows of this one's owner.
    fn scope_delta(&self, of: &Key, since: Moment, limit: u32) -> Result<Page>;
    /// Forgets the log of changes before a moment; whether there is a log that can be forgotten.
    fn expire(&self, before: Moment) -> Result<bool>;
    /// Whether the log still tells of a change before a moment.
    fn tells_before(&self, before: Moment) -> Result<bool>;
    /// Bytes of files that hold the log alone, where there are such: they go whole.
    fn log_bytes(&self) -> Result<Option<u64>> {
        Ok(None)
    }
    /// Whether it is made of files that compactions merge, which reads gain from.
    fn merges(&self) -> bool {
        false
    }
    /// Puts everything in its final place, by the store's own call for that; it is opened anew afterwards.
    fn compact(&mut self) -> Result<()>;
    /// Does what was put off by writing, other than what goes on in the background.
    fn settle(&self) -> Result<()> {
        Ok(())
    }
    /// Whether nothing goes on in the background.
    fn is_quiet(&self) -> Result<bool> {
        Ok(true)
    }
}

/// How a subject is opened.
#[derive(Debug, Clone, Copy)]
pub struct Setup<'a> {
    /// Its folder, made if it is not there.
    pub folder: &'a Path,
    /// When its commits count as done.
    pub durability: Durability,
}

/// How a subject is made.
pub trait Kind: Sync {
    /// The name in tables.
    fn name(&self) -> String;
    /// Opens the store.
    fn open(&self, setup: Setup<'_>) -> Result<Box<dyn Subject>>;
}
