//! The engine beside RocksDB used directly, and beside other embedded stores: everything in one process, side
//! by side, every read checked, into one document.

mod about;
mod disk;
mod document;
mod measure;
mod model;
mod open;
mod page;
mod plot;
mod results;
mod rows;
mod run;
mod scene;
mod subject;
mod subjects;
mod work;

use crate::results::{ENGINE, Figure, LIMIT, Results};
use crate::run::Run;
use crate::subject::{Kind, Result};
use crate::work::reads::{Also, Asked};
use crate::work::{Extent, engine_alone, expiry, growth, import, reads, updates, ycsb};
use clap::Parser;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Measures the engine beside its limit and its peers.
#[derive(Debug, Parser)]
struct Args {
    /// Sizes of the table at which reads are measured, ascending
    #[arg(long, value_delimiter = ',', default_value = "10000,100000,1000000")]
    sizes: Vec<u64>,
    /// The size at which writes are measured, too: one of `sizes`
    #[arg(long, default_value_t = 100_000)]
    main_size: u64,
    /// A small table beside which a small delta of a growing one is measured, one subject after the other
    #[arg(long, default_value_t = 10_000)]
    growth_from: u64,
    /// How far it grows, tenfold each time
    #[arg(long, default_value_t = 1_000_000)]
    growth_to: u64,
    /// Bytes of a document
    #[arg(long, default_value_t = 256)]
    bytes: usize,
    /// Bytes of the documents that are reported beside; the same as `bytes` for none
    #[arg(long, default_value_t = 1024)]
    beside: usize,
    /// Turns of each subject that reads
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Turns of each subject that writes
    #[arg(long, default_value_t = 5)]
    write_rounds: usize,
    /// Milliseconds that a turn of writing lasts, before it waits for the end of what it began
    #[arg(long, default_value_t = 1200)]
    turn_ms: u64,
    /// Rows of synced tables
    #[arg(long, default_value_t = 10_000)]
    synced: u64,
    /// Rows whose log entries are expired, and rows of a bulk import
    #[arg(long, default_value_t = 1_000_000)]
    many: u64,
    /// Only subjects whose name contains this, beside the engine and the limit
    #[arg(long)]
    only: Option<String>,
    /// Only these parts: reads, growth, synced, ycsb, expiry, alone, import
    #[arg(long, value_delimiter = ',')]
    parts: Vec<String>,
    /// Where the document and its drawings go
    #[arg(long, default_value = "benches")]
    out: PathBuf,
    /// Cargo hands this to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

impl Args {
    fn extent(&self, rows: u64, bytes: usize) -> Extent {
        let (rounds, write_rounds) = (self.rounds, self.write_rounds);
        let turn = Duration::from_millis(self.turn_ms);
        Extent { rows, bytes, rounds, write_rounds, turn }
    }

    /// The documents that everything is asked of, and those beside.
    fn documents(&self) -> impl Iterator<Item = (usize, Asked)> {
        let beside = (self.beside != self.bytes).then_some((self.beside, Asked::No));
        std::iter::once((self.bytes, Asked::Yes)).chain(beside)
    }

    fn wants(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|wanted| wanted == part)
    }
}

fn main() -> Result<()> {
    let args = Args::parse();
    let all = subjects::all(None);
    let is_wanted = |kind: &&dyn Kind| {
        let name = kind.name();
        name == ENGINE || name == LIMIT || args.only.as_ref().is_none_or(|only| name.contains(only))
    };
    let kinds: Vec<&dyn Kind> = all.iter().map(Box::as_ref).filter(is_wanted).collect();
    let mut run = Run::new(about::lines(args.bytes)?, &args.out);

    let mut points: [Vec<_>; 3] = Default::default();
    for size in args.sizes.iter().filter(|_| args.wants("reads")) {
        let also = if *size == args.main_size { Also::Writes } else { Also::Nothing };
        let extent = args.extent(*size, args.bytes);
        run.part(&extent.at("reads"), |results| {
            let figures = reads::measure(results, kinds.clone(), extent, (Asked::Yes, also))?;
            for (points, figure) in points.iter_mut().skip(1).zip(figures) {
                points.push((*size, figure));
            }
            Ok(())
        })?;
    }
    for (bytes, asked) in args.documents() {
        if args.wants("reads") && asked == Asked::No {
            let extent = args.extent(args.main_size, bytes);
            run.part(&extent.at("reads"), |results| {
                reads::measure(results, kinds.clone(), extent, (asked, Also::Writes)).map(drop)
            })?;
        }
        if args.wants("synced") {
            let extent = args.extent(args.synced, bytes);
            run.part(&extent.at("synced"), |results| {
                updates::synced(results, kinds.clone(), &extent, asked == Asked::Yes)
            })?;
        }
        if args.wants("ycsb") {
            let extent = args.extent(args.main_size, bytes);
            run.part(&extent.at("YCSB"), |results| ycsb::measure(results, kinds.clone(), &extent))?;
        }
    }
    let many = args.extent(args.many, args.bytes);
    if args.wants("expiry") {
        let narrow = subjects::all(Some(expiry::BUCKET));
        let narrow = narrow.iter().map(Box::as_ref).filter(is_wanted).collect();
        run.part("expiry", |results| expiry::measure(results, narrow, &many, many.turn * 2))?;
    }
    if args.wants("alone") {
        run.part("what the engine alone does", |results| {
            engine_alone::documents(results, args.bytes, args.rounds)?;
            engine_alone::followers(results, args.bytes)
        })?;
    }
    if args.wants("import") {
        run.part("bulk import", |results| import::measure(results, &many))?;
    }
    // Last: half of the time, and more room than all else.
    if args.wants("growth") {
        let extent = args.extent(args.growth_from, args.bytes);
        run.part("growth", |results| {
            growth::measure(results, kinds.clone(), &extent, args.growth_to, &mut points[0])
        })?;
    }
    run.part("drawings", |results| draw(results, &args.out, &points))?;
    run.end()
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
