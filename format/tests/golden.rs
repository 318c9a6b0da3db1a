//! Golden bytes of every encoding, checked in both directions.
//!
//! A failing golden means that the format changed: stores in the field hold the old bytes. Do not
//! mend the golden. Raise `FORMAT_VERSION`, keep reading the old encoding, and add a golden for the
//! new one beside it.

#[path = "golden/backups.rs"]
mod backups;
#[path = "golden/documents.rs"]
mod documents;
#[path = "golden/hex.rs"]
mod hex;
#[path = "golden/imports.rs"]
mod imports;
#[path = "golden/keys.rs"]
mod keys;
#[path = "golden/meta.rs"]
mod meta;
#[path = "golden/numbers.rs"]
mod numbers;
#[path = "golden/receipts.rs"]
mod receipts;
#[path = "golden/records.rs"]
mod records;
#[path = "golden/tokens.rs"]
mod tokens;

#[test]
fn the_format_is_version_1() {
    assert_eq!(highwater_format::FORMAT_VERSION, 1);
    assert_eq!(highwater_format::MAX_DEPTH, 32);
}
