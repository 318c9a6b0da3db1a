//! The engine beside RocksDB used directly, and beside other embedded stores: everything in one process, side
//! by side, every read checked, into one document.

mod measure;
mod plot;
mod results;
mod rows;
mod scene;
mod subject;
mod subjects;
mod work;

use crate::results::{ENGINE, Figure, LIMIT, Results};
use crate::subject::{Kind, Result};
use crate::work::reads::Asked;
use crate::work::{engine_alone, expiry, growth, reads, threads, ycsb};
use clap::Parser;
use std::path::{Path, PathBuf};

/// Measures the engine beside its limit and its peers.
#[derive(Debug, Parser)]
struct Args {
    /// Sizes of the table at which reads are measured, ascending
    #[arg(long, value_delimiter = ',', default_value = "10000,100000,1000000")]
    sizes: Vec<u64>,
    /// The size at which everything is asked: one of `sizes`
    #[arg(long, default_value_t = 100_000)]
    main_size: u64,
    /// A small table beside which a small delta of a large one is measured, one subject after the other
    #[arg(long, default_value_t = 10_000)]
    growth_from: u64,
    /// The large one
    #[arg(long, default_value_t = 1_000_000)]
    growth_to: u64,
    /// Bytes of a document
    #[arg(long, default_value_t = 256)]
    bytes: usize,
    /// Bytes of the documents that are reported beside
    #[arg(long, default_value_t = 1024)]
    beside: usize,
    /// Turns of each subject
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Rows whose log entries are expired, and rows of a bulk import
    #[arg(long, default_value_t = 1_000_000)]
    many: u64,
    /// Only subjects whose name contains this, beside the engine and the limit
    #[arg(long)]
    only: Option<String>,
    /// Only these parts: reads, growth, synced, ycsb, expiry, alone
    #[arg(long, value_delimiter = ',')]
    parts: Vec<String>,
    /// Where the document and its drawings go
    #[arg(long, default_value = "benches")]
    out: PathBuf,
    /// Cargo hands this to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let all = subjects::all(None);
    let is_wanted = |kind: &&dyn Kind| {
        let name = kind.name();
        name == ENGINE || name == LIMIT || args.only.as_ref().is_none_or(|only| name.contains(only))
    };
    let kinds: Vec<&dyn Kind> = all.iter().map(Box::as_ref).filter(is_wanted).collect();
    let part = |name: &str| args.parts.is_empty() || args.parts.iter().any(|part| part == name);
    let mut results = Results { about: about(&args)?, ..Results::default() };

    let mut points: [Vec<_>; 3] = Default::default();
    if part("reads") {
        for size in &args.sizes {
            let asked = if *size == args.main_size { Asked::All } else { Asked::Nothing };
            let what = (*size, args.bytes);
            let figures = reads::measure(&mut results, kinds.clone(), what, args.rounds, asked)?;
            for (points, figure) in points.iter_mut().zip(figures) {
                points.push((*size, figure));
            }
        }
        let what = (args.main_size, args.beside);
        reads::measure(&mut results, kinds.clone(), what, args.rounds, Asked::Nothing)?;
    }
    if part("growth") {
        let sizes = (args.growth_from, args.growth_to);
        let grown = growth::measure(&mut results, kinds.clone(), sizes, args.bytes, args.rounds)?;
        if args.sizes.last().is_some_and(|largest| args.growth_to > *largest) {
            points[0].push((args.growth_to, grown));
        }
    }
    draw(&mut results, &args.out, &points)?;
    if part("synced") {
        threads::synced(&mut results, kinds.clone(), (10_000, args.bytes))?;
    }
    if part("ycsb") {
        ycsb::measure(&mut results, kinds.clone(), (args.main_size, args.bytes))?;
    }
    if part("expiry") {
        let narrow = subjects::all(Some(1000));
        let narrow = narrow.iter().map(Box::as_ref).filter(is_wanted).collect();
        expiry::measure(&mut results, narrow, (args.many, args.bytes))?;
    }
    if part("alone") {
        engine_alone::documents(&mut results, args.bytes, args.rounds)?;
        engine_alone::followers(&mut results, args.bytes)?;
        engine_alone::import(&mut results, (args.many, args.bytes))?;
    }
    std::fs::write(args.out.join("RESULTS.md"), results.document())?;
    Ok(())
}

/// Draws latencies against base size.
fn draw(results: &mut Results, out: &Path, points: &[Vec<(u64, Figure)>; 3]) -> Result<()> {
    let titles = ["small delta (10), from files", "small delta (10), recent", "empty poll"];
    for (points, title) in points.iter().zip(titles).filter(|(points, _)| points.len() > 1) {
        let name = format!("{}.svg", title.replace([',', '(', ')'], "").replace(' ', "-"));
        plot::latency(&out.join(&name), title, points)?;
        results.plots.push(name);
    }
    Ok(())
}

fn about(args: &Args) -> Result<Vec<String>> {
    let cpu = std::fs::read_to_string("/proc/cpuinfo")?;
    let model =
        cpu.lines().find_map(|line| line.strip_prefix("model name\t: ")).unwrap_or("unknown");
    let cores = std::thread::available_parallelism()?;
    let memory = std::fs::read_to_string("/proc/meminfo")?;
    let memory = memory.lines().next().and_then(|line| line.split_whitespace().nth(1));
    let gib = memory.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default() >> 20;
    Ok(vec![
        format!("Machine: {cores} cores of {model}, {gib} GiB; other work may run on the host."),
        format!("Documents of {} bytes; 10,000 owners with an index on them; caches of 256 MiB.", args.bytes),
        "highwater: RocksDB 11.8 with the engine's options, no background worker; deltas by `lastSync`, without \
         a cursor. The limit: the same options."
            .to_owned(),
        "SQLite: write-ahead log, `synchronous` normal or full, mmap, prepared statements, a connection a \
         thread. LMDB (heed): `MDB_NOSYNC` where buffered. redb: `Durability::None` with a durable commit each \
         thousand where buffered. fjall: one keyspace a map, one writer at a time."
            .to_owned(),
        format!("Versions: {}.", versions()),
    ])
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
