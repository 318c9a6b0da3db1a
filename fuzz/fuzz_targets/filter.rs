//! Arbitrary text as a filter of either notation: an error or a filter that answers for any document.

#![no_main]

use highwater::{Document, Filter, Millis, Subject, parse_json};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;

const DOCUMENT: &str = r##"{"a":{"S":"x"},"b":{"N":"1.5"},"l":{"L":[{"N":"1"},{"S":"x"}]},
    "m":{"M":{"n":{"SS":["p","q"]}}},"z":{"NULL":true},"t":{"BOOL":true},"d":{"B":"AAE="}}"##;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let document = Document::from_typed_json(DOCUMENT).expect("it is a document");
    let subject =
        Subject { document: document.as_map(), version: 1, changed_at: Millis(1), deleted: false };
    let names = BTreeMap::from([("#a".to_owned(), "a".to_owned())]);
    let values = BTreeMap::from([(":x".to_owned(), highwater::Value::from("x"))]);
    let parsed = [
        Filter::parse(text, &BTreeMap::new(), &BTreeMap::new()),
        Filter::parse(text, &names, &BTreeMap::new()),
        Filter::parse(text, &BTreeMap::new(), &values),
        Filter::parse(text, &names, &values),
    ];
    let objects = parse_json(text).ok().map(|value| Filter::from_request(&value));
    for filter in parsed.into_iter().chain(objects).flatten() {
        let matches = filter.matches(&subject).expect("the document is sound");
        // A pin is a promise: only documents that hold the value can match.
        if let (true, Some(pin)) = (matches, filter.pinned("a")) {
            assert_eq!(pin, highwater::KeyValue::from("x"));
        }
        assert_ne!(filter.digest(), [0; 32]);
    }
});
