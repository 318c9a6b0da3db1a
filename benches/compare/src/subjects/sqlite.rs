//! SQLite, through rusqlite: write-ahead log, prepared statements, a connection a thread.
//!
//! Clustered is the log by change time, whose rowid that is, with an index by owner over it. A copy of the log by
//! owner is clustered only without rowid, which SQLite advises against for rows above a twentieth of a page. Tried
//! beside (100,000 rows of 256 B, processor time): with pages of 16 KiB, in which they are below, it is read by
//! scope in 20 us instead of 27, but an update takes 122 us instead of 62, for the log writes whole pages.

use crate::page::{Got, Page, Told};
use crate::rows::{Key, Row, passes};
use crate::subject::{Durability, Kind, Layout, Moment, Place, Result, Setup, Subject};
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
      version INTEGER NOT NULL, deleted INTEGER NOT NULL, doc BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS log (changed_at INTEGER PRIMARY KEY, owner TEXT NOT NULL, id TEXT NOT NULL,
      version INTEGER NOT NULL, deleted INTEGER NOT NULL, doc BLOB NOT NULL);
    CREATE UNIQUE INDEX IF NOT EXISTS log_by_owner ON log (owner, changed_at);";

impl Kind for Sqlite {
    fn name(&self) -> String {
        super::named("SQLite", self.0)
    }

    fn open(&self, Setup { folder, durability }: Setup<'_>) -> Result<Box<dyn Subject>> {
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

    fn page(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        limit: u32,
        wanted: Wanted,
    ) -> Result<Page> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let mut found = statement.query(params)?;
            let mut rows = Vec::new();
            while rows.len() < limit as usize
                && let Some(row) = found.next()?
            {
                if wanted(row.get_ref(1)?.as_bytes()?) {
                    rows.push(told(row)?);
                }
            }
            Ok(Page::Rows(rows))
        })
    }

    fn commit<'r>(&self, changes: impl Iterator<Item = Change<'r>>) -> Result<()> {
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
            // A tombstone keeps its document.
            let mut delete = txn.prepare_cached(
                "UPDATE items SET changed_at = ?2, version = ?3, deleted = 1 WHERE id = ?1",
            )?;
            for (Key { text: key, owner, .. }, document) in changes {
                let at = self.clock.fetch_add(1, Ordering::SeqCst);
                let before = read
                    .query_row([key], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
                    .optional()?;
                let version = before.map_or(0, |(version, _)| version) + 1;
                match document {
                    Some(document) => put.execute(params![key, owner, at, version, document])?,
                    None => delete.execute(params![key, at, version])?,
                };
                if self.layout == Layout::ByHand {
                    continue;
                }
                if let Some((_, old)) = before {
                    txn.prepare_cached("DELETE FROM log WHERE changed_at = ?1")?.execute([old])?;
                }
                match document {
                    Some(document) => txn
                        .prepare_cached("INSERT INTO log VALUES (?1, ?2, ?3, ?4, 0, ?5)")?
                        .execute(params![at, owner, key, version, document])?,
                    None => txn.prepare_cached(GONE)?.execute([key])?,
                };
            }
        }
        Ok(txn.commit()?)
    }
}

/// What a commit does to a row: writes a document, or lets it go.
type Change<'a> = (&'a Key, Option<&'a [u8]>);
/// Which documents a page takes.
type Wanted = fn(&[u8]) -> bool;

const ALL: Wanted = |_| true;

/// A tombstone in the log, from its row.
const GONE: &str =
    "INSERT INTO log SELECT changed_at, owner, id, version, deleted, doc FROM items WHERE id = ?1";

/// The columns of a page: id, doc, version, changed_at, deleted.
fn told(row: &rusqlite::Row<'_>) -> Result<Told> {
    Ok(Told {
        key: row.get_ref(0)?.as_bytes()?.to_vec(),
        document: row.get_ref(1)?.as_bytes()?.to_vec(),
        version: row.get::<_, i64>(2)?.unsigned_abs(),
        changed_at: row.get::<_, i64>(3)?.unsigned_abs(),
        deleted: row.get(4)?,
    })
}

fn time(moment: Moment) -> i64 {
    i64::try_from(moment.0).unwrap_or(i64::MAX)
}

impl Subject for OpenSqlite {
    fn insert(&self, rows: &[Row]) -> Result<()> {
        self.commit(rows.iter().map(|row| (&row.key, Some(row.document.as_slice()))))
    }

    fn update(&self, row: &Row) -> Result<()> {
        self.commit(std::iter::once((&row.key, Some(row.document.as_slice()))))
    }

    fn delete(&self, keys: &[Key]) -> Result<()> {
        self.commit(keys.iter().map(|key| (key, None)))
    }

    fn get(&self, key: &Key) -> Result<Option<Got>> {
        let sql =
            "SELECT id, doc, version, changed_at, deleted FROM items WHERE id = ?1 AND deleted = 0";
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let mut found = statement.query([&key.text])?;
            let row = found.next()?.map(told).transpose()?;
            Ok(row.map(Got::Row))
        })
    }

    fn now(&self) -> Result<Moment> {
        Ok(Moment(self.clock.load(Ordering::SeqCst).unsigned_abs()))
    }

    fn base(&self, from: &Place, limit: u32) -> Result<Page> {
        let from = match from {
            Place::Row(key) => &key.text,
            Place::Token(_) => "",
        };
        let sql =
            "SELECT id, doc, version, changed_at, deleted FROM items WHERE id >= ?1 AND deleted = 0
                   ORDER BY id LIMIT ?2";
        self.page(sql, params![from, limit], limit, ALL)
    }

    fn filtered(&self, limit: u32) -> Result<Page> {
        let sql =
            "SELECT id, doc, version, changed_at, deleted FROM items WHERE deleted = 0 ORDER BY id";
        self.page(sql, (), limit, passes)
    }

    fn delta(&self, since: Moment, limit: u32) -> Result<Page> {
        let sql = match self.layout {
            Layout::ByHand => {
                "SELECT id, doc, version, changed_at, deleted FROM items WHERE changed_at >= ?1
                 ORDER BY changed_at LIMIT ?2"
            }
            Layout::Clustered => {
                "SELECT id, doc, version, changed_at, deleted FROM log WHERE changed_at >= ?1
                 ORDER BY changed_at LIMIT ?2"
            }
        };
        self.page(sql, params![time(since), limit], limit, ALL)
    }

    fn scope_delta(&self, of: &Key, since: Moment, limit: u32) -> Result<Page> {
        let sql = match self.layout {
            Layout::ByHand => {
                "SELECT id, doc, version, changed_at, deleted FROM items
                 WHERE owner = ?1 AND changed_at >= ?2 ORDER BY changed_at LIMIT ?3"
            }
            Layout::Clustered => {
                "SELECT id, doc, version, changed_at, deleted FROM log
                 WHERE owner = ?1 AND changed_at >= ?2 ORDER BY changed_at LIMIT ?3"
            }
        };
        self.page(sql, params![of.owner, time(since), limit], limit, ALL)
    }

    fn expire(&self, before: Moment) -> Result<bool> {
        if self.layout == Layout::ByHand {
            return Ok(false);
        }
        let (to, mut end) = (time(before), 0);
        // By ranges of the key, in commits that leave the log small.
        while end < to {
            end = (end + 10_000).min(to);
            let writer = held(&self.writer);
            writer.prepare_cached("DELETE FROM log WHERE changed_at < ?1")?.execute([end])?;
        }
        Ok(true)
    }

    fn tells_before(&self, before: Moment) -> Result<bool> {
        let table = if self.layout == Layout::ByHand { "items" } else { "log" };
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE changed_at < ?1)");
        self.read(|connection| Ok(connection.query_row(&sql, [time(before)], |row| row.get(0))?))
    }

    fn compact(&mut self) -> Result<()> {
        // A connection that reads keeps the file from being cut.
        held(&self.readers).clear();
        let writer = held(&self.writer);
        writer.execute_batch("PRAGMA optimize; VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
        Ok(())
    }

    fn settle(&self) -> Result<()> {
        held(&self.writer).query_row("PRAGMA wal_checkpoint(FULL)", (), |_| Ok(()))?;
        Ok(())
    }
}
