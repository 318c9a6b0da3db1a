//! The handle of a bulk import: documents in, a table out.

use super::build::OnProgress;
use super::error::ImportError;
use super::options::{BulkOptions, BulkReport, BulkTarget};
use super::publish::Finish;
use super::registry::Claim;
use super::settle::settle_shown;
use super::sort::Sorter;
use super::target::{key_of, without_ids};
use super::work::{self, Work};
use crate::catalog::Table;
use crate::error::{Error, Result};
use crate::fault::Point;
use crate::store::Store;
use highwater_format::Document;
use highwater_format::import::{ImportManifest, RunEntryRef};
use highwater_format::meta::TableSpec;
use std::ops::ControlFlow;

/// The longest mark, in bytes.
const MARK_BYTES: usize = 4 << 10;

/// A bulk import under way: the way to fill a table that is faster than commits and needs no memory for what
/// it holds.
///
/// Documents are sorted on disk, in a folder inside of the store's, and become a table when the import
/// finishes: all of them at once, each at version 1. Until then nothing is to be seen. Every client of an
/// earlier table of that name is reset.
///
/// An import that was dropped, or whose process ended, is gone on with by [`Store::bulk_import`] for the same
/// table: it knows the documents that were [accepted](BulkImport::accepted). While it is finishing, commits on
/// the table are refused with [`ImportError::Running`].
///
/// # Disk
/// Until it is finished, the documents once; while it is finishing, about three times, and twice more for
/// each index that projects everything.
///
/// ```
/// use highwater::{BulkOptions, Document, Store, TableSpec, TableSpecExt};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// let store = Store::open(dir.path().join("store"))?;
/// let mut import = store.bulk_import(TableSpec::new("notes", "id"), BulkOptions::default())?;
/// let lines = [r#"{"id":"n1"}"#, r#"{"id":"n2"}"#];
/// // Zero, or where the last attempt got to.
/// for line in lines.iter().skip(import.accepted().try_into()?) {
///     import.push(Document::from_json(line)?)?;
/// }
/// assert_eq!(import.finish()?.items, 2);
/// assert!(store.get("notes", "n1")?.is_some());
/// # Ok(())
/// # }
/// ```
pub struct BulkImport {
    store: Store,
    target: BulkTarget,
    options: BulkOptions,
    spec: TableSpec,
    table: Table,
    work: Work,
    sorter: Sorter,
    /// Documents taken, in memory or in runs.
    taken: u64,
    mark: Vec<u8>,
    // Last: while it is held nobody else opens the work.
    claim: Claim,
}

impl Store {
    /// Begins a bulk import, or goes on with one that did not come to its end.
    ///
    /// `target` is the declaration of a table that is to be, or the name of one that is there and has no
    /// items; with [`BulkOptions::replace`] also of one that has, whose content and clients' state end with it.
    ///
    /// # Errors
    /// [`ImportError::NotEmpty`], [`ImportError::Running`], [`ImportError::OtherDeclaration`] if the one to go
    /// on with was for other keys or indexes, [`ImportError::Damaged`]; [`Error::TableExists`],
    /// [`Error::UnknownTable`], [`Error::BadSpec`], [`Error::OutOfRange`] for the options, [`Error::Io`].
    pub fn bulk_import(
        &self,
        target: impl Into<BulkTarget>,
        options: BulkOptions,
    ) -> Result<BulkImport> {
        let target = target.into();
        options.check()?;
        let inner = self.inner();
        inner.health.check()?;
        inner.budget.check(&inner.storage)?;
        let claim = inner.imports.claim(target.name())?;
        let spec = inner.import_target(&target, options.replace)?.spec;
        let imports = inner.imports_folder()?;
        settle_shown(&inner.storage, &work::folder_of(&imports, &spec.name))?;
        let work = Work::open_or_begin(&imports, &spec)?;
        let ImportManifest { accepted, runs, mark, .. } = work.manifest.clone();
        let sorter = Sorter::new(&work.folder, options.memory_bytes, true, runs);
        let table = without_ids(&spec);
        let store = self.clone();
        let taken = accepted;
        Ok(BulkImport { store, target, options, spec, table, work, sorter, taken, mark, claim })
    }

    /// Gives up a bulk import that did not come to its end, and what it had accepted. Tells whether there was
    /// one.
    ///
    /// # Errors
    /// [`ImportError::Running`] while a handle of it is there, [`Error::Io`].
    pub fn abandon_bulk_import(&self, table: &str) -> Result<bool> {
        let inner = self.inner();
        let _claim = inner.imports.claim(table)?;
        let folder = work::folder_of(&inner.imports_folder()?, table);
        settle_shown(&inner.storage, &folder)?;
        let there = folder.exists();
        work::remove(&folder)?;
        Ok(there)
    }
}

impl BulkImport {
    /// Takes a document, checked as a put checks it. Of two with one key the later counts.
    ///
    /// It is accepted when memory is full, or by [`BulkImport::flush`].
    ///
    /// # Errors
    /// [`ImportError::Document`] for one that cannot be stored: the import can go on without it.
    /// [`Error::Io`], [`Error::DiskBudget`]: it was not taken.
    pub fn push(&mut self, document: Document) -> Result<()> {
        let limits = &self.store.inner().options.limits;
        let number = self.taken + 1;
        let key = key_of(&self.table, &document, limits).map_err(|source| {
            let table = self.table.name().to_owned();
            ImportError::Document { table, number, source: Box::new(source) }
        })?;
        let entry = RunEntryRef { key: &key, number, value: document.as_bytes() };
        if self.sorter.has_no_room_for(entry) {
            self.flush()?;
        }
        self.sorter.add(entry)?;
        self.taken = number;
        Ok(())
    }

    /// How many documents are safe on disk: where to go on in the input after an interruption.
    ///
    /// Documents that were refused are not among them.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.work.manifest.accepted
    }

    /// Notes where in the input the documents end that have been taken so far; at most 4 KiB. The note becomes
    /// durable together with the last of them.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub fn set_mark(&mut self, mark: Vec<u8>) -> Result<()> {
        let (found, limit) = (mark.len(), MARK_BYTES);
        if found > limit {
            return Err(Error::TooLarge { what: "the import's mark".to_owned(), found, limit });
        }
        self.mark = mark;
        Ok(())
    }

    /// The note that became durable with the last document that is accepted; empty if there was none.
    #[must_use]
    pub fn mark(&self) -> &[u8] {
        &self.work.manifest.mark
    }

    /// Puts everything that was taken on disk. Gives how many documents are accepted.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::DiskBudget`], [`ImportError::Damaged`]: nothing was lost, and the call can be
    /// repeated.
    pub fn flush(&mut self) -> Result<u64> {
        if self.accepted() == self.taken && self.mark() == self.mark {
            return Ok(self.taken);
        }
        let inner = self.store.inner();
        inner.health.check()?;
        inner.budget.check(&inner.storage)?;
        let merged = self.sorter.spill()?;
        inner.faults.hit(Point::ImportRun)?;
        self.work.replace(ImportManifest {
            accepted: self.taken,
            runs: self.sorter.runs().to_vec(),
            mark: self.mark.clone(),
            ..self.work.manifest.clone()
        })?;
        inner.faults.hit(Point::ImportAccepted)?;
        self.sorter.remove(&merged)?;
        Ok(self.taken)
    }

    /// Makes the table of everything that was pushed.
    ///
    /// # Errors
    /// Those of [`BulkImport::finish_with`].
    pub fn finish(self) -> Result<BulkReport> {
        self.finish_with(&mut |_| ControlFlow::Continue(()))
    }

    /// The same, and tells every thousand rows how far it is. An answer of [`ControlFlow::Break`] ends it.
    ///
    /// # Errors
    /// Nothing of the import is visible then, and it can be begun again and finished, except after
    /// [`Error::WriteFailed`], where reopening the store settles whether it is visible.
    /// [`ImportError::Interrupted`]; [`ImportError::NotEmpty`] and [`Error::TableExists`] if somebody wrote or
    /// created the table meanwhile, [`ImportError::TableChanged`] and [`Error::UnknownTable`] if another took its
    /// place or it went, [`ImportError::OtherDeclaration`] if it got other indexes;
    /// [`ImportError::Damaged`], [`Error::DiskBudget`], [`Error::Io`].
    pub fn finish_with(mut self, on_progress: &mut OnProgress<'_>) -> Result<BulkReport> {
        self.flush()?;
        let Self { store, target, options, spec, work, sorter, claim, .. } = self;
        let documents = sorter.merge()?;
        let inner = store.inner();
        let finish = Finish {
            inner,
            claim: &claim,
            target: &target,
            options: &options,
            spec: &spec,
            work: &work,
        };
        finish.run(documents, on_progress)
    }

    /// Gives the import up, and what it had accepted.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn abandon(self) -> Result<()> {
        work::remove(&self.work.folder)
    }
}
