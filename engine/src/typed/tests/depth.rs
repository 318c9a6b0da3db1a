//! Types nest as deep as documents do, and no deeper.

use super::{read, refused, written};
use crate::Document;
use crate::typed::{from_document, to_document};
use highwater_format::MAX_DEPTH;
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Nest {
    n: Option<Box<Nest>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "crate::typed::number_set")]
    set: Vec<u8>,
}

/// `levels` maps, each inside the one before; the innermost holds a set.
fn nest(levels: usize) -> Nest {
    let innermost = Nest { n: None, set: vec![7] };
    (1..levels).fold(innermost, |inner, _| Nest { n: Some(Box::new(inner)), set: Vec::new() })
}

#[test]
fn thirty_two_levels_are_written_and_read() {
    let deepest = nest(MAX_DEPTH);
    let document = written(&deepest);
    assert!(Document::from_bytes(document.as_bytes().to_vec()).is_ok());
    assert_eq!(read::<Nest>(&document), deepest);
}

#[test]
fn one_more_is_refused_by_its_path() {
    let at = format!("${}", ".n".repeat(MAX_DEPTH));
    refused(to_document(&nest(MAX_DEPTH + 1)), &at, &["32 levels"]);
    refused(to_document(&nest(10_000)), &at, &["32 levels"]);
}

#[test]
fn an_attribute_has_one_level_less_than_a_document() {
    assert!(crate::typed::to_value(&nest(MAX_DEPTH - 1)).is_ok());
    assert!(crate::typed::to_value(&nest(MAX_DEPTH)).is_err());
}

#[test]
fn variants_count_the_maps_that_they_stand_in() {
    #[derive(Serialize)]
    enum Chain {
        Newtype(Box<Chain>),
        Tuple(Box<Chain>, u8),
        End,
    }
    let chain = |levels: usize| {
        (1..levels)
            .fold(Chain::Newtype(Box::new(Chain::End)), |inner, _| Chain::Newtype(Box::new(inner)))
    };
    assert!(Document::from_bytes(written(&chain(MAX_DEPTH)).as_bytes().to_vec()).is_ok());
    assert!(to_document(&chain(MAX_DEPTH + 1)).is_err());
    let tuples = |levels: usize| {
        (1..levels).fold(Chain::Tuple(Box::new(Chain::End), 1), |inner, _| {
            Chain::Tuple(Box::new(inner), 1)
        })
    };
    assert!(Document::from_bytes(written(&tuples(MAX_DEPTH / 2)).as_bytes().to_vec()).is_ok());
    assert!(to_document(&tuples(MAX_DEPTH / 2 + 1)).is_err());
}

#[test]
fn bytes_that_nest_deeper_are_refused_before_the_stack_ends() {
    // A map of one attribute `n` inside another, 50 times: more than any document holds.
    let mut bytes = vec![0];
    for _ in 0..50 {
        let mut outer = vec![1, 1, b'n', 7, u8::try_from(bytes.len()).expect("short")];
        outer.append(&mut bytes);
        bytes = outer;
    }
    let document = Document::from_trusted_bytes(bytes);
    let at = format!("${}", ".n".repeat(MAX_DEPTH));
    refused(from_document::<Nest>(&document), &at, &["32 levels"]);
}
