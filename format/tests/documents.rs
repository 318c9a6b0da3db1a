//! Documents against trees: what goes in comes out, whichever way it is read.

mod support;

use highwater_format::strategies::{attributes, json_attributes, strings};
use highwater_format::{
    Document, FormatError, Value, ValueRef, parse_json, write_json_value, write_typed_json,
};
use proptest::prelude::*;
use proptest::sample::Index;
use support::read_all;

fn typed(document: &Document) -> Result<String, FormatError> {
    let mut out = String::new();
    write_typed_json(document.as_map(), &mut out)?;
    Ok(out)
}

/// What a hand that slips does to bytes.
#[derive(Debug, Clone)]
enum Slip {
    Replace(Index, u8),
    Flip(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    Cut(Index),
    Repeat(Index, Index),
    /// Writes a small varint in its longer form.
    Widen(Index),
}

fn slip() -> impl Strategy<Value = Slip> {
    let byte = || prop_oneof![0_u8..12, 250_u8.., any::<u8>()];
    prop_oneof![
        (any::<Index>(), byte()).prop_map(|(at, byte)| Slip::Replace(at, byte)),
        (any::<Index>(), 0_u8..8).prop_map(|(at, bit)| Slip::Flip(at, bit)),
        (any::<Index>(), byte()).prop_map(|(at, byte)| Slip::Insert(at, byte)),
        any::<Index>().prop_map(Slip::Remove),
        any::<Index>().prop_map(Slip::Cut),
        any::<Index>().prop_map(Slip::Widen),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Slip::Repeat(from, to)),
    ]
}

fn apply(slip: &Slip, bytes: &mut Vec<u8>) {
    let len = bytes.len();
    if len == 0 {
        return;
    }
    let mut change = |at: &Index, to: &dyn Fn(u8) -> u8| {
        bytes.get_mut(at.index(len)).into_iter().for_each(|byte| *byte = to(*byte));
    };
    match slip {
        Slip::Replace(at, byte) => change(at, &|_| *byte),
        Slip::Flip(at, bit) => change(at, &|byte| byte ^ (1 << bit)),
        Slip::Insert(at, byte) => bytes.insert(at.index(len), *byte),
        Slip::Remove(at) => drop(bytes.remove(at.index(len))),
        Slip::Cut(at) => bytes.truncate(at.index(len)),
        Slip::Widen(at) => {
            bytes.insert(at.index(len), 0xfb);
            bytes.insert(at.index(len) + 2, 0);
        }
        Slip::Repeat(from, to) => {
            let (a, b) = (from.index(len), to.index(len));
            bytes.extend_from_within(a.min(b)..a.max(b));
        }
    }
}

/// Bytes are refused, or they are the only encoding of what they say and every reader agrees.
fn refused_or_canonical(bytes: Vec<u8>) -> Result<(), TestCaseError> {
    let trusted = read_all(&Document::from_trusted_bytes(bytes.clone()));
    if let Ok(document) = Document::from_bytes(bytes.clone()) {
        prop_assert_eq!(trusted, [const { Ok(()) }; 5]);
        let again = Document::from_map(&document.to_map()?)?;
        prop_assert_eq!(again.as_bytes(), bytes);
        prop_assert_eq!(Document::from_typed_json(&typed(&document)?)?, document);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_tree_comes_back(map in attributes()) {
        let document = Document::from_map(&map)?;
        prop_assert_eq!(&document.to_map()?, &map);
        prop_assert_eq!(&Document::from_bytes(document.as_bytes().to_vec())?, &document);
        prop_assert_eq!(&Document::from_value(&Value::Map(map))?, &document);
        prop_assert_eq!(read_all(&document), [const { Ok(()) }; 5]);
    }

    #[test]
    fn plain_json_keeps_what_it_can_say(map in json_attributes()) {
        let document = Document::from_map(&map)?;
        let text = document.to_json()?;
        prop_assert_eq!(parse_json(&text)?, Value::Map(map));
        prop_assert_eq!(Document::from_json(&text)?, document);
        prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }

    #[test]
    fn typed_json_keeps_everything(map in attributes()) {
        let document = Document::from_map(&map)?;
        let text = typed(&document)?;
        let again = Document::from_typed_json(&text)?;
        prop_assert_eq!(again.as_bytes(), document.as_bytes());
        prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }

    #[test]
    fn a_lazy_look_finds_what_the_tree_holds(map in attributes(), other in strings()) {
        let document = Document::from_map(&map)?;
        let lazy = document.as_map();
        prop_assert_eq!((lazy.len(), lazy.is_empty()), (map.len(), map.is_empty()));
        for name in map.keys().chain([&other]) {
            let found = lazy.get(name)?.map(|value| value.to_value()).transpose()?;
            prop_assert_eq!(found.as_ref(), map.get(name));
        }
        let mut tree = map.iter();
        for entry in lazy.iter() {
            let (name, value) = entry?;
            prop_assert_eq!(value.type_name(), map[name].type_name());
            let value = value.to_value()?;
            prop_assert_eq!(Some((&name.to_owned(), &value)), tree.next());
        }
        prop_assert_eq!(tree.next(), None);
    }

    #[test]
    fn equal_means_equal_bytes(a in attributes(), b in attributes()) {
        let (x, y) = (Document::from_map(&a)?, Document::from_map(&b)?);
        prop_assert_eq!(a == b, x.as_bytes() == y.as_bytes());
        prop_assert_eq!(a == b, x == y);
    }

    #[test]
    fn a_slip_is_refused_or_makes_another_document(
        map in attributes(),
        slips in proptest::collection::vec(slip(), 1..4),
    ) {
        let mut bytes = Document::from_map(&map)?.as_bytes().to_vec();
        slips.iter().for_each(|slip| apply(slip, &mut bytes));
        refused_or_canonical(bytes)?;
    }

    #[test]
    fn any_bytes_are_answered(bytes in any::<Vec<u8>>()) {
        refused_or_canonical(bytes)?;
    }

    #[test]
    fn few_bytes_are_answered(
        bytes in proptest::collection::vec(prop_oneof![0_u8..12, 250_u8..=255], 0..16),
    ) {
        refused_or_canonical(bytes)?;
    }
}

#[test]
fn a_value_alone_is_written_as_in_its_document() {
    let typed = r#"{"id":{"S":"a"},"l":{"L":[{"N":"1"},{"M":{}}]},"s":{"SS":["x","y"]}}"#;
    let document = Document::from_typed_json(typed).unwrap();
    for (name, json) in [("id", r#""a""#), ("l", "[1,{}]"), ("s", r#"["x","y"]"#)] {
        let mut out = String::new();
        write_json_value(document.as_map().get(name).unwrap().unwrap(), &mut out).unwrap();
        assert_eq!(out, json);
    }
    let Some(ValueRef::StringSet(set)) = document.as_map().get("s").unwrap() else { panic!() };
    assert!(set.len() == 2 && !set.is_empty());
    let document = Document::from_json(r#"{"full":[null],"empty":[]}"#).unwrap();
    for (name, is_empty) in [("full", false), ("empty", true)] {
        let Some(ValueRef::List(list)) = document.as_map().get(name).unwrap() else { panic!() };
        assert_eq!(list.is_empty(), is_empty);
    }
}
