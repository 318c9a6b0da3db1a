//! Arbitrary text as a Sync request document: an error that says what is wrong, or a request that a store answers or
//! refuses.

#![no_main]

use highwater::testing::memory_store;
use highwater::{Document, KeyKind, Projection, Store, TableSpec, TableSpecExt};
use libfuzzer_sys::fuzz_target;
use std::cell::LazyCell;

/// Tables with keys of every kind, each with indexes on plain attributes and on those of its key.
fn tables() -> [TableSpec; 3] {
    let indexed = |spec: TableSpec, key: &str| {
        spec.index("byTag", "tag", Projection::All).index("byKey", key, Projection::KeysOnly)
    };
    let text = TableSpec::new("text", "owner").sort("n", KeyKind::Number);
    let number = TableSpec::new("number", "n").partition_kind(KeyKind::Number);
    let binary = TableSpec::new("binary", "b").partition_kind(KeyKind::Binary);
    [
        indexed(text, "owner").index("byN", "n", Projection::All),
        indexed(number, "n"),
        indexed(binary, "b"),
    ]
}

fn store() -> Store {
    let store = memory_store().expect("a store");
    for table in tables() {
        let name = table.name.clone();
        store.create_table(table).expect("a table");
        for n in 0..4 {
            let tag = ["low", "high"][n % 2];
            let text = format!(
                r#"{{"owner":{{"S":"ann"}},"n":{{"N":"{n}"}},"b":{{"B":"AAE="}},"tag":{{"S":"{tag}"}}}}"#
            );
            let document = Document::from_typed_json(&text).expect("a document");
            store.put(&name, document).expect("an item");
        }
    }
    store
}

thread_local! {
    static STORE: LazyCell<Store> = const { LazyCell::new(store) };
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    STORE.with(|store| {
        for table in tables() {
            match highwater_cli::sync_request(text, &table) {
                Err(said) => assert!(!said.is_empty()),
                Ok(request) => {
                    assert_eq!(request.table, table.name);
                    assert!((1..=1000).contains(&request.limit));
                    if let Ok(page) = store.sync(&request) {
                        assert!(page.items.len() <= request.limit as usize);
                    }
                }
            }
        }
    });
});
