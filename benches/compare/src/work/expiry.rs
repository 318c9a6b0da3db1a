//! Expiring the log while reads go on.

use super::Extent;
use crate::measure;
use crate::open::Open;
use crate::results::{Figure, Results, Unit, Value};
use crate::scene::{Scene, Since, rows};
use crate::subject::{Durability, Kind, Result, Subject};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Width of the buckets of the engine's log, in milliseconds: what is expired lies in buckets that have ended.
pub const BUCKET: u64 = 1000;

/// Expires the log of a table; how long that takes, and what a small read beside it, for so long at least.
pub fn measure(
    results: &mut Results,
    kinds: Vec<&dyn Kind>,
    extent: &Extent,
    least: Duration,
) -> Result<()> {
    let mut scene = Scene::new(kinds, Durability::Buffered, extent)?;
    scene.load(extent.rows, false)?;
    scene.compact()?;
    // What comes now must lie in another bucket of the engine's log, and early in it: an expiry goes by a moment that is
    // a little later, and takes no bucket that has not ended.
    std::thread::sleep(Duration::from_millis(2 * BUCKET));
    let wall = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() % u128::from(BUCKET);
    std::thread::sleep(Duration::from_millis(BUCKET + 50 - u64::try_from(wall)?));
    let since = scene.change(14, |left| left >= 6)?;
    // From files, as everybody else.
    scene.reopen()?;
    let work = format!("expiring {} entries of the log", extent.rows);
    scene.check_deltas(&work, &since, 1000)?;
    let (mut took, mut read) = (Vec::new(), Vec::new());
    for (place, open) in scene.open.iter().enumerate() {
        if let Some((seconds, slowest)) = one(open, place, &since, least)? {
            took.push((open.name.clone(), Value::once(seconds * 1e6)));
            read.push((open.name.clone(), Value::once(slowest)));
        }
    }
    // Rows that tell no log's past are as they were.
    scene.check_deltas(&work, &since, 1000)?;
    let unit = Unit::Micros;
    results.add(Figure { work, unit, values: took });
    let work = format!(
        "a small delta meanwhile, and on for {} s together at least, 99th percentile",
        least.as_secs_f64()
    );
    results.add(Figure { work, unit, values: read });
    Ok(())
}

/// Seconds of the expiry, and the slowest of a hundred reads; nothing where there is nothing that expires.
fn one(open: &Open, place: usize, since: &[Since], least: Duration) -> Result<Option<(f64, f64)>> {
    let (subject, before) = (open.subject.as_ref(), since[0].of(place));
    let held = subject.log_bytes()?;
    let (over, reading) = (AtomicBool::new(false), AtomicBool::new(false));
    let (expired, slowest) = std::thread::scope(|scope| -> Result<_> {
        let reader = scope.spawn(|| {
            let told = read(subject, place, since, least, (&over, &reading));
            reading.store(true, Ordering::Relaxed);
            told
        });
        // What a thread's first read makes, such as a connection, is made.
        while !reading.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let start = Instant::now();
        let expired = subject.expire(before);
        let seconds = start.elapsed().as_secs_f64();
        over.store(true, Ordering::Relaxed);
        let slowest = reader.join().expect("a reader");
        Ok((expired?.then_some(seconds), slowest?))
    })?;
    let Some(seconds) = expired else { return Ok(None) };
    if subject.tells_before(before)? {
        return Err(format!("{} still tells of what has expired", open.name).into());
    }
    // Readers held on to what they read: until now it could not be told.
    if held.is_some() && subject.log_bytes()? >= held {
        return Err(format!("{} dropped no file of the log", open.name).into());
    }
    Ok(Some((seconds, slowest)))
}

fn read(
    subject: &dyn Subject,
    place: usize,
    since: &[Since],
    least: Duration,
    (over, reading): (&AtomicBool, &AtomicBool),
) -> Result<f64> {
    for since in since {
        rows(&subject.delta(since.of(place), 100)?, since.rows)?;
    }
    reading.store(true, Ordering::Relaxed);
    let draws = measure::drawn(4096, since.len(), 9);
    let (started, mut times) = (Instant::now(), Vec::new());
    while !over.load(Ordering::Relaxed) || started.elapsed() < least {
        let since = &since[draws[times.len() % draws.len()]];
        let start = Instant::now();
        rows(&subject.delta(since.of(place), 100)?, since.rows)?;
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    Ok(measure::at(&times, 0.99))
}
