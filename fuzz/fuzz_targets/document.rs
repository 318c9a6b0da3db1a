//! Arbitrary bytes as a document: every reader answers, and what is accepted is canonical.

#![no_main]

use highwater_format::{Document, FormatError, ValueRef, write_typed_json};
use libfuzzer_sys::fuzz_target;

/// Steps through every value, one level at a time.
fn walk(document: &Document) -> Result<(), FormatError> {
    let mut open = vec![ValueRef::Map(document.as_map())];
    while let Some(value) = open.pop() {
        match value {
            ValueRef::Map(map) => {
                for entry in map.iter() {
                    let (name, value) = entry?;
                    map.get(name)?;
                    open.push(value);
                }
            }
            ValueRef::List(list) => {
                for value in list.iter() {
                    open.push(value?);
                }
            }
            ValueRef::StringSet(set) | ValueRef::NumberSet(set) | ValueRef::BinarySet(set) => {
                set.iter().try_for_each(|member| member.map(|_| ()))?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn accepted(document: &Document) -> Result<(), FormatError> {
    walk(document)?;
    document.to_json()?;
    let map = document.to_map()?;
    assert_eq!(map.len(), document.as_map().len());
    assert_eq!(&Document::from_map(&map)?, document);
    for (name, value) in &map {
        let lazy = document.as_map().get(name)?.map(|v| v.to_value());
        assert_eq!(lazy.transpose()?.as_ref(), Some(value));
    }
    let mut typed = String::new();
    write_typed_json(document.as_map(), &mut typed)?;
    assert_eq!(&Document::from_typed_json(&typed)?, document);
    Ok(())
}

fuzz_target!(|bytes: &[u8]| {
    // As after a checksum that happens to match: nothing has looked at these bytes.
    let trusted = Document::from_trusted_bytes(bytes.to_vec());
    assert!(trusted.as_map().len() <= bytes.len());
    assert!(trusted.as_map().iter().count() <= bytes.len() + 1);
    let _ = walk(&trusted);
    let _ = (trusted.to_map(), trusted.to_json());
    let _ = write_typed_json(trusted.as_map(), &mut String::new());

    if let Ok(document) = Document::from_bytes(bytes.to_vec()) {
        accepted(&document).expect("an accepted document reads");
    }
});
