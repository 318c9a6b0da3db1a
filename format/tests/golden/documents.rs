//! The document with every type of value.

use crate::hex::{both, bytes};
use highwater_format::{Document, FormatError, Value};
use std::collections::{BTreeMap, BTreeSet};

/// One attribute of each type; names sort as written here.
const GOLDEN: &str = "
    0b
    01 61  00
    01 62  01
    01 63  02
    01 64  03 05 03 83 0d 33 00
    01 65  04 03 c3a9 21
    01 66  05 03 00 ff 01
    01 67  06 08  03  00  03 01 02  04 01 78
    01 68  07 09  02  01 78 02  01 79 07 01 00
    01 69  08 05  02  01 61  01 62
    01 6a  09 0d  03  04 01 7d f4 ff  01 02  04 03 82 1f 00
    01 6b  0a 06  03  00  01 00  01 ff";

fn every_type() -> Result<BTreeMap<String, Value>, FormatError> {
    let inner = BTreeMap::from([
        ("x".to_owned(), Value::Bool(true)),
        ("y".to_owned(), Value::Map(BTreeMap::new())),
    ]);
    let list = vec![Value::Null, Value::from(0), Value::from("x")];
    let values = [
        Value::Null,
        Value::Bool(false),
        Value::Bool(true),
        Value::Number("12.5".parse()?),
        Value::from("\u{e9}!"),
        Value::Binary(vec![0, 0xff, 1]),
        Value::List(list),
        Value::Map(inner),
        Value::StringSet(["b", "a"].map(str::to_owned).into()),
        Value::NumberSet([3, 0, -1].map(Into::into).into()),
        Value::BinarySet(BTreeSet::from([vec![0xff], vec![], vec![0]])),
    ];
    let names = ('a'..='k').map(String::from);
    Ok(names.zip(values).collect())
}

#[test]
fn a_document_with_every_type() -> Result<(), FormatError> {
    let map = every_type()?;
    let document = Document::from_map(&map)?;
    both(GOLDEN, &document, document.as_bytes(), |bytes| Document::from_bytes(bytes.to_vec()));
    both(GOLDEN, &map, document.as_bytes(), |bytes| {
        Document::from_trusted_bytes(bytes.to_vec()).to_map()
    });
    Ok(())
}

#[test]
fn a_document_without_attributes() -> Result<(), FormatError> {
    let empty = Document::from_map(&BTreeMap::new())?;
    assert_eq!(empty, Document::default());
    both("00", &empty, empty.as_bytes(), |bytes| Document::from_bytes(bytes.to_vec()));
    Ok(())
}

#[test]
fn both_notations_give_the_golden() -> Result<(), FormatError> {
    let typed = r#"{"a":{"NULL":true},"b":{"BOOL":false},"c":{"BOOL":true},"d":{"N":"12.5"},
        "e":{"S":"\u00e9!"},"f":{"B":"AP8B"},"g":{"L":[{"NULL":true},{"N":"0"},{"S":"x"}]},
        "h":{"M":{"x":{"BOOL":true},"y":{"M":{}}}},"i":{"SS":["b","a"]},
        "j":{"NS":["3","0","-1"]},"k":{"BS":["/w==","","AA=="]}}"#;
    let document = Document::from_typed_json(typed)?;
    assert_eq!(document.as_bytes(), bytes(GOLDEN));
    let plain = r#"{"a":null,"b":false,"c":true,"d":12.5,"e":"\u00e9!","f":"AP8B","g":[null,0,"x"],
        "h":{"x":true,"y":{}},"i":["a","b"],"j":[-1,0,3],"k":["","AA==","/w=="]}"#;
    let lines = plain.split('\n').map(str::trim).collect::<String>();
    assert_eq!(document.to_json()?, lines.replace("\\u00e9", "\u{e9}"));
    Ok(())
}
