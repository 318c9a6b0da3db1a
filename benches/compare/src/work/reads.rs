//! Pages, deltas and polls at one size of the table.

use super::{Extent, updates};
use crate::measure::drawn;
use crate::page::Page;
use crate::results::{Figure, LIMIT, Results};
use crate::rows::{Key, OWNERS};
use crate::scene::{Scene, Since, rows};
use crate::subject::{Durability, Kind, Place, Result};

/// So many owners are asked for again and again.
const HOT: u64 = 64;
/// So many pages of the table are read, from places that are drawn.
const PAGES: usize = 256;
/// So many draws; then they come again.
const DRAWS: usize = 4096;

/// Which work goes on beyond reads at this size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Also {
    /// Updates and gets.
    Writes,
    /// Nothing.
    Nothing,
}

/// Whether the engine is held to what is asked of it, or reported beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It is.
    Yes,
    /// Reported.
    No,
}

/// Measures all reads. Gives the recent small delta's figure and the empty poll's.
pub fn measure(
    results: &mut Results,
    kinds: Vec<&dyn Kind>,
    extent: Extent,
    (asked, also): (Asked, Also),
) -> Result<[Figure; 2]> {
    let mut scene = Scene::new(kinds, Durability::Buffered, &extent)?;
    results.add(scene.load(extent.rows, true)?);
    results.add(Figure { work: extent.at("disk, after the load"), ..scene.reopen()? });
    results.add(Figure { work: extent.at("disk, compacted"), ..scene.compact()? });
    base(results, &scene, &extent, asked)?;

    // Each owner's rows that have changed lie among those of ten thousand others.
    let owners: Vec<u64> = spread_owners(extent.rows);
    let each = (extent.rows / OWNERS).clamp(1, 10);
    let of_owner = |owner: u64| (0..each).map(move |n| owner + n * OWNERS);
    let mut hot: Vec<u64> = owners.iter().copied().flat_map(of_owner).collect();
    let order = drawn(hot.len(), hot.len(), 7);
    for (place, other) in order.into_iter().enumerate() {
        hot.swap(place, other);
    }
    let hot_count = hot.len() as u64;
    let before = scene.change_these(&hot, |left| left == hot_count)?;
    let pages = scene.change(1100, |left| left >= 1025 && left.is_multiple_of(5))?;
    let small = scene.change(14, |left| left >= 6)?;
    let hot: Vec<Key> = owners.into_iter().map(Key::of).collect();

    let work = extent.at("recent small delta (10)");
    let recent = delta(results, &scene, (&work, extent.rounds), &small, 1000)?;
    if asked == Asked::Yes {
        results.ask_speed(&work, LIMIT, 1.0 / 0.7);
        results.ask_ahead(&work);
    }
    let poll = polls(results, &scene, &extent, &hot, asked)?;

    // From files: what was in memory is gone.
    scene.reopen()?;
    let work = extent.at("delta page of 1,000");
    delta(results, &scene, (&work, extent.rounds), &pages, 1000)?;
    if asked == Asked::Yes {
        results.ask_speed(&work, LIMIT, 0.7);
        results.ask_speed(&work, "SQLite, by hand", 10.0);
        results.ask_speed(&work, "SQLite, clustered", 1.3);
    }
    let work = extent.at("small delta (10)");
    delta(results, &scene, (&work, extent.rounds), &small, 1000)?;
    if asked == Asked::Yes {
        results.ask_speed(&work, LIMIT, 1.0 / 1.3);
        results.ask_ahead(&work);
    }
    scope_deltas(results, &scene, &extent, &hot, &before)?;
    if also == Also::Writes {
        updates::buffered(results, &mut scene, &extent, asked == Asked::Yes)?;
    }
    Ok([recent, poll])
}

/// Owners that have rows, spread over all of them.
fn spread_owners(rows: u64) -> Vec<u64> {
    let owners = OWNERS.min(rows);
    (0..HOT).map(|n| n * (owners / HOT)).collect()
}

/// Pages of the whole table, and of what passes a filter.
fn base(results: &mut Results, scene: &Scene<'_>, extent: &Extent, asked: Asked) -> Result<()> {
    let firsts = scene.open[0].model.page_firsts(1000, PAGES);
    let mut places: Vec<Vec<Place>> = Vec::new();
    for open in &scene.open {
        places.push(open.subject.places(firsts.iter().map(|n| Key::of(*n)).collect(), 1000)?);
    }
    let work = extent.at("base page of 1,000");
    for (page, first) in firsts.iter().enumerate() {
        let ask =
            |place: usize, s: &dyn crate::subject::Subject| s.base(&places[place][page], 1000);
        scene.check(&work, ask, |_, model| model.base(*first, 1000))?;
    }
    let draws = drawn(DRAWS, firsts.len(), 1);
    results.add(scene.time(&work, extent.rounds, |place, s, turn| {
        rows(&s.base(&places[place][draws[turn % DRAWS]], 1000)?, 1000)
    })?);
    if asked == Asked::Yes {
        results.ask_speed(&work, LIMIT, 0.7);
    }
    let expected = scene.open[0].model.filtered(1000);
    let work = extent.at(&format!("base page of {} that pass a filter", expected.rows));
    scene.check(&work, |_, s| s.filtered(1000), |_, model| model.filtered(1000))?;
    results
        .add(scene.time(&work, extent.rounds, |_, s, _| rows(&s.filtered(1000)?, expected.rows))?);
    Ok(())
}

/// Deltas from moments that are drawn, after they were held against what they must tell.
pub fn delta(
    results: &mut Results,
    scene: &Scene<'_>,
    (work, rounds): (&str, usize),
    moments: &[Since],
    limit: u32,
) -> Result<Figure> {
    scene.check_deltas(work, moments, limit)?;
    let draws = drawn(DRAWS, moments.len(), 2);
    let figure = scene.time(work, rounds, |place, s, turn| {
        let since = &moments[draws[turn % DRAWS]];
        rows(&s.delta(since.of(place), limit)?, since.rows.min(limit as usize))
    })?;
    Ok(results.add(figure).clone())
}

/// Polls of the table and of scopes: nothing has changed.
fn polls(
    results: &mut Results,
    scene: &Scene<'_>,
    extent: &Extent,
    hot: &[Key],
    asked: Asked,
) -> Result<Figure> {
    let moments: Vec<Since> = (0..8).map(|_| scene.now()).collect::<Result<_>>()?;
    let work = extent.at("empty poll");
    let poll = delta(results, scene, (&work, extent.rounds), &moments, 1000)?;
    if asked == Asked::Yes {
        results.ask_speed(&work, LIMIT, 1.0 / 0.3);
        results.ask_ahead(&work);
    }
    // A scope is kept in memory from when it was asked for: its clients ask again.
    let work = extent.at("empty poll of a scope");
    let moments = &moments[7];
    for key in hot {
        let ask = |place: usize, s: &dyn crate::subject::Subject| {
            s.scope_delta(key, moments.of(place), 1000)
        };
        scene
            .check(&work, ask, |place, model| model.delta(moments.at(place), 1000, Some(key.n)))?;
    }
    let again = scene.now()?;
    let draws = drawn(DRAWS, hot.len(), 3);
    results.add(scene.time(&work, extent.rounds, |place, s, turn| {
        rows(&s.scope_delta(&hot[draws[turn % DRAWS]], again.of(place), 1000)?, 0)
    })?);
    if asked == Asked::Yes {
        results.ask_speed(&work, LIMIT, 1.0 / 0.3);
        results.ask_ahead(&work);
    }
    Ok(poll)
}

/// What changed in one owner's rows.
fn scope_deltas(
    results: &mut Results,
    scene: &Scene<'_>,
    extent: &Extent,
    hot: &[Key],
    before: &[Since],
) -> Result<()> {
    let [since] = before else { return Err("one moment, before all of them".into()) };
    let must =
        |place: usize, key: &Key| scene.open[place].model.delta(since.at(place), 1000, Some(key.n));
    let counts: Vec<usize> = hot.iter().map(|key| must(0, key).rows).collect();
    let least = counts.iter().min().copied().unwrap_or_default();
    let most = counts.iter().max().copied().unwrap_or_default();
    let work = extent.at(&format!("delta of a scope ({least} to {most})"));
    for key in hot {
        let ask = |place: usize, s: &dyn crate::subject::Subject| -> Result<Page> {
            s.scope_delta(key, since.of(place), 1000)
        };
        scene.check(&work, ask, |place, _| must(place, key))?;
    }
    let draws = drawn(DRAWS, hot.len(), 4);
    results.add(scene.time(&work, extent.rounds, |place, s, turn| {
        let which = draws[turn % DRAWS];
        rows(&s.scope_delta(&hot[which], since.of(place), 1000)?, counts[which])
    })?);
    Ok(())
}
