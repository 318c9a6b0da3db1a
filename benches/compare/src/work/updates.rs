//! Updates by one writer and by eight, and gets and deltas beside them.

use super::Extent;
use crate::measure::{SEED, drawn, spread, turns};
use crate::open::Open;
use crate::results::{ENGINE, Figure, LIMIT, Results, Unit, Value, say};
use crate::rows::{Key, Row};
use crate::scene::Scene;
use crate::subject::{Durability, Kind, Result};
use crate::work::reads;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// So many writers at most. Each has rows of its own: what the table must hold is then known.
const WRITERS: u64 = 8;
/// So many updates are made before any clock starts; then they come again.
const UPDATES: u64 = 1 << 17;
/// What is written, as a change that nothing else makes.
const CHANGE: u64 = 1000;

/// One sequence for everybody, drawn over the whole table. Update `i` is writer `i % 8`'s.
struct Sequence(Vec<Row>);

impl Sequence {
    fn new(rows: u64, bytes: usize) -> Self {
        let mut rng = SmallRng::seed_from_u64(SEED);
        let count = UPDATES.min(rows.max(WRITERS) * 2);
        let row = |place: u64| {
            let n = rng.random_range(0..rows.max(WRITERS) / WRITERS) * WRITERS + place % WRITERS;
            Row::of(n, CHANGE + place % 1000, bytes)
        };
        Self((0..count - count % WRITERS).map(row).collect())
    }

    /// The `turn`th update of one of so many writers.
    fn of(&self, writer: usize, writers: usize, turn: usize) -> usize {
        (writer + turn * writers) % self.0.len()
    }
}

/// One turn of a subject: how many updates, and the seconds they took until all was quiet. `done` is how many
/// updates each writer has made, of which its model hears.
fn turn(
    open: &mut Open,
    all: &Sequence,
    done: &mut [usize],
    length: Duration,
) -> Result<(f64, f64)> {
    let (stop, writers) = (AtomicBool::new(false), done.len());
    let (subject, before) = (open.subject.as_ref(), done.to_vec());
    let start = Instant::now();
    std::thread::scope(|scope| {
        let threads: Vec<_> = done
            .iter_mut()
            .enumerate()
            .map(|(writer, done)| {
                let stop = &stop;
                scope.spawn(move || -> Result<()> {
                    while !stop.load(Ordering::Relaxed) {
                        subject.update(&all.0[all.of(writer, writers, *done)])?;
                        *done += 1;
                    }
                    Ok(())
                })
            })
            .collect();
        std::thread::sleep(length);
        stop.store(true, Ordering::Relaxed);
        threads.into_iter().try_for_each(|thread| thread.join().expect("a writer"))
    })?;
    open.quiet()?;
    let seconds = start.elapsed().as_secs_f64();
    let mut count = 0_u32;
    for (writer, (before, done)) in before.iter().zip(&*done).enumerate() {
        for turn in *before..*done {
            let place = all.of(writer, writers, turn);
            open.model.update(all.0[place].key.n, CHANGE + place as u64 % 1000);
            count += 1;
        }
    }
    Ok((f64::from(count), seconds))
}

/// Updates a second by so many writers, the subjects taking turns.
fn updates(work: &str, scene: &mut Scene<'_>, extent: &Extent, writers: usize) -> Result<Figure> {
    scene.quiet()?;
    let sequence = Sequence::new(scene.rows, extent.bytes);
    let subjects = scene.open.len();
    let mut done = vec![vec![0; writers]; subjects];
    let mut rates = vec![(Vec::new(), 0.0, 0.0); subjects];
    for place in turns(subjects, extent.write_rounds) {
        let (count, seconds) =
            turn(&mut scene.open[place], &sequence, &mut done[place], extent.turn)?;
        let (rates, counts, all) = &mut rates[place];
        rates.push(count / seconds);
        (*counts, *all) = (*counts + count, *all + seconds);
    }
    let some = drawn(200, sequence.0.len(), 5);
    scene.check_rows(work, some.iter().map(|place| sequence.0[*place].key.n))?;
    let names = scene.open.iter().map(|open| open.name.clone());
    let whole = rates
        .into_iter()
        .map(|(rates, count, seconds)| Value { middle: count / seconds, ..spread(rates) });
    let values = names.zip(whole).collect();
    Ok(Figure { work: work.to_owned(), unit: Unit::PerSecond, values })
}

/// One writer and eight, buffered; a thousand clients that hear of one change; and gets.
pub fn buffered(
    results: &mut Results,
    scene: &mut Scene<'_>,
    extent: &Extent,
    asked: bool,
) -> Result<()> {
    let work = extent.at("updates, one writer, buffered");
    let figure = updates(&work, scene, extent, 1)?;
    results.add(figure);
    if asked {
        results.ask_speed(&work, LIMIT, 0.7);
        results.ask_speed(&work, "SQLite, by hand", 2.0);
        results.ask_speed(&work, "SQLite, clustered", 2.0);
    }
    let work = extent.at("1,000 clients ask after an update");
    let moments = scene.change(1, |_| true)?;
    scene.check_deltas(&work, &moments, 1000)?;
    results.add(scene.time(&work, extent.rounds.min(5), |place, s, _| {
        (0..1000).try_for_each(|_| crate::scene::rows(&s.delta(moments[0].of(place), 1000)?, 1))
    })?);
    let work = extent.at("updates, eight writers, buffered");
    let figure = updates(&work, scene, extent, 8)?;
    results.add(figure);
    let moments = scene.change(14, |left| left >= 6)?;
    let work = extent.at("small delta (10) after updates");
    reads::delta(results, scene, (&work, extent.rounds), &moments, 1000)?;

    let work = extent.at("get");
    // Of rows that are there in every subject's table.
    let live = |n: &u64| scene.open.iter().all(|open| open.model.is_live(*n));
    let drawn = drawn(8192, usize::try_from(scene.rows)?, 6);
    let keys: Vec<Key> = drawn.into_iter().map(|n| n as u64).filter(live).map(Key::of).collect();
    scene.check_rows(&work, keys.iter().take(1000).map(|key| key.n))?;
    results.add(scene.time(&work, extent.rounds, |_, s, turn| {
        s.get(&keys[turn % keys.len()])?.ok_or("a row is missing")?;
        Ok(())
    })?);
    Ok(())
}

/// Synced commits: one writer and eight.
pub fn synced(
    results: &mut Results,
    kinds: Vec<&dyn Kind>,
    extent: &Extent,
    asked: bool,
) -> Result<()> {
    say(&extent.at("synced updates"));
    let mut scene = Scene::new(kinds, Durability::Synced, extent)?;
    scene.load(extent.rows, true)?;
    let work = extent.at("updates, one writer, synced");
    let one = results.add(updates(&work, &mut scene, extent, 1)?).clone();
    let work = extent.at("updates, eight writers, synced");
    let eight = results.add(updates(&work, &mut scene, extent, 8)?).clone();
    if !asked {
        return Ok(());
    }
    results.ask_speed(&work, LIMIT, 0.8);
    let gain = |subject| Some(eight.of(subject)? / one.of(subject)?);
    if let Some(found) = gain(ENGINE) {
        let asked = "at least 4x its rate".to_owned();
        results.ask((&work, "its own single writer"), asked, (found, gain(LIMIT)), found >= 4.0);
    }
    Ok(())
}
