//! SQLite, through rusqlite: write-ahead log, prepared statements, a connection a thread.

use crate::rows::{Page, key, owner};
use crate::subject::{Durability, Kind, Layout, Moment, Result, Subject};
use rusqlite::{Connection, OptionalExtension, params};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// SQLite in one of the layouts.
pub struct Sqlite(pub Layout);

const BY_HAND: &str = "
    CREATE TABLE IF NOT EXISTS items (id TEXT PRIMARY KEY, owner TEXT NOT NULL, changed_at INTEGER NOT NULL,
      version INTEGER NOT NULL, deleted INTEGER NOT NULL, doc BLOB NOT NULL);
    CREATE INDEX IF NOT EXISTS by_change ON items (changed_at);
    CREATE INDEX IF NOT EXISTS by_owner ON items (owner, changed_at);";

const CLUSTERED: &str = "
    CREATE TABLE IF NOT EXISTS items (id TEXT PRIMARY KEY, owner TEXT NOT NULL, changed_at INTEGER NOT NULL,
      version INTEGER NOT NULL, deleted INTEGER NOT NULL, doc BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS log (changed_at INTEGER PRIMARY KEY, id TEXT NOT NULL, version INTEGER NOT NULL,
      deleted INTEGER NOT NULL, doc BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS scopes (owner TEXT NOT NULL, changed_at INTEGER NOT NULL, id TEXT NOT NULL,
      version INTEGER NOT NULL, deleted INTEGER NOT NULL, doc BLOB NOT NULL,
      PRIMARY KEY (owner, changed_at)) WITHOUT ROWID;";

impl Kind for Sqlite {
    fn name(&self) -> String {
        super::named("SQLite", self.0)
    }

    fn open(&self, folder: &Path, durability: Durability) -> Result<Box<dyn Subject>> {
        std::fs::create_dir_all(folder)?;
        let file = folder.join("sqlite.db");
        let writer = connect(&file, durability)?;
        writer.execute_batch(match self.0 {
            Layout::ByHand => BY_HAND,
            Layout::Clustered => CLUSTERED,
        })?;
        let newest = "SELECT coalesce(max(changed_at), 0) FROM items";
        let newest: i64 = writer.query_row(newest, (), |row| row.get(0))?;
        Ok(Box::new(OpenSqlite {
            layout: self.0,
            file,
            durability,
            writer: Mutex::new(writer),
            readers: Mutex::default(),
            clock: AtomicI64::new(newest + 1),
        }))
    }
}

fn connect(file: &Path, durability: Durability) -> Result<Connection> {
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    let synchronous = if durability == Durability::Synced { "full" } else { "normal" };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "cache_size", -(256 << 10))?;
    connection.pragma_update(None, "mmap_size", 1_i64 << 38)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

struct OpenSqlite {
    layout: Layout,
    file: PathBuf,
    durability: Durability,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    clock: AtomicI64,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl OpenSqlite {
    fn read<T>(&self, run: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let kept = held(&self.readers).pop();
        let connection = match kept {
            Some(connection) => connection,
            None => connect(&self.file, self.durability)?,
        };
        let answer = run(&connection);
        held(&self.readers).push(connection);
        answer
    }

    fn page(&self, sql: &str, params: impl rusqlite::Params) -> Result<Page> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map(params, |row| {
                let (key, document) = (row.get_ref(0)?, row.get_ref(1)?);
                Ok((key.as_bytes()?.to_vec(), document.as_bytes()?.to_vec()))
            })?;
            Ok(Page::Rows(rows.collect::<std::result::Result<_, _>>()?))
        })
    }

    fn commit<'r>(&self, rows: impl Iterator<Item = (u64, &'r [u8])>) -> Result<()> {
        let mut writer = held(&self.writer);
        let txn = writer.transaction()?;
        {
            let mut read =
                txn.prepare_cached("SELECT version, changed_at FROM items WHERE id = ?1")?;
            let mut put = txn.prepare_cached(
                "INSERT INTO items (id, owner, changed_at, version, deleted, doc)
                 VALUES (?1, ?2, ?3, ?4, 0, ?5) ON CONFLICT (id) DO UPDATE SET
                 changed_at = ?3, version = ?4, deleted = 0, doc = ?5",
            )?;
            for (n, document) in rows {
                let (key, owner) = (key(n), owner(n));
                let at = self.clock.fetch_add(1, Ordering::SeqCst);
                let before = read
                    .query_row([&key], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
                    .optional()?;
                let version = before.map_or(0, |(version, _)| version) + 1;
                put.execute(params![key, owner, at, version, document])?;
                if self.layout == Layout::ByHand {
                    continue;
                }
                if let Some((_, old)) = before {
                    txn.prepare_cached("DELETE FROM log WHERE changed_at = ?1")?.execute([old])?;
                    txn.prepare_cached("DELETE FROM scopes WHERE owner = ?1 AND changed_at = ?2")?
                        .execute(params![owner, old])?;
                }
                txn.prepare_cached("INSERT INTO log VALUES (?1, ?2, ?3, 0, ?4)")?
                    .execute(params![at, key, version, document])?;
                txn.prepare_cached("INSERT INTO scopes VALUES (?1, ?2, ?3, ?4, 0, ?5)")?
                    .execute(params![owner, at, key, version, document])?;
            }
        }
        Ok(txn.commit()?)
    }
}

fn time(moment: Moment) -> i64 {
    i64::try_from(moment.0).unwrap_or(i64::MAX)
}

impl Subject for OpenSqlite {
    fn insert(&self, rows: &[(u64, Vec<u8>)]) -> Result<()> {
        self.commit(rows.iter().map(|(n, bytes)| (*n, bytes.as_slice())))
    }

    fn update(&self, n: u64, document: &[u8]) -> Result<()> {
        self.commit(std::iter::once((n, document)))
    }

    fn get(&self, n: u64) -> Result<Option<Vec<u8>>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT doc FROM items WHERE id = ?1")?;
            Ok(statement.query_row([key(n)], |row| row.get(0)).optional()?)
        })
    }

    fn scan(&self, n: u64, limit: u32) -> Result<Page> {
        let sql = "SELECT id, doc FROM items WHERE id >= ?1 ORDER BY id LIMIT ?2";
        self.page(sql, params![key(n), limit])
    }

    fn now(&self) -> Result<Moment> {
        Ok(Moment(self.clock.load(Ordering::SeqCst).unsigned_abs()))
    }

    fn base(&self, limit: u32) -> Result<Page> {
        self.scan(0, limit)
    }

    fn delta(&self, since: Moment, limit: u32) -> Result<Page> {
        let sql = match self.layout {
            Layout::ByHand => {
                "SELECT id, doc FROM items WHERE changed_at >= ?1 ORDER BY changed_at LIMIT ?2"
            }
            Layout::Clustered => {
                "SELECT id, doc FROM log WHERE changed_at >= ?1 ORDER BY changed_at LIMIT ?2"
            }
        };
        self.page(sql, params![time(since), limit])
    }

    fn scope_delta(&self, of: u64, since: Moment, limit: u32) -> Result<Page> {
        let sql = match self.layout {
            Layout::ByHand => {
                "SELECT id, doc FROM items WHERE owner = ?1 AND changed_at >= ?2
                 ORDER BY changed_at LIMIT ?3"
            }
            Layout::Clustered => {
                "SELECT id, doc FROM scopes WHERE owner = ?1 AND changed_at >= ?2
                 ORDER BY changed_at LIMIT ?3"
            }
        };
        self.page(sql, params![owner(of), time(since), limit])
    }

    fn expire(&self, before: Moment) -> Result<()> {
        if self.layout == Layout::Clustered {
            let writer = held(&self.writer);
            let sql = "DELETE FROM log WHERE changed_at IN
                (SELECT changed_at FROM log WHERE changed_at < ?1 LIMIT 10000)";
            while writer.prepare_cached(sql)?.execute([time(before)])? > 0 {}
        }
        Ok(())
    }

    fn compact(&self) -> Result<()> {
        let writer = held(&self.writer);
        writer.execute_batch("PRAGMA optimize; VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        held(&self.writer).query_row("PRAGMA wal_checkpoint(FULL)", (), |_| Ok(()))?;
        Ok(())
    }
}
