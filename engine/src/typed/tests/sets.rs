//! Sets: written where a field says so, read from sets and lists.

use super::{read, refused, shown, typed, written};
use crate::typed::{from_document, to_document};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Sets {
    #[serde(with = "crate::typed::string_set")]
    strings: HashSet<String>,
    #[serde(with = "crate::typed::number_set")]
    numbers: BTreeSet<u64>,
    #[serde(with = "crate::typed::binary_set")]
    binaries: Vec<[u8; 2]>,
}

fn sets() -> Sets {
    Sets {
        strings: ["sky".to_owned(), "dawn".to_owned()].into(),
        numbers: [7, u64::MAX].into(),
        binaries: vec![[1, 2], [3, 4]],
    }
}

#[test]
fn a_field_that_says_so_is_a_set() {
    let text = r#"{"binaries":{"BS":["AQI=","AwQ="]},"numbers":{"NS":["7","18446744073709551615"]},"strings":{"SS":["dawn","sky"]}}"#;
    assert_eq!(shown(&written(&sets())), text);
    assert_eq!(read::<Sets>(&typed(text)), sets());
}

#[test]
fn sets_are_read_from_lists_and_lists_from_sets() {
    let lists = r#"{"binaries":{"L":[{"B":"AQI="},{"B":"AwQ="}]},
        "numbers":{"L":[{"N":"7"},{"N":"18446744073709551615"}]},
        "strings":{"L":[{"S":"dawn"},{"S":"sky"}]}}"#;
    assert_eq!(read::<Sets>(&typed(lists)), sets());

    #[derive(Debug, PartialEq, Deserialize)]
    struct Lists {
        strings: Vec<String>,
        numbers: (u8, u64),
        binaries: Vec<Vec<u8>>,
    }
    let lists: Lists = read(&written(&sets()));
    assert_eq!(lists.strings, ["dawn", "sky"]);
    assert_eq!(lists.numbers, (7, u64::MAX));
    assert_eq!(lists.binaries, [[1, 2], [3, 4]]);
}

#[test]
fn what_no_set_can_hold_is_refused() {
    let empty = Sets { strings: HashSet::new(), ..sets() };
    refused(to_document(&empty), "$.strings", &["a member or more", "skip_serializing_if"]);
    let twice = Sets { binaries: vec![[1, 2], [3, 4], [1, 2]], ..sets() };
    refused(to_document(&twice), "$.binaries[2]", &["twice"]);

    #[derive(Serialize)]
    struct Strings<T: Serialize> {
        #[serde(with = "crate::typed::string_set")]
        v: T,
    }
    refused(to_document(&Strings { v: ("a", 7) }), "$.v[1]", &["strings", "number"]);
    refused(to_document(&Strings { v: vec![None::<u8>] }), "$.v[0]", &["strings", "null"]);
    refused(to_document(&Strings { v: "text" }), "$.v", &["sequence", "string"]);
    let text = r#"{"strings":{"NS":["1"]},"numbers":{"NS":["1"]},"binaries":{"BS":["AQI="]}}"#;
    refused(from_document::<Sets>(&typed(text)), "$.strings[0]", &["number `1`", "a string"]);
    let text = r#"{"strings":{"SS":["1"]},"numbers":{"NS":["1","-1"]},"binaries":{"BS":["AQI="]}}"#;
    refused(from_document::<Sets>(&typed(text)), "$.numbers[0]", &["-1", "u64"]);
}

#[test]
fn an_optional_set_is_null_or_left_out() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Note {
        #[serde(with = "crate::typed::string_set")]
        tags: Option<BTreeSet<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(with = "crate::typed::number_set")]
        lots: Option<Vec<u8>>,
    }
    let none = Note { tags: None, lots: None };
    assert_eq!(shown(&written(&none)), r#"{"tags":{"NULL":true}}"#);
    assert_eq!(read::<Note>(&written(&none)), none);
    let some = Note { tags: Some(["sky".to_owned()].into()), lots: Some(vec![7]) };
    assert_eq!(shown(&written(&some)), r#"{"lots":{"NS":["7"]},"tags":{"SS":["sky"]}}"#);
    assert_eq!(read::<Note>(&written(&some)), some);
}

#[test]
fn other_formats_see_sequences() {
    let text = serde_json::to_string(&sets()).expect("JSON");
    assert!(text.contains(r#""numbers":[7,18446744073709551615],"binaries":[[1,2],[3,4]]"#));
    assert_eq!(serde_json::from_str::<Sets>(&text).ok(), Some(sets()));
}
