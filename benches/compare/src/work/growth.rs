//! A small delta of a growing table beside that of a small one: in turns, since a machine that is slower for a
//! minute would be taken for a table that is. One subject after the other, so that only one large table takes
//! its room at a time.

use super::Extent;
use crate::measure::{drawn, side_by_side};
use crate::results::{ENGINE, Figure, LIMIT, Results, Unit, Value, say};
use crate::scene::{Scene, Since, rows};
use crate::subject::{Durability, Kind, Result};

/// Asks that the engine's small delta takes no longer in the large tables than in one of `extent`. `points` get each
/// size's figure. What one subject takes beside another is asked elsewhere: here minutes lie between them.
pub fn measure(
    results: &mut Results,
    kinds: Vec<&dyn Kind>,
    extent: &Extent,
    most: u64,
    points: &mut Vec<(u64, Figure)>,
) -> Result<()> {
    let sizes: Vec<u64> = std::iter::successors(Some(extent.rows), |size| {
        (*size < most).then(|| (size * 10).min(most))
    })
    .collect();
    let mut beside: Vec<Figure> = sizes.iter().map(|size| figure(*size, extent, true)).collect();
    let mut found: Vec<Figure> = sizes.iter().map(|size| figure(*size, extent, false)).collect();
    let outcome = kinds.into_iter().try_for_each(|kind| -> Result<()> {
        let mut small = Scene::new(vec![kind], Durability::Buffered, extent)?;
        let in_small = grow(&mut small, extent.rows)?;
        let mut large = Scene::new(vec![kind], Durability::Buffered, extent)?;
        for (place, size) in sizes.iter().enumerate().skip(1) {
            let in_large = grow(&mut large, *size)?;
            let scenes = [(&small, &in_small), (&large, &in_large)];
            let values = in_turns(scenes, extent.rounds)?;
            let name = kind.name();
            say(&format!("{name}: {:.2} us at {size} rows", values[1].middle));
            beside[place].values.push((name.clone(), values[0]));
            found[place].values.push((name.clone(), values[1]));
            if place == 1 {
                found[0].values.push((name, values[0]));
            }
        }
        Ok(())
    });
    for ((size, large), small) in sizes.iter().zip(&found).zip(&beside).skip(1) {
        ask(results, (extent.rows, *size), (small, large));
        results.add(small.clone());
        results.add(large.clone());
    }
    points.extend(sizes.into_iter().zip(found));
    outcome
}

/// Flat by itself, and where peers are.
fn ask(results: &mut Results, (least, size): (u64, u64), (small, large): (&Figure, &Figure)) {
    let grown = |subject: &str| Some(large.of(subject)? / small.of(subject)?);
    let Some(found) = grown(ENGINE) else { return };
    let work = format!("small delta (10), {least} -> {size} rows");
    let asked = "within 1.5x its time".to_owned();
    results.ask((&work, "itself"), asked, (found, grown(LIMIT)), found <= 1.5);
    let peers = large.values.iter().filter(|(name, _)| name != ENGINE && name != LIMIT);
    let peers = peers.filter_map(|(name, _)| Some((name.clone(), grown(name)?)));
    let Some((peer, flat)) = peers.min_by(|(_, a), (_, b)| a.total_cmp(b)) else { return };
    let against = format!("peers ({peer} is the flattest: {flat:.2}x)");
    let asked = "flat, within 1.5x, where one of them is".to_owned();
    let reached = found <= 1.5 || flat > 1.5;
    results.ask((&work, &against), asked, (found, grown(LIMIT)), reached);
}

fn figure(size: u64, extent: &Extent, is_small: bool) -> Figure {
    let Extent { rows, bytes, .. } = extent;
    let work = match is_small {
        true => format!("small delta (10), {rows} rows of {bytes} B, in turns with {size} rows"),
        false => format!("small delta (10), {size} rows of {bytes} B, in turns with {rows} rows"),
    };
    Figure { work, unit: Unit::Micros, values: Vec::new() }
}

/// A table of so many rows, ten of which have changed since moments, read from files.
///
/// What is made of files that are merged is merged. Others are not copied: of a table of 10^7 rows that takes as long
/// as all else, and a log that was appended to has nothing to gain.
fn grow(scene: &mut Scene<'_>, size: u64) -> Result<Vec<Since>> {
    scene.load(size, true)?;
    if scene.open[0].subject.merges() {
        scene.compact()?;
    }
    scene.change(1000, |_| false)?;
    let since = scene.change(14, |left| left >= 6)?;
    scene.reopen()?;
    scene.check_deltas("growth", &since, 1000)?;
    Ok(since)
}

fn in_turns(scenes: [(&Scene<'_>, &Vec<Since>); 2], rounds: usize) -> Result<Vec<Value>> {
    let draws = drawn(4096, scenes[0].1.len(), 2);
    let values = side_by_side(2, rounds, |place, turn| {
        let (scene, since) = scenes[place];
        let since = &since[draws[turn % draws.len()]];
        rows(&scene.open[0].subject.delta(since.of(0), 1000)?, since.rows)
    })?;
    Ok(values.into_iter().map(|value| value.map(|seconds| seconds * 1e6)).collect())
}
