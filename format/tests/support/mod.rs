//! A reader that touches every byte of a document.

use highwater_format::{Document, FormatError, ValueRef, write_typed_json};

/// Reads a document in every way there is; gives what each way made of it.
pub(crate) fn read_all(document: &Document) -> [Result<(), FormatError>; 5] {
    let map = document.as_map();
    // Each element takes a byte at least, and one more item may tell what is wrong.
    assert!(map.len() <= document.as_bytes().len());
    assert!(map.iter().count() <= document.as_bytes().len() + 1);
    [
        walk(ValueRef::Map(map)),
        document.to_map().map(|_| ()),
        document.to_json().map(|_| ()),
        write_typed_json(map, &mut String::new()),
        map.get("a").map(|_| ()),
    ]
}

/// Steps through a value one level at a time.
fn walk(value: ValueRef<'_>) -> Result<(), FormatError> {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            ValueRef::List(list) => open.extend(list.iter().collect::<Result<Vec<_>, _>>()?),
            ValueRef::Map(map) => {
                for entry in map.iter() {
                    let (name, inner) = entry?;
                    map.get(name)?;
                    open.push(inner);
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
