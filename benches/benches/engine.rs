//! The engine's main paths: one update, pages of each mode, a filter, JSON out of a page.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use highwater::{
    Filter, Mode, ScopeRequest, Subject, SyncRequest, Update, Value, parse_json, write_json,
};
use highwater_benches::{document, store_of};
use std::hint::black_box;

const ITEMS: u64 = 20_000;

fn writes(c: &mut Criterion) {
    let bench = store_of(ITEMS);
    let mut n = 0;
    c.bench_function("update, buffered, one index", |b| {
        b.iter(|| {
            n += 1;
            let key = format!("item-{:08}", n % ITEMS);
            let update = Update::new().set("stars", Value::from(i64::try_from(n).unwrap_or(0)));
            bench.store.update("items", key.as_str(), update).expect("a commit")
        });
    });
}

fn pages(c: &mut Criterion) {
    let bench = store_of(ITEMS);
    let mut group = c.benchmark_group("page of 1000");
    group.throughput(Throughput::Elements(1000));
    let base = SyncRequest::new("items").limit(1000);
    let delta = base.clone().last_sync(bench.before_the_last_tenth);
    let scope = SyncRequest::new("items").limit(200).index("byOwner", "owner-7");
    for (name, request, mode, items) in [
        ("base", &base, Mode::Base, 1000),
        ("delta", &delta, Mode::Delta, 1000),
        ("scope", &scope, Mode::Base, 200),
    ] {
        group.throughput(Throughput::Elements(items));
        group.bench_function(name, |b| {
            b.iter(|| {
                let page = bench.store.sync(request).expect("a page");
                assert_eq!((page.items.len() as u64, page.mode), (items, mode));
                page
            });
        });
    }
    let now = bench.store.sync(&base).expect("a page").started_at;
    let empty = SyncRequest::new("items").last_sync(now);
    group.bench_function("empty poll", |b| b.iter(|| bench.store.sync(&empty).expect("a page")));
    group.finish();

    let page = bench.store.sync(&base).expect("a page");
    c.bench_function("JSON of a page of 1000", |b| {
        b.iter(|| {
            let mut out = String::with_capacity(300_000);
            for item in &page.items {
                write_json(item.document.as_map(), &mut out).expect("a document");
            }
            out
        });
    });
}

/// What a digest costs is bounded however busy its table is: each pair is one store before and after a storm of
/// updates, all versions of the 256 parts still in the write buffer.
fn digests(c: &mut Criterion) {
    const UPDATES: u64 = 200_000;
    let bench = store_of(ITEMS);
    bench.store.compact().expect("a compaction");
    let scope = SyncRequest::new("items").index("byOwner", "owner-7").scope;
    let mut group = c.benchmark_group("digest");
    let mut measure = |state: &str| {
        for (what, scope) in [("table", &ScopeRequest::Table), ("scope", &scope)] {
            group.bench_function(format!("of a {state} {what}"), |b| {
                b.iter(|| bench.store.digest("items", scope).expect("a digest"));
            });
        }
    };
    measure("quiet");
    for n in 0..UPDATES {
        let key = format!("item-{:08}", n % 1_000);
        let update = Update::new().set("stars", Value::from(i64::try_from(n).unwrap_or(0)));
        bench.store.update("items", key.as_str(), update).expect("a commit");
    }
    measure("busy");
    group.finish();
}

fn filters(c: &mut Criterion) {
    let json = parse_json(r#"{"stars":{"ge":4},"done":{"eq":true}}"#).expect("JSON");
    let filter = Filter::from_amplify(&json).expect("a filter");
    let documents: Vec<_> = (0..1000).map(document).collect();
    let mut group = c.benchmark_group("filter on two fields");
    group.throughput(Throughput::Elements(1000));
    group.bench_function("1000 documents", |b| {
        b.iter(|| {
            let passes = |document: &&highwater::Document| {
                let subject = Subject {
                    document: document.as_map(),
                    version: 1,
                    changed_at: highwater::Millis(0),
                    deleted: false,
                };
                filter.matches(&subject).expect("a document")
            };
            black_box(documents.iter().filter(passes).count())
        });
    });
    group.finish();
}

criterion_group!(benches, writes, pages, digests, filters);
criterion_main!(benches);
