//! Only what a condition must know is read: damage elsewhere in a document goes unseen.

use super::{live, parse};
use crate::filter::Subject;
use highwater_format::{Document, FormatError, Millis};

const VALUES: &str = r#"{":one": {"N": "1"}, ":l": {"L": [{"N": "1"}]}}"#;

/// `{"a": 1, "b": <no tag of a value>}`.
fn torn() -> Document {
    let whole = super::document(r#"{"a": {"N": "1"}, "b": {"NULL": true}}"#);
    let mut bytes = whole.as_bytes().to_vec();
    assert_eq!(bytes.pop(), Some(0), "b's tag stands last");
    bytes.push(0xee);
    Document::from_trusted_bytes(bytes)
}

#[test]
fn evaluation_stops_when_it_knows() {
    let document = torn();
    for (expression, outcome) in [
        ("a = :one", Some(true)),
        ("a = :one OR b = :one", Some(true)),
        ("a <> :one AND b = :one", Some(false)),
        ("a IN (:one, b)", Some(true)),
        ("aa BETWEEN b AND b", Some(false)),
        ("b = :one", None),
        ("b = :one OR a = :one", None),
        ("NOT attribute_exists(b)", None),
        ("size(b) = :one", None),
    ] {
        let filter =
            parse(expression, "{}", VALUES).unwrap_or_else(|e| panic!("{expression}: {e}"));
        assert_eq!(filter.matches(&live(&document)).ok(), outcome, "{expression}");
    }
}

#[test]
fn a_list_is_not_read_over_a_damaged_element() {
    let mut bytes =
        super::document(r#"{"l": {"L": [{"NULL": true}, {"N": "1"}]}}"#).as_bytes().to_vec();
    let first = bytes.iter().rposition(|b| *b == 0);
    // The number ends in a zero of its own; the null's tag is the zero before it.
    let null = first.and_then(|end| bytes.get(..end)?.iter().rposition(|b| *b == 0));
    if let Some(byte) = null.and_then(|at| bytes.get_mut(at)) {
        *byte = 0xee;
    }
    let document = Document::from_trusted_bytes(bytes);
    let filter = parse("l[1] = :one", "{}", VALUES).unwrap_or_else(|e| panic!("{e}"));
    assert!(matches!(filter.matches(&live(&document)), Err(FormatError::Malformed { .. })));
}

#[test]
fn bytes_nested_without_end_are_an_error() {
    // { "l": [[[...]]], "m": the same }, far deeper than a document may be.
    let mut list = vec![6, 1, 0];
    for _ in 0..200 {
        let length = list.len() + 1;
        let mut outer = vec![6];
        put_varint(&mut outer, length);
        outer.push(1);
        outer.extend(list);
        list = outer;
    }
    let mut bytes = vec![2, 1, b'l'];
    bytes.extend(&list);
    bytes.extend([1, b'm']);
    bytes.extend(&list);
    let document = Document::from_trusted_bytes(bytes);
    let subject =
        Subject { document: document.as_map(), version: 1, changed_at: Millis(0), deleted: false };
    let filter = parse("l = m", "{}", VALUES).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(filter.matches(&subject), Err(FormatError::TooDeep { limit: 32 }));
    // The literal's depth bounds this one.
    let filter = parse("l = :l", "{}", VALUES).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(filter.matches(&subject), Ok(false));
}

/// bincode's variable-length integer, for up to 65,535.
fn put_varint(out: &mut Vec<u8>, n: usize) {
    match u8::try_from(n) {
        Ok(byte) if byte < 251 => out.push(byte),
        _ => {
            out.push(251);
            out.extend(u16::try_from(n).unwrap_or(u16::MAX).to_le_bytes());
        }
    }
}
