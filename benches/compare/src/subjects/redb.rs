//! redb. Buffered is `Durability::None`, with a durable commit each thousand: until then it keeps the pages
//! that were replaced.

use super::kv::{Kv, MAPS, Map, Read, Tables, Visit, Write};
use crate::subject::{Durability, Kind, Layout, Result, Subject};
use redb::{Database, ReadableDatabase, ReadableTable, Table, TableDefinition, WriteTransaction};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

const DURABLE_EACH: u64 = 1000;

/// redb in one of the layouts.
pub struct Redb(pub Layout);

impl Kind for Redb {
    fn name(&self) -> String {
        super::named("redb", self.0)
    }

    fn open(&self, folder: &Path, durability: Durability) -> Result<Box<dyn Subject>> {
        std::fs::create_dir_all(folder)?;
        let db = Database::builder().set_cache_size(256 << 20).create(folder.join("redb"))?;
        let open = OpenRedb { db, durability, commits: AtomicU64::new(0) };
        let txn = open.db.begin_write()?;
        for (map, _) in MAPS {
            txn.open_table(definition(map))?;
        }
        txn.commit()?;
        Ok(Box::new(Tables::open(open, self.0)?))
    }
}

type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;

fn definition(of: Map) -> Definition {
    let name = MAPS.iter().find(|(map, _)| *map == of).map_or("", |(_, name)| *name);
    TableDefinition::new(name)
}

struct OpenRedb {
    db: Database,
    durability: Durability,
    commits: AtomicU64,
}

struct Reading(redb::ReadTransaction);

impl Read for Reading {
    fn get(&self, of: Map, key: &[u8], see: &mut dyn FnMut(&[u8])) -> Result<()> {
        if let Some(value) = self.0.open_table(definition(of))?.get(key)? {
            see(value.value());
        }
        Ok(())
    }

    fn range(&self, of: Map, from: &[u8], to: &[u8], visit: &mut Visit<'_>) -> Result<()> {
        for entry in self.0.open_table(definition(of))?.range(from..to)? {
            let (key, value) = entry?;
            if !visit(key.value(), value.value())? {
                break;
            }
        }
        Ok(())
    }
}

struct Writing<'t> {
    rows: Table<'t, &'static [u8], &'static [u8]>,
    log: Table<'t, &'static [u8], &'static [u8]>,
    scopes: Table<'t, &'static [u8], &'static [u8]>,
}

impl<'t> Writing<'t> {
    fn of(txn: &'t WriteTransaction) -> Result<Self> {
        Ok(Self {
            rows: txn.open_table(definition(Map::Rows))?,
            log: txn.open_table(definition(Map::Log))?,
            scopes: txn.open_table(definition(Map::Scopes))?,
        })
    }

    fn table(&mut self, of: Map) -> &mut Table<'t, &'static [u8], &'static [u8]> {
        match of {
            Map::Rows => &mut self.rows,
            Map::Log => &mut self.log,
            Map::Scopes => &mut self.scopes,
        }
    }
}

impl Write for Writing<'_> {
    fn get(&mut self, of: Map, key: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(self.table(of).get(key)?.map(|value| value.value().to_vec()))
    }

    fn put(&mut self, of: Map, key: &[u8], value: &[u8]) -> Result<()> {
        self.table(of).insert(key, value)?;
        Ok(())
    }

    fn remove(&mut self, of: Map, key: &[u8]) -> Result<()> {
        self.table(of).remove(key)?;
        Ok(())
    }
}

impl Kv for OpenRedb {
    fn read(&self, run: &mut dyn FnMut(&dyn Read) -> Result<()>) -> Result<()> {
        run(&Reading(self.db.begin_read()?))
    }

    fn write(&self, run: &mut dyn FnMut(&mut dyn Write) -> Result<()>) -> Result<()> {
        let mut txn = self.db.begin_write()?;
        let number = self.commits.fetch_add(1, Ordering::SeqCst);
        if self.durability == Durability::Buffered && !number.is_multiple_of(DURABLE_EACH) {
            txn.set_durability(redb::Durability::None)?;
        }
        run(&mut Writing::of(&txn)?)?;
        Ok(txn.commit()?)
    }

    fn compact(&self) -> Result<()> {
        // `Database::compact` wants the database for itself; what is measured here shares it.
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        Ok(self.db.begin_write()?.commit()?)
    }
}
