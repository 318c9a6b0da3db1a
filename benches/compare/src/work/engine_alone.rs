//! What only the engine does: bulk import, filters, JSON, followers.

use crate::results::{ENGINE, Figure, LIMIT, Results, Unit, say};
use crate::rows::{document, key, owner};
use crate::subject::Result;
use crate::subjects::limit_import;
use highwater::{
    BulkOptions, Document, Filter, Mutation, Options, Projection, Store, SyncRequest, TableSpec,
    TableSpecExt, Update, Value, WatchRequest, Watcher, WriteStall, parse_json, write_json,
};
use std::time::Instant;

const TABLE: &str = "items";

fn spec() -> TableSpec {
    TableSpec::new(TABLE, "id").index("byOwner", "owner", Projection::All)
}

fn store(dir: &tempfile::TempDir, name: &str) -> Result<Store> {
    let options = Options {
        durability: highwater::Durability::Buffered,
        write_stall: WriteStall::Wait,
        worker: None,
        ..Options::default()
    };
    Ok(Store::builder(dir.path().join(name)).options(options).open()?)
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52 things")]
fn rate(count: u64, start: Instant) -> f64 {
    count as f64 / start.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn figure(work: &str, value: f64) -> Figure {
    let values = vec![(ENGINE.to_owned(), value)];
    Figure { work: work.to_owned(), unit: Unit::PerSecond, values }
}

/// A permutation of `0..rows` that looks like none, for a number of rows that has no factor 7919.
fn shuffled(n: u64, rows: u64) -> u64 {
    n * 7919 % rows
}

/// Bulk import, documents in memory, one index: unsorted and sorted, beside its own put path.
pub fn import(results: &mut Results, (size, bytes): (u64, usize)) -> Result<()> {
    say("bulk import");
    let dir = tempfile::tempdir()?;
    let mut rates = [Vec::new(), Vec::new(), Vec::new()];
    let mut limits = Vec::new();
    for round in 0..3 {
        let encoded = |n| document(n, 0, bytes).as_bytes().to_vec();
        let encoded: Vec<_> = (0..size).map(encoded).collect();
        limits.push(limit_import::rate(&dir.path().join(format!("{round}-limit")), &encoded)?);
        drop(encoded);
        for (how, rates) in rates.iter_mut().enumerate() {
            let order = |n| if how == 2 { n } else { shuffled(n, size) };
            let documents: Vec<Document> =
                (0..size).map(|n| document(order(n), 0, bytes)).collect();
            let store = store(&dir, &format!("{round}-{how}"))?;
            let start = Instant::now();
            if how == 0 {
                store.create_table(spec())?;
                let put = |document| Mutation::put(TABLE, document);
                for chunk in documents.chunks(500) {
                    store.apply_batch(&chunk.iter().cloned().map(put).collect::<Vec<_>>())?;
                }
            } else {
                let mut import = store.bulk_import(spec(), BulkOptions::default())?;
                documents.into_iter().try_for_each(|document| import.push(document))?;
                let report = import.finish()?;
                if report.items != size {
                    return Err(format!("{} items imported, not {size}", report.items).into());
                }
            }
            rates.push(rate(size, start));
        }
    }
    let [puts, unsorted, sorted] = rates.map(median);
    results.add(figure("puts in commits of 500, items", puts));
    let limit = median(limits);
    let beside = |work, value| {
        let mut figure = figure(work, value);
        figure.values.push((LIMIT.to_owned(), limit));
        figure
    };
    let work = "bulk import, unsorted, items";
    results.add(beside(work, unsorted));
    let (found, limit) = (unsorted / puts, Some(limit / puts));
    let asked = "at least 5x".to_owned();
    results.ask((work, "its own put path"), asked, (found, limit), found >= 5.0);
    results.ask_rate(work, 300_000.0);
    let work = "bulk import, sorted, items";
    results.add(beside(work, sorted));
    results.ask_rate(work, 500_000.0);
    Ok(())
}

/// JSON out of a page; a filter on two fields.
pub fn documents(results: &mut Results, bytes: usize, rounds: usize) -> Result<()> {
    say("JSON and filters");
    let dir = tempfile::tempdir()?;
    let store = store(&dir, "documents")?;
    store.create_table(spec())?;
    for n in 0..1000 {
        store.put(TABLE, document(n, n, bytes))?;
    }
    let page = store.sync(&SyncRequest::new(TABLE).limit(1000))?;
    let mut rates = Vec::new();
    for _ in 0..rounds {
        let start = Instant::now();
        for _ in 0..20 {
            let mut out = String::with_capacity(1 << 20);
            for item in &page.items {
                write_json(item.document.as_map(), &mut out)?;
            }
            if !out.contains(r#""text":""#) {
                return Err("JSON without its text".into());
            }
        }
        rates.push(rate(20 * 1000, start));
    }
    let work = "JSON out of a page, items";
    results.add(figure(work, median(rates)));
    results.ask_rate(work, 1e6);

    let filter = r#"{"stars":{"ge":3},"done":{"eq":true}}"#;
    let filter = Filter::from_amplify(&parse_json(filter)?)?;
    let mut rates = Vec::new();
    for _ in 0..rounds {
        let start = Instant::now();
        let mut passed = 0;
        for _ in 0..100 {
            for item in &page.items {
                let subject = highwater::Subject {
                    document: item.document.as_map(),
                    version: item.version,
                    changed_at: item.changed_at.millis(),
                    deleted: false,
                };
                passed += usize::from(filter.matches(&subject)?);
            }
        }
        if passed != 100 * 200 {
            return Err(format!("{passed} documents pass the filter").into());
        }
        rates.push(rate(100 * 1000, start));
    }
    let work = "filter on two fields, documents";
    results.add(figure(work, median(rates)));
    results.ask_rate(work, 1e6);
    Ok(())
}

/// A thousand followers of one table, told of an update each.
pub fn followers(results: &mut Results, bytes: usize) -> Result<()> {
    say("followers");
    let dir = tempfile::tempdir()?;
    let store = store(&dir, "followers")?;
    store.create_table(spec())?;
    for n in 0..1000 {
        store.put(TABLE, document(n, 0, bytes))?;
    }
    let mut table: Vec<Watcher> = (0..1000)
        .map(|_| store.watch(WatchRequest::new(TABLE)))
        .collect::<std::result::Result<_, _>>()?;
    let mut scopes: Vec<Watcher> = (0..1000)
        .map(|n| store.watch(WatchRequest::new(TABLE).index("byOwner", owner(n).as_str())))
        .collect::<std::result::Result<_, _>>()?;
    let (mut all, mut one) = (Vec::new(), Vec::new());
    for round in 0..30 {
        let update = Update::new().set("stars", Value::from(round));
        let start = Instant::now();
        store.update(TABLE, key(0).as_str(), update)?;
        for watcher in &mut table {
            let batch = watcher.try_next()?.ok_or("a follower was told nothing")?;
            if batch.items.len() != 1 {
                return Err("a follower was told of another change".into());
            }
        }
        all.push(rate(1000, start));
        let start = Instant::now();
        scopes[0].try_next()?.ok_or("the scope's follower was told nothing")?;
        one.push(rate(1, start));
        if scopes[1].try_next()?.is_some() {
            return Err("a follower of another scope was told".into());
        }
    }
    results.add(figure("1,000 followers of a table told of an update, tellings", median(all)));
    results.add(figure("the one follower of 1,000 scopes told, tellings", median(one)));
    Ok(())
}
