//! Expiring the log while reads go on.

use crate::results::{Figure, Results, Unit, say};
use crate::scene::{Scene, rows};
use crate::subject::{Durability, Kind, Result};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Expires the log of a table of `size` rows; how long that takes, and what a small read beside it.
pub fn measure(
    results: &mut Results,
    kinds: Vec<&dyn Kind>,
    (size, bytes): (u64, usize),
) -> Result<()> {
    say("expiry");
    let mut scene = Scene::new(kinds, Durability::Buffered, bytes)?;
    scene.load(size)?;
    scene.compact()?;
    // Buckets of the engine's log are wider than a commit: what comes now must lie in another.
    std::thread::sleep(std::time::Duration::from_millis(2500));
    let before = scene.now()?;
    scene.change(10, 1)?;
    let (mut took, mut read) = (Vec::new(), Vec::new());
    for (place, open) in scene.open.iter().enumerate() {
        let (subject, since) = (open.subject.as_ref(), before[place]);
        let over = AtomicBool::new(false);
        let (seconds, slowest) = std::thread::scope(|scope| {
            let reader = scope.spawn(|| -> Result<f64> {
                let mut times = Vec::new();
                while !over.load(Ordering::Relaxed) || times.is_empty() {
                    let start = Instant::now();
                    rows(&subject.delta(since, 100)?, 10)?;
                    times.push(start.elapsed().as_secs_f64() * 1e6);
                }
                times.sort_by(f64::total_cmp);
                Ok(times[times.len() * 99 / 100])
            });
            let start = Instant::now();
            let expired = subject.expire(since);
            let seconds = start.elapsed().as_secs_f64();
            over.store(true, Ordering::Relaxed);
            let slowest = reader.join().expect("a reader");
            expired.and_then(|()| Ok((seconds, slowest?)))
        })?;
        took.push((open.name.clone(), seconds * 1e6));
        read.push((open.name.clone(), slowest));
    }
    let unit = Unit::Micros;
    results.add(Figure { work: format!("expiring {size} entries of the log"), unit, values: took });
    results.add(Figure {
        work: "a small delta meanwhile, 99th percentile".to_owned(),
        unit,
        values: read,
    });
    Ok(())
}
