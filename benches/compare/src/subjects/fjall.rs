//! fjall: a log-structured tree in Rust, one keyspace a map.
//!
//! It deletes no ranges: what expires is removed key by key, in batches.

use super::kv::{Kv, MAPS, Map, Read, Visit, Write};
use super::tables::Tables;
use crate::subject::{Durability, Kind, Layout, Result, Setup, Subject};
use fjall::config::FilterPolicy;
use fjall::{
    Database, Keyspace, KeyspaceCreateOptions, OwnedWriteBatch, PersistMode, Readable, Snapshot,
};
use std::sync::{Mutex, PoisonError};

/// fjall in one of the layouts.
pub struct Fjall(pub Layout);

impl Kind for Fjall {
    fn name(&self) -> String {
        super::named("fjall", self.0)
    }

    fn open(&self, Setup { folder, durability }: Setup<'_>) -> Result<Box<dyn Subject>> {
        let db = Database::builder(folder).cache_size(256 << 20).open()?;
        let [rows, log, scopes] = MAPS.map(|(map, name)| {
            let options = KeyspaceCreateOptions::default;
            // Rows are asked for by key and mostly there; the others are read by range alone.
            db.keyspace(name, || match map {
                Map::Rows => options().expect_point_read_hits(true),
                Map::Log | Map::Scopes => options().filter_policy(FilterPolicy::disabled()),
            })
        });
        let maps = [rows?, log?, scopes?];
        let mode = match durability {
            Durability::Buffered => PersistMode::Buffer,
            // As RocksDB: fdatasync.
            Durability::Synced => PersistMode::SyncData,
        };
        Ok(Box::new(Tables::open(OpenFjall { db, maps, mode, writer: Mutex::new(()) }, self.0)?))
    }
}

struct OpenFjall {
    db: Database,
    maps: [Keyspace; 3],
    mode: PersistMode,
    /// A commit reads what it replaces: one at a time.
    writer: Mutex<()>,
}

fn map(maps: &[Keyspace; 3], of: Map) -> &Keyspace {
    let [rows, log, scopes] = maps;
    match of {
        Map::Rows => rows,
        Map::Log => log,
        Map::Scopes => scopes,
    }
}

struct Reading<'a>(Snapshot, &'a [Keyspace; 3]);

impl Read for Reading<'_> {
    fn get(&self, of: Map, key: &[u8], see: &mut dyn FnMut(&[u8])) -> Result<()> {
        if let Some(value) = self.0.get(map(self.1, of), key)? {
            see(&value);
        }
        Ok(())
    }

    fn last(&self, of: Map) -> Result<Option<Vec<u8>>> {
        let last = self.0.last_key_value(map(self.1, of)).map(|entry| entry.key());
        Ok(last.transpose()?.map(|key| key.to_vec()))
    }

    fn range(&self, of: Map, from: &[u8], to: &[u8], visit: &mut Visit<'_>) -> Result<()> {
        for entry in self.0.range(map(self.1, of), from..to) {
            let (key, value) = entry.into_inner()?;
            if !visit(&key, &value)? {
                break;
            }
        }
        Ok(())
    }
}

struct Writing<'a> {
    batch: OwnedWriteBatch,
    maps: &'a [Keyspace; 3],
}

impl Write for Writing<'_> {
    fn get(&mut self, of: Map, key: &[u8], see: &mut dyn FnMut(&[u8])) -> Result<()> {
        if let Some(value) = map(self.maps, of).get(key)? {
            see(&value);
        }
        Ok(())
    }

    fn put(&mut self, of: Map, key: &[u8], value: &[u8]) -> Result<()> {
        self.batch.insert(map(self.maps, of), key, value);
        Ok(())
    }

    fn remove(&mut self, of: Map, key: &[u8]) -> Result<()> {
        self.batch.remove(map(self.maps, of), key);
        Ok(())
    }
}

impl Kv for OpenFjall {
    fn read(&self, run: &mut dyn FnMut(&dyn Read) -> Result<()>) -> Result<()> {
        run(&Reading(self.db.snapshot(), &self.maps))
    }

    fn write(&self, run: &mut dyn FnMut(&mut dyn Write) -> Result<()>) -> Result<()> {
        let _alone = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let batch = self.db.batch().durability(Some(self.mode));
        let mut writing = Writing { batch, maps: &self.maps };
        run(&mut writing)?;
        Ok(writing.batch.commit()?)
    }

    fn cut_log(&self, to: &[u8]) -> Result<()> {
        let log = map(&self.maps, Map::Log);
        let mut old = Vec::new();
        for entry in self.db.snapshot().range(log, ..to) {
            old.push(entry.key()?);
        }
        for keys in old.chunks(10_000) {
            self.write(&mut |batch| keys.iter().try_for_each(|key| batch.remove(Map::Log, key)))?;
        }
        Ok(())
    }

    fn merges(&self) -> bool {
        true
    }

    fn compact(&mut self) -> Result<()> {
        for keyspace in &self.maps {
            keyspace.rotate_memtable_and_wait()?;
            keyspace.major_compact()?;
        }
        Ok(())
    }

    fn is_quiet(&self) -> bool {
        let sealed: usize = self.maps.iter().map(Keyspace::sealed_memtable_count).sum();
        self.db.outstanding_flushes() + self.db.active_compactions() + sealed == 0
    }
}
