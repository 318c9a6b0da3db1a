//! A wrong type is named by the path to it.

use super::{json, refusal, refused};
use crate::typed::from_document;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "it is only read into")]
struct Book {
    title: String,
    pages: Vec<Page>,
    by_year: BTreeMap<u16, Vec<bool>>,
    #[serde(default)]
    size: (u8, u8),
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "it is only read into")]
struct Page {
    number: u32,
    notes: Option<Vec<char>>,
}

#[test]
fn each_wrong_type_is_found_where_it_stands() {
    let good = [("title", r#""t""#), ("pages", "[]"), ("by_year", "{}"), ("size", "[1,2]")];
    for (name, value, at, words) in [
        ("title", "7", "$.title", ["number `7`", "a string"]),
        ("title", "true", "$.title", ["boolean `true`", "a string"]),
        ("title", "null", "$.title", ["null", "a string"]),
        ("title", "[]", "$.title", ["list", "a string"]),
        ("title", "{}", "$.title", ["map", "a string"]),
        ("pages", r#""x""#, "$.pages", ["string \"x\"", "sequence"]),
        ("pages", "[7]", "$.pages[0]", ["number `7`", "struct Page"]),
        ("pages", r#"[{"number":1},{}]"#, "$.pages[1].number", ["missing", "Option"]),
        ("pages", r#"[{"number":"x"}]"#, "$.pages[0].number", ["\"x\"", "u32"]),
        (
            "pages",
            r#"[{"number":1,"notes":["a","bc"]}]"#,
            "$.pages[0].notes[1]",
            ["\"bc\"", "character"],
        ),
        ("by_year", r#"{"x":[]}"#, "$.by_year.x", ["\"x\"", "u16"]),
        ("by_year", r#"{"1999":[true,0]}"#, "$.by_year.1999[1]", ["number `0`", "boolean"]),
        ("size", "[1]", "$.size", ["length 1", "size 2"]),
        ("size", "[1,2,3]", "$.size", ["longer", "2 elements"]),
        ("size", "{}", "$.size", ["map", "tuple"]),
    ] {
        let attributes =
            good.map(|(n, v)| format!(r#""{n}":{}"#, if n == name { value } else { v }));
        let document = json(&format!("{{{}}}", attributes.join(",")));
        refused(from_document::<Book>(&document), at, &words);
    }
}

#[test]
fn a_reason_of_the_types_own_keeps_its_path() {
    let document = json(r#"{"a":{"address":"nowhere"}}"#);
    let read = from_document::<BTreeMap<String, BTreeMap<String, std::net::IpAddr>>>(&document);
    refused(read, "$.a.address", &["IP address"]);
}

#[test]
fn a_refusal_does_not_repeat_megabytes() {
    let long = "x".repeat(100_000);
    let document = json(&format!(r#"{{"{long}":"{long}"}}"#));
    let (path, reason) = refusal(from_document::<BTreeMap<String, u8>>(&document));
    assert!(path.len() < 300 && reason.len() < 300, "{} {}", path.len(), reason.len());
    assert!(path.starts_with("$.xxx") && path.ends_with("..."));
}
