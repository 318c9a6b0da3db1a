//! Each type has its place in DynamoDB's type system.

use super::{read, shown, typed, written};
use crate::typed::{from_value, to_value};
use crate::{Millis, Number, Value};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

#[derive(Serialize)]
struct One<T> {
    v: T,
}

#[track_caller]
fn becomes<T: Serialize>(v: T, text: &str) {
    assert_eq!(shown(&written(&One { v })), format!(r#"{{"v":{text}}}"#));
}

#[derive(Serialize)]
struct Unit;

#[derive(Serialize)]
struct Newtype(u8);

#[derive(Serialize)]
struct Pair(u8, &'static str);

#[derive(Serialize)]
struct Bytes(#[serde(with = "crate::typed::binary")] Vec<u8>);

#[test]
fn each_type_becomes_what_the_table_says() {
    becomes(true, r#"{"BOOL":true}"#);
    becomes(-7_i8, r#"{"N":"-7"}"#);
    becomes(u64::MAX, r#"{"N":"18446744073709551615"}"#);
    becomes(10_i128.pow(37), r#"{"N":"10000000000000000000000000000000000000"}"#);
    becomes(0.1_f32, r#"{"N":"0.1"}"#);
    becomes(0.1_f64, r#"{"N":"0.1"}"#);
    becomes(-0.0_f64, r#"{"N":"0"}"#);
    becomes("12.50".parse::<Number>().expect("a number"), r#"{"N":"12.5"}"#);
    becomes('x', r#"{"S":"x"}"#);
    becomes("text", r#"{"S":"text"}"#);
    becomes(Bytes(vec![1, 2, 3]), r#"{"B":"AQID"}"#);
    becomes(vec![1_u8, 2], r#"{"L":[{"N":"1"},{"N":"2"}]}"#);
    becomes((1, "a"), r#"{"L":[{"N":"1"},{"S":"a"}]}"#);
    becomes(Pair(1, "a"), r#"{"L":[{"N":"1"},{"S":"a"}]}"#);
    becomes(BTreeMap::from([(7, 'x')]), r#"{"M":{"7":{"S":"x"}}}"#);
    becomes(One { v: 1 }, r#"{"M":{"v":{"N":"1"}}}"#);
    becomes((), r#"{"NULL":true}"#);
    becomes(Unit, r#"{"NULL":true}"#);
    becomes(Newtype(7), r#"{"N":"7"}"#);
    becomes(Some(7), r#"{"N":"7"}"#);
    becomes(Millis(1_550_000_000_000), r#"{"N":"1550000000000"}"#);
    becomes(IpAddr::from([127, 0, 0, 1]), r#"{"S":"127.0.0.1"}"#);
}

#[test]
fn maps_and_variants_are_documents_too() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Event {
        Renamed { id: String },
    }
    let map = HashMap::from([("id".to_owned(), 7)]);
    assert_eq!(read::<HashMap<String, i64>>(&written(&map)), map);
    let event = Event::Renamed { id: "n1".to_owned() };
    assert_eq!(shown(&written(&event)), r#"{"Renamed":{"M":{"id":{"S":"n1"}}}}"#);
    assert_eq!(read::<Event>(&written(&event)), event);
}

#[test]
fn what_is_no_map_is_no_document() {
    use super::refused;
    use crate::typed::to_document;
    refused(to_document("text"), "$", &["document", "string"]);
    refused(to_document(&[1, 2]), "$", &["document", "list"]);
    refused(to_document(&None::<One<u8>>), "$", &["document", "None"]);
}

#[test]
fn a_type_may_borrow_from_the_document() {
    #[derive(Deserialize)]
    struct Note<'a> {
        id: &'a str,
        #[serde(borrow)]
        title: Cow<'a, str>,
        photo: &'a [u8],
    }
    let document = typed(r#"{"id":{"S":"n1"},"title":{"S":"Dawn"},"photo":{"B":"AQID"}}"#);
    let note: Note<'_> = crate::typed::from_document(&document).expect("a note");
    assert_eq!((note.id, note.photo), ("n1", [1, 2, 3].as_slice()));
    assert!(matches!(note.title, Cow::Borrowed("Dawn")));
}

#[test]
fn a_value_stands_alone_too() {
    assert_eq!(to_value(&7_i64).ok(), Some(Value::from(7)));
    assert_eq!(to_value(&None::<i64>).ok(), Some(Value::Null));
    let document = typed(r#"{"tags":{"SS":["a","b"]}}"#);
    let tags = document.as_map().get("tags").expect("well-formed").expect("it is there");
    assert_eq!(from_value::<Vec<String>>(tags).ok(), Some(vec!["a".into(), "b".into()]));
    assert!(from_value::<u8>(tags).is_err());
}

#[test]
fn bytes_are_read_from_binary_and_from_lists() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Photo {
        #[serde(with = "crate::typed::binary")]
        thumbnail: Vec<u8>,
        digest: Vec<u8>,
        #[serde(with = "crate::typed::binary")]
        size: [u8; 2],
    }
    let photo = Photo { thumbnail: vec![1, 2, 3], digest: vec![1, 2, 3], size: [1, 2] };
    let list = r#"{"L":[{"N":"1"},{"N":"2"},{"N":"3"}]}"#;
    for (bytes, size) in [(r#"{"B":"AQID"}"#, r#"{"B":"AQI="}"#), (list, r#"{"B":"AQI="}"#)] {
        let text = format!(r#"{{"thumbnail":{bytes},"digest":{bytes},"size":{size}}}"#);
        assert_eq!(read::<Photo>(&typed(&text)), photo);
    }
    let read = |text: &str| crate::typed::from_document::<Photo>(&typed(text));
    let text = r#"{"thumbnail":{"S":"AQID"},"digest":{"B":""},"size":{"B":"AQI="}}"#;
    super::refused(read(text), "$.thumbnail", &["string", "expected binary"]);
    let text = r#"{"thumbnail":{"B":""},"digest":{"B":""},"size":{"B":"AQID"}}"#;
    super::refused(read(text), "$.size", &["3 bytes do not fit"]);
}
