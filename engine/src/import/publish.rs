//! From runs to a table: identifiers that nobody else gets, rows that nobody sees, and one batch that shows
//! them.
//!
//! | step | a crash after it leaves |
//! |---|---|
//! | no commit on the table begins any more | the runs: the import is gone on with |
//! | identifiers are taken, everything is flushed | the same, and identifiers that nobody gets |
//! | data files are written | the same |
//! | families take them in, one after the other | rows that the next opening removes, and the runs |
//! | one synced batch makes them the table's | the table, and files that the next opening removes |
//! | everything is flushed, the files go | the table |
//!
//! What a family has taken in is durable at once, whatever of the log is lost later. So what says that the
//! rows are hidden, and that their identifiers are taken, must not be in the log any more: it is flushed
//! before. The batch that shows the rows is flushed before the files go from which they could be made again.

use super::build::{Build, Built, OnProgress};
use super::error::ImportError;
use super::merge::Merge;
use super::options::{BulkOptions, BulkProgress, BulkReport, BulkTarget};
use super::registry::Claim;
use super::target::{Target, unlisted};
use super::work::{self, Work, same_rows};
use crate::catalog::imported;
use crate::error::{Error, Result};
use crate::fault::Point;
use crate::storage::Batch;
use crate::store::Inner;
use highwater_format::meta::{ImportPhase, ImportRecord, TableSpec, import_key};
use highwater_format::{Family, TableId, Timestamp};
use std::sync::Arc;

/// An import whose documents are all in runs.
pub(super) struct Finish<'a> {
    pub(super) inner: &'a Inner,
    pub(super) claim: &'a Claim,
    pub(super) target: &'a BulkTarget,
    pub(super) options: &'a BulkOptions,
    pub(super) spec: &'a TableSpec,
    pub(super) work: &'a Work,
}

impl<'a> Finish<'a> {
    pub(super) fn run(
        &self,
        documents: Merge,
        on_progress: &'a mut OnProgress<'a>,
    ) -> Result<BulkReport> {
        let frozen = self.freeze()?;
        let hidden = self.hide()?;
        let shown = self.show(hidden, frozen, documents, on_progress);
        let built = match shown {
            Ok(built) => built,
            Err(error) => {
                self.give_up(&hidden);
                return Err(error);
            }
        };
        if let Err(error) = self.tidy_up(&hidden) {
            tracing::warn!(%error, "the files of a bulk import stay until the store is opened again");
        }
        let accepted = self.work.manifest.accepted;
        Ok(BulkReport {
            items: built.items,
            duplicates: accepted.saturating_sub(built.items),
            index_entries: built.index_entries,
            file_bytes: built.bytes,
        })
    }

    /// The table as it is now, of the same rows still.
    fn look(&self) -> Result<Target> {
        let target = self.inner.import_target(self.target, self.options.replace)?;
        same_rows(self.spec, &target.spec)?;
        Ok(target)
    }

    /// From now on no commit on the table begins. Gives the table that this is true of.
    fn freeze(&self) -> Result<Option<TableId>> {
        let _no_commit_on_its_way = self.inner.ddl.write();
        self.inner.health.check()?;
        let replaced = self.look()?.replaced;
        self.claim.freeze();
        Ok(replaced.map(|table| table.id()))
    }

    /// Takes the identifiers, and notes that what lies under them is hidden.
    fn hide(&self) -> Result<ImportRecord> {
        let inner = self.inner;
        let _stays_open = inner.ddl.read();
        let mut record = ImportRecord {
            work: self.work.manifest.work,
            first: TableId(0),
            after: 0,
            phase: ImportPhase::Hidden,
        };
        inner.catalog.take_ids(
            self.spec,
            |ids, batch| {
                record.first = TableId(ids.start);
                record.after = ids.end;
                batch.put(Family::Meta, import_key(record.first), &record.encode()?);
                Ok(())
            },
            |batch| inner.write_import(batch),
        )?;
        Ok(record)
    }

    fn show(
        &self,
        hidden: ImportRecord,
        frozen: Option<TableId>,
        documents: Merge,
        on_progress: &'a mut OnProgress<'a>,
    ) -> Result<Built> {
        self.inner.flush()?;
        self.inner.faults.hit(Point::ImportHidden)?;
        let built = self.build(&hidden, documents, on_progress)?;
        self.take_in(&built)?;
        self.give_name(hidden, frozen, built.first)?;
        Ok(built)
    }

    fn build(
        &self,
        hidden: &ImportRecord,
        documents: Merge,
        on_progress: &'a mut OnProgress<'a>,
    ) -> Result<Built> {
        let folder = self.work.build_folder()?;
        let nowhere = Timestamp::ZERO;
        let table = unlisted(imported(self.spec.clone(), hidden.first, nowhere, nowhere));
        let build = Build {
            table: &table,
            clock: &self.inner.clock,
            folder: &folder,
            memory: self.options.memory_bytes,
            progress: BulkProgress { placed: 0, total: self.work.manifest.accepted },
            on_progress,
        };
        let built = build.run(documents)?;
        self.inner.budget.check_with(&self.inner.storage, built.bytes)?;
        self.inner.faults.hit(Point::ImportBuilt)?;
        Ok(built)
    }

    fn take_in(&self, built: &Built) -> Result<()> {
        for (family, files) in &built.files {
            {
                // A store that is being closed waits for it: afterwards its files stay as they are.
                let _stays_open = self.inner.compacting.lock();
                self.inner.health.check()?;
                self.inner.storage.ingest(*family, files.clone())?;
            }
            self.inner.faults.hit(Point::ImportTakenIn)?;
        }
        Ok(())
    }

    /// The rows become the table's. Nothing is in flight at this moment, and every timestamp of theirs lies
    /// below the millisecond in which the table begins: every client of an earlier table of this name is
    /// reset, and every copy of theirs is older than the item that replaces it.
    fn give_name(
        &self,
        hidden: ImportRecord,
        frozen: Option<TableId>,
        first: Option<Timestamp>,
    ) -> Result<()> {
        let inner = self.inner;
        // A copy that is being made may have the log in which the rows become visible, and not the files that they are
        // in. Before the tables, as closing takes them.
        let _no_copy = inner.copying.lock();
        let _alone = inner.ddl.write();
        inner.health.check()?;
        let Target { spec, replaced } = self.look()?;
        // Another table of the name may have been written to before it had the name.
        if replaced.as_ref().map(|table| table.id()) != frozen {
            return Err(ImportError::TableChanged { table: spec.name }.into());
        }
        let created_at = inner.clock.barrier()?;
        let record = imported(spec, hidden.first, first.unwrap_or(created_at), created_at);
        let replaced = replaced.map(|table| {
            let ranges = inner.log_ranges(&table)?;
            Ok::<_, Error>((table, ranges))
        });
        let mut batch = Batch::default();
        let visible = ImportRecord { phase: ImportPhase::Visible, ..hidden };
        batch.put(Family::Meta, import_key(hidden.first), &visible.encode()?);
        let write = |batch| inner.write_import(batch);
        let replaced = replaced.transpose()?;
        let ended = replaced.as_ref().map(|(table, _)| Arc::clone(table));
        let done = inner.catalog.publish(record, replaced, batch, write);
        // Who follows the table that is gone is told so.
        ended.iter().for_each(|table| inner.followers.wake_table(table.id()));
        done?;
        ended.iter().for_each(|table| {
            inner.recent.forget(table.id());
            inner.forget_receipts_of(table);
        });
        Ok(())
    }

    /// Removes what is not needed any more.
    fn tidy_up(&self, hidden: &ImportRecord) -> Result<()> {
        self.inner.faults.hit(Point::ImportShown)?;
        self.inner.flush()?;
        work::remove(&self.work.folder)?;
        self.inner.faults.hit(Point::ImportTidied)?;
        self.forget(hidden, Batch::default())
    }

    /// Removes the rows that nobody sees. Where that fails too, the next opening does it.
    fn give_up(&self, hidden: &ImportRecord) {
        let removed = self.forget(hidden, removal(hidden));
        if let Err(error) = removed.and_then(|()| self.work.tidy()) {
            tracing::warn!(%error, "what a bulk import left stays until the store is opened again");
        }
    }

    fn forget(&self, hidden: &ImportRecord, mut batch: Batch) -> Result<()> {
        let _stays_open = self.inner.ddl.read();
        batch.delete(Family::Meta, import_key(hidden.first));
        self.inner.write_import(batch)
    }
}

/// The removal of every row that an import may have left under its identifiers.
pub(super) fn removal(hidden: &ImportRecord) -> Batch {
    let mut batch = Batch::default();
    let (from, to) = (hidden.first.0.to_be_bytes(), hidden.after.to_be_bytes());
    for family in [Family::Base, Family::DeltaIndex, Family::Lookup, Family::Digest] {
        batch.delete_range(family, from.to_vec(), to.to_vec());
    }
    batch
}

impl Inner {
    /// Writes to `meta`, synced. Back-pressure is waited for: giving up here would cost the whole import.
    fn write_import(&self, batch: Batch) -> Result<()> {
        self.health.check()?;
        self.storage.write_patiently(batch).map_err(|error| self.health.fail(&error))
    }
}
