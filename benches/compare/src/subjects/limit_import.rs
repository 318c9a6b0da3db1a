//! The limit of a bulk import: RocksDB writes files of rows that are in order and encoded already, as the
//! engine has it write them, and takes them in. Nothing is sorted, checked, summed or made durable before.

use super::limit::{FAMILIES, INDEX, TABLE, item, scope, table_options, value};
use crate::rows::OWNERS;
use crate::subject::Result;
use highwater_format::{Timestamp, digest_slot, keys};
use rocksdb::{
    ColumnFamilyDescriptor, DB, DBCompressionType, IngestExternalFileOptions, Options,
    SstFileWriter,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The families that an import fills: all but the log.
const IMPORTED: [(&str, usize, Option<f64>); 3] = [FAMILIES[0], FAMILIES[2], FAMILIES[3]];

/// As the engine's own files.
const FILE_BYTES: u64 = 64 << 20;
const FILE_THREADS: i32 = 4;

/// Rows of one family, being written.
struct Files {
    name: &'static str,
    folder: PathBuf,
    options: Options,
    paths: Vec<PathBuf>,
}

impl Files {
    fn new(folder: &Path, (name, block, bloom): (&'static str, usize, Option<f64>)) -> Self {
        let mut options = Options::default();
        options.set_block_based_table_factory(&table_options(block, bloom));
        options.set_compression_type(DBCompressionType::Zstd);
        options.set_compression_options(-14, 1, 0, 0);
        options.set_compression_options_parallel_threads(FILE_THREADS);
        Self { name, folder: folder.to_owned(), options, paths: Vec::new() }
    }

    fn write<K: AsRef<[u8]>, V: AsRef<[u8]>>(
        &mut self,
        rows: impl Iterator<Item = (K, V)>,
    ) -> Result<()> {
        let mut rows = rows.peekable();
        while rows.peek().is_some() {
            let path = self.folder.join(format!("{}-{}.sst", self.name, self.paths.len()));
            let mut writer = SstFileWriter::create(&self.options);
            writer.open(&path)?;
            self.paths.push(path);
            while writer.file_size() < FILE_BYTES
                && let Some((key, value)) = rows.next()
            {
                writer.put(key, value)?;
            }
            writer.finish()?;
        }
        Ok(())
    }
}

/// Items a second, of which `documents` are encoded: row `n`'s stands at `n`.
pub fn rate(folder: &Path, documents: &[Vec<u8>]) -> Result<f64> {
    std::fs::create_dir(folder)?;
    let mut options = Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    let families = IMPORTED.map(|(name, ..)| ColumnFamilyDescriptor::new(name, Options::default()));
    let db = DB::open_cf_descriptors(&options, folder.join("db"), families)?;
    let count = documents.len() as u64;
    let by_owner = || {
        (0..OWNERS).flat_map(|owner| (owner..count).step_by(usize::try_from(OWNERS).unwrap_or(1)))
    };

    let start = Instant::now();
    let mut files = IMPORTED.map(|family| Files::new(folder, family));
    let [base, scopes, digests] = &mut files;
    let document =
        |n: u64| documents.get(usize::try_from(n).unwrap_or(0)).map_or(&[][..], Vec::as_slice);
    base.write((0..count).map(|n| (keys::base(TABLE, &item(n)), value(n, 1, document(n), &[]))))?;
    scopes.write(by_owner().map(|n| {
        let key = keys::scope_entry(INDEX, &scope(n), Timestamp(n));
        (key, value(n, 1, document(n), &item(n)))
    }))?;
    let part = [0_u8; 5 + 1 + 16];
    let slots = (0..OWNERS.min(count)).flat_map(|owner| {
        let items = (owner..count).step_by(usize::try_from(OWNERS).unwrap_or(1));
        let slots: BTreeSet<u8> = items.map(|n| digest_slot(&item(n))).collect();
        slots
            .into_iter()
            .map(move |slot| keys::digest(keys::DigestOf::Scope(INDEX, &scope(owner)), slot))
    });
    digests.write(slots.map(|key| (key, part)))?;
    for Files { name, paths, .. } in files {
        let mut options = IngestExternalFileOptions::default();
        options.set_move_files(true);
        let family = db.cf_handle(name).ok_or("opened with it")?;
        db.ingest_external_file_cf_opts(family, &options, paths)?;
    }
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 items")]
    Ok(count as f64 / start.elapsed().as_secs_f64())
}
