//! YCSB's workloads A, B, C, D and F on the item API, keys drawn by Zipf's law with exponent 0.99.
//!
//! Source: Cooper et al., Benchmarking Cloud Serving Systems with YCSB, SoCC 2010.

use super::Extent;
use crate::measure::{SEED, drawn, spread, turns};
use crate::open::Open;
use crate::results::{Figure, Results, Unit, Value, say};
use crate::rows::Row;
use crate::scene::Scene;
use crate::subject::{Durability, Kind, Result};
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng};
use rand_distr::{Distribution, Zipf};
use std::time::{Duration, Instant};

/// By one subject in all turns.
const MOST_INSERTS: u64 = 200_000;
/// So many operations are drawn before any clock starts; then they come again.
const OPERATIONS: usize = 1 << 18;
/// What is written, as a change.
const CHANGE: u64 = 5;

/// A share of a hundred operations reads; the rest does this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Else {
    Updates,
    Inserts,
    ReadsAndUpdates,
}

const LOADS: [(&str, u32, Else); 5] = [
    ("YCSB A: 50% read, 50% update", 50, Else::Updates),
    ("YCSB B: 95% read, 5% update", 95, Else::Updates),
    ("YCSB C: reads", 100, Else::Updates),
    ("YCSB D: 95% read the latest, 5% insert", 95, Else::Inserts),
    ("YCSB F: 50% read, 50% read and update", 50, Else::ReadsAndUpdates),
];

/// A multiplicative hash: popular rows are spread over the table.
fn scattered(rank: u64, rows: u64) -> u64 {
    rank.wrapping_mul(0x9e37_79b9_7f4a_7c15) % rows
}

/// One operation: whether it is a read, and of which row, counted by popularity.
type Operation = (bool, u64);

/// One sequence for everybody.
fn operations(reads: u32, rows: u64) -> Result<Vec<Operation>> {
    let mut rng = SmallRng::seed_from_u64(SEED);
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 rows")]
    let zipf = Zipf::new(rows as f64, 0.99)?;
    let draw = |_| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank")]
        let rank = zipf.sample(&mut rng) as u64 - 1;
        (rng.random_range(0..100) < reads, rank)
    };
    Ok((0..OPERATIONS).map(draw).collect())
}

/// What a subject is at: its next operation, and how many rows it has.
#[derive(Debug, Clone, Copy)]
struct At {
    next: usize,
    rows: u64,
}

/// The row that an operation names in a table of `rows`, of which `loaded` were there at first.
fn named(other: Else, rank: u64, rows: u64, loaded: u64) -> u64 {
    match other {
        // The latest are the most popular.
        Else::Inserts => rows - 1 - rank.min(rows - 1),
        Else::Updates | Else::ReadsAndUpdates => scattered(rank, loaded),
    }
}

/// One turn of a subject: how many operations a second until all was quiet, and how many, and how long.
fn turn(
    open: &Open,
    (other, all): (Else, &[Operation]),
    (at, loaded): (&mut At, u64),
    documents: &[Row],
    length: Duration,
) -> Result<(f64, f64)> {
    let row = |n: u64| documents.get(n as usize).ok_or("more rows than documents");
    let (start, before, subject) = (Instant::now(), at.next, open.subject.as_ref());
    while start.elapsed() < length {
        for _ in 0..16 {
            let (reads, rank) = all[at.next % all.len()];
            at.next += 1;
            let n = named(other, rank, at.rows, loaded);
            if reads {
                subject.get(&row(n)?.key)?.ok_or("a row is missing")?;
                continue;
            }
            match other {
                Else::Inserts => {
                    subject.insert(std::slice::from_ref(row(at.rows)?))?;
                    at.rows += 1;
                }
                Else::Updates => subject.update(row(n)?)?,
                Else::ReadsAndUpdates => {
                    subject.get(&row(n)?.key)?.ok_or("a row is missing")?;
                    subject.update(row(n)?)?;
                }
            }
        }
    }
    open.quiet()?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 operations")]
    Ok(((at.next - before) as f64, start.elapsed().as_secs_f64()))
}

/// The model hears of what a subject has done.
fn note(open: &mut Open, (other, all): (Else, &[Operation]), count: usize, loaded: u64) {
    for place in 0..count {
        let (reads, rank) = all[place % all.len()];
        if reads {
            continue;
        }
        match other {
            Else::Inserts => open.model.insert(CHANGE),
            Else::Updates | Else::ReadsAndUpdates => {
                open.model.update(scattered(rank, loaded), CHANGE);
            }
        }
    }
}

/// All of them, one thread, buffered.
pub fn measure(results: &mut Results, kinds: Vec<&dyn Kind>, extent: &Extent) -> Result<()> {
    say(&extent.at("YCSB"));
    let mut scene = Scene::new(kinds, Durability::Buffered, extent)?;
    scene.load(extent.rows, false)?;
    let inserts = MOST_INSERTS.min(extent.rows * 100);
    let documents: Vec<Row> =
        (0..extent.rows + inserts).map(|n| Row::of(n, CHANGE, extent.bytes)).collect();
    for (name, reads, other) in LOADS {
        let work = extent.at(name);
        scene.quiet()?;
        let operations = operations(reads, extent.rows)?;
        let start = |open: &Open| At { next: 0, rows: open.model.rows };
        let mut ats: Vec<At> = scene.open.iter().map(start).collect();
        let mut rates = vec![(Vec::new(), 0.0, 0.0); ats.len()];
        for place in turns(ats.len(), extent.write_rounds.min(3)) {
            let at = (&mut ats[place], extent.rows);
            let (count, seconds) =
                turn(&scene.open[place], (other, &operations), at, &documents, extent.turn)?;
            let (rates, counts, all) = &mut rates[place];
            rates.push(count / seconds);
            (*counts, *all) = (*counts + count, *all + seconds);
        }
        for (open, at) in scene.open.iter_mut().zip(&ats) {
            note(open, (other, &operations), at.next, extent.rows);
        }
        let some = drawn(200, operations.len(), 8);
        let some = some.iter().map(|place| scattered(operations[*place].1, extent.rows));
        // And of those that were inserted, by one subject more than by another.
        let newest = ats.iter().map(|at| at.rows).max().unwrap_or_default();
        let inserted = usize::try_from(newest.saturating_sub(extent.rows))?;
        let inserted = drawn(200, inserted, 9);
        let inserted = inserted.iter().map(|place| extent.rows + *place as u64);
        scene.check_rows(&work, some.chain(inserted))?;
        let names = scene.open.iter().map(|open| open.name.clone());
        let whole = rates
            .into_iter()
            .map(|(rates, count, seconds)| Value { middle: count / seconds, ..spread(rates) });
        let values = names.zip(whole).collect();
        results.add(Figure { work, unit: Unit::PerSecond, values });
    }
    Ok(())
}
