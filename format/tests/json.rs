//! JSON that must be refused, where and why.

use highwater_format::{Document, FormatError, NumberError, parse_json, parse_typed_json};

#[test]
fn bad_json_is_refused_at_its_place() {
    for (text, offset) in [
        ("", 0),
        ("  ", 2),
        ("{", 1),
        (r#"{"a":NaN}"#, 5),
        (r#"{"a":Infinity}"#, 5),
        (r#"{"a":-Infinity}"#, 6),
        (r#"{"a":+1}"#, 5),
        (r#"{"a":.5}"#, 5),
        (r#"{"a":1.}"#, 7),
        (r#"{"a":01}"#, 6),
        (r#"{"a":0x1}"#, 6),
        (r#"{"a":tru}"#, 5),
        (r#"{"a":1,}"#, 7),
        ("[1,]", 3),
        ("[,1]", 1),
        ("[1 2]", 3),
        (r#"{"a" 1}"#, 5),
        (r#"{"a":}"#, 5),
        ("{a:1}", 1),
        ("{1:1}", 1),
        ("{'a':1}", 1),
        ("[1]]", 3),
        ("{} {}", 3),
        ("[1] // why", 4),
        ("\n\n[1,\n]", 6),
        (r#"{"a":"\ud800"}"#, 5),
        (r#"{"a":"\udc00\udc00"}"#, 6),
        (r#"{"a":"\ud800\ud800"}"#, 12),
        (r#"{"a":"\ud800......"}"#, 12),
        (r#"{"a":"\x"}"#, 6),
        (r#"{"a":"\u12g4"}"#, 8),
        ("{\"a\":\"\n\"}", 6),
        ("{\"a\":\"", 5),
    ] {
        let found = match Document::from_json(text) {
            Err(FormatError::Json { offset, .. }) => Some(offset),
            _ => None,
        };
        assert_eq!(found, Some(offset), "{text}");
        assert!(Document::from_typed_json(text).is_err(), "{text}");
    }
}

#[test]
fn a_name_that_stands_twice_is_told_with_the_second_place() {
    for (text, place) in [
        (r#"{"a":1,"a":2}"#, 7),
        (r#"{"a":"a", "a":2}"#, 10),
        (r#"{"b":{"a":1},"a":{"c":["a"]},"a":2}"#, 29),
        (r#"{"\u0061":1,"a":2}"#, 12),
        (r#"{"a":1 , "\u0061":2}"#, 9),
        ("{\"\u{e9}\":{\"a\":1,\n  \"a\":2}}", 16),
    ] {
        let Err(FormatError::Json { offset, reason }) = parse_json(text) else {
            unreachable!("{text} was accepted");
        };
        assert_eq!((offset, reason.contains("twice")), (place, true), "{text}");
    }
    // The same name in two objects is no repetition.
    assert!(parse_json(r#"[{"a":{"a":1}},{"a":2}]"#).is_ok());
}

#[test]
fn numbers_that_would_not_survive_are_refused() {
    let digits = "123456789012345678901234567890123456789";
    let number = |error| match error {
        FormatError::Number(number) => Some(number),
        _ => None,
    };
    for form in ["{\"a\":#}", "[[#]]"] {
        let json = |text: &str| parse_json(&form.replace('#', text)).map_err(number);
        assert!(matches!(json(digits), Err(Some(NumberError::Precision { digits: 39, .. }))));
        for text in ["1e126", "-1e126", "1e-131", "1e99999999999", "1e-99999999999"] {
            let found = json(text);
            assert!(matches!(found, Err(Some(NumberError::Range { .. }))), "{text}");
        }
        for text in ["9.9e125", "1e-130", "0e99999999999", "-0", &digits[..38]] {
            assert!(json(text).is_ok(), "{text}");
        }
    }
    for text in ["NaN", "", " 1", "1 ", "1_0", digits, "1e126"] {
        for typed in [format!(r#"{{"N":"{text}"}}"#), format!(r#"{{"NS":["{text}"]}}"#)] {
            let read = parse_typed_json(&format!(r#"{{"a":{typed}}}"#));
            assert!(matches!(read, Err(FormatError::Number(_))), "{typed}");
        }
    }
}

#[test]
fn typed_values_that_are_none_are_refused_with_their_path() {
    for (text, path) in [
        (r#"{"a":1}"#, "$.a"),
        (r#"{"a":{}}"#, "$.a"),
        (r#"{"a":{"S":"x","N":"1"}}"#, "$.a"),
        (r#"{"a":{"X":"x"}}"#, "$.a"),
        (r#"{"a":{"s":"x"}}"#, "$.a"),
        (r#"{"a":{"S":1}}"#, "$.a"),
        (r#"{"a":{"N":true}}"#, "$.a"),
        (r#"{"a":{"BOOL":"true"}}"#, "$.a"),
        (r#"{"a":{"NULL":false}}"#, "$.a"),
        (r#"{"a":{"B":"A"}}"#, "$.a"),
        (r#"{"a":{"B":"AB=="}}"#, "$.a"),
        (r#"{"a":{"M":{"b":{"L":[{"S":"x"},{"S":null}]}}}}"#, "$.a.b[1]"),
        (r#"{"a":{"SS":["x","y","x"]}}"#, "$.a[2]"),
        (r#"{"a":{"NS":["1","1.0"]}}"#, "$.a[1]"),
        (r#"{"a":{"BS":["AA==","AA=="]}}"#, "$.a[1]"),
        (r#"{"a":{"SS":[null]}}"#, "$.a[0]"),
        (r#"{"a":{"BS":["%"]}}"#, "$.a[0]"),
    ] {
        let found = match parse_typed_json(text) {
            Err(FormatError::Typed { path, .. }) => path,
            other => format!("{other:?}"),
        };
        assert_eq!(found, path, "{text}");
    }
    for set in ["SS", "NS", "BS"] {
        let empty = parse_typed_json(&format!(r#"{{"a":{{"{set}":[]}}}}"#));
        assert_eq!(empty, Err(FormatError::EmptySet));
    }
}

#[test]
fn a_document_is_an_object() {
    for (text, found) in [("[]", "list"), ("1", "number"), ("\"x\"", "string"), ("null", "null")] {
        let expected = Err(FormatError::NotAnObject { found });
        assert_eq!(Document::from_json(text), expected);
        assert_eq!(Document::from_typed_json(text), expected);
    }
}
