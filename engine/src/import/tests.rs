//! What an import makes is, row for row, what puts would have made.

use crate::storage::{Batch, View};
use crate::testing::{Faults, Point};
use crate::{
    BulkOptions, Document, Error, ImportError, KeyKind, Options, Projection, Store, TableSpec,
    TableSpecExt,
};
use highwater_format::keys::{self, IndexKey};
use highwater_format::{Digest, Family, IndexEntry, Record, RecordRef, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

fn spec() -> TableSpec {
    TableSpec::new("t", "p")
        .sort("s", KeyKind::Number)
        .index("byA", "a", Projection::All)
        .index("byB", "b", Projection::KeysOnly)
        .lookup("inB", "b", Some("a"))
        .expires_by("until")
}

fn store(dir: &tempfile::TempDir) -> Store {
    let options = Options { worker: None, ..Options::default() };
    Store::builder(dir.path().join("store")).options(options).open().unwrap()
}

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

fn rows(view: &View<'_>, family: Family) -> Rows {
    let mut rows = Rows::new();
    let mut scan = view.scan(family, &[], Vec::new()).unwrap();
    while scan.advance().unwrap().is_some() {
        let (key, payload) = scan.entry().unwrap();
        rows.insert(key.to_vec(), payload.to_vec());
    }
    rows
}

/// All rows but the log's, each moment written as the rank of its item; and the digests, made anew from
/// those rows, which must be those that are kept.
fn normal(store: &Store) -> Vec<Rows> {
    let view = store.inner().storage.snapshot();
    let base = rows(&view, Family::Base);
    let mut moments: Vec<Timestamp> =
        base.values().map(|payload| RecordRef::decode(payload).unwrap().changed_at).collect();
    moments.sort();
    let rank = |at: Timestamp| Timestamp(moments.binary_search(&at).unwrap() as u64);
    let ranked = |mut record: Record| {
        record.changed_at = rank(record.changed_at);
        record
    };
    let normal_base =
        base.iter().map(|(key, row)| (key.clone(), ranked(Record::decode(row).unwrap()).encode()));
    let scopes = rows(&view, Family::DeltaIndex).into_iter().map(|(key, row)| {
        let IndexKey::Entry { index, value, at } = keys::decode_index(&key).unwrap() else {
            panic!("a marker");
        };
        let entry = IndexEntry::decode(&row).unwrap();
        let record = entry.record.map(|record| ranked(record).encode());
        let row = IndexEntry::encode(entry.event, entry.version, &entry.item, record.as_deref());
        (keys::scope_entry(index, value, rank(at)), row)
    });

    let table = store.inner().catalog.get("t").unwrap();
    let mut parts: BTreeMap<Vec<u8>, Digest> = BTreeMap::new();
    for (key, row) in &base {
        let (id, item) = keys::decode_base(key).unwrap();
        let record = Record::decode(row).unwrap();
        let slot = highwater_format::digest_slot(item);
        let mut of = vec![keys::digest(keys::DigestOf::Table(id), slot)];
        for index in &table.indexes {
            let value = index.scope_in(&record);
            of.extend(value.map(|v| keys::digest(keys::DigestOf::Scope(index.id, &v), slot)));
        }
        for key in of {
            parts.entry(key).or_default().add(item, record.changed_at, record.version);
        }
    }
    let made: Rows = parts.into_iter().map(|(key, digest)| (key, digest.encode())).collect();
    assert_eq!(rows(&view, Family::Digest), made);
    vec![normal_base.collect(), scopes.collect(), rows(&view, Family::Lookup)]
}

fn documents() -> impl Strategy<Value = Vec<Document>> {
    let attribute = proptest::option::of("[ab]{0,1}");
    let fields = ("[a-c]{1,2}", 0_u8..9, attribute.clone(), attribute, 0_u8..4, "x{0,60}");
    let document = fields.prop_map(|(p, s, a, b, until, text)| {
        let mut json = format!(r#"{{"p":"{p}","s":{s},"text":"{text}""#);
        a.into_iter().for_each(|a| json += &format!(r#","a":"{a}""#));
        b.into_iter().for_each(|b| json += &format!(r#","b":"{b}""#));
        json += match until {
            0 => r#","until":17}"#,
            1 => r#","until":"never"}"#,
            _ => "}",
        };
        Document::from_json(&json).unwrap()
    });
    proptest::collection::vec(document, 0..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn an_import_makes_what_puts_make(documents in documents(), cut in any::<proptest::sample::Index>()) {
        let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let [put, imported] = dirs.each_ref().map(store);
        put.create_table(spec()).unwrap();
        let keys: BTreeMap<_, _> = documents
            .iter()
            .map(|document| {
                let table = put.inner().catalog.get("t").unwrap();
                let key = table.key_of(document, &put.inner().options.limits).unwrap().encode();
                (key, document.clone())
            })
            .collect();
        for document in keys.values() {
            put.put("t", document.clone()).unwrap();
        }

        let options = BulkOptions { memory_bytes: 1 << 10, ..BulkOptions::default() };
        let cut = cut.index(documents.len() + 1);
        let mut import = imported.bulk_import(spec(), options.clone()).unwrap();
        documents.iter().take(cut).for_each(|document| import.push(document.clone()).unwrap());
        let accepted = import.accepted();
        drop(import);
        let mut import = imported.bulk_import(spec(), options).unwrap();
        prop_assert_eq!(import.accepted(), accepted);
        let rest = documents.iter().skip(usize::try_from(accepted).unwrap());
        rest.for_each(|document| import.push(document.clone()).unwrap());
        let hidden = matches!(imported.get("t", "a"), Err(Error::UnknownTable { .. }));
        prop_assert!(hidden);
        let report = import.finish().unwrap();

        prop_assert_eq!(report.items, keys.len() as u64);
        prop_assert_eq!(report.items + report.duplicates, documents.len() as u64);
        prop_assert!(imported.verify().unwrap().is_clean());
        let (made, wanted) = (normal(&imported), normal(&put));
        prop_assert_eq!(report.index_entries, (wanted[1].len() + wanted[2].len()) as u64);
        prop_assert_eq!(made, wanted);
        prop_assert!(rows(&imported.inner().storage.latest(), Family::Delta).is_empty());
        let leftover = rows(&imported.inner().storage.latest(), Family::Meta);
        prop_assert!(leftover.keys().all(|key| !key.starts_with(b"import/")));
    }
}

#[test]
fn every_item_goes_on_as_if_it_had_been_put() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let mut import = store.bulk_import(spec(), BulkOptions::default()).unwrap();
    for json in [r#"{"p":"x","s":1,"a":"a","b":"b"}"#, r#"{"p":"y","s":1,"a":"a"}"#] {
        import.push(Document::from_json(json).unwrap()).unwrap();
    }
    import.finish().unwrap();
    let moved = Document::from_json(r#"{"p":"x","s":1,"a":"b","b":"a"}"#).unwrap();
    let outcome = store.put("t", moved).unwrap();
    assert_eq!(outcome.item.unwrap().version, 2);
    let key = store.list(&crate::ListRequest::new("t")).unwrap().items[1].key.clone();
    store.delete("t", key).unwrap();
    let report = store.verify().unwrap();
    assert!(report.is_clean(), "{:?}", report.problems);
    // The digests follow: what they hold is one item, in one scope of each index.
    let view = store.inner().storage.latest();
    let digests = rows(&view, Family::Digest);
    assert_eq!(digests.len(), 3, "{digests:?}");
}

#[test]
fn a_table_has_one_import_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let first = store.bulk_import(spec(), BulkOptions::default()).unwrap();
    let running = |error| matches!(error, Some(Error::Import(ImportError::Running { .. })));
    assert!(running(store.bulk_import(spec(), BulkOptions::default()).err()));
    assert!(running(store.abandon_bulk_import("t").err()));
    drop(first);
    assert!(store.abandon_bulk_import("t").unwrap());
    assert!(!store.abandon_bulk_import("t").unwrap());
}

/// Its files stay where they are.
struct NotTidied;

impl Faults for NotTidied {
    fn at(&self, point: Point) -> Result<(), String> {
        if point == Point::ImportShown { Err("the disk is away".to_owned()) } else { Ok(()) }
    }
}

#[test]
fn digests_of_a_table_whose_files_are_still_there_are_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { worker: None, ..Options::default() };
    let builder = Store::builder(dir.path().join("store")).options(options);
    let store = builder.faults(Arc::new(NotTidied)).open().unwrap();
    let mut import = store.bulk_import(spec(), BulkOptions::default()).unwrap();
    import.push(Document::from_json(r#"{"p":"x","s":1,"a":"a","b":"b"}"#).unwrap()).unwrap();
    import.finish().unwrap();
    assert!(store.verify().unwrap().is_clean());
    let storage = &store.inner().storage;
    let part = rows(&storage.latest(), Family::Digest).into_keys().next().unwrap();
    let mut batch = Batch::default();
    batch.put(Family::Digest, part, &Digest { items: 9, sum: 9 }.encode());
    storage.write(batch, false).unwrap();
    assert_eq!(store.verify().unwrap().problems.len(), 1);
}
