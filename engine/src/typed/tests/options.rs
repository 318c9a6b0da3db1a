//! Options: what is not there, what is null, and what is missed.

use super::{json, read, refused, shown, written};
use crate::typed::from_document;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Note {
    id: String,
    owner: Option<String>,
    place: Option<Place>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Place {
    city: Option<String>,
}

#[test]
fn a_none_in_a_field_is_left_out_at_every_level() {
    let note = Note { id: "n1".into(), owner: None, place: Some(Place { city: None }) };
    assert_eq!(shown(&written(&note)), r#"{"id":{"S":"n1"},"place":{"M":{}}}"#);
    assert_eq!(read::<Note>(&written(&note)), note);
}

#[test]
fn a_none_elsewhere_is_null_for_its_place_is_data() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Places {
        list: Vec<Option<u8>>,
        pair: (Option<u8>, u8),
        map: BTreeMap<String, Option<u8>>,
        newtype: Just,
        variant: Variant,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Just(Option<u8>);
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Variant {
        Newtype(Option<u8>),
    }
    let places = Places {
        list: vec![None, Some(1)],
        pair: (None, 1),
        map: BTreeMap::from([("a".to_owned(), None)]),
        newtype: Just(None),
        variant: Variant::Newtype(None),
    };
    let text = r#"{"list":[null,1],"map":{"a":null},"newtype":null,"pair":[null,1],"variant":{"Newtype":null}}"#;
    assert_eq!(written(&places).to_json().as_deref(), Ok(text));
    assert_eq!(read::<Places>(&written(&places)), places);
}

#[test]
fn an_option_is_none_where_the_attribute_is_missing_or_null() {
    for text in [r#"{"id":"n1"}"#, r#"{"id":"n1","owner":null,"place":null}"#] {
        let note = read::<Note>(&json(text));
        assert_eq!(note, Note { id: "n1".into(), owner: None, place: None });
    }
}

#[test]
fn other_fields_want_their_attribute() {
    refused(from_document::<Note>(&json("{}")), "$.id", &["missing", "Option", "default"]);
    let null = json(r#"{"id":null}"#);
    refused(from_document::<Note>(&null), "$.id", &["null", "expected a string"]);
}

#[test]
fn attributes_that_the_type_does_not_know_are_passed_over() {
    let note = read::<Note>(&json(r#"{"id":"n1","colour":{"deep":[1,{"er":true}]}}"#));
    assert_eq!(note.id, "n1");

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "it is only read into")]
    struct Strict {
        id: String,
    }
    let strange = json(r#"{"id":"n1","colour":1}"#);
    refused(from_document::<Strict>(&strange), "$.colour", &["unknown field"]);
}

#[test]
fn what_flatten_gathers_is_kept() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Open {
        id: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        owner: Option<String>,
        #[serde(flatten)]
        rest: BTreeMap<String, serde_json::Value>,
    }
    let text = r#"{"colour":"blue","id":"n1","tags":["a",1,0.5,null,true,{"b":-2}]}"#;
    let open: Open = read(&json(text));
    assert_eq!(open.rest.keys().collect::<Vec<_>>(), ["colour", "tags"]);
    assert_eq!(written(&open).to_json().as_deref(), Ok(text));
}

#[test]
fn a_name_that_is_written_twice_is_refused() {
    #[derive(Serialize)]
    struct Open {
        id: String,
        #[serde(flatten)]
        rest: BTreeMap<&'static str, u8>,
    }
    let open = Open { id: "n1".into(), rest: BTreeMap::from([("id", 7)]) };
    refused(crate::typed::to_document(&open), "$.id", &["twice"]);
}
