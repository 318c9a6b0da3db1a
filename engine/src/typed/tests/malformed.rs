//! Bytes that are no document are an error, whatever they are read as.

use super::everything::Everything;
use crate::typed::from_document;
use crate::{Document, Error, ErrorKind, FormatError};
use proptest::prelude::*;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// Bytes of a document that may be torn anywhere.
fn torn() -> impl Strategy<Value = Vec<u8>> {
    let text = r#"{"id":{"S":"a"},"strings":{"SS":["a","b"]},"numbers":{"NS":["1","2.5"]},
        "list":{"L":[{"N":"1"},{"NULL":true}]},"shapes":{"L":[{"M":{"Circle":{"N":"1"}}}]},
        "bytes":{"B":"AQID"},"floats":{"L":[{"N":"1"},{"N":"2"}]}}"#;
    let whole = super::typed(text).as_bytes().to_vec();
    (0..whole.len(), any::<u8>(), 0..=whole.len()).prop_map(move |(at, byte, length)| {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        bytes.truncate(length);
        bytes
    })
}

proptest! {
    #[test]
    fn any_bytes_are_answered_and_none_are_made_up(bytes in prop_oneof![any::<Vec<u8>>(), torn()]) {
        let document = Document::from_trusted_bytes(bytes);
        let whole = document.to_map().is_ok();
        // What takes every attribute cannot read what is no tree.
        let all = from_document::<BTreeMap<String, serde_json::Value>>(&document);
        prop_assert!(whole || all.is_err());
        // What passes some over must only not panic.
        let _some = from_document::<Everything>(&document);
        let _none = from_document::<BTreeMap<String, IgnoredAny>>(&document);
    }
}

#[test]
fn damage_stays_damage() {
    // A count of one, and no attribute.
    let document = Document::from_trusted_bytes(vec![1]);
    let error = from_document::<BTreeMap<String, u8>>(&document).expect_err("damaged");
    assert!(matches!(error, Error::Format(FormatError::Malformed { .. })), "{error}");
    assert_eq!(error.kind(), ErrorKind::Operator);
}

/// What does not fit is refused, and not cut.
#[test]
fn binary_of_another_length_is_no_array() {
    let document = super::typed(r#"{"id":{"S":"a"},"b":{"B":"AQIDBA=="}}"#);
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Of<T> {
        b: T,
    }
    assert_eq!(from_document::<Of<[u8; 4]>>(&document).expect("it fits").b, [1, 2, 3, 4]);
    assert_eq!(from_document::<Of<Vec<u8>>>(&document).expect("it fits").b, [1, 2, 3, 4]);
    let (path, _) = super::refusal(from_document::<Of<[u8; 2]>>(&document));
    assert_eq!(path, "$.b");
    super::refusal(from_document::<Of<[u8; 5]>>(&document));
    super::refusal(from_document::<Of<(u8, u8)>>(&document));
}
