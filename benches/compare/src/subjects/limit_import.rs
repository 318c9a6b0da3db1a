//! The limit of a bulk import: RocksDB writes files of rows that are in order and encoded already, as the
//! engine has it write them, and takes them in. Nothing is sorted, checked, summed or made durable before.

use super::limit::{INDEX, TABLE, value};
use super::limit_options::{FAMILIES, Family, table_options};
use crate::rows::{OWNERS, Row};
use crate::subject::Result;
use highwater_format::{Timestamp, digest_slot, keys};
use rocksdb::{ColumnFamilyDescriptor, DB, IngestExternalFileOptions, Options, SstFileWriter};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

/// The families that an import fills: all but the log.
const IMPORTED: [Family; 3] = [FAMILIES[0], FAMILIES[2], FAMILIES[3]];

/// As the engine's own files.
const FILE_BYTES: u64 = 64 << 20;
const FILE_THREADS: i32 = 4;

type Encoded = Vec<(Vec<u8>, Vec<u8>)>;

/// Each family's rows in the order of their keys.
fn encoded(rows: &[Row]) -> [Encoded; 3] {
    let head = |row: &Row| (row.key.n, 1, false);
    let base = |row: &Row| (keys::base(TABLE, &row.key.item), value(head(row), &row.document, &[]));
    let scope = |row: &Row| {
        let key = keys::scope_entry(INDEX, &row.key.scope, Timestamp(row.key.n));
        (key, value(head(row), &row.document, &row.key.item))
    };
    let by_owner = |owner: u64| {
        let owner = usize::try_from(owner).unwrap_or(usize::MAX);
        rows.iter().skip(owner).step_by(usize::try_from(OWNERS).unwrap_or(1))
    };
    let owners = 0..OWNERS.min(rows.len() as u64);
    let slots = owners.clone().flat_map(|owner| {
        let slots: BTreeSet<_> =
            by_owner(owner).map(|row| (digest_slot(&row.key.item), &row.key.scope)).collect();
        slots.into_iter().map(|(slot, scope)| {
            (keys::digest(keys::DigestOf::Scope(INDEX, scope), slot), vec![0; 5 + 1 + 16])
        })
    });
    let digests = slots.collect();
    [rows.iter().map(base).collect(), owners.flat_map(by_owner).map(scope).collect(), digests]
}

fn write(family: Family, folder: &Path, rows: &Encoded) -> Result<Vec<std::path::PathBuf>> {
    let mut options = Options::default();
    options.set_block_based_table_factory(&table_options(&family));
    options.set_compression_type(family.bottom);
    options.set_compression_options(-14, 1, 0, 0);
    options.set_compression_options_parallel_threads(FILE_THREADS);
    let (mut rows, mut paths) = (rows.iter().peekable(), Vec::new());
    while rows.peek().is_some() {
        let path = folder.join(format!("{}-{}.sst", family.name, paths.len()));
        let mut writer = SstFileWriter::create(&options);
        writer.open(&path)?;
        paths.push(path);
        while writer.file_size() < FILE_BYTES
            && let Some((key, value)) = rows.next()
        {
            writer.put(key, value)?;
        }
        writer.finish()?;
    }
    Ok(paths)
}

/// Items a second, of rows in the order of their keys.
pub fn rate(folder: &Path, rows: &[Row]) -> Result<f64> {
    std::fs::create_dir(folder)?;
    let mut options = Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    let families =
        IMPORTED.map(|family| ColumnFamilyDescriptor::new(family.name, Options::default()));
    let db = DB::open_cf_descriptors(&options, folder.join("db"), families)?;
    let encoded = encoded(rows);

    let start = Instant::now();
    for (family, rows) in IMPORTED.into_iter().zip(&encoded) {
        let mut options = IngestExternalFileOptions::default();
        options.set_move_files(true);
        let handle = db.cf_handle(family.name).ok_or("opened with it")?;
        db.ingest_external_file_cf_opts(handle, &options, write(family, folder, rows)?)?;
    }
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 items")]
    let rate = rows.len() as f64 / start.elapsed().as_secs_f64();
    for (family, rows) in IMPORTED.iter().zip(&encoded) {
        let handle = db.cf_handle(family.name).ok_or("opened with it")?;
        let mut held = db.iterator_cf(handle, rocksdb::IteratorMode::Start);
        for (key, value) in rows {
            let (found, of) = held.next().ok_or("an import that is not whole")??;
            if *found != **key || *of != **value {
                return Err("an imported row is another".into());
            }
        }
        if held.next().is_some() {
            return Err("an import of more than there is".into());
        }
    }
    Ok(rate)
}
