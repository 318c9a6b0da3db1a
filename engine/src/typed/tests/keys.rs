//! Keys of maps are names.

use super::{json, read, refused, written};
use crate::typed::{from_document, to_document};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Debug;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Colour {
    Red,
    #[serde(rename = "blue")]
    Blue,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Id(u64);

#[track_caller]
fn named<K>(keys: [K; 2], names: [&str; 2])
where
    K: Serialize + for<'de> Deserialize<'de> + Ord + Debug,
{
    let map: BTreeMap<K, u8> = keys.into_iter().zip(1..).collect();
    let document = written(&map);
    let [a, b] = names;
    assert_eq!(document, json(&format!(r#"{{"{a}":1,"{b}":2}}"#)));
    assert_eq!(read::<BTreeMap<K, u8>>(&document), map);
}

#[test]
fn plain_keys_become_names_and_come_back() {
    named(["a".to_owned(), "b".to_owned()], ["a", "b"]);
    named(['a', 'b'], ["a", "b"]);
    named([false, true], ["false", "true"]);
    named([i8::MIN, i8::MAX], ["-128", "127"]);
    named([0_i128, i128::MAX], ["0", "170141183460469231731687303715884105727"]);
    named([0, u128::MAX], ["0", "340282366920938463463374607431768211455"]);
    named([Id(1), Id(u64::MAX)], ["1", "18446744073709551615"]);
    named([Colour::Red, Colour::Blue], ["Red", "blue"]);
    named([Some(1_u8), Some(2)], ["1", "2"]);
}

#[test]
fn keys_without_a_plain_text_are_refused() {
    #[derive(Serialize)]
    struct Held<K: Ord> {
        map: BTreeMap<K, u8>,
    }
    #[track_caller]
    fn refuse<K: Serialize + Ord>(key: K, named: &str) {
        let held = Held { map: BTreeMap::from([(key, 1)]) };
        refused(to_document(&held), "$.map", &["key of a map", named]);
    }
    refuse((1, 2), "tuple");
    refuse(vec![1], "sequence");
    refuse((), "unit");
    refuse(None::<u8>, "None");
    refuse(BTreeMap::from([(1, 1)]), "map");
}

#[test]
fn a_name_that_is_no_such_key_is_refused_under_its_name() {
    let document = json(r#"{"a":{"x":1}}"#);
    type Keyed<K> = BTreeMap<String, BTreeMap<K, u8>>;
    refused(from_document::<Keyed<u8>>(&document), "$.a.x", &["\"x\"", "u8"]);
    refused(from_document::<Keyed<bool>>(&document), "$.a.x", &["\"x\"", "boolean"]);
    refused(from_document::<Keyed<Colour>>(&document), "$.a.x", &["`x`", "`Red`"]);
    let wide = json(r#"{"a":{"256":1}}"#);
    refused(from_document::<Keyed<u8>>(&wide), "$.a.256", &["256", "u8"]);
}
