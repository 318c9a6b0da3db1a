//! How deep documents nest: 32 levels in every notation, and nothing deeper harms.

mod support;

use highwater_format::{
    Document, FormatError, Value, ValueRef, parse_typed_json, parse_typed_value, write_typed_json,
};
use support::read_all;

/// `levels` maps and lists around `leaf`; the outermost is the document.
fn nested(levels: usize, leaf: &str, [map, map_end, list, list_end]: [&str; 4]) -> String {
    let (mut head, mut tail) = (String::from("{\"a\":"), String::from("}"));
    for level in 2..=levels {
        let (open, close) = if level % 2 == 0 { (map, map_end) } else { (list, list_end) };
        head.push_str(open);
        tail.insert_str(0, close);
    }
    head + leaf + &tail
}

const PLAIN: [&str; 4] = ["{\"a\":", "}", "[", "]"];
const TYPED: [&str; 4] = ["{\"M\":{\"a\":", "}}", "{\"L\":[", "]}"];

#[test]
fn both_notations_nest_32_levels_and_no_more() -> Result<(), FormatError> {
    let too_deep = || FormatError::TooDeep { limit: 32 };
    for leaf in [r#"{"SS":["x"]}"#, r#"{"N":"1"}"#] {
        let deepest = Document::from_typed_json(&nested(32, leaf, TYPED))?;
        let mut text = String::new();
        write_typed_json(deepest.as_map(), &mut text)?;
        assert_eq!(text, nested(32, leaf, TYPED));
        assert_eq!(Document::from_map(&deepest.to_map()?)?, deepest);
        let tree = ValueRef::Map(deepest.as_map()).to_value()?;
        assert_eq!(Document::from_value(&tree)?, deepest);
        for levels in [33, 34, 100, 100_000] {
            let text = nested(levels, leaf, TYPED);
            assert_eq!(Document::from_typed_json(&text), Err(too_deep()), "{levels}");
            assert_eq!(parse_typed_json(&text), Err(too_deep()), "{levels}");
        }
    }
    let deepest = Document::from_json(&nested(32, "1", PLAIN))?;
    assert_eq!(deepest.to_json()?, nested(32, "1", PLAIN));
    for levels in [33, 34, 100, 100_000] {
        let text = nested(levels, "1", PLAIN);
        assert_eq!(Document::from_json(&text), Err(too_deep()), "{levels}");
    }
    // An empty container is a level too.
    assert!(Document::from_json(&nested(31, "{}", PLAIN)).is_ok());
    assert!(Document::from_json(&nested(32, "[]", PLAIN)).is_err());
    assert!(Document::from_typed_json(&nested(31, r#"{"L":[]}"#, TYPED)).is_ok());
    assert!(Document::from_typed_json(&nested(32, r#"{"M":{}}"#, TYPED)).is_err());
    Ok(())
}

#[test]
fn trees_nest_32_levels_and_no_more() {
    let mut list = Value::from(1);
    for level in 1..=33 {
        let document = Document::from_value(&Value::Map([("a".to_owned(), list.clone())].into()));
        assert_eq!(document.is_ok(), level <= 32, "{level}");
        list = Value::List(vec![list]);
    }
    let typed = |levels| {
        (0..levels).fold(Value::Map([("N".to_owned(), 1.into())].into()), |v, _| {
            Value::Map([("L".to_owned(), Value::List(vec![v]))].into())
        })
    };
    assert!(parse_typed_value(typed(32), "$").is_ok());
    assert!(parse_typed_value(typed(33), "$").is_err());
}

/// Lists (or maps) nested `levels` deep in attribute `a`, without the work of copying each level.
fn bomb(levels: usize, map: bool) -> Vec<u8> {
    let mut reversed = vec![0];
    let head: &[u8] = if map { &[7, b'a', 1, 1] } else { &[6, 1] };
    for level in 0..levels {
        let length = reversed.len();
        let varint = match length {
            0..=250 => length.to_le_bytes()[..1].to_vec(),
            251..=0xffff => [&[0xfb], &length.to_le_bytes()[..2]].concat(),
            _ => [&[0xfc], &length.to_le_bytes()[..4]].concat(),
        };
        reversed.extend(varint.iter().rev());
        let last = level + 1 == levels;
        reversed.extend_from_slice(if last && !map { &[6, b'a', 1, 1] } else { head });
    }
    reversed.reverse();
    reversed
}

#[test]
fn no_depth_exhausts_the_stack() -> Result<(), FormatError> {
    let too_deep = Err(FormatError::TooDeep { limit: 32 });
    for map in [false, true] {
        let deepest = Document::from_bytes(bomb(31, map))?;
        assert_eq!(read_all(&deepest), [const { Ok(()) }; 5]);
        for levels in [32, 33, 200_000] {
            let bytes = bomb(levels, map);
            assert_eq!(Document::from_bytes(bytes.clone()).map(|_| ()), too_deep);
            let document = Document::from_trusted_bytes(bytes);
            let [_, tree, json, typed, get] = read_all(&document);
            assert_eq!([&tree, &json, &typed], [&too_deep; 3]);
            assert_eq!(get, Ok(()));
            assert_eq!(format!("{document:?}"), "<nested deeper than 32 levels>");
        }
    }
    Ok(())
}
