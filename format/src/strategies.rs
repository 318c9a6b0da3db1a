//! `proptest` strategies for values of every shape (feature `testing`): small, and with everything in them
//! that encodings and notations stumble over.
//!
//! ```
//! use highwater_format::{Document, strategies};
//! use proptest::prelude::*;
//!
//! proptest!(|(attributes in strategies::attributes())| {
//!     let document = Document::from_map(&attributes)?;
//!     prop_assert_eq!(document.to_map()?, attributes);
//! });
//! ```

use crate::number::Number;
use crate::value::Value;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The text of any number but zero: every sign, length and exponent that there is.
pub fn number_texts() -> impl Strategy<Value = String> {
    (any::<bool>(), "[1-9][0-9]{0,37}", -130_i32..=125).prop_map(|(negative, digits, power)| {
        let (first, rest) = digits.split_at(1);
        let sign = if negative { "-" } else { "" };
        format!("{sign}{first}.{rest}e{power}")
    })
}

/// Any number, zero and small whole ones more often than chance would have it.
pub fn numbers() -> impl Strategy<Value = Number> {
    let parsed = number_texts().prop_map(|text| text.parse().unwrap_or(Number::ZERO));
    prop_oneof![parsed, (-3_i32..300).prop_map(Number::from)]
}

/// Strings with everything that notations and encodings must escape.
pub fn strings() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{0,3}", "[\\x00-\\x1f\"\\\\/a\u{e9}\u{2028}\u{1f600}]{0,6}", ".{0,12}"]
}

/// Up to five bytes.
pub fn binaries() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..6)
}

/// Lists and maps of `leaf`, nested.
fn nested(leaf: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    leaf.prop_recursive(5, 48, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::List),
            btree_map(strings(), inner, 0..4).prop_map(Value::Map),
        ]
    })
    .boxed()
}

fn json_leaf() -> BoxedStrategy<Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        numbers().prop_map(Value::Number),
        strings().prop_map(Value::String),
    ]
    .boxed()
}

/// Values of every type, up to six levels deep.
pub fn values() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        4 => json_leaf(),
        1 => binaries().prop_map(Value::Binary),
        1 => btree_set(strings(), 1..4).prop_map(Value::StringSet),
        1 => btree_set(numbers(), 1..4).prop_map(Value::NumberSet),
        1 => btree_set(binaries(), 1..4).prop_map(Value::BinarySet),
    ];
    nested(leaf.boxed())
}

/// Attributes of every type, under any names.
pub fn attributes() -> impl Strategy<Value = BTreeMap<String, Value>> {
    btree_map(strings(), values(), 0..6)
}

/// Attributes of the types that plain JSON has.
pub fn json_attributes() -> impl Strategy<Value = BTreeMap<String, Value>> {
    btree_map(strings(), nested(json_leaf()), 0..6)
}
