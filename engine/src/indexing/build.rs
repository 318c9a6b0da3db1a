//! Publishing changes of indexes, and the work until they are finished.

use super::adding::Refusal;
use super::chunk::Added;
use crate::catalog::{IndexChange, Table};
use crate::error::Result;
use crate::fault::Point;
use crate::store::Inner;
use highwater_format::{IndexId, TableId, Timestamp};
use std::sync::Arc;

impl Inner {
    /// Publishes changes in one step, then does the work that they make.
    pub(crate) fn change_indexes(&self, table: &str, changes: &[IndexChange]) -> Result<()> {
        self.health.check()?;
        if !changes.iter().any(IndexChange::needs_work) {
            return self.publish_indexes(table, changes).map(drop);
        }
        let _alone = self.building.lock();
        let (id, published) = self.publish_indexes(table, changes)?;
        let refusals = self.build_table(id, &|| true)?;
        // Others are of changes that a crash had interrupted: told in the log alone.
        let own = refusals.into_iter().find(|refusal| refusal.published == published);
        own.map_or(Ok(()), |refusal| Err(refusal.error))
    }

    fn publish_indexes(
        &self,
        table: &str,
        changes: &[IndexChange],
    ) -> Result<(TableId, Timestamp)> {
        // No commit is on its way: each is wholly before the change or wholly after it.
        let _alone = self.ddl.write();
        let now = self.clock.barrier()?;
        let limits = &self.options.limits;
        let write = |batch| self.write_meta(batch);
        let id = self.catalog.change_indexes(table, changes, limits, now, write)?;
        // Who follows a scope of an index that is gone looks, and finds out.
        self.followers.wake_table(id);
        tracing::info!(table, ?changes, "indexes changed");
        Ok((id, now))
    }

    /// Goes on with all unfinished indexes.
    pub(crate) fn build_indexes(&self) -> Result<()> {
        let _alone = self.building.lock();
        self.build_all(&|| true)
    }

    /// The same for as long as `goes_on`, and only if nobody else is at it.
    pub(crate) fn build_indexes_if_idle(&self, goes_on: &dyn Fn() -> bool) -> Result<()> {
        match self.building.try_lock() {
            Some(_alone) => self.build_all(goes_on),
            None => Ok(()),
        }
    }

    fn build_all(&self, goes_on: &dyn Fn() -> bool) -> Result<()> {
        let mut refusals = Vec::new();
        for table in self.catalog.all() {
            refusals.extend(self.build_table(table.id(), goes_on)?);
        }
        refusals.into_iter().next().map_or(Ok(()), |refusal| Err(refusal.error))
    }

    /// Builds the unfinished indexes of a table in one pass. Those that cannot be are taken back.
    fn build_table(&self, id: TableId, goes_on: &dyn Fn() -> bool) -> Result<Vec<Refusal>> {
        let mut refusals = Vec::new();
        while goes_on() {
            let Some(table) = self.catalog.by_id(id) else { break };
            let Some(chunk) = self.next_chunk(Arc::clone(&table))? else { break };
            self.faults.hit(Point::IndexChunk)?;
            match self.add_chunk(chunk)? {
                Added::Some => {}
                Added::All(done) => self.finish_indexes(&table, &done)?,
                Added::Refused(refusal) => {
                    self.take_back(&table, &refusal)?;
                    refusals.push(refusal);
                }
            }
        }
        Ok(refusals)
    }

    fn finish_indexes(&self, table: &Arc<Table>, done: &[IndexId]) -> Result<()> {
        let _alone = self.ddl.write();
        self.health.check()?;
        // What was published since may have begun anew what is done here.
        if !self.is_current(table) {
            return Ok(());
        }
        let floor = self.clock.barrier()?;
        self.catalog.finish_indexes(table, done, floor, |batch| self.write_meta(batch))?;
        tracing::info!(table = table.name(), indexes = done.len(), "indexes finished");
        Ok(())
    }

    fn take_back(&self, table: &Table, refusal: &Refusal) -> Result<()> {
        tracing::warn!(error = %refusal.error, "indexes are taken back");
        let _alone = self.ddl.write();
        let write = |batch| self.write_meta(batch);
        self.catalog.take_back(table.id(), refusal.published, write)
    }
}
