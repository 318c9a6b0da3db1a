//! What a compaction says it did, to the last entry.

use super::CompactReport;
use crate::metrics::Counter;
use crate::testing::{ManualTime, MemoryDisk};
use crate::{
    Document, Metrics, Millis, Mutation, Options, Projection, Store, TableSpec, TableSpecExt, Ttls,
};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

const START: Millis = Millis(1_800_000_000_000);
const TTL: Millis = Millis(10_000);

#[derive(Default)]
struct Counted(Mutex<BTreeMap<Counter, u64>>);

impl Metrics for Counted {
    fn count(&self, counter: Counter, _: Option<&str>, n: u64) {
        *self.0.lock().entry(counter).or_default() += n;
    }
}

struct Scene {
    store: Store,
    time: Arc<ManualTime>,
    counted: Arc<Counted>,
}

/// Two tables and a receipt, all of which expire after ten seconds.
fn scene() -> Scene {
    let (time, counted) = (Arc::new(ManualTime::at(START)), Arc::new(Counted::default()));
    let options = Options {
        worker: None,
        bucket_width: Millis(1_000),
        receipt_ttl: TTL,
        ..Options::default()
    };
    let builder = MemoryDisk::default().builder().options(options);
    let builder = builder.time_source(Arc::clone(&time) as _);
    let store = builder.metrics(Arc::clone(&counted) as _).open().unwrap();
    let ttls = Ttls { delta: Some(TTL), tombstone: Some(TTL), history: Some(TTL) };
    for table in ["t", "u"] {
        let spec = TableSpec::new(table, "id").index("i", "o", Projection::All).ttls(ttls);
        store.create_table(spec.expires_by("due")).unwrap();
    }
    Scene { store, time, counted }
}

fn put(table: &str, json: &str) -> Mutation {
    Mutation::put(table, Document::from_json(json).unwrap())
}

/// Without the sizes of files, which are RocksDB's own affair.
fn compact(store: &Store) -> CompactReport {
    let CompactReport { bytes_before, bytes_after, file_bytes_dropped, .. } =
        CompactReport::default();
    let report = store.compact().unwrap();
    CompactReport { bytes_before, bytes_after, file_bytes_dropped, ..report }
}

#[test]
fn a_compaction_counts_what_it_dropped() {
    let Scene { store, time, counted } = scene();
    let due = START.0 / 1_000 + 5;
    for id in ["a", "b", "c"] {
        store.put("t", Document::from_json(&format!(r#"{{"id":"{id}","o":1}}"#)).unwrap()).unwrap();
    }
    store.apply(put("t", r#"{"id":"a","o":2}"#)).unwrap();
    store.apply(put("u", r#"{"id":"x","o":1}"#)).unwrap();
    store.apply(put("t", r#"{"id":"a","o":3}"#)).unwrap();
    store.delete("t", "b").unwrap();
    store.apply(put("u", &format!(r#"{{"id":"y","o":1,"due":{due}}}"#))).unwrap();
    store.apply_once("m", &[put("t", r#"{"id":"c","o":1,"n":1}"#)]).unwrap();
    assert_eq!(compact(&store), CompactReport::default());

    time.advance(Millis(5_000));
    assert_eq!(compact(&store), CompactReport { items_expired: 1, ..CompactReport::default() });

    time.advance(TTL.after(Millis(10_000)));
    let expected = CompactReport {
        floors_raised: 2,
        // One range for both tables.
        log_ranges: 1,
        tombstones_dropped: 2,
        // `b` and `y` were deleted; `a` has left two scopes, which takes two entries each.
        markers_dropped: 6,
        history_dropped: 5,
        // The receipt, and what leads to it from `c`.
        receipts_dropped: 2,
        ..CompactReport::default()
    };
    assert_eq!(compact(&store), expected);
    let counted = counted.0.lock();
    assert_eq!(counted.get(&Counter::EntriesSwept), Some(&15));
    assert_eq!(counted.get(&Counter::LogRangesDropped), Some(&1));
    assert_eq!(counted.get(&Counter::ItemsExpired), Some(&1));
}
