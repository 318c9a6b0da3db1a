//! A small delta of a large table beside that of a small one: in turns, since a machine that is slower for a
//! minute would be taken for a table that is. One subject after the other, so that only one large table takes
//! its room at a time.

use crate::measure::side_by_side;
use crate::results::{ENGINE, Figure, LIMIT, Results, Unit, say};
use crate::scene::{Scene, rows};
use crate::subject::{Durability, Kind, Moment, Result};

/// Asks that the engine's small delta takes no longer at `most` rows than at `least`. Gives the large tables'.
pub fn measure(
    results: &mut Results,
    kinds: Vec<&dyn Kind>,
    (least, most): (u64, u64),
    bytes: usize,
    rounds: usize,
) -> Result<Figure> {
    say("growth");
    let mut small = figure((least, most), bytes);
    let mut large = figure((most, least), bytes);
    for kind in kinds {
        let scenes = [with_a_delta(kind, least, bytes)?, with_a_delta(kind, most, bytes)?];
        let mut calls: Vec<_> = scenes
            .iter()
            .flat_map(|(scene, since)| scene.open.iter().zip(since))
            .map(|(open, since)| move || rows(&open.subject.delta(*since, 1000)?, 10))
            .collect();
        let mut works: Vec<&mut dyn FnMut() -> Result<()>> =
            calls.iter_mut().map(|call| call as &mut dyn FnMut() -> Result<()>).collect();
        let samples = side_by_side(&mut works, rounds)?;
        let name = kind.name();
        for (figure, samples) in [&mut small, &mut large].into_iter().zip(&samples) {
            let micros = samples.median() * 1e6;
            say(&format!("{name}: {micros:.2} us"));
            figure.values.push((name.clone(), micros));
        }
    }
    let grown = |subject| Some(large.of(subject)? / small.of(subject)?);
    if let Some(found) = grown(ENGINE) {
        let work = format!("small delta (10), {least} -> {most} rows");
        let asked = "within 1.5x its time".to_owned();
        results.ask((&work, "itself"), asked, (found, grown(LIMIT)), found <= 1.5);
    }
    results.add(small);
    Ok(results.add(large).clone())
}

fn figure((size, beside): (u64, u64), bytes: usize) -> Figure {
    let work = format!("small delta (10), {size} rows of {bytes} B, in turns with {beside} rows");
    Figure { work, unit: Unit::Micros, values: Vec::new() }
}

/// A table of which ten rows have changed since a moment, read from files.
fn with_a_delta(kind: &dyn Kind, size: u64, bytes: usize) -> Result<(Scene<'_>, Vec<Moment>)> {
    let mut scene = Scene::new(vec![kind], Durability::Buffered, bytes)?;
    scene.load(size)?;
    scene.compact()?;
    scene.change(1000, 1)?;
    let since = scene.now()?;
    scene.change(10, 2)?;
    scene.reopen()?;
    Ok((scene, since))
}
