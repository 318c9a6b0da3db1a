//! Arbitrary bytes as every kind of stored key and value.

#![no_main]

use highwater_format::import::{ENTRY_HEADER, ImportManifest, RunEntry};
use highwater_format::keys::{self, IndexKey, ReceiptKey};
use highwater_format::meta::{
    ClockRecord, Floors, ImportRecord, IncarnationChain, IndexWork, KeyRing, NameRecord, NextId,
    ReceiptsFloor, TableRecord,
};
use highwater_format::{
    BackupMarker, Digest, Family, IndexEntry, IndexId, ItemKey, KeyValue, LogEntry, MarkerEntry,
    Receipt, Record, RecordRef, StoreMarker, open, reopen, seal,
};
use libfuzzer_sys::fuzz_target;

/// Hand-written encodings have one form: what decodes encodes to the very bytes.
fn entries(bytes: &[u8]) {
    if let Ok(record) = Record::decode(bytes) {
        assert_eq!(record.encode(), bytes);
        let found = RecordRef::decode(bytes).expect("a record that can be decoded");
        let told = (found.version, found.changed_at, found.deleted, found.document);
        let document = record.document.as_bytes();
        assert_eq!(told, (record.version, record.changed_at, record.deleted, document));
    }
    if let Ok(entry) = LogEntry::decode(bytes) {
        assert_eq!(LogEntry::encode(&entry.item, &entry.record.encode()), bytes);
    }
    if let Ok(entry) = IndexEntry::decode(bytes) {
        let record = entry.record.as_ref().map(Record::encode);
        let again = IndexEntry::encode(entry.event, entry.version, &entry.item, record.as_deref());
        assert_eq!(again, bytes);
        assert_eq!(IndexEntry::peek(bytes), Ok(entry.event));
    }
    if let Ok(digest) = Digest::decode(bytes) {
        assert_eq!(digest.encode(), bytes);
    }
    if let Ok(place) = MarkerEntry::decode(bytes) {
        assert_eq!(place.encode(), bytes);
    }
    if let Ok(receipt) = Receipt::decode(bytes) {
        assert_eq!(receipt.encode(), bytes);
        assert_eq!(Receipt::peek(bytes), Ok(receipt.aged));
    }
    if let Ok(aged) = Receipt::decode_of_item(bytes) {
        assert_eq!(Receipt::encode_of_item(aged), bytes);
    }
}

fn runs(bytes: &[u8]) {
    let Some((header, body)) = bytes.split_first_chunk::<ENTRY_HEADER>() else {
        return;
    };
    if let Ok(entry) = RunEntry::decode(*header, body) {
        let mut again = Vec::new();
        entry.as_ref().encode_to(&mut again).expect("it was decoded from no more bytes");
        assert_eq!(again[4..], bytes[4..]);
        // One entry takes the place of another and keeps nothing of it.
        let mut used = RunEntry { key: bytes.to_vec(), number: 1, value: bytes.to_vec() };
        used.decode_into(*header, body).expect("it was decoded before");
        assert_eq!(used, entry);
    }
}

fn keys(bytes: &[u8]) {
    if let Ok((value, rest)) = KeyValue::decode_prefix(bytes) {
        assert_eq!([&value.encode(), rest].concat(), bytes);
    }
    if let Ok(item) = ItemKey::decode(bytes) {
        assert_eq!(item.encode(), bytes);
        assert!(!item.to_string().is_empty());
    }
    if let Ok((table, item)) = keys::decode_base(bytes) {
        assert_eq!(keys::base(table, item), bytes);
    }
    if let Ok((bucket, table, at)) = keys::decode_delta(bytes) {
        assert_eq!(keys::delta(bucket, table, at), bytes);
    }
    if let Ok((table, item, at)) = keys::decode_history(bytes) {
        assert_eq!(keys::history(table, item, at), bytes);
    }
    match keys::decode_index(bytes) {
        Ok(IndexKey::Entry { index, value, at }) => {
            assert_eq!(keys::scope_entry(index, value, at), bytes);
        }
        Ok(IndexKey::Marker { index, value_and_item }) => {
            assert_eq!(keys::scope_marker(index, value_and_item, &[]), bytes);
        }
        Err(_) => {}
    }
    if let Ok((index, values_and_item)) = keys::decode_lookup(bytes) {
        assert_eq!(keys::lookup(index, values_and_item, &[]), bytes);
    }
    if let Ok((number, value, slot)) = keys::decode_digest(bytes) {
        let of = keys::DigestOf::Scope(IndexId(number), value);
        assert_eq!(keys::digest(of, slot), bytes);
    }
    match keys::decode_receipt(bytes) {
        Ok(ReceiptKey::Receipt(id)) => assert_eq!(keys::receipt(id), bytes),
        Ok(ReceiptKey::OfItem(table, rest)) => {
            assert_eq!(keys::receipts_of_item(table, rest), bytes);
        }
        Err(_) => {}
    }
    for sorted in [false, true] {
        if let Ok((item, rest)) = ItemKey::split_prefix(bytes, sorted) {
            assert_eq!([item, rest].concat(), bytes);
            assert_eq!(ItemKey::decode(item).map(|item| item.sort.is_some()), Ok(sorted));
        }
    }
    let end = keys::after_prefix(bytes);
    assert!(end.is_empty() || (end.as_slice() > bytes && !end.starts_with(bytes)));
}

/// Structures by bincode: what decodes is stored and read back as the same value.
macro_rules! structures {
    ($bytes:expr, $($type:ty),*) => {$(
        if let Ok(value) = <$type>::decode($bytes) {
            let again = value.encode().expect("it was decoded from no more bytes");
            assert_eq!(<$type>::decode(&again), Ok(value));
        }
    )*};
}

fuzz_target!(|bytes: &[u8]| {
    entries(bytes);
    keys(bytes);
    runs(bytes);
    structures!(
        bytes,
        TableRecord,
        IndexWork,
        Floors,
        NextId,
        ReceiptsFloor,
        NameRecord,
        ClockRecord,
        IncarnationChain,
        KeyRing,
        StoreMarker,
        ImportRecord,
        ImportManifest,
        BackupMarker
    );
    if let Some((key, value)) = bytes.split_first() {
        let family = Family::ALL[usize::from(*key) % Family::ALL.len()];
        if let Ok(payload) = open(family, &[*key], value) {
            assert_eq!(seal(family, &[*key], payload), value);
            assert_eq!(reopen(value), Ok(payload));
        }
        // What was verified before is read without its checksum: never past its end.
        let _ = reopen(value);
        let sealed = seal(family, &[*key], value);
        assert_eq!(open(family, &[*key], &sealed), Ok(value));
    }
});
