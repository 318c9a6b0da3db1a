//! What was measured on what, with which settings, and where each setting is documented.

use crate::measure::{at, spread};
use crate::results::{Unit, shown};
use crate::subject::Result;
use crate::work::expiry;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

/// The head of the document, a line each.
pub fn lines(bytes: usize) -> Result<Vec<String>> {
    let data = tempfile::tempdir()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    Ok(vec![
        format!("Run with `{}`.", arguments.join(" ")),
        machine()?,
        format!(
            "Data on {}; writing 4 KiB behind a file's end and `fdatasync` takes {}.",
            file_system(data.path())?,
            synced(data.path())?
        ),
        format!(
            "Documents of {bytes} bytes; 10,000 owners with an index on them. Caches of 256 MiB: of RocksDB with \
             its write buffers, to which the engine adds 32 MiB of its newest changes; of SQLite for each connection; \
             beside what the operating system keeps of files, which is all of LMDB's. Rows that are \
             changed, keys, pages and moments are drawn from one seed, the same for each subject; changes lie \
             over the whole table in no order. A small delta is one of 6 to 14 rows, 10 on average. A scope is one \
             of 64 that are asked for again and again. Every subject filters alike, by a walk over the encoded \
             document; the engine by its own filters."
        ),
        format!(
            "highwater: RocksDB 11.8 with the engine's options, no background worker; deltas by `lastSync`, \
             without a cursor. Buckets of its log are an hour wide, and {} ms where the log expires. Buffered: in the \
             operating system's hands, as the limit's.",
            expiry::BUCKET
        ),
        "The limit: the engine's options (engine/src/storage/options.rs), flushes and compactions \
         (compact.rs), one `ReadOptions` for all gets, keys encoded before the clock starts."
            .to_owned(),
        format!(
            "SQLite: [write-ahead log](https://www.sqlite.org/wal.html), `synchronous` normal where buffered \
             (the log is written, and synced at checkpoints alone) and full where synced, \
             [mmap](https://www.sqlite.org/mmap.html) ({} as it is built), prepared statements, a connection a thread. \
             Clustered: the log's rowid is the change time, and an index by owner points into it. A second copy by \
             owner would have to be [`WITHOUT ROWID`](https://www.sqlite.org/withoutrowid.html) in large pages: \
             faster for scopes, and half as fast to update (subjects/sqlite.rs). Compacted: `VACUUM`.",
            mapped()?
        ),
        "LMDB, through [heed](https://docs.rs/heed): where buffered \
         [`MDB_NOSYNC`](http://www.lmdb.tech/doc/group__mdb__env.html), after which a power loss may damage the whole \
         file: it promises less than the others. The log is written with `MDB_APPEND`, expired with `delete_range`. \
         Compacted: a copy without free pages in the file's place."
            .to_owned(),
        "redb: where buffered [`Durability::None`](https://docs.rs/redb/latest/redb/enum.Durability.html) with a \
         durable commit each thousand: a killed process loses what came after it, so it promises less than the \
         others. Expired with `retain_in`. Compacted: `Database::compact`."
            .to_owned(),
        "fjall: one [keyspace](https://docs.rs/fjall) a map, one writer at a time; where buffered \
         [`PersistMode::Buffer`](https://docs.rs/fjall/latest/fjall/enum.PersistMode.html), in the operating system's \
         hands; where synced `SyncData`, which is `fdatasync` as RocksDB's. `expect_point_read_hits` for rows, no \
         filters for maps that are read by range alone. It has no range deletes: the log is expired key by key. \
         Compacted: `major_compact`, which it does not document and does not ask for, and until its size stands still."
            .to_owned(),
        "Large tables of the growth rows are compacted where they are made of files that are merged (highwater, \
         the limit, fjall), and not copied where they are trees."
            .to_owned(),
        "What is not as fair as it could be: write buffers of what is log-structured stay in memory at the end of a \
         turn (32 MiB a family; fjall 64 MiB), so that flushes and compactions fall where they fall, into somebody's own \
         turns, while SQLite puts all of its log into its file and redb makes a durable commit; a request is made for \
         each read of the engine, and SQLite's statements are kept; a page that passes a filter and the question of 1,000 clients are the same each time; gets of the \
         engine and SQLite take a key as text, the limit's are encoded; the engine's documents of a page share memory, and \
         everybody else's have each their own, as RocksDB's and the peers' interfaces give them; a read begins a \
         transaction in LMDB, which could be kept and renewed; an expiry is on disk when the limit's and redb's is done, \
         and not yet where the others buffer it."
            .to_owned(),
        format!("Versions: {}.", versions()),
    ])
}

fn machine() -> Result<String> {
    let cpu = std::fs::read_to_string("/proc/cpuinfo")?;
    let model =
        cpu.lines().find_map(|line| line.strip_prefix("model name\t: ")).unwrap_or("unknown");
    let cores = std::thread::available_parallelism()?;
    let memory = std::fs::read_to_string("/proc/meminfo")?;
    let memory = memory.lines().next().and_then(|line| line.split_whitespace().nth(1));
    let gib = memory.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default() >> 20;
    Ok(format!("Machine: {cores} cores of {model}, {gib} GiB; other work may run on the host."))
}

/// The kind of the file system that a folder lies on.
fn file_system(folder: &Path) -> Result<String> {
    let mounts = std::fs::read_to_string("/proc/mounts")?;
    let found = mounts
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ').skip(1);
            Some((words.next()?, words.next()?))
        })
        .filter(|(at, _)| folder.starts_with(at))
        .max_by_key(|(at, _)| at.len());
    Ok(found.map_or("an unknown file system", |(_, kind)| kind).to_owned())
}

/// How long the disk takes for what each synced commit asks of it.
fn synced(folder: &Path) -> Result<String> {
    let mut file = File::create(folder.join("synced"))?;
    let mut times = Vec::new();
    for _ in 0..200 {
        let start = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    let middle = spread(times.clone()).middle;
    times.sort_by(f64::total_cmp);
    let slow = at(&times, 0.99);
    Ok(format!("{}, 99th percentile {}", shown(middle, Unit::Micros), shown(slow, Unit::Micros)))
}

/// How much of a file SQLite maps at most: what it was built with bounds what is asked of it.
fn mapped() -> Result<String> {
    let dir = tempfile::tempdir()?;
    let connection = rusqlite::Connection::open(dir.path().join("mapped"))?;
    connection.pragma_update(None, "mmap_size", 1_i64 << 38)?;
    let bytes: i64 = connection.query_row("PRAGMA mmap_size", (), |row| row.get(0))?;
    Ok(format!("of {} GiB at most", (bytes + (1 << 29)) >> 30))
}

/// As the lock file has them.
fn versions() -> String {
    let lock = include_str!("../../../Cargo.lock");
    let version = |name: &str| {
        let after = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?.1;
        Some(format!("{name} {}", after.split('"').next()?))
    };
    let names = ["highwater", "rocksdb", "rusqlite", "libsqlite3-sys", "heed", "redb", "fjall"];
    names.into_iter().filter_map(version).collect::<Vec<_>>().join(", ")
}
