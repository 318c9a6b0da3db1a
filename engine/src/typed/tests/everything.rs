//! A type with everything in it comes back as it was.

use super::{read, refusal, shown, typed, written};
use crate::{Document, Number, typed::from_document};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Everything {
    id: String,
    integers: Integers,
    floats: (f32, f64),
    exact: Number,
    letter: char,
    flag: bool,
    unit: (),
    nothing: Nothing,
    wrapped: Wrapped,
    maybe: Option<String>,
    list: Vec<Option<i16>>,
    by_name: BTreeMap<String, Option<bool>>,
    by_number: BTreeMap<i32, Vec<String>>,
    by_flag: BTreeMap<bool, u8>,
    by_letter: BTreeMap<char, u8>,
    by_exact: BTreeMap<Number, u8>,
    #[serde(with = "crate::typed::binary")]
    bytes: Vec<u8>,
    byte_list: Vec<u8>,
    #[serde(with = "crate::typed::string_set")]
    strings: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "crate::typed::number_set")]
    numbers: Vec<i64>,
    #[serde(with = "crate::typed::binary_set")]
    binaries: BTreeSet<Vec<u8>>,
    shapes: Vec<Shape>,
    child: Option<Box<Child>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Integers {
    i8: i8,
    i16: i16,
    i32: i32,
    i64: i64,
    i128: i128,
    u8: u8,
    u16: u16,
    u32: u32,
    u64: u64,
    u128: u128,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Nothing;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Wrapped(Option<u32>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Shape {
    Empty,
    Circle(f64),
    Tagged(Option<String>),
    Line((i8, i8), (i8, i8)),
    Box { width: u16, depth: Option<u16> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Child {
    name: Option<String>,
    child: Option<Box<Child>>,
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        Just(Shape::Empty),
        any::<f32>().prop_map(|radius| Shape::Circle(f64::from(radius))),
        any::<Option<String>>().prop_map(Shape::Tagged),
        any::<[i8; 4]>().prop_map(|[a, b, c, d]| Shape::Line((a, b), (c, d))),
        any::<(u16, Option<u16>)>().prop_map(|(width, depth)| Shape::Box { width, depth }),
    ]
}

fn child() -> impl Strategy<Value = Child> {
    let leaf = any::<Option<String>>().prop_map(|name| Child { name, child: None });
    leaf.prop_recursive(20, 20, 1, |inner| {
        (any::<Option<String>>(), inner)
            .prop_map(|(name, child)| Child { name, child: Some(Box::new(child)) })
    })
}

fn exact() -> impl Strategy<Value = Number> {
    ("-?[0-9]{1,19}\\.[0-9]{1,19}", -90_i32..90)
        .prop_filter_map("38 digits", |(text, power)| format!("{text}e{power}").parse().ok())
}

fn integers() -> impl Strategy<Value = Integers> {
    // 38 digits are what a number holds.
    let most = 10_i128.pow(38);
    let small = (any::<i8>(), any::<i16>(), any::<i32>(), any::<i64>(), 1 - most..most);
    let unsigned = (any::<u8>(), any::<u16>(), any::<u32>(), any::<u64>(), 0..10_u128.pow(38));
    (small, unsigned).prop_map(|((i8, i16, i32, i64, i128), (u8, u16, u32, u64, u128))| Integers {
        i8,
        i16,
        i32,
        i64,
        i128,
        u8,
        u16,
        u32,
        u64,
        u128,
    })
}

/// Any float that a number has the range for.
fn float() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("in range", |f| *f == 0.0 || (1e-129..1e125).contains(&f.abs()))
}

fn everything() -> impl Strategy<Value = Everything> {
    let leaves = (
        any::<String>(),
        integers(),
        (any::<f32>(), float()),
        exact(),
        any::<char>(),
        any::<bool>(),
        any::<Option<u32>>(),
        any::<Option<String>>(),
    );
    let collections = (
        vec(any::<Option<i16>>(), 0..4),
        btree_map(any::<String>(), any::<Option<bool>>(), 0..4),
        btree_map(any::<i32>(), vec(any::<String>(), 0..3), 0..4),
        btree_map(any::<bool>(), any::<u8>(), 0..3),
        btree_map(any::<char>(), any::<u8>(), 0..4),
        btree_map(exact(), any::<u8>(), 0..4),
        vec(any::<u8>(), 0..20),
        vec(any::<u8>(), 0..5),
    );
    let sets = (
        btree_set(any::<String>(), 1..4),
        btree_set(any::<i64>(), 0..4),
        btree_set(vec(any::<u8>(), 0..4), 1..4),
    );
    (leaves, collections, sets, vec(shape(), 0..5), proptest::option::of(child())).prop_map(
        |(leaves, collections, (strings, numbers, binaries), shapes, child)| {
            let (id, integers, floats, exact, letter, flag, wrapped, maybe) = leaves;
            let (list, by_name, by_number, by_flag, by_letter, by_exact, bytes, byte_list) =
                collections;
            Everything {
                id,
                integers,
                floats,
                exact,
                letter,
                flag,
                unit: (),
                nothing: Nothing,
                wrapped: Wrapped(wrapped),
                maybe,
                list,
                by_name,
                by_number,
                by_flag,
                by_letter,
                by_exact,
                bytes,
                byte_list,
                strings,
                numbers: numbers.into_iter().collect(),
                binaries,
                shapes,
                child: child.map(Box::new),
            }
        },
    )
}

proptest! {
    #[test]
    fn every_type_comes_back_as_it_was(value in everything()) {
        let document = written(&value);
        prop_assert_eq!(&read::<Everything>(&document), &value);
        // What was written is a document like any other: it is valid, and survives its notation.
        prop_assert!(Document::from_bytes(document.as_bytes().to_vec()).is_ok());
        prop_assert_eq!(typed(&shown(&document)), document);
    }

    #[test]
    fn a_document_that_lacks_an_attribute_says_which(value in everything(), at in any::<prop::sample::Index>()) {
        let mut map = written(&value).to_map().expect("a document");
        let names: Vec<String> = map.keys().cloned().collect();
        let name = &names[at.index(names.len())];
        map.remove(name);
        let document = Document::from_map(&map).expect("a document");
        if ["maybe", "child", "numbers"].contains(&name.as_str()) {
            prop_assert!(from_document::<Everything>(&document).is_ok());
        } else {
            let (path, reason) = refusal(from_document::<Everything>(&document));
            prop_assert_eq!(path, format!("$.{name}"));
            prop_assert!(reason.contains("missing"));
        }
    }
}
