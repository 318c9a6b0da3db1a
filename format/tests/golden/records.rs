//! Records, entries of the change log and of its index, marker places.

use crate::hex::both;
use highwater_format::{
    Digest, Document, FormatError, IndexEntry, IndexEvent, IndexId, IndexedValue, LogEntry,
    MarkerEntry, Record, RecordRef, Timestamp, digest_slot,
};

/// The item key `"a"`.
const ITEM: [u8; 4] = [b'S', b'a', 0, 0];
const AT: Timestamp = Timestamp(0x1112_1314_1516_1718);

const LIVE: &str = "00 01 1112131415161718 00  01 02 6964 04 01 61";
const DELETED: &str = "01 fb2c01 1112131415161718
    02  03 04 53780000  fb0001 02 4e02
    01 02 6964 04 01 61";

fn live() -> Result<Record, FormatError> {
    Ok(Record {
        version: 1,
        changed_at: AT,
        deleted: false,
        indexed: Vec::new(),
        document: Document::from_json(r#"{"id":"a"}"#)?,
    })
}

fn deleted() -> Result<Record, FormatError> {
    let indexed = [(3, b"Sx\0\0".to_vec()), (256, b"N\x02".to_vec())];
    Ok(Record {
        version: 300,
        deleted: true,
        indexed: indexed.map(|(index, value)| IndexedValue { index: IndexId(index), value }).into(),
        ..live()?
    })
}

#[test]
fn records() -> Result<(), FormatError> {
    for (golden, record) in [(LIVE, live()?), (DELETED, deleted()?)] {
        both(golden, &record, &record.encode(), Record::decode);
        let encoded = record.encode();
        let Record { version, changed_at, deleted, ref document, .. } = record;
        let document = document.as_bytes();
        let found = RecordRef::decode(&encoded)?;
        assert_eq!(found, RecordRef { version, changed_at, deleted, document });
    }
    Ok(())
}

#[test]
fn a_record_tells_its_value_in_each_index() -> Result<(), FormatError> {
    let record = deleted()?;
    assert_eq!(record.value_in(IndexId(3)), Some(&b"Sx\0\0"[..]));
    assert_eq!(record.value_in(IndexId(256)), Some(&b"N\x02"[..]));
    assert_eq!(record.value_in(IndexId(4)), None);
    Ok(())
}

#[test]
fn log_entries() -> Result<(), FormatError> {
    for (golden, record) in [(LIVE, live()?), (DELETED, deleted()?)] {
        let encoded = LogEntry::encode(&ITEM, &record.encode());
        let entry = LogEntry { item: ITEM.to_vec(), record };
        let golden = format!("04 53610000 {golden}");
        both(&golden, &entry, &encoded, LogEntry::decode);
    }
    Ok(())
}

#[test]
fn index_entries() -> Result<(), FormatError> {
    for (event, number, version, record, tail) in [
        (IndexEvent::Changed, "00", "01", Some(live()?), LIVE),
        (IndexEvent::Deleted, "01", "fb2c01", Some(deleted()?), DELETED),
        (IndexEvent::Changed, "00", "01", None, ""),
        (IndexEvent::Deleted, "01", "fb2c01", None, ""),
        (IndexEvent::Left, "02", "01", None, ""),
    ] {
        let entry = IndexEntry {
            event,
            version: if version == "01" { 1 } else { 300 },
            item: ITEM.to_vec(),
            record,
        };
        let record = entry.record.as_ref().map(Record::encode);
        let encoded = IndexEntry::encode(event, entry.version, &ITEM, record.as_deref());
        let golden = format!("{number} {version} 04 53610000 {tail}");
        both(&golden, &entry, &encoded, IndexEntry::decode);
        assert_eq!(IndexEntry::peek(&encoded), Ok(event));
    }
    Ok(())
}

/// Who leaves takes nothing along: a record behind such an entry is of another one.
#[test]
fn an_item_that_leaves_has_no_record() -> Result<(), FormatError> {
    let mut encoded = IndexEntry::encode(IndexEvent::Left, 1, &ITEM, None);
    encoded.extend_from_slice(&live()?.encode());
    assert!(IndexEntry::decode(&encoded).is_err());
    Ok(())
}

#[test]
fn marker_places() {
    let place = MarkerEntry(AT);
    both("1112131415161718", &place, &place.encode(), MarkerEntry::decode);
}

#[test]
fn digests() {
    let mut digest = Digest::default();
    digest.add(&ITEM, AT, 1);
    let golden = "01 6ecc30f22ebd000706b1b5fcdc85ff45";
    both(golden, &digest, &digest.encode(), Digest::decode);
    digest.add(b"Sb\0\0", AT.plus(1), 300);
    let golden = "02 ebb66494ac7b4d9f807e7e1d03e301ba";
    both(golden, &digest, &digest.encode(), Digest::decode);
    assert_eq!(digest_slot(&ITEM), 0x47);
}
