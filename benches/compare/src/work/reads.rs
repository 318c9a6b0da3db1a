//! Pages, deltas and polls at one size of the table.

use crate::results::{Figure, LIMIT, Results, say};
use crate::rows::OWNERS;
use crate::scene::{Scene, bytes_of, rows};
use crate::subject::{Durability, Kind, Result};
use crate::work::threads;

/// The name of a work at a size.
fn at(work: &str, size: u64, bytes: usize) -> String {
    format!("{work}, {size} rows of {bytes} B")
}

/// What is asked of the engine at this size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Everything.
    All,
    /// Nothing: it is reported beside.
    Nothing,
}

/// Measures all reads at `size`. Gives the small delta's figure and the empty poll's.
pub fn measure(
    results: &mut Results,
    kinds: Vec<&dyn Kind>,
    (size, bytes): (u64, usize),
    rounds: usize,
    asked: Asked,
) -> Result<[Figure; 3]> {
    say(&format!("reads, {size} rows of {bytes} B"));
    let mut scene = Scene::new(kinds, Durability::Buffered, bytes)?;
    let disk = |scene: &Scene<'_>, when: &str| disk(scene, &at(when, size, bytes));
    results.add(scene.load(size)?);
    scene.open.iter().try_for_each(|open| open.subject.flush())?;
    results.add(disk(&scene, "disk, after the load")?);
    scene.compact()?;
    results.add(disk(&scene, "disk, compacted")?);

    let work = at("base page of 1,000", size, bytes);
    scene.agree(&work, 1000, |_, s| s.base(1000))?;
    results.add(scene.time(&work, rounds, |_, s| rows(&s.base(1000)?, 1000))?);
    if asked == Asked::All {
        results.ask_speed(&work, LIMIT, 0.7);
    }

    let before = scene.now()?;
    scene.change(1000, 1)?;
    let middle = scene.now()?;
    let small = at("recent small delta (10)", size, bytes);
    scene.change(10, 2)?;
    let after = scene.now()?;
    scene.agree(&small, 10, |place, s| s.delta(middle[place], 1000))?;
    let recent = results
        .add(scene.time(&small, rounds, |p, s| rows(&s.delta(middle[p], 1000)?, 10))?)
        .clone();
    if asked == Asked::All {
        results.ask_speed(&small, LIMIT, 1.0 / 0.7);
        results.ask_ahead(&small);
    }
    let work = at("empty poll", size, bytes);
    scene.agree(&work, 0, |place, s| s.delta(after[place], 1000))?;
    let poll =
        results.add(scene.time(&work, rounds, |p, s| rows(&s.delta(after[p], 1000)?, 0))?).clone();
    if asked == Asked::All {
        results.ask_speed(&work, LIMIT, 1.0 / 0.3);
        results.ask_ahead(&work);
    }
    // A scope is kept in memory from when it was asked for: its clients ask again.
    let work = at("empty poll of a scope", size, bytes);
    let owner = 7 % OWNERS;
    scene.agree(&work, 0, |place, s| s.scope_delta(owner, after[place], 1000))?;
    let again = scene.now()?;
    results.add(scene.time(&work, rounds, |p, s| rows(&s.scope_delta(owner, again[p], 1000)?, 0))?);

    // From files: what was in memory is gone.
    scene.reopen()?;
    let work = at("delta page of 1,000", size, bytes);
    let count = scene.open[0].subject.delta(before[0], 1000)?.len();
    scene.agree(&work, count, |place, s| s.delta(before[place], 1000))?;
    results.add(scene.time(&work, rounds, |p, s| rows(&s.delta(before[p], 1000)?, count))?);
    if asked == Asked::All {
        results.ask_speed(&work, LIMIT, 0.7);
        results.ask_speed(&work, "SQLite, by hand", 10.0);
        results.ask_speed(&work, "SQLite, clustered", 1.3);
    }
    let work = at("small delta (10)", size, bytes);
    scene.agree(&work, 10, |place, s| s.delta(middle[place], 1000))?;
    let small = results
        .add(scene.time(&work, rounds, |p, s| rows(&s.delta(middle[p], 1000)?, 10))?)
        .clone();
    if asked == Asked::All {
        results.ask_speed(&work, LIMIT, 1.0 / 1.3);
        results.ask_ahead(&work);
    }
    let step = (size / 1000).max(1);
    let owner = step * 5 % size % OWNERS;
    let work = at("delta of a scope", size, bytes);
    let count = scene.open[0].subject.scope_delta(owner, before[0], 1000)?.len();
    scene.agree(&work, count, |place, s| s.scope_delta(owner, before[place], 1000))?;
    let timed =
        scene.time(&work, rounds, |p, s| rows(&s.scope_delta(owner, before[p], 1000)?, count))?;
    results.add(Figure { work: at(&format!("delta of a scope ({count})"), size, bytes), ..timed });
    if asked == Asked::All {
        updates(results, &scene, rounds)?;
    }
    Ok([small, recent, poll])
}

/// One writer, buffered; and a thousand clients that hear of one change.
fn updates(results: &mut Results, scene: &Scene<'_>, rounds: usize) -> Result<()> {
    let (size, bytes) = (scene.rows, scene.bytes);
    let documents: Vec<_> = (0..1000).map(|n| bytes_of(n * 13 % size, 3, bytes)).collect();
    let turn = std::sync::atomic::AtomicU64::new(0);
    let work = at("update, one writer, buffered", size, bytes);
    results.add(scene.time(&work, rounds, |_, s| {
        let n = turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % 1000;
        s.update(n * 13 % size, &documents[usize::try_from(n)?])
    })?);
    results.ask_speed(&work, LIMIT, 0.7);
    results.ask_speed(&work, "SQLite, by hand", 2.0);
    results.ask_speed(&work, "SQLite, clustered", 2.0);

    let work = at("1,000 clients ask after an update", size, bytes);
    let before = scene.now()?;
    scene.change(1, 6)?;
    results.add(scene.time(&work, rounds.min(5), |p, s| {
        (0..1000).try_for_each(|_| rows(&s.delta(before[p], 1000)?, 1))
    })?);
    let work = at("updates, eight writers, buffered", size, bytes);
    let figure = threads::updates(&work, scene, 8)?;
    results.add(figure);
    let get = at("get", size, bytes);
    results.add(scene.time(&get, rounds, |_, s| {
        s.get(size / 2)?.ok_or("a row is missing")?;
        Ok(())
    })?);
    Ok(())
}

fn disk(scene: &Scene<'_>, work: &str) -> Result<Figure> {
    let mut values = Vec::new();
    for open in &scene.open {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
        let each = folder_bytes(&open.folder)? as f64 / scene.rows as f64;
        values.push((open.name.clone(), each));
    }
    Ok(Figure { work: work.to_owned(), unit: crate::results::Unit::Bytes, values })
}

fn folder_bytes(folder: &std::path::Path) -> Result<u64> {
    use std::os::unix::fs::MetadataExt;
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let data = entry.metadata()?;
        // What is taken on disk: some files are as large as their map and hold nothing there.
        sum += if data.is_dir() { folder_bytes(&entry.path())? } else { data.blocks() * 512 };
    }
    Ok(sum)
}
