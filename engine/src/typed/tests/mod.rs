//! Tests of typed access: what becomes of each type, what is refused and where, the table's handle.

mod depth;
mod enums;
mod everything;
mod keys;
mod malformed;
mod mapping;
mod numbers;
mod options;
mod paths;
mod sets;
mod sync;
mod table;

use super::{from_document, to_document};
use crate::{Document, Error, ErrorKind, write_typed_json};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn json(text: &str) -> Document {
    Document::from_json(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn typed(text: &str) -> Document {
    Document::from_typed_json(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn written<T: Serialize>(value: &T) -> Document {
    to_document(value).unwrap_or_else(|e| panic!("{e}"))
}

fn read<T: DeserializeOwned>(document: &Document) -> T {
    from_document(document).unwrap_or_else(|e| panic!("{document:?}: {e}"))
}

/// The document in the notation that keeps its types.
fn shown(document: &Document) -> String {
    let mut text = String::new();
    write_typed_json(document.as_map(), &mut text).unwrap_or_else(|e| panic!("{e}"));
    text
}

/// The path and the reason of a refusal.
#[track_caller]
fn refusal<T>(result: Result<T, Error>) -> (String, String) {
    match result {
        Ok(_) => panic!("it was not refused"),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
            match error {
                Error::Typed { path, reason } => (path, reason),
                other => panic!("another error: {other}"),
            }
        }
    }
}

#[track_caller]
fn refused<T>(result: Result<T, Error>, at: &str, words: &[&str]) {
    let (path, reason) = refusal(result);
    assert_eq!(path, at, "{reason}");
    for word in words {
        assert!(reason.contains(word), "`{reason}` does not say `{word}`");
    }
}
