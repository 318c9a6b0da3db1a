//! Strategies for values of every shape, and a reader that touches every byte of a document.

#![allow(dead_code, reason = "each test crate uses its part of this module")]

use highwater_format::{Document, FormatError, Number, Value, ValueRef, write_typed_json};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The text of any number: every sign, length and exponent that there is.
pub(crate) fn number_text() -> impl Strategy<Value = String> {
    (any::<bool>(), "[1-9][0-9]{0,37}", -130_i32..=125).prop_map(|(negative, digits, power)| {
        let (first, rest) = digits.split_at(1);
        let sign = if negative { "-" } else { "" };
        format!("{sign}{first}.{rest}e{power}")
    })
}

/// Any number, zero and small whole ones more often than chance would have it.
pub(crate) fn number() -> impl Strategy<Value = Number> {
    let parsed = number_text().prop_map(|text| text.parse().unwrap_or(Number::ZERO));
    prop_oneof![parsed, (-3_i32..300).prop_map(Number::from)]
}

/// Strings with everything that notations and encodings must escape.
pub(crate) fn string() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{0,3}", "[\\x00-\\x1f\"\\\\/a\u{e9}\u{2028}\u{1f600}]{0,6}", ".{0,12}"]
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..6)
}

/// Lists and maps of `leaf`, nested.
fn nested(leaf: BoxedStrategy<Value>) -> impl Strategy<Value = BTreeMap<String, Value>> {
    let value = leaf.prop_recursive(5, 48, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::List),
            btree_map(string(), inner, 0..4).prop_map(Value::Map),
        ]
    });
    btree_map(string(), value, 0..6)
}

fn json_leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number().prop_map(Value::Number),
        string().prop_map(Value::String),
    ]
}

/// Attributes of the types that plain JSON has.
pub(crate) fn json_attributes() -> impl Strategy<Value = BTreeMap<String, Value>> {
    nested(json_leaf().boxed())
}

/// Attributes of every type.
pub(crate) fn attributes() -> impl Strategy<Value = BTreeMap<String, Value>> {
    let leaf = prop_oneof![
        4 => json_leaf(),
        1 => bytes().prop_map(Value::Binary),
        1 => btree_set(string(), 1..4).prop_map(Value::StringSet),
        1 => btree_set(number(), 1..4).prop_map(Value::NumberSet),
        1 => btree_set(bytes(), 1..4).prop_map(Value::BinarySet),
    ];
    nested(leaf.boxed())
}

/// Reads a document in every way there is; gives what each way made of it.
pub(crate) fn read_all(document: &Document) -> [Result<(), FormatError>; 5] {
    let map = document.as_map();
    // Each element takes a byte at least, and one more item may tell what is wrong.
    assert!(map.len() <= document.as_bytes().len());
    assert!(map.iter().count() <= document.as_bytes().len() + 1);
    [
        walk(ValueRef::Map(map)),
        document.to_map().map(|_| ()),
        document.to_json().map(|_| ()),
        write_typed_json(map, &mut String::new()),
        map.get("a").map(|_| ()),
    ]
}

/// Steps through a value one level at a time.
fn walk(value: ValueRef<'_>) -> Result<(), FormatError> {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            ValueRef::List(list) => open.extend(list.iter().collect::<Result<Vec<_>, _>>()?),
            ValueRef::Map(map) => {
                for entry in map.iter() {
                    let (name, inner) = entry?;
                    map.get(name)?;
                    open.push(inner);
                }
            }
            ValueRef::StringSet(set) | ValueRef::NumberSet(set) | ValueRef::BinarySet(set) => {
                set.iter().try_for_each(|member| member.map(|_| ()))?;
            }
            _ => {}
        }
    }
    Ok(())
}
