//! Each way in which the families can disagree is found.

use super::VerifyReport;
use crate::storage::Batch;
use crate::testing::memory_store;
use crate::{Document, Millis, Mutation, Projection, Store, TableSpec, TableSpecExt};
use highwater_format::keys::DigestOf;
use highwater_format::{
    Digest, Family, IndexEntry, IndexEvent, IndexId, ItemKey, KeyValue, LogEntry, MarkerEntry,
    Receipt, Record, TableId, Timestamp, digest_slot, keys,
};

const TABLE: TableId = TableId(1);
const INDEX: IndexId = IndexId(2);
const LOOKUP: IndexId = IndexId(3);
const WIDTH: Millis = Millis(3_600_000);

struct Scene {
    store: Store,
    item: Vec<u8>,
    record: Record,
    value: Vec<u8>,
}

fn scene() -> Scene {
    let store = memory_store().unwrap();
    let spec = TableSpec::new("t", "id").index("i", "o", Projection::All);
    store.create_table(spec.lookup("l", "o", Some("id"))).unwrap();
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
    Scene { store, item, record: record.unwrap(), value }
}

impl Scene {
    fn log_key(&self) -> Vec<u8> {
        let at = self.record.changed_at;
        keys::delta(at.bucket(WIDTH), TABLE, at)
    }

    /// Where the item stands in the ordered index, under another value for its attribute if given.
    fn lookup_key(&self, value: &str) -> Vec<u8> {
        let values = [KeyValue::from(value).encode(), KeyValue::from("x").encode()].concat();
        keys::lookup(LOOKUP, &values, &self.item)
    }

    fn entry_key(&self) -> Vec<u8> {
        keys::scope_entry(INDEX, &self.value, self.record.changed_at)
    }
}

/// The same at a place of one family.
fn found_at(family: &str, named: &str, spoil: impl FnOnce(&Scene, &mut Batch)) {
    let report = report(spoil);
    let told =
        report.problems.iter().any(|p| p.place.starts_with(family) && p.what.contains(named));
    assert!(told, "`{named}` at `{family}` is not among {:?}", report.problems);
}

/// What `spoil` does behind the engine's back is found, in words that say `named`.
fn found(named: &str, spoil: impl FnOnce(&Scene, &mut Batch)) {
    found_at("", named, spoil);
}

fn report(spoil: impl FnOnce(&Scene, &mut Batch)) -> VerifyReport {
    let scene = scene();
    let mut batch = Batch::default();
    spoil(&scene, &mut batch);
    scene.store.inner().storage.write(batch, false).unwrap();
    scene.store.verify().unwrap()
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
fn an_entry_carries_what_its_index_projects() {
    found("is not its own", |s, batch| {
        let entry = IndexEntry::encode(IndexEvent::Changed, s.record.version, &s.item, None);
        batch.put(Family::DeltaIndex, s.entry_key(), &entry);
    });
}

#[test]
fn a_live_item_has_one_entry_in_each_ordered_index_under_its_values() {
    found("no entry in index `l`", |s, batch| batch.delete(Family::Lookup, s.lookup_key("a")));
    found_at("lookup key", "does not agree", |s, batch| {
        batch.put(Family::Lookup, s.lookup_key("c"), &[]);
    });
    found_at("lookup key", "index does not exist", |s, batch| {
        batch.put(Family::Lookup, keys::lookup(IndexId(77), &s.value, &s.item), &[]);
    });
    // What is deleted stands nowhere.
    found_at("lookup key", "does not agree", |s, batch| {
        let dead = Record { deleted: true, ..s.record.clone() };
        batch.put(Family::Base, keys::base(TABLE, &s.item), &dead.encode());
    });
    found_at("lookup key", "malformed", |_, batch| {
        batch.put(Family::Lookup, keys::lookup(LOOKUP, b"Sa", b""), &[]);
    });
}

#[test]
fn each_part_of_a_digest_is_the_sum_of_its_items() {
    let differs = |spoil: &dyn Fn(&Scene, &mut Batch)| {
        found_at("digest key", "not the sum", |s, batch| spoil(s, batch));
    };
    let slot = digest_slot(&ItemKey::from("x").encode());
    let other = slot.wrapping_add(1);
    let value = KeyValue::from("a").encode();
    let stray = Digest { items: 1, sum: 7 }.encode();
    for of in [DigestOf::Table(TABLE), DigestOf::Scope(INDEX, &value)] {
        differs(&|_, batch| batch.delete(Family::Digest, keys::digest(of, slot)));
        differs(&|_, batch| batch.put(Family::Digest, keys::digest(of, slot), &stray));
        differs(&|_, batch| batch.put(Family::Digest, keys::digest(of, other), &stray));
    }
    // A scope without a single entry, an index that has no scopes, and one that is not there.
    let empty = KeyValue::from("z").encode();
    for index in [INDEX, LOOKUP, IndexId(77)] {
        let key = keys::digest(DigestOf::Scope(index, &empty), slot);
        differs(&|_, batch| batch.put(Family::Digest, key.clone(), &stray));
    }
    found_at("digest key", "malformed", |_, batch| {
        batch.put(Family::Digest, keys::digest(DigestOf::Table(TABLE), slot), &[1, 2]);
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
