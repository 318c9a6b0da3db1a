//! Enums in each of serde's forms.

use super::{json, read, refused, written};
use crate::typed::from_document;
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct One<T> {
    v: T,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum External {
    Unit,
    Newtype(u8),
    Tuple(u8, Option<char>),
    Struct { a: u8, b: Option<u8> },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Internal {
    Unit,
    Struct { a: i64, b: Option<f64> },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "content")]
enum Adjacent {
    Unit,
    Tuple(u8, String),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u64),
    Float(f64),
    Text(String),
    Struct { a: Vec<u8> },
}

#[track_caller]
fn stands_as<T>(v: T, text: &str)
where
    T: Serialize + for<'de> Deserialize<'de> + std::fmt::Debug + PartialEq,
{
    let one = One { v };
    let document = written(&one);
    assert_eq!(document.to_json(), Ok(format!(r#"{{"v":{text}}}"#)));
    assert_eq!(read::<One<T>>(&document), one);
}

#[test]
fn variants_stand_as_they_do_in_serdes_json() {
    stands_as(External::Unit, r#""Unit""#);
    stands_as(External::Newtype(1), r#"{"Newtype":1}"#);
    stands_as(External::Tuple(1, None), r#"{"Tuple":[1,null]}"#);
    stands_as(External::Struct { a: 1, b: None }, r#"{"Struct":{"a":1}}"#);
    stands_as(Internal::Unit, r#"{"kind":"unit"}"#);
    stands_as(Internal::Struct { a: -1, b: Some(0.5) }, r#"{"a":-1,"b":0.5,"kind":"struct"}"#);
    stands_as(Internal::Struct { a: 1, b: None }, r#"{"a":1,"kind":"struct"}"#);
    stands_as(Adjacent::Unit, r#"{"kind":"Unit"}"#);
    stands_as(Adjacent::Tuple(1, "x".into()), r#"{"content":[1,"x"],"kind":"Tuple"}"#);
    stands_as(Untagged::Number(u64::MAX), "18446744073709551615");
    stands_as(Untagged::Float(1e30), "1000000000000000000000000000000");
    stands_as(Untagged::Text("x".into()), r#""x""#);
    stands_as(Untagged::Struct { a: vec![1, 2] }, r#"{"a":[1,2]}"#);
}

#[test]
fn a_unit_variant_is_read_from_a_map_of_null_too() {
    assert_eq!(read::<One<External>>(&json(r#"{"v":{"Unit":null}}"#)).v, External::Unit);
}

#[test]
fn what_is_no_variant_is_refused_where_it_stands() {
    for (text, at, words) in [
        (r#"{"v":"Gone"}"#, "$.v", ["unknown variant `Gone`", "`Newtype`"]),
        (r#"{"v":{"Gone":1}}"#, "$.v", ["unknown variant `Gone`", "`Newtype`"]),
        (r#"{"v":"Newtype"}"#, "$.v", ["unit variant", "newtype variant"]),
        (r#"{"v":{"Unit":1}}"#, "$.v.Unit", ["number `1`", "unit"]),
        (r#"{"v":{"Newtype":"x"}}"#, "$.v.Newtype", ["\"x\"", "u8"]),
        (r#"{"v":{"Tuple":[1,"xy"]}}"#, "$.v.Tuple[1]", ["\"xy\"", "character"]),
        (r#"{"v":{"Tuple":[1,"x",2]}}"#, "$.v.Tuple", ["longer", "2 elements"]),
        (r#"{"v":{"Struct":{"a":256}}}"#, "$.v.Struct.a", ["256", "u8"]),
        (r#"{"v":{"Struct":[1]}}"#, "$.v.Struct", ["list", "struct"]),
        (r#"{"v":{}}"#, "$.v", ["one attribute", "found 0"]),
        (r#"{"v":{"Unit":null,"Newtype":1}}"#, "$.v", ["one attribute", "found 2"]),
        (r#"{"v":7}"#, "$.v", ["number `7`", "External"]),
    ] {
        refused(from_document::<One<External>>(&json(text)), at, &words);
    }
    let internal = json(r#"{"v":{"kind":"struct"}}"#);
    refused(from_document::<One<Internal>>(&internal), "$.v.a", &["missing"]);
}

#[test]
fn refusals_inside_variants_name_the_whole_path() {
    #[derive(Serialize)]
    enum Shape {
        Circle(f64),
        Line(f64, f64),
        Box { width: f64 },
    }
    let refuse = |shape: Shape, at: &str| {
        refused(crate::typed::to_document(&One { v: shape }), at, &["NaN"]);
    };
    refuse(Shape::Circle(f64::NAN), "$.v.Circle");
    refuse(Shape::Line(0.0, f64::NAN), "$.v.Line[1]");
    refuse(Shape::Box { width: f64::NAN }, "$.v.Box.width");
}
