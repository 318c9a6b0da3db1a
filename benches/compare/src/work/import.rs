//! Bulk import, documents in memory, one index: unsorted and sorted, beside puts, each beside its limit.

use super::Extent;
use super::engine_alone::{TABLE, figure, spec, store};
use crate::measure::spread;
use crate::page::{Page, row_sum};
use crate::results::{ENGINE, Figure, LIMIT, Results, Value};
use crate::rows::{Row, document, key};
use crate::subject::{Durability, Result, Setup};
use crate::subjects::{limit, limit_import};
use highwater::{BulkOptions, Document, Mutation, Store, SyncRequest};
use std::time::Instant;

const ROUNDS: usize = 3;

#[expect(clippy::cast_precision_loss, reason = "far below 2^52 things")]
fn rate(count: u64, start: Instant) -> f64 {
    count as f64 / start.elapsed().as_secs_f64()
}

/// A permutation of `0..rows` that looks like none, for a number of rows that has no factor 7919.
fn shuffled(n: u64, rows: u64) -> u64 {
    n * 7919 % rows
}

/// Measures all of them.
pub fn measure(results: &mut Results, extent: &Extent) -> Result<()> {
    let (rows, bytes) = (extent.rows, extent.bytes);
    let [mut puts, mut unsorted, mut sorted] = [const { Vec::new() }; 3];
    let (mut limits, mut limit_puts) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let dir = tempfile::tempdir()?;
        let folder = |name: &str| dir.path().join(name);
        let encoded: Vec<Row> = (0..rows).map(|n| Row::of(n, 0, bytes)).collect();
        limits.push(limit_import::rate(&folder("limit"), &encoded)?);
        limit_puts.push(puts_of_limit(&folder("limit-puts"), &encoded)?);
        drop(encoded);
        puts.push(by_puts(&folder("puts"), rows, bytes)?);
        unsorted.push(by_import(&folder("unsorted"), (rows, bytes), |n| shuffled(n, rows))?);
        sorted.push(by_import(&folder("sorted"), (rows, bytes), |n| n)?);
    }
    let (puts, limit_puts, limit) = (spread(puts), spread(limit_puts), spread(limits));
    let (unsorted, sorted) = (spread(unsorted), spread(sorted));
    results.add(beside("puts in commits of 500, items", puts, limit_puts));
    let work = "bulk import, unsorted, items";
    results.add(beside(work, unsorted, limit));
    let found = unsorted.middle / puts.middle;
    let of_limit = Some(limit.middle / limit_puts.middle);
    let asked = "at least 5x".to_owned();
    results.ask((work, "its own put path"), asked, (found, of_limit), found >= 5.0);
    results.ask_rate(work, 300_000.0);
    let work = "bulk import, sorted, items";
    results.add(beside(work, sorted, limit));
    results.ask_rate(work, 500_000.0);
    Ok(())
}

fn beside(work: &str, value: Value, limit: Value) -> Figure {
    let mut figure = figure(work, value);
    figure.values.push((LIMIT.to_owned(), limit));
    debug_assert_eq!(figure.values.first().map(|(name, _)| name.as_str()), Some(ENGINE));
    figure
}

fn puts_of_limit(folder: &std::path::Path, rows: &[Row]) -> Result<f64> {
    let setup = Setup { folder, durability: Durability::Buffered };
    let limit = limit().open(setup)?;
    // In the order in which the engine gets them.
    let count = rows.len() as u64;
    let place = |n: u64| usize::try_from(shuffled(n, count)).ok();
    let rows: Vec<Row> = (0..count).filter_map(|n| rows.get(place(n)?).cloned()).collect();
    let start = Instant::now();
    rows.chunks(500).try_for_each(|chunk| limit.insert(chunk))?;
    Ok(rate(count, start))
}

fn by_puts(folder: &std::path::Path, rows: u64, bytes: usize) -> Result<f64> {
    let documents = documents((rows, bytes), |n| shuffled(n, rows))?;
    let store = store(folder)?;
    store.create_table(spec())?;
    let mut batches: Vec<Vec<Mutation>> = Vec::new();
    let mut documents = documents.into_iter().map(|document| Mutation::put(TABLE, document));
    while batches.len() * 500 < usize::try_from(rows)? {
        batches.push(documents.by_ref().take(500).collect());
    }
    let start = Instant::now();
    batches.iter().try_for_each(|batch| store.apply_batch(batch).map(drop))?;
    let rate = rate(rows, start);
    check(&store, rows, bytes)?;
    Ok(rate)
}

fn by_import(
    folder: &std::path::Path,
    (rows, bytes): (u64, usize),
    order: impl Fn(u64) -> u64,
) -> Result<f64> {
    let documents = documents((rows, bytes), order)?;
    let store = store(folder)?;
    let start = Instant::now();
    let mut import = store.bulk_import(spec(), BulkOptions::default())?;
    documents.into_iter().try_for_each(|document| import.push(document))?;
    let report = import.finish()?;
    let rate = rate(rows, start);
    if report.items != rows {
        return Err(format!("{} items imported, not {rows}", report.items).into());
    }
    check(&store, rows, bytes)?;
    Ok(rate)
}

fn documents((rows, bytes): (u64, usize), order: impl Fn(u64) -> u64) -> Result<Vec<Document>> {
    (0..rows).map(|n| Ok(Document::from_bytes(document(order(n), 0, bytes))?)).collect()
}

/// That the table holds every row, in the order of their keys.
fn check(store: &Store, rows: u64, bytes: usize) -> Result<()> {
    let (mut n, mut token) = (0, None);
    loop {
        let mut request = SyncRequest::new(TABLE).limit(1000);
        if let Some(token) = token {
            request = request.next_token(token);
        }
        let mut page = store.sync(&request)?;
        token = page.next_token.take();
        let count = page.items.len() as u64;
        let must =
            (n..n + count).map(|n| row_sum(key(n).as_bytes(), &document(n, 0, bytes), 1, false));
        if Page::Sync(page).sum() != crate::page::in_order(must) {
            return Err("an imported row is another".into());
        }
        n += count;
        if token.is_none() {
            return if n == rows { Ok(()) } else { Err(format!("{n} rows, not {rows}").into()) };
        }
    }
}
