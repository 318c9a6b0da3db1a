//! redb. Buffered is `Durability::None`, with a durable commit each thousand: until then it keeps the pages
//! that were replaced.

use super::kv::{Kv, MAPS, Map, Read, Visit, Write};
use super::tables::Tables;
use crate::subject::{Durability, Kind, Layout, Result, Setup, Subject};
use redb::{
    Database, ReadOnlyTable, ReadTransaction, ReadableDatabase, ReadableTable, Table,
    TableDefinition, WriteTransaction,
};
use std::cell::OnceCell;
use std::sync::atomic::{AtomicU64, Ordering};

const DURABLE_EACH: u64 = 1000;

/// redb in one of the layouts.
pub struct Redb(pub Layout);

impl Kind for Redb {
    fn name(&self) -> String {
        super::named("redb", self.0)
    }

    fn open(&self, Setup { folder, durability }: Setup<'_>) -> Result<Box<dyn Subject>> {
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

type Opened = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// A transaction, and its tables, each opened when it is asked for the first time.
struct Reading(ReadTransaction, [OnceCell<Opened>; 3]);

impl Reading {
    fn table(&self, of: Map) -> Result<&Opened> {
        let [rows, log, scopes] = &self.1;
        let place = match of {
            Map::Rows => rows,
            Map::Log => log,
            Map::Scopes => scopes,
        };
        if let Some(table) = place.get() {
            return Ok(table);
        }
        let table = self.0.open_table(definition(of))?;
        Ok(place.get_or_init(|| table))
    }
}

impl Read for Reading {
    fn get(&self, of: Map, key: &[u8], see: &mut dyn FnMut(&[u8])) -> Result<()> {
        if let Some(value) = self.table(of)?.get(key)? {
            see(value.value());
        }
        Ok(())
    }

    fn last(&self, of: Map) -> Result<Option<Vec<u8>>> {
        Ok(self.table(of)?.last()?.map(|(key, _)| key.value().to_vec()))
    }

    fn range(&self, of: Map, from: &[u8], to: &[u8], visit: &mut Visit<'_>) -> Result<()> {
        for entry in self.table(of)?.range(from..to)? {
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
    fn get(&mut self, of: Map, key: &[u8], see: &mut dyn FnMut(&[u8])) -> Result<()> {
        if let Some(value) = self.table(of).get(key)? {
            see(value.value());
        }
        Ok(())
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
        run(&Reading(self.db.begin_read()?, Default::default()))
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

    fn cut_log(&self, to: &[u8]) -> Result<()> {
        let txn = self.db.begin_write()?;
        txn.open_table(definition(Map::Log))?.retain_in(..to, |_, _| false)?;
        Ok(txn.commit()?)
    }

    fn compact(&mut self) -> Result<()> {
        // It says whether it did something. Each call goes on by itself for as long as that helps.
        for _ in 0..3 {
            if !self.db.compact()? {
                break;
            }
        }
        Ok(())
    }

    fn settle(&self) -> Result<()> {
        Ok(self.db.begin_write()?.commit()?)
    }
}
