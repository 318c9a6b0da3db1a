//! Many writers at once.

use crate::results::{ENGINE, Figure, LIMIT, Results, Unit, say};
use crate::scene::{Scene, bytes_of};
use crate::subject::{Durability, Kind, Result, Subject};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long one subject runs in a round.
const TURN: Duration = Duration::from_millis(800);
const ROUNDS: usize = 5;

fn run(subject: &dyn Subject, rows: u64, documents: &[Vec<u8>], writers: usize) -> Result<f64> {
    let (stop, done) = (AtomicBool::new(false), AtomicU64::new(0));
    let start = Instant::now();
    let wrote = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..writers as u64)
            .map(|writer| {
                let (stop, done) = (&stop, &done);
                scope.spawn(move || -> Result<()> {
                    let mut turn = writer;
                    while !stop.load(Ordering::Relaxed) {
                        // Each has rows of its own.
                        let n = turn % documents.len() as u64;
                        subject.update(n % rows, &documents[usize::try_from(n)?])?;
                        turn += writers as u64;
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok(())
                })
            })
            .collect();
        std::thread::sleep(TURN);
        stop.store(true, Ordering::Relaxed);
        writers.into_iter().try_for_each(|writer| writer.join().expect("a writer"))
    });
    wrote?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 updates")]
    let count = done.load(Ordering::Relaxed) as f64;
    Ok(count / start.elapsed().as_secs_f64())
}

/// Updates a second by so many writers, the subjects taking turns.
pub fn updates(work: &str, scene: &Scene<'_>, writers: usize) -> Result<Figure> {
    let documents: Vec<_> = (0..4096).map(|n| bytes_of(n % scene.rows, 4, scene.bytes)).collect();
    let mut rates = vec![Vec::new(); scene.open.len()];
    for _ in 0..ROUNDS {
        for (open, rates) in scene.open.iter().zip(&mut rates) {
            rates.push(run(open.subject.as_ref(), scene.rows, &documents, writers)?);
        }
    }
    let median = |mut rates: Vec<f64>| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    };
    let names = scene.open.iter().map(|open| open.name.clone());
    let values = names.zip(rates.into_iter().map(median)).collect();
    Ok(Figure { work: work.to_owned(), unit: Unit::PerSecond, values })
}

/// Synced commits: one writer and eight.
pub fn synced(
    results: &mut Results,
    kinds: Vec<&dyn Kind>,
    (size, bytes): (u64, usize),
) -> Result<()> {
    say("synced updates");
    let mut scene = Scene::new(kinds, Durability::Synced, bytes)?;
    scene.load(size)?;
    let one = results.add(updates("updates, one writer, synced", &scene, 1)?).clone();
    let work = "updates, eight writers, synced";
    let eight = results.add(updates(work, &scene, 8)?).clone();
    results.ask_speed(work, LIMIT, 0.8);
    let gain = |subject| Some(eight.of(subject)? / one.of(subject)?);
    if let Some(found) = gain(ENGINE) {
        let asked = "at least 4x its rate".to_owned();
        results.ask((work, "its own single writer"), asked, (found, gain(LIMIT)), found >= 4.0);
    }
    Ok(())
}
