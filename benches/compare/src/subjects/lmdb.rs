//! LMDB, through heed.
//!
//! Buffered is `MDB_NOSYNC`: the system writes when it likes. LMDB has nothing in between: after a power loss
//! such a file may be damaged where the others lose their newest commits alone.
//!
//! Compacting is what LMDB documents, a copy without free pages, which takes the file's place at the next opening.

use super::kv::{Kv, MAPS, Map, Read, Visit, Write};
use super::tables::Tables;
use crate::subject::{Durability, Kind, Layout, Result, Setup, Subject};
use heed::types::Bytes;
use heed::{
    CompactionOption, Database, Env, EnvFlags, EnvOpenOptions, PutFlags, RoTxn, RwTxn, WithoutTls,
};
use std::ops::Bound;
use std::path::PathBuf;

/// LMDB in one of the layouts.
pub struct Lmdb(pub Layout);

impl Kind for Lmdb {
    fn name(&self) -> String {
        super::named("LMDB", self.0)
    }

    fn open(&self, Setup { folder, durability }: Setup<'_>) -> Result<Box<dyn Subject>> {
        std::fs::create_dir_all(folder)?;
        let mut options = EnvOpenOptions::new().read_txn_without_tls();
        options.map_size(1 << 38).max_dbs(4).max_readers(1024);
        #[expect(unsafe_code, reason = "the files are nobody else's while they are mapped")]
        let env = unsafe {
            if durability == Durability::Buffered {
                options.flags(EnvFlags::NO_SYNC);
            }
            options.open(folder)?
        };
        let mut txn = env.write_txn()?;
        let mut create = |(_, name)| env.create_database(&mut txn, Some(name));
        let [rows, log, scopes] = MAPS.map(&mut create);
        let maps = [rows?, log?, scopes?];
        txn.commit()?;
        Ok(Box::new(Tables::open(OpenLmdb { env, maps, folder: folder.to_owned() }, self.0)?))
    }
}

type Db = Database<Bytes, Bytes>;

struct OpenLmdb {
    env: Env<WithoutTls>,
    maps: [Db; 3],
    folder: PathBuf,
}

fn map(maps: &[Db; 3], map: Map) -> Db {
    let [rows, log, scopes] = *maps;
    match map {
        Map::Rows => rows,
        Map::Log => log,
        Map::Scopes => scopes,
    }
}

struct Reading<'a>(RoTxn<'a, WithoutTls>, &'a [Db; 3]);

impl Read for Reading<'_> {
    fn get(&self, of: Map, key: &[u8], see: &mut dyn FnMut(&[u8])) -> Result<()> {
        if let Some(value) = map(self.1, of).get(&self.0, key)? {
            see(value);
        }
        Ok(())
    }

    fn last(&self, of: Map) -> Result<Option<Vec<u8>>> {
        Ok(map(self.1, of).last(&self.0)?.map(|(key, _)| key.to_vec()))
    }

    fn range(&self, of: Map, from: &[u8], to: &[u8], visit: &mut Visit<'_>) -> Result<()> {
        let range = (Bound::Included(from), Bound::Excluded(to));
        for entry in map(self.1, of).range(&self.0, &range)? {
            let (key, value) = entry?;
            if !visit(key, value)? {
                break;
            }
        }
        Ok(())
    }
}

struct Writing<'a>(RwTxn<'a>, &'a [Db; 3]);

impl Write for Writing<'_> {
    fn get(&mut self, of: Map, key: &[u8], see: &mut dyn FnMut(&[u8])) -> Result<()> {
        if let Some(value) = map(self.1, of).get(&self.0, key)? {
            see(value);
        }
        Ok(())
    }

    fn put(&mut self, of: Map, key: &[u8], value: &[u8]) -> Result<()> {
        Ok(map(self.1, of).put(&mut self.0, key, value)?)
    }

    fn append(&mut self, of: Map, key: &[u8], value: &[u8]) -> Result<()> {
        Ok(map(self.1, of).put_with_flags(&mut self.0, PutFlags::APPEND, key, value)?)
    }

    fn remove(&mut self, of: Map, key: &[u8]) -> Result<()> {
        map(self.1, of).delete(&mut self.0, key)?;
        Ok(())
    }
}

impl Kv for OpenLmdb {
    fn read(&self, run: &mut dyn FnMut(&dyn Read) -> Result<()>) -> Result<()> {
        run(&Reading(self.env.read_txn()?, &self.maps))
    }

    fn write(&self, run: &mut dyn FnMut(&mut dyn Write) -> Result<()>) -> Result<()> {
        let mut writing = Writing(self.env.write_txn()?, &self.maps);
        run(&mut writing)?;
        Ok(writing.0.commit()?)
    }

    fn cut_log(&self, to: &[u8]) -> Result<()> {
        let mut txn = self.env.write_txn()?;
        let range = (Bound::Unbounded, Bound::Excluded(to));
        map(&self.maps, Map::Log).delete_range(&mut txn, &range)?;
        Ok(txn.commit()?)
    }

    fn compact(&mut self) -> Result<()> {
        let compacted = self.folder.join("compacted");
        self.env.copy_to_path(&compacted, CompactionOption::Enabled)?;
        // What is open goes on with the file that it has; it is opened anew before it is written to.
        Ok(std::fs::rename(compacted, self.folder.join("data.mdb"))?)
    }
}
