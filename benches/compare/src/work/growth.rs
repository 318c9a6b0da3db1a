//! A small delta of a large table beside that of a small one: in turns, since a machine that is slower for a
//! minute would be taken for a table that is.

use crate::measure::{Samples, side_by_side};
use crate::results::{ENGINE, Figure, LIMIT, Results, Unit, say};
use crate::scene::{Scene, rows};
use crate::subject::{Durability, Kind, Moment, Result};

/// Asks that the engine's small delta takes no longer at `most` rows than at `least`.
pub fn measure(
    results: &mut Results,
    mut kinds: Vec<&dyn Kind>,
    (least, most): (u64, u64),
    bytes: usize,
    rounds: usize,
) -> Result<()> {
    say("growth");
    kinds.retain(|kind| [ENGINE, LIMIT].contains(&kind.name().as_str()));
    let small = with_a_delta(kinds.clone(), least, bytes)?;
    let large = with_a_delta(kinds, most, bytes)?;
    let mut calls: Vec<_> = [&small, &large]
        .into_iter()
        .flat_map(|(scene, since)| scene.open.iter().zip(since))
        .map(|(open, since)| move || rows(&open.subject.delta(*since, 1000)?, 10))
        .collect();
    let mut works: Vec<&mut dyn FnMut() -> Result<()>> =
        calls.iter_mut().map(|call| call as &mut dyn FnMut() -> Result<()>).collect();
    let samples = side_by_side(&mut works, rounds)?;
    let micros: Vec<_> = samples.iter().map(|samples| Samples::median(samples) * 1e6).collect();
    let names: Vec<_> = small.0.open.iter().map(|open| open.name.clone()).collect();
    let (at_least, at_most) = micros.split_at(names.len());
    let mut figure = |size: u64, micros: &[f64]| {
        let work = format!("small delta (10) beside the other size, {size} rows of {bytes} B");
        let values = names.iter().cloned().zip(micros.iter().copied()).collect();
        results.add(Figure { work, unit: Unit::Micros, values }).clone()
    };
    let (small, large) = (figure(least, at_least), figure(most, at_most));
    let grown = |subject| Some(large.of(subject)? / small.of(subject)?);
    if let Some(found) = grown(ENGINE) {
        let work = format!("small delta (10), {least} -> {most} rows");
        let asked = "within 1.5x its time".to_owned();
        results.ask((&work, "itself"), asked, (found, grown(LIMIT)), found <= 1.5);
    }
    Ok(())
}

/// A table of which ten rows have changed since a moment, read from files.
fn with_a_delta<'k>(
    kinds: Vec<&'k dyn Kind>,
    size: u64,
    bytes: usize,
) -> Result<(Scene<'k>, Vec<Moment>)> {
    let mut scene = Scene::new(kinds, Durability::Buffered, bytes)?;
    scene.load(size)?;
    scene.compact()?;
    scene.change(1000, 1)?;
    let since = scene.now()?;
    scene.change(10, 2)?;
    scene.reopen()?;
    Ok((scene, since))
}
