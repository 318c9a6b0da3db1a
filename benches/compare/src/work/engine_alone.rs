//! What only the engine does: filters, JSON, followers.

use crate::measure::spread;
use crate::results::{ENGINE, Figure, Results, Unit, Value, say};
use crate::rows::{FILTER, document, key, owner};
use crate::subject::Result;
use highwater::{
    Document, Filter, Options, Projection, Store, SyncRequest, TableSpec, TableSpecExt, Update,
    WatchRequest, Watcher, WriteStall, parse_json, write_json,
};
use std::path::Path;
use std::time::Instant;

/// The table's name.
pub(super) const TABLE: &str = "items";

/// The table.
pub(super) fn spec() -> TableSpec {
    TableSpec::new(TABLE, "id").index("byOwner", "owner", Projection::All)
}

/// An empty store.
pub(super) fn store(folder: &Path) -> Result<Store> {
    let options = Options {
        durability: highwater::Durability::Buffered,
        write_stall: WriteStall::Wait,
        worker: None,
        ..Options::default()
    };
    Ok(Store::builder(folder).options(options).open()?)
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52 things")]
fn rate(count: u64, start: Instant) -> f64 {
    count as f64 / start.elapsed().as_secs_f64()
}

/// The engine's alone.
pub(super) fn figure(work: &str, value: Value) -> Figure {
    let values = vec![(ENGINE.to_owned(), value)];
    Figure { work: work.to_owned(), unit: Unit::PerSecond, values }
}

/// JSON out of a page; a filter on two fields.
pub fn documents(results: &mut Results, bytes: usize, rounds: usize) -> Result<()> {
    say("JSON and filters");
    let dir = tempfile::tempdir()?;
    let store = store(&dir.path().join("documents"))?;
    store.create_table(spec())?;
    for n in 0..1000 {
        store.put(TABLE, Document::from_bytes(document(n, n, bytes))?)?;
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
    results.add(figure(work, spread(rates)));
    results.ask_rate(work, 1e6);

    let filter = Filter::from_amplify(&parse_json(FILTER)?)?;
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
    results.add(figure(work, spread(rates)));
    results.ask_rate(work, 1e6);
    Ok(())
}

/// A thousand followers of one table, told of an update each.
pub fn followers(results: &mut Results, bytes: usize) -> Result<()> {
    say("followers");
    let dir = tempfile::tempdir()?;
    let store = store(&dir.path().join("followers"))?;
    store.create_table(spec())?;
    for n in 0..1000 {
        store.put(TABLE, Document::from_bytes(document(n, 0, bytes))?)?;
    }
    let mut table: Vec<Watcher> = (0..1000)
        .map(|_| store.watch(WatchRequest::new(TABLE)))
        .collect::<std::result::Result<_, _>>()?;
    let mut scopes: Vec<Watcher> = (0..1000)
        .map(|n| store.watch(WatchRequest::new(TABLE).index("byOwner", owner(n).as_str())))
        .collect::<std::result::Result<_, _>>()?;
    let (mut all, mut one) = (Vec::new(), Vec::new());
    for round in 0..30 {
        let update = Update::new().set("stars", highwater::Value::from(round));
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
    results.add(figure("1,000 followers of a table told of an update, tellings", spread(all)));
    results.add(figure("the one follower of 1,000 scopes told, tellings", spread(one)));
    Ok(())
}
