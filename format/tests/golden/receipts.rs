//! Receipts, and the keys and values by which items find them.

use crate::hex::{both, bytes, same};
use highwater_format::keys::{self, ReceiptKey};
use highwater_format::{
    Answer, Document, FormatError, Millis, Receipt, Record, TableId, Timestamp,
};

const ITEM: &str = "53 61 0000";
const FINGERPRINT: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

#[test]
fn receipts() -> Result<(), FormatError> {
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(&bytes(FINGERPRINT));
    let record = Record {
        version: 300,
        changed_at: Timestamp(0x1112_1314_1516_1718),
        deleted: false,
        indexed: Vec::new(),
        document: Document::from_json(r#"{"id":"a"}"#)?,
    };
    let answer = Answer {
        table: TableId(1),
        item: bytes(ITEM),
        written: true,
        merged: true,
        record: Some(record),
    };
    let unwritten = Answer {
        table: TableId(0x0102_0304),
        written: false,
        merged: false,
        record: None,
        ..answer.clone()
    };
    let aged = Millis(0x2122_2324_2526_2728);
    let receipt = Receipt { aged, fingerprint, answers: vec![answer, unwritten] };
    let golden = format!(
        "2122232425262728 {FINGERPRINT} 02
         01          04 {ITEM}  07  14  00 fb2c01 1112131415161718 00  01 02 6964 04 01 61
         fc04030201  04 {ITEM}  00"
    );
    both(&golden, &receipt, &receipt.encode(), Receipt::decode);
    assert_eq!(Receipt::peek(&receipt.encode()), Ok(aged));
    both("2122232425262728", &aged, &Receipt::encode_of_item(aged), Receipt::decode_of_item);
    Ok(())
}

#[test]
fn receipt_keys() {
    let golden = "00 6d2d31";
    same(golden, &keys::receipt(b"m-1"));
    assert_eq!(keys::decode_receipt(&bytes(golden)), Ok(ReceiptKey::Receipt(b"m-1")));

    let (table, item) = (TableId(0x0102_0304), bytes(ITEM));
    let golden = format!("01 01020304 {ITEM} 6d2d31");
    same(&golden, &keys::receipt_of_item(table, &item, b"m-1"));
    same(&format!("01 01020304 {ITEM}"), &keys::receipts_of_item(table, &item));
    same("01 01020304", &keys::receipts_of_table(table));
    let rest = [item.as_slice(), b"m-1"].concat();
    assert_eq!(keys::decode_receipt(&bytes(&golden)), Ok(ReceiptKey::OfItem(table, &rest)));
}
