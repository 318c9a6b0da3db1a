//! Runs: sorted entries in a file of their own, each with a checksum.

use super::error::ImportError;
use crate::error::{Error, Result};
use highwater_format::import::{ENTRY_HEADER, RunEntry, RunEntryRef, RunInfo};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

const WRITE_BUFFER: usize = 256 << 10;
/// No entry is longer: a document of at most 16 MiB, and keys.
const LONGEST: u64 = 32 << 20;

/// Where a run is.
pub(super) fn path_of(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("run-{number:08}"))
}

/// A run being written.
pub(super) struct RunWriter {
    path: PathBuf,
    file: BufWriter<File>,
    info: RunInfo,
    entry: Vec<u8>,
}

impl RunWriter {
    pub(super) fn create(folder: &Path, number: u64, level: u8) -> Result<Self> {
        let path = path_of(folder, number);
        let file = File::create(&path).map_err(|e| failed("making", &path, &e))?;
        let file = BufWriter::with_capacity(WRITE_BUFFER, file);
        let info = RunInfo { number, entries: 0, bytes: 0, level };
        Ok(Self { path, file, info, entry: Vec::new() })
    }

    pub(super) fn add(&mut self, entry: RunEntryRef<'_>) -> Result<()> {
        let mut encoded = std::mem::take(&mut self.entry);
        encoded.clear();
        entry.encode_to(&mut encoded)?;
        self.add_encoded(&encoded)?;
        self.entry = encoded;
        Ok(())
    }

    pub(super) fn add_encoded(&mut self, entry: &[u8]) -> Result<()> {
        self.file.write_all(entry).map_err(|e| failed("writing", &self.path, &e))?;
        self.info.entries += 1;
        self.info.bytes += entry.len() as u64;
        Ok(())
    }

    /// Ends the run; one that is to be found again after a crash is put on disk.
    pub(super) fn finish(self, durable: bool) -> Result<RunInfo> {
        let Self { path, file, info, .. } = self;
        let file = file.into_inner().map_err(|e| failed("writing", &path, e.error()))?;
        if durable {
            file.sync_all().map_err(|e| failed("writing", &path, &e))?;
        }
        Ok(info)
    }
}

/// A run being read.
pub(super) struct RunReader {
    path: PathBuf,
    file: BufReader<File>,
    /// Bytes and entries that are left.
    bytes: u64,
    entries: u64,
    /// The key before, for damage that puts entries out of order.
    last: Option<Vec<u8>>,
    body: Vec<u8>,
}

impl RunReader {
    /// Opens a run with so much memory for what is read ahead.
    pub(super) fn open(folder: &Path, info: &RunInfo, memory: usize) -> Result<Self> {
        let path = path_of(folder, info.number);
        let open = || {
            let file = File::open(&path)?;
            let bytes = file.metadata()?.len();
            Ok((file, bytes))
        };
        let (file, bytes) = match open() {
            Ok(opened) => opened,
            Err(e) if std::io::Error::kind(&e) == std::io::ErrorKind::NotFound => {
                return Err(damaged(&path, "it is missing".to_owned()));
            }
            Err(e) => return Err(failed("opening", &path, &e)),
        };
        if bytes != info.bytes {
            return Err(damaged(&path, format!("it has {bytes} bytes instead of {}", info.bytes)));
        }
        let file = BufReader::with_capacity(memory, file);
        let entries = info.entries;
        Ok(Self { path, file, bytes, entries, last: None, body: Vec::new() })
    }

    /// Reads the next entry into `entry`, whose memory is used again. Tells whether there was one.
    pub(super) fn next_into(&mut self, entry: &mut RunEntry) -> Result<bool> {
        if self.bytes == 0 && self.entries == 0 {
            return Ok(false);
        }
        self.read_into(entry)?;
        if self.last.as_ref().is_some_and(|last| *last >= entry.key) {
            return Err(self.damaged_here("its entries are out of order"));
        }
        let last = self.last.get_or_insert_default();
        last.clear();
        last.extend_from_slice(&entry.key);
        Ok(true)
    }

    fn read_into(&mut self, entry: &mut RunEntry) -> Result<()> {
        let mut header = [0; ENTRY_HEADER];
        let length = u64::from(RunEntry::body_length(*self.read(&mut header)?));
        // A length that lies must not reserve memory.
        if length > self.bytes.min(LONGEST) {
            return Err(self.damaged_here("an entry reaches beyond its end"));
        }
        let mut body = std::mem::take(&mut self.body);
        body.resize(usize::try_from(length).unwrap_or(usize::MAX), 0);
        self.read(body.as_mut_slice())?;
        entry.decode_into(header, &body).map_err(|e| self.damaged_here(&e))?;
        self.body = body;
        self.entries = self
            .entries
            .checked_sub(1)
            .ok_or_else(|| self.damaged_here("it has too many entries"))?;
        Ok(())
    }

    /// Fills `buffer`, and gives it back.
    fn read<'b, B: AsMut<[u8]> + ?Sized>(&mut self, buffer: &'b mut B) -> Result<&'b mut B> {
        let bytes = buffer.as_mut();
        let length = bytes.len() as u64;
        if length > self.bytes {
            return Err(self.damaged_here("it ends in an entry"));
        }
        self.file.read_exact(bytes).map_err(|e| failed("reading", &self.path, &e))?;
        self.bytes -= length;
        Ok(buffer)
    }

    fn damaged_here(&self, reason: &(impl ToString + ?Sized)) -> Error {
        let reason = format!("{} bytes before its end, {}", self.bytes, reason.to_string());
        damaged(&self.path, reason)
    }
}

pub(super) fn damaged(path: &Path, reason: String) -> Error {
    ImportError::Damaged { path: path.to_owned(), reason }.into()
}

pub(super) fn failed(what: &str, path: &Path, error: &std::io::Error) -> Error {
    Error::io(format!("{what} {}", path.display()), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A length that lies, in a run so long that it could be right.
    #[test]
    fn an_entry_longer_than_any_is_refused_before_it_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let bytes = 2 << 30;
        let mut file = File::create(path_of(dir.path(), 1)).unwrap();
        file.write_all(&0x7fff_ff00_u32.to_le_bytes()).unwrap();
        file.set_len(bytes).unwrap();
        let info = RunInfo { number: 1, entries: 1, bytes, level: 0 };
        let mut run = RunReader::open(dir.path(), &info, 1 << 10).unwrap();
        let error = run.next_into(&mut RunEntry::default()).unwrap_err();
        assert!(matches!(error, Error::Import(ImportError::Damaged { .. })), "{error}");
        assert_eq!(run.body.capacity(), 0);
    }
}
