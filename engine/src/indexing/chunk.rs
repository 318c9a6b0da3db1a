//! A few items, added to every unfinished index of their table that has not come to them.

use super::adding::{Adding, Refusal};
use crate::catalog::Table;
use crate::error::{Error, Result};
use crate::options::WriteStall;
use crate::storage::{Batch, StorageError, View};
use crate::store::Inner;
use highwater_format::meta::{IndexWork, index_work_key};
use highwater_format::{Family, IndexId, keys};
use std::sync::Arc;

/// Items of one chunk: writes on these, and on a few that share their locks, wait while it is added.
const ITEMS: usize = 64;
/// Bytes of records after which a chunk ends.
const BYTES: usize = 1 << 20;

/// Items that follow each other in key order.
pub(super) struct Chunk {
    /// The table as it was when they were read.
    pub(super) table: Arc<Table>,
    /// How far each unfinished index has come.
    works: Vec<(IndexId, IndexWork)>,
    items: Vec<Vec<u8>>,
    /// Nothing follows them.
    is_last: bool,
}

/// What came of a chunk.
pub(super) enum Added {
    /// There is more to do.
    Some,
    /// These indexes have come to the table's end.
    All(Vec<IndexId>),
    /// An item cannot be in an index.
    Refused(Refusal),
}

impl Inner {
    /// The next items that an unfinished index of `table` has not come to; `None` if all are finished.
    pub(super) fn next_chunk(&self, table: Arc<Table>) -> Result<Option<Chunk>> {
        let view = self.storage.latest();
        let works = works(&view, &table)?;
        let Some(start) = works.iter().map(|(_, work)| &work.after).min() else {
            return Ok(None);
        };
        let mut from = keys::base(table.id(), start);
        if !start.is_empty() {
            from.push(0);
        }
        let to = keys::after_prefix(&keys::table(table.id()));
        let mut scan = view.scan(Family::Base, &from, to)?;
        let (mut items, mut bytes, mut is_last) = (Vec::new(), 0, false);
        while !is_last && items.len() < ITEMS && bytes < BYTES {
            if scan.advance()?.is_some() {
                let (key, payload) = scan.entry()?;
                bytes += payload.len();
                items.push(keys::decode_base(key)?.1.to_vec());
            } else {
                is_last = true;
            }
        }
        Ok(Some(Chunk { table, works, items, is_last }))
    }

    /// Adds a chunk's items as they are now, and notes how far that has come.
    pub(super) fn add_chunk(&self, chunk: Chunk) -> Result<Added> {
        let Chunk { table, mut works, items, is_last } = chunk;
        let _tables_stay = self.ddl.read();
        self.health.check()?;
        self.budget.check(&self.storage)?;
        // Writes on the chunk's items would wait with it.
        if self.options.write_stall == WriteStall::Refuse && self.storage.is_write_stopped()? {
            return Err(Error::Busy);
        }
        // What was published since the items were read may know of others before them.
        if !self.is_current(&table) {
            return Ok(Added::Some);
        }
        let _items_stay = self.locks.lock(items.iter().map(Vec::as_slice));
        let view = self.storage.latest();
        let mut adding = Adding::new(&table, &view, &self.options.limits);
        for item in &items {
            if let Some(refusal) = adding.item(item, &works)? {
                return Ok(Added::Refused(refusal));
            }
        }
        let mut batch = adding.into_batch()?;
        if let Some(last) = items.last() {
            for (id, work) in works.iter_mut().filter(|(_, work)| work.after < *last) {
                work.after.clone_from(last);
                batch.put(Family::Meta, index_work_key(*id), &work.encode()?);
            }
        }
        self.write_chunk(batch)?;
        let all = || works.into_iter().map(|(id, _)| id).collect();
        Ok(if is_last { Added::All(all()) } else { Added::Some })
    }

    /// Whether the table has not been altered or dropped.
    pub(super) fn is_current(&self, table: &Arc<Table>) -> bool {
        self.catalog.by_id(table.id()).is_some_and(|now| Arc::ptr_eq(&now, table))
    }

    /// Not fsynced: an index that loses its last chunks is one that has not come so far.
    fn write_chunk(&self, batch: Batch) -> Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        self.storage.write_behind(batch).map_err(|error| match error {
            StorageError::Stalled(_) => Error::Busy,
            error => self.health.fail(&error),
        })
    }
}

/// How far each unfinished index of a table has come.
pub(crate) fn works(view: &View<'_>, table: &Table) -> Result<Vec<(IndexId, IndexWork)>> {
    let work = |id| {
        let work = view.get(Family::Meta, &index_work_key(id), IndexWork::decode)?;
        Ok((id, work.unwrap_or_default()))
    };
    table.unfinished().map(work).collect()
}
