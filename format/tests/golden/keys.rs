//! Key values, item keys, the keys of each family, and the envelope of a value.

use crate::hex::{both, bytes, same};
use highwater_format::keys::{self, DigestOf, IndexKey};
use highwater_format::{
    BucketId, Family, FormatError, IndexId, ItemKey, KeyValue, Number, TableId, Timestamp, meta,
    open, seal,
};

/// The item `"user-1"` with sort value 7.
const ITEM: &str = "53 757365722d31 0000 4e 03 82 47 00";
const TABLE: TableId = TableId(0x0102_0304);
const INDEX: IndexId = IndexId(0x0506_0708);
const AT: Timestamp = Timestamp(0x1112_1314_1516_1718);

#[test]
fn key_values() -> Result<(), FormatError> {
    let twelve_and_a_half: Number = "12.5".parse()?;
    for (value, golden) in [
        (KeyValue::from(0), "4e 02"),
        (KeyValue::Number(twelve_and_a_half), "4e 03 83 0d 33 00"),
        (KeyValue::from(-1), "4e 01 7d f4 ff"),
        (KeyValue::from(""), "53 0000"),
        (KeyValue::from("a\0b"), "53 61 00ff 62 0000"),
        (KeyValue::from("\u{e9}"), "53 c3a9 0000"),
        (KeyValue::Binary(Vec::new()), "62 0000"),
        (KeyValue::Binary(vec![0, 0xff, 0, 1]), "62 00ff ff 00ff 01 0000"),
    ] {
        same(golden, &value.encode());
        // Whatever follows belongs to the next part of the key.
        let followed = [bytes(golden), vec![0xff, 0]].concat();
        let (read, rest) = KeyValue::decode_prefix(&followed)?;
        assert_eq!((read, rest), (value, [0xff, 0].as_slice()));
    }
    Ok(())
}

#[test]
fn item_keys() {
    let without_sort = ItemKey::from("user-1");
    let golden = "53 757365722d31 0000";
    both(golden, &without_sort, &without_sort.encode(), ItemKey::decode);
    let with_sort = without_sort.with_sort(7);
    both(ITEM, &with_sort, &with_sort.encode(), ItemKey::decode);
}

#[test]
fn base_keys() {
    let golden = format!("01020304 {ITEM}");
    let item = bytes(ITEM);
    same(&golden, &keys::base(TABLE, &item));
    same("01020304", &keys::table(TABLE));
    assert_eq!(keys::decode_base(&bytes(&golden)), Ok((TABLE, item.as_slice())));
}

#[test]
fn delta_keys() {
    let bucket = BucketId(0x2122_2324_2526_2728);
    let golden = "2122232425262728 01020304 1112131415161718";
    same(golden, &keys::delta(bucket, TABLE, AT));
    same("2122232425262728", &keys::delta_bucket(bucket));
    same("2122232425262728 01020304", &keys::delta_table(bucket, TABLE));
    assert_eq!(keys::decode_delta(&bytes(golden)), Ok((bucket, TABLE, AT)));
}

#[test]
fn delta_index_keys() {
    let (value, item) = (bytes("53 626c7565 0000"), bytes(ITEM));
    same("05060708", &keys::index(INDEX));
    same("05060708 00 53 626c7565 0000", &keys::scope(INDEX, &value));

    let entry = "05060708 00 53 626c7565 0000 1112131415161718";
    same(entry, &keys::scope_entry(INDEX, &value, AT));
    let read = IndexKey::Entry { index: INDEX, value: &value, at: AT };
    assert_eq!(keys::decode_index(&bytes(entry)), Ok(read));

    let marker = format!("05060708 01 53 626c7565 0000 {ITEM}");
    same(&marker, &keys::scope_marker(INDEX, &value, &item));
    let read = IndexKey::Marker { index: INDEX, value_and_item: &[value, item].concat() };
    assert_eq!(keys::decode_index(&bytes(&marker)), Ok(read));
}

#[test]
fn history_keys() {
    let golden = format!("01020304 {ITEM} 1112131415161718");
    let item = bytes(ITEM);
    same(&golden, &keys::history(TABLE, &item, AT));
    assert_eq!(keys::decode_history(&bytes(&golden)), Ok((TABLE, item.as_slice(), AT)));
}

#[test]
fn lookup_keys() {
    let (values, item) = (bytes("53 626c7565 0000 4e 02"), bytes(ITEM));
    let golden = format!("05060708 53 626c7565 0000 4e 02 {ITEM}");
    same(&golden, &keys::lookup(INDEX, &values, &item));
    let rest = [values, item].concat();
    assert_eq!(keys::decode_lookup(&bytes(&golden)), Ok((INDEX, rest.as_slice())));
}

#[test]
fn digest_keys() {
    let value = bytes("53 626c7565 0000");
    let (table, scope) = (DigestOf::Table(TABLE), DigestOf::Scope(INDEX, &value));
    same("01020304", &keys::digest_parts(table));
    same("01020304 fe", &keys::digest(table, 0xfe));
    same("05060708 53 626c7565 0000 01", &keys::digest(scope, 1));
    let read =
        keys::decode_digest(&keys::digest(scope, 1)).map(|(id, v, slot)| (id, v.to_vec(), slot));
    assert_eq!(read, Ok((INDEX.0, value, 1)));
}

#[test]
fn receipt_keys() {
    let item = bytes(ITEM);
    same("00 6d31", &keys::receipt(b"m1"));
    same(&format!("01 01020304 {ITEM}"), &keys::receipts_of_item(TABLE, &item));
    same("01 01020304", &keys::receipts_of_table(TABLE));
}

#[test]
fn meta_keys() {
    assert_eq!(meta::DIGESTS, b"digests");
    assert_eq!(meta::INDEX_WORK, b"index_work/");
    assert_eq!(meta::index_work_key(INDEX), b"index_work/05060708");
    assert_eq!(meta::table_key(TableId(0xabc)), b"table/00000abc");
    assert_eq!(meta::floors_key(TableId(0xabc)), b"floors/00000abc");
    assert_eq!(meta::TABLES, b"table/");
    assert_eq!(meta::NEXT_ID, b"next_id");
    assert_eq!(meta::RECEIPTS, b"receipts");
    assert_eq!(meta::CLOCK, b"clock");
    assert_eq!(meta::INCARNATIONS, b"incarnations");
    assert_eq!(meta::TOKEN_KEYS, b"token_keys");
}

#[test]
fn envelopes() {
    for (family, name, golden) in [
        (Family::Base, "base", "01 8eae7f58 7061796c6f6164"),
        (Family::Delta, "delta", "01 7c1ab771 7061796c6f6164"),
        (Family::DeltaIndex, "delta_index", "01 ed8bdfdf 7061796c6f6164"),
        (Family::History, "history", "01 98732622 7061796c6f6164"),
        (Family::Meta, "meta", "01 09e24e8c 7061796c6f6164"),
        (Family::Lookup, "lookup", "01 fb5686a5 7061796c6f6164"),
        (Family::Digest, "digest", "01 6ac7ee0b 7061796c6f6164"),
        (Family::Receipts, "receipts", "01 50a00485 7061796c6f6164"),
    ] {
        assert_eq!(family.name(), name);
        same(golden, &seal(family, b"key", b"payload"));
        assert_eq!(open(family, b"key", &bytes(golden)), Ok(b"payload".as_slice()));
    }
}
