//! Each way in which the families can disagree is found.

use crate::storage::Batch;
use crate::{Document, Millis, Mutation, Options, Projection, Store, TableSpec, TableSpecExt};
use highwater_format::{
    Family, IndexEntry, IndexEvent, IndexId, ItemKey, KeyValue, LogEntry, MarkerEntry, Receipt,
    Record, TableId, Timestamp, keys,
};

const TABLE: TableId = TableId(1);
const INDEX: IndexId = IndexId(2);
const WIDTH: Millis = Millis(3_600_000);

struct Scene {
    store: Store,
    item: Vec<u8>,
    record: Record,
    value: Vec<u8>,
    _dir: tempfile::TempDir,
}

fn scene() -> Scene {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { worker: None, ..Options::default() };
    let store = Store::builder(dir.path().join("s")).options(options).open().unwrap();
    store.create_table(TableSpec::new("t", "id").index("i", "o", Projection::All)).unwrap();
    let first = Mutation::put("t", Document::from_json(r#"{"id":"y","o":"b"}"#).unwrap());
    store.apply_once("m", &[first]).unwrap();
    store.put("t", Document::from_json(r#"{"id":"x","o":"b"}"#).unwrap()).unwrap();
    store.put("t", Document::from_json(r#"{"id":"x","o":"a"}"#).unwrap()).unwrap();
    assert!(store.verify().unwrap().is_clean());
    let item = ItemKey::from("x").encode();
    let view = store.inner().storage.latest();
    let record = view.get(Family::Base, &keys::base(TABLE, &item), Record::decode).unwrap();
    drop(view);
    let value = KeyValue::from("a").encode();
    Scene { store, item, record: record.unwrap(), value, _dir: dir }
}

impl Scene {
    fn log_key(&self) -> Vec<u8> {
        let at = self.record.changed_at;
        keys::delta(at.bucket(WIDTH), TABLE, at)
    }

    fn entry_key(&self) -> Vec<u8> {
        keys::scope_entry(INDEX, &self.value, self.record.changed_at)
    }
}

/// What `spoil` does behind the engine's back is found, in words that say `named`.
fn found(named: &str, spoil: impl FnOnce(&Scene, &mut Batch)) {
    let scene = scene();
    let mut batch = Batch::default();
    spoil(&scene, &mut batch);
    scene.store.inner().storage.write(batch, false).unwrap();
    let report = scene.store.verify().unwrap();
    let told = report.problems.iter().any(|problem| problem.what.contains(named));
    assert!(told, "`{named}` is not among {:?}", report.problems);
}

#[test]
fn a_live_item_has_one_log_entry_equal_to_it() {
    found("no log entry", |s, batch| batch.single_delete_delta(s.log_key()));
    found("not equal", |s, batch| {
        let other = Record { version: 9, ..s.record.clone() };
        batch.put(Family::Delta, s.log_key(), &LogEntry::encode(&s.item, &other.encode()));
    });
    found("has changed since", |s, batch| {
        let at = s.record.changed_at.plus(7);
        let stray = Record { changed_at: at, ..s.record.clone() };
        let key = keys::delta(at.bucket(WIDTH), TABLE, at);
        batch.put(Family::Delta, key, &LogEntry::encode(&s.item, &stray.encode()));
    });
    found("not in base", |s, batch| batch.delete(Family::Base, keys::base(TABLE, &s.item)));
}

#[test]
fn a_live_item_has_one_entry_in_each_index_under_its_value() {
    found("no entry in index `i`", |s, batch| batch.delete(Family::DeltaIndex, s.entry_key()));
    found("does not agree", |s, batch| {
        let stray = keys::scope_entry(INDEX, &KeyValue::from("c").encode(), s.record.changed_at);
        let entry = IndexEntry::encode(IndexEvent::Changed, 2, &s.item, None);
        batch.put(Family::DeltaIndex, stray, &entry);
    });
    found("recorded index values", |s, batch| {
        let other = Record { indexed: Vec::new(), ..s.record.clone() };
        batch.put(Family::Base, keys::base(TABLE, &s.item), &other.encode());
    });
}

#[test]
fn a_marker_and_its_place_lead_to_each_other() {
    let left = KeyValue::from("b").encode();
    found("does not agree", |s, batch| {
        batch.delete(Family::DeltaIndex, keys::scope_marker(INDEX, &left, &s.item));
    });
    found("does not lead to a marker", |s, batch| {
        let place = keys::scope_marker(INDEX, &KeyValue::from("z").encode(), &s.item);
        batch.put(Family::DeltaIndex, place, &MarkerEntry(s.record.changed_at).encode());
    });
}

#[test]
fn timestamps_are_unique_and_belong_to_a_table() {
    found("at this timestamp", |s, batch| {
        let other = ItemKey::from("y").encode();
        batch.put(Family::Base, keys::base(TABLE, &other), &s.record.encode());
    });
    found("table does not exist", |s, batch| {
        batch.put(Family::Base, keys::base(TableId(77), &s.item), &s.record.encode());
    });
    found("another moment", |s, batch| {
        let key = keys::delta(highwater_format::BucketId(1), TABLE, Timestamp(1 << 16));
        batch.put(Family::Delta, key, &LogEntry::encode(&s.item, &s.record.encode()));
    });
}

#[test]
fn a_receipt_and_its_items_lead_to_each_other() {
    let of_item = |id: &[u8]| keys::receipt_of_item(TABLE, &ItemKey::from("y").encode(), id);
    found("does not lead to it", |_, batch| batch.delete(Family::Receipts, of_item(b"m")));
    found("a receipt of its item", |_, batch| {
        batch.delete(Family::Receipts, keys::receipt(b"m"));
    });
    found("a receipt of its item", |_, batch| {
        batch.put(Family::Receipts, of_item(b"m"), &Receipt::encode_of_item(Millis(9)));
        batch.put(Family::Receipts, of_item(b"n"), &Receipt::encode_of_item(Millis(u64::MAX)));
    });
    found("malformed receipt", |_, batch| {
        batch.put(Family::Receipts, keys::receipt(b"m"), &[0; 48]);
    });
}

#[test]
fn what_cannot_be_read_is_named() {
    found("malformed record", |s, batch| {
        batch.put(Family::Base, keys::base(TABLE, &s.item), &[0xff, 0xff]);
    });
    found("none of ours", |_, batch| batch.put(Family::Meta, b"stranger".to_vec(), &[]));
}
