//! What the fuzz target `engine` prints of a history that breaks something is a test that compiles: one of a history
//! with every operation and change, and every kind of key that its tables have, is kept in `printed/found.rs`, and is run here like any other.
//!
//! `PRINT=1 cargo test -p highwater-tests --test printed` writes it anew.

#[path = "printed/found.rs"]
#[rustfmt::skip]
mod found;
#[path = "../../fuzz/fuzz_targets/engine/source.rs"]
mod source;

use highwater::testing::Operation;
use highwater::{Document, Expect, ItemKey, KeyValue, Millis, Mutation, Update, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const PRINTED: &str = include_str!("printed/found.rs");

fn document(typed: &str) -> Document {
    Document::from_typed_json(typed).unwrap()
}

/// Values of every type, and names and text that have to be escaped.
fn values() -> BTreeMap<String, Value> {
    let typed = r#"{"owner":{"S":"x"},"a \"b\"\\":{"S":"\"\\\n{}"},"b":{"B":"AAE="},"bs":{"BS":["AA==","AQ=="]},
        "l":{"L":[{"N":"-1.50"},{"NULL":true}]},"m":{"M":{"n":{"BOOL":false}}},"ns":{"NS":["1","2"]},
        "ss":{"SS":["p","q"]},"n":{"N":"1E+20"}}"#;
    document(typed).to_map().unwrap()
}

fn commits() -> Vec<Operation> {
    let mut note = values();
    note.insert("id".to_owned(), Value::from("n1"));
    let note = Document::from_map(&note).unwrap();
    let line = document(r#"{"page":{"S":"a"},"line":{"N":"-1.5"}}"#);
    let key = ItemKey::from("a").with_sort(KeyValue::Number("-1.5".parse().unwrap()));
    let mut set = values();
    set.remove("l");
    let update = Update { set, remove: BTreeSet::from(["l".to_owned()]) };
    [
        vec![
            Mutation::put("notes", note.clone()).expect(Expect::Absent),
            Mutation::put("lines", line),
        ],
        vec![Mutation::put_if_changed("notes", note)],
        vec![Mutation::update("notes", "n1", update).expect(Expect::Version(1))],
        vec![Mutation::delete("lines", key).expect(Expect::Any)],
    ]
    .map(Operation::Commit)
    .into()
}

fn history() -> Vec<Operation> {
    let mut operations = commits();
    operations.extend([
        Operation::Page { device: 0, view: 0, cursor: true },
        Operation::Interrupt { device: 0, view: 0 },
        Operation::Advance(Millis(1_500)),
        Operation::MoveWall(-3_600_000),
        Operation::Expire,
        Operation::Sync { device: 1, view: 0, cursor: false },
        Operation::Compact,
        Operation::Reopen,
        Operation::Kill,
    ]);
    operations
}

#[test]
fn what_is_printed_is_a_test() {
    let printed = source::test(&[vec![0, 3], vec![7]], &history());
    if std::env::var_os("PRINT").is_some() {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/printed/found.rs");
        std::fs::write(kept, &printed).unwrap();
    }
    assert_eq!(
        printed, PRINTED,
        "with PRINT=1 this test keeps it, and it is compiled the next time"
    );
}
