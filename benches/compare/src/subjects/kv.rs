//! What a store of ordered keys is asked for.

use crate::subject::Result;

/// The maps of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Map {
    /// Key to row.
    Rows,
    /// Change time to key, or to key and row.
    Log,
    /// Owner and change time to the same.
    Scopes,
}

/// All maps, with their names.
pub const MAPS: [(Map, &str); 3] =
    [(Map::Rows, "rows"), (Map::Log, "log"), (Map::Scopes, "scopes")];

/// What a visitor of a range sees; it says whether to go on.
pub type Visit<'v> = dyn FnMut(&[u8], &[u8]) -> Result<bool> + 'v;

/// Reads from one state of the store.
pub trait Read {
    /// Hands the value to `see` if there is one.
    fn get(&self, map: Map, key: &[u8], see: &mut dyn FnMut(&[u8])) -> Result<()>;
    /// The greatest key of a map.
    fn last(&self, map: Map) -> Result<Option<Vec<u8>>>;
    /// Visits keys from `from` on, in order, to before `to`.
    fn range(&self, map: Map, from: &[u8], to: &[u8], visit: &mut Visit<'_>) -> Result<()>;
}

/// One commit.
pub trait Write {
    /// Hands the value as of this commit to `see` if there is one.
    fn get(&mut self, map: Map, key: &[u8], see: &mut dyn FnMut(&[u8])) -> Result<()>;
    /// Puts a value.
    fn put(&mut self, map: Map, key: &[u8], value: &[u8]) -> Result<()>;
    /// Puts a value above all keys that are there.
    fn append(&mut self, map: Map, key: &[u8], value: &[u8]) -> Result<()> {
        self.put(map, key, value)
    }
    /// Removes a key.
    fn remove(&mut self, map: Map, key: &[u8]) -> Result<()>;
}

/// A store of ordered keys.
pub trait Kv: Send + Sync {
    /// Reads.
    fn read(&self, run: &mut dyn FnMut(&dyn Read) -> Result<()>) -> Result<()>;
    /// Commits what `run` writes.
    fn write(&self, run: &mut dyn FnMut(&mut dyn Write) -> Result<()>) -> Result<()>;
    /// Removes the log's keys below `to`, as the store's documentation has it.
    fn cut_log(&self, to: &[u8]) -> Result<()>;
    /// As [`crate::subject::Subject::merges`].
    fn merges(&self) -> bool {
        false
    }
    /// As [`crate::subject::Subject::compact`].
    fn compact(&mut self) -> Result<()>;
    /// As [`crate::subject::Subject::settle`].
    fn settle(&self) -> Result<()> {
        Ok(())
    }
    /// As [`crate::subject::Subject::is_quiet`].
    fn is_quiet(&self) -> bool {
        true
    }
}
