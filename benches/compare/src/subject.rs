//! What is measured: a table of documents with a change time, an owner, versions and tombstones.

use crate::rows::Page;
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

/// Any error of a subject.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A store with the same content as the others.
///
/// Each call is what an application would do for it: one commit, or one page. A page owns what it names.
pub trait Subject: Send + Sync {
    /// Puts new rows, all in one commit.
    fn insert(&self, rows: &[(u64, Vec<u8>)]) -> Result<()>;
    /// Reads a row, writes the document under the next version at a new change time, keeps every index.
    fn update(&self, n: u64, document: &[u8]) -> Result<()>;
    /// One row's document.
    fn get(&self, n: u64) -> Result<Option<Vec<u8>>>;
    /// The first `limit` rows from row `n` on, in key order.
    fn scan(&self, n: u64, limit: u32) -> Result<Page>;
    /// The present.
    fn now(&self) -> Result<Moment>;
    /// The first page of the whole table, as a new client asks for it.
    fn base(&self, limit: u32) -> Result<Page>;
    /// What changed since a moment, in the order of the changes.
    fn delta(&self, since: Moment, limit: u32) -> Result<Page>;
    /// The same of one owner's rows.
    fn scope_delta(&self, owner: u64, since: Moment, limit: u32) -> Result<Page>;
    /// Forgets the log of changes before a moment.
    fn expire(&self, before: Moment) -> Result<()>;
    /// Puts everything in its final place, as the store's documentation advises.
    fn compact(&self) -> Result<()>;
    /// Waits until everything is on disk.
    fn flush(&self) -> Result<()>;
}

/// How a subject is made.
pub trait Kind: Sync {
    /// The name in tables.
    fn name(&self) -> String;
    /// Opens the store in a folder, made if it is not there.
    fn open(&self, folder: &Path, durability: Durability) -> Result<Box<dyn Subject>>;
}
