//! YCSB's workloads A, B, C, D and F on the item API, keys drawn by Zipf's law with exponent 0.99.
//!
//! Source: Cooper et al., Benchmarking Cloud Serving Systems with YCSB, SoCC 2010.

use crate::results::{Figure, Results, Unit, say};
use crate::scene::{Scene, bytes_of};
use crate::subject::{Durability, Kind, Result, Subject};
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng};
use rand_distr::{Distribution, Zipf};
use std::time::{Duration, Instant};

const TURN: Duration = Duration::from_millis(600);
const ROUNDS: usize = 3;
const SEED: u64 = 42;
/// By one subject in all turns.
const MOST_INSERTS: u64 = 200_000;

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

/// The documents that are written, made before anything is measured: row `n`'s at place `n`.
struct Documents(Vec<Vec<u8>>);

impl Documents {
    fn of(&self, n: u64) -> Result<&[u8]> {
        Ok(self.0.get(usize::try_from(n)?).ok_or("more rows than documents")?)
    }
}

fn run(
    subject: &dyn Subject,
    (reads, other): (u32, Else),
    rows: &mut u64,
    documents: &Documents,
    rng: &mut SmallRng,
) -> Result<f64> {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 rows")]
    let zipf = Zipf::new(*rows as f64, 0.99)?;
    let (start, mut done) = (Instant::now(), 0_u64);
    while start.elapsed() < TURN {
        for _ in 0..16 {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank")]
            let rank = zipf.sample(rng) as u64 - 1;
            let n = match other {
                Else::Inserts => *rows - 1 - rank.min(*rows - 1),
                Else::Updates | Else::ReadsAndUpdates => scattered(rank, *rows),
            };
            if rng.random_range(0..100) < reads {
                subject.get(n)?.ok_or("a row is missing")?;
                continue;
            }
            match other {
                Else::Inserts => {
                    subject.insert(&[(*rows, documents.of(*rows)?.to_vec())])?;
                    *rows += 1;
                }
                Else::Updates => subject.update(n, documents.of(n)?)?,
                Else::ReadsAndUpdates => {
                    subject.get(n)?.ok_or("a row is missing")?;
                    subject.update(n, documents.of(n)?)?;
                }
            }
        }
        done += 16;
    }
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 operations")]
    Ok(done as f64 / start.elapsed().as_secs_f64())
}

/// All of them, one thread, buffered.
pub fn measure(
    results: &mut Results,
    kinds: Vec<&dyn Kind>,
    (size, bytes): (u64, usize),
) -> Result<()> {
    say("YCSB");
    let mut scene = Scene::new(kinds, Durability::Buffered, bytes)?;
    scene.load(size)?;
    let mut rows = vec![scene.rows; scene.open.len()];
    let documents = Documents((0..size + MOST_INSERTS).map(|n| bytes_of(n, 5, bytes)).collect());
    for (work, reads, other) in LOADS {
        let mut rates = vec![Vec::new(); scene.open.len()];
        for round in 0..ROUNDS as u64 {
            for ((open, rates), rows) in scene.open.iter().zip(&mut rates).zip(&mut rows) {
                let mut rng = SmallRng::seed_from_u64(SEED + round);
                rates.push(run(open.subject.as_ref(), (reads, other), rows, &documents, &mut rng)?);
            }
        }
        let names = scene.open.iter().map(|open| open.name.clone());
        let median = rates.into_iter().map(|mut rates| {
            rates.sort_by(f64::total_cmp);
            rates[rates.len() / 2]
        });
        let values = names.zip(median).collect();
        results.add(Figure { work: work.to_owned(), unit: Unit::PerSecond, values });
    }
    Ok(())
}
