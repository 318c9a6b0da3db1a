//! From sorted documents to data files: base in key order, then each index in its own order, and the digests
//! on the way.
//!
//! No entry of the log is written. The table's floors stand above every imported change, so that no sync may
//! read the log there, no write looks for an entry to remove, and the entry would only repeat the record
//! until expiry came for it. History has none either: every item is at its first version.

use super::error::ImportError;
use super::merge::Merge;
use super::options::BulkProgress;
use super::sort::Sorter;
use super::sums::Sums;
use super::times::Times;
use crate::catalog::Table;
use crate::clock::Clock;
use crate::error::Result;
use crate::options::Limits;
use crate::storage::{DataFiles, FileOptions};
use highwater_format::import::RunEntryRef;
use highwater_format::keys::{self, DigestOf, IndexKey};
use highwater_format::meta::Projection;
use highwater_format::{
    Document, Family, FormatError, IndexEntry, IndexEntryRef, IndexEvent, IndexedValue, Record,
    Timestamp,
};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Every imported item is new.
pub(super) const VERSION: u64 = 1;

/// Progress is told each so many rows.
const STRIDE: u64 = 1024;

/// What is told of progress, and may ask for an end.
pub(super) type OnProgress<'a> = dyn FnMut(BulkProgress) -> ControlFlow<()> + 'a;

/// Data files, ready to be taken in.
pub(super) struct Built {
    pub(super) files: Vec<(Family, Vec<PathBuf>)>,
    pub(super) bytes: u64,
    pub(super) items: u64,
    pub(super) index_entries: u64,
    /// The first item's timestamp.
    pub(super) first: Option<Timestamp>,
}

/// A build under way.
pub(super) struct Build<'a> {
    pub(super) table: &'a Table,
    pub(super) clock: &'a Clock,
    /// Where files go.
    pub(super) folder: &'a Path,
    pub(super) memory: usize,
    pub(super) progress: BulkProgress,
    pub(super) on_progress: &'a mut OnProgress<'a>,
}

impl Build<'_> {
    pub(super) fn run(mut self, documents: Merge) -> Result<Built> {
        let options =
            [Family::Base, Family::DeltaIndex, Family::Lookup, Family::Digest].map(FileOptions::of);
        let [base, scopes, lookups, digests] =
            options.each_ref().map(|options| DataFiles::new(options, self.folder));
        let mut sums = Sums::new(digests);
        let mut times = Times::of(self.clock);
        let mut in_scopes = self.sorter("scopes")?;
        let mut in_lookups = self.sorter("lookups")?;

        let base = self.base(
            documents,
            base,
            &mut times,
            &mut sums,
            &mut [&mut in_scopes, &mut in_lookups],
        )?;
        let items = self.progress.placed;
        let index_entries = in_scopes.entries() + in_lookups.entries();
        self.progress.total = items + index_entries;
        let scopes = self.scopes(in_scopes, scopes, &mut sums)?;
        let lookups = self.lookups(in_lookups, lookups)?;

        let mut built =
            Built { files: Vec::new(), bytes: 0, items, index_entries, first: times.first() };
        for (family, files) in [
            (Family::Base, base),
            (Family::DeltaIndex, scopes),
            (Family::Lookup, lookups),
            (Family::Digest, sums.finish()?),
        ] {
            let (paths, bytes) = files.finish()?;
            built.files.push((family, paths));
            built.bytes += bytes;
        }
        Ok(built)
    }

    fn sorter(&self, name: &str) -> Result<Sorter> {
        let folder = self.folder.join(name);
        std::fs::create_dir(&folder).map_err(|e| super::run::failed("making", &folder, &e))?;
        Ok(Sorter::new(&folder, self.memory / 2, false, Vec::new()))
    }

    /// Every item, at its first version; its entries go to the sorters.
    fn base<'o>(
        &mut self,
        mut documents: Merge,
        mut files: DataFiles<'o>,
        times: &mut Times<'_>,
        sums: &mut Sums<'_>,
        [scopes, lookups]: &mut [&mut Sorter; 2],
    ) -> Result<DataFiles<'o>> {
        let table = self.table;
        // As they were when each document was taken, or more: what was within them is no problem now.
        let limits = Limits::default();
        while let Some(RunEntryRef { key: item, value, .. }) = documents.next()? {
            let document = Document::from_trusted_bytes(value.to_vec());
            let indexed = table.indexed_values(&document, &limits)?;
            let changed_at = times.next()?;
            let record = Record { version: VERSION, changed_at, deleted: false, indexed, document };
            let bytes = record.encode();
            files.add(&keys::base(table.id(), item), &bytes)?;
            sums.add(DigestOf::Table(table.id()), item, changed_at)?;
            for IndexedValue { index, value } in &record.indexed {
                let declared = table.indexes.iter().find(|declared| declared.id == *index);
                let Some(declared) = declared else {
                    let key = keys::lookup(*index, value, item);
                    lookups.add_or_spill(RunEntryRef { key: &key, number: 0, value: &[] })?;
                    continue;
                };
                let whole = declared.spec.projection == Projection::All;
                let projected = whole.then_some(bytes.as_slice());
                let entry = IndexEntry::encode(IndexEvent::Changed, VERSION, item, projected);
                let key = keys::scope_entry(*index, value, changed_at);
                scopes.add_or_spill(RunEntryRef { key: &key, number: 0, value: &entry })?;
            }
            self.step()?;
        }
        Ok(files)
    }

    /// Every entry of a scope, and the digests of the scopes.
    fn scopes<'o>(
        &mut self,
        entries: Sorter,
        mut files: DataFiles<'o>,
        sums: &mut Sums<'_>,
    ) -> Result<DataFiles<'o>> {
        let mut entries = entries.merge()?;
        while let Some(RunEntryRef { key, value: payload, .. }) = entries.next()? {
            files.add(key, payload)?;
            let IndexKey::Entry { index, value, at } = keys::decode_index(key)? else {
                return Err(FormatError::Malformed { what: "imported index key" }.into());
            };
            let item = IndexEntryRef::decode(payload)?.item;
            sums.add(DigestOf::Scope(index, value), item, at)?;
            self.step()?;
        }
        Ok(files)
    }

    fn lookups<'o>(&mut self, entries: Sorter, mut files: DataFiles<'o>) -> Result<DataFiles<'o>> {
        let mut entries = entries.merge()?;
        while let Some(RunEntryRef { key, .. }) = entries.next()? {
            files.add(key, &[])?;
            self.step()?;
        }
        Ok(files)
    }

    fn step(&mut self) -> Result<()> {
        self.progress.placed += 1;
        if self.progress.placed.is_multiple_of(STRIDE)
            && (self.on_progress)(self.progress).is_break()
        {
            let table = self.table.name().to_owned();
            return Err(ImportError::Interrupted { table }.into());
        }
        Ok(())
    }
}
