//! Arbitrary text as plain and as typed JSON: what is accepted comes back the same.

#![no_main]

use highwater_format::{
    Document, FormatError, parse_json, parse_typed_json, parse_typed_value, write_typed_json,
};
use libfuzzer_sys::fuzz_target;

fn plain(document: &Document) -> Result<(), FormatError> {
    assert_eq!(&Document::from_json(&document.to_json()?)?, document);
    typed(document)
}

fn typed(document: &Document) -> Result<(), FormatError> {
    let mut text = String::new();
    write_typed_json(document.as_map(), &mut text)?;
    assert_eq!(&Document::from_typed_json(&text)?, document);
    assert_eq!(&Document::from_bytes(document.as_bytes().to_vec())?, document);
    document.to_json().map(|_| ())
}

fn check_place(text: &str, error: &FormatError) {
    if let FormatError::Json { offset, .. } = error {
        assert!(*offset <= text.len(), "{offset} lies outside the text");
    }
}

fuzz_target!(|text: &str| {
    match parse_json(text) {
        Ok(value) => {
            let _ = parse_typed_value(value.clone(), "$");
            if let Ok(document) = Document::from_value(&value) {
                plain(&document).expect("plain JSON comes back");
            }
        }
        Err(e) => check_place(text, &e),
    }
    match parse_typed_json(text) {
        Ok(map) => {
            let document = Document::from_map(&map).expect("a typed document encodes");
            typed(&document).expect("typed JSON comes back");
        }
        Err(e) => check_place(text, &e),
    }
});
