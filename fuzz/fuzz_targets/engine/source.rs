//! A history as the source of a test, to be pasted into one.

use highwater::testing::Operation;
use highwater::{
    Change, Document, Expect, ItemKey, KeyValue, Mutation, Update, Value, write_typed_json,
};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What the test stands on: the declarations that the target uses itself.
const GROUND: &str = include_str!("ground.rs");

const HEAD: &str = r#"use highwater::testing::{History, Model, Operation};
use highwater::{
    Change, Document, Expect, Filter, ItemKey, KeyKind, KeyValue, Millis, Mutation, Projection,
    SyncRequest, TableSpec, TableSpecExt, Ttls, Update, Value, parse_json,
};
"#;

const HELPERS: &str = r##"
fn document(typed: &str) -> Document {
    Document::from_typed_json(typed).expect("a document")
}

fn value(typed: &str) -> Value {
    let map = document(&format!(r#"{{"v":{typed}}}"#)).to_map().expect("a map");
    map["v"].clone()
}
"##;

/// The test; `devices` are the numbers of each device's views.
pub(crate) fn test(devices: &[Vec<usize>], operations: &[Operation]) -> String {
    let mut out = format!("{HEAD}\n{GROUND}{HELPERS}\n#[test]\nfn found_by_a_fuzzer() {{\n");
    out.push_str(
        "    let history = History {\n        tables: tables(),\n        devices: vec![\n",
    );
    for views in devices {
        let views: Vec<_> = views.iter().map(|view| format!("views()[{view}].clone()")).collect();
        line(&mut out, 12, &format!("vec![{}],", views.join(", ")));
    }
    out.push_str("        ],\n        operations: vec![\n");
    for operation in operations {
        line(&mut out, 12, &format!("{},", written(operation)));
    }
    out.push_str("        ],\n    };\n");
    out.push_str("    history.play(&mut Model::default()).unwrap();\n}\n");
    out
}

fn line(out: &mut String, indent: usize, text: &str) {
    let _ = writeln!(out, "{:indent$}{text}", "");
}

fn written(operation: &Operation) -> String {
    match operation {
        Operation::Commit(mutations) => {
            let mutations: Vec<_> = mutations.iter().map(mutation).collect();
            format!("Operation::Commit(vec![{}])", mutations.join(", "))
        }
        Operation::Advance(span) => format!("Operation::Advance(Millis({}))", span.0),
        // The rest is plain enough for what `Debug` writes to be source.
        plain => format!("Operation::{plain:?}"),
    }
}

fn mutation(mutation: &Mutation) -> String {
    let change = match &mutation.change {
        Change::Put(document) => format!("Change::Put({})", document_of(document)),
        Change::PutIfChanged(document) => {
            format!("Change::PutIfChanged({})", document_of(document))
        }
        Change::Update(item, update) => {
            format!("Change::Update({}, {})", key(item), update_of(update))
        }
        Change::Delete(item) => format!("Change::Delete({})", key(item)),
    };
    let expect = match mutation.expect {
        Expect::Version(version) => format!("Expect::Version({version})"),
        plain => format!("Expect::{plain:?}"),
    };
    format!("Mutation {{ table: {:?}.into(), change: {change}, expect: {expect} }}", mutation.table)
}

fn typed(document: &Document) -> String {
    let mut text = String::new();
    write_typed_json(document.as_map(), &mut text).expect("it was drawn");
    text
}

fn document_of(document: &Document) -> String {
    format!("document({:?})", typed(document))
}

fn value_of(value: &Value) -> String {
    let map = BTreeMap::from([("v".to_owned(), value.clone())]);
    let text = typed(&Document::from_map(&map).expect("it was drawn"));
    let inner = text.strip_prefix(r#"{"v":"#).and_then(|text| text.strip_suffix('}'));
    format!("value({:?})", inner.expect("one attribute"))
}

fn update_of(update: &Update) -> String {
    let set = update.set.iter().map(|(name, value)| format!(".set({name:?}, {})", value_of(value)));
    let removed = update.remove.iter().map(|name| format!(".remove({name:?})"));
    format!("Update::new(){}", set.chain(removed).collect::<String>())
}

fn key(item: &ItemKey) -> String {
    let partition = key_value(&item.partition);
    let key = format!("ItemKey::from({partition})");
    match &item.sort {
        None => key,
        Some(sort) => format!("{key}.with_sort({})", key_value(sort)),
    }
}

fn key_value(value: &KeyValue) -> String {
    match value {
        KeyValue::String(text) => format!("KeyValue::from({text:?})"),
        KeyValue::Number(number) => {
            let number = number.to_string();
            format!("KeyValue::Number({number:?}.parse().expect(\"a number\"))")
        }
        KeyValue::Binary(bytes) => format!("KeyValue::Binary(vec!{bytes:?})"),
    }
}
