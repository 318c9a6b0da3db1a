//! Data files written outside of the database, in the order of their keys, and taken into a family whole.

use super::{Storage, StorageError, options};
use highwater_format::{Family, seal};
use rocksdb::{IngestExternalFileOptions, Options, SstFileWriter};
use std::path::{Path, PathBuf};

/// A file ends when it has this many bytes: what a compaction would make.
const FILE_BYTES: u64 = 64 << 20;

/// How the files of a family are written.
pub(crate) struct FileOptions {
    family: Family,
    options: Options,
}

impl FileOptions {
    pub(crate) fn of(family: Family) -> Self {
        Self { family, options: options::file_options(family) }
    }
}

/// Files being written, one after the other.
pub(crate) struct DataFiles<'o> {
    options: &'o FileOptions,
    folder: PathBuf,
    writer: Option<SstFileWriter<'o>>,
    paths: Vec<PathBuf>,
    /// The bytes of those that are finished.
    bytes: u64,
}

impl<'o> DataFiles<'o> {
    /// Files in `folder`, which is there.
    pub(crate) fn new(options: &'o FileOptions, folder: &Path) -> Self {
        Self { options, folder: folder.to_owned(), writer: None, paths: Vec::new(), bytes: 0 }
    }

    /// Adds a key, greater than all before it. The payload is sealed under it.
    pub(crate) fn add(&mut self, key: &[u8], payload: &[u8]) -> Result<(), StorageError> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => {
                let name = format!("{}-{:06}.sst", self.options.family.name(), self.paths.len());
                let path = self.folder.join(name);
                let writer = SstFileWriter::create(&self.options.options);
                writer.open(&path)?;
                self.paths.push(path);
                none.insert(writer)
            }
        };
        writer.put(key, seal(self.options.family, key, payload))?;
        if writer.file_size() >= FILE_BYTES {
            self.end_file()?;
        }
        Ok(())
    }

    fn end_file(&mut self) -> Result<(), StorageError> {
        if let Some(mut writer) = self.writer.take() {
            writer.finish()?;
            self.bytes += writer.file_size();
        }
        Ok(())
    }

    /// Ends the last file; gives all of them, synced, and their bytes together.
    pub(crate) fn finish(mut self) -> Result<(Vec<PathBuf>, u64), StorageError> {
        self.end_file()?;
        Ok((self.paths, self.bytes))
    }
}

impl Storage {
    /// Takes files of ascending keys into a family, all of them at once, and moves them to the database.
    ///
    /// It is durable when this returns, whatever of the write-ahead log was not synced: what must not be
    /// lost when these rows are there has to be flushed before.
    pub(crate) fn ingest(&self, family: Family, files: Vec<PathBuf>) -> Result<(), StorageError> {
        if files.is_empty() {
            return Ok(());
        }
        let mut options = IngestExternalFileOptions::default();
        options.set_move_files(true);
        options.set_snapshot_consistency(true);
        options.set_allow_global_seqno(true);
        options.set_allow_blocking_flush(true);
        options.set_ingest_behind(false);
        let handle = self.handle(family)?;
        Ok(self.db.ingest_external_file_cf_opts(handle, &options, files)?)
    }
}
