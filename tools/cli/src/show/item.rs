//! Items as JSON: AppSync's form for what is synced, a form with the document apart for the rest.

use super::{Notation, Object};
use highwater::{Item, State, SyncItem};
use highwater_format::{Document, FormatError};
use std::fmt::Write;

const VERSION: &str = "_version";
const CHANGED_AT: &str = "_lastChangedAt";
const DELETED: &str = "_deleted";
const LEFT: &str = "_left";

/// Appends an item of a page as AppSync shows it: the attributes, then the metadata beside them.
/// `_deleted` stands on items that were deleted or left; with `mark_left`, `_left` tells the two apart.
pub(crate) fn sync_item(
    item: &SyncItem,
    notation: Notation,
    mark_left: bool,
    out: &mut String,
) -> Result<(), FormatError> {
    let stripped = without_metadata(&item.document)?;
    let document = stripped.as_ref().unwrap_or(&item.document);
    notation.write(document, out)?;
    // The object goes on.
    out.pop();
    if !document.as_map().is_empty() {
        out.push(',');
    }
    number(VERSION, item.version, notation, out);
    out.push(',');
    number(CHANGED_AT, item.changed_at.millis().0, notation, out);
    if item.state != State::Live {
        truth(DELETED, notation, out);
    }
    if item.state == State::Left && mark_left {
        truth(LEFT, notation, out);
    }
    out.push('}');
    Ok(())
}

/// The document without attributes that bear a metadata name, if it has any: no name twice in an object.
fn without_metadata(document: &Document) -> Result<Option<Document>, FormatError> {
    let names = [VERSION, CHANGED_AT, DELETED, LEFT];
    let map = document.as_map();
    for name in names {
        if map.get(name)?.is_some() {
            let mut tree = map.to_map()?;
            tree.retain(|name, _| !names.contains(&name.as_str()));
            return Document::from_map(&tree).map(Some);
        }
    }
    Ok(None)
}

// Writing to a String cannot fail.
fn number(name: &str, value: u64, notation: Notation, out: &mut String) {
    let _ = match notation {
        Notation::Plain => write!(out, "\"{name}\":{value}"),
        Notation::Typed => write!(out, "\"{name}\":{{\"N\":\"{value}\"}}"),
    };
}

fn truth(name: &str, notation: Notation, out: &mut String) {
    let value = match notation {
        Notation::Plain => "true",
        Notation::Typed => "{\"BOOL\":true}",
    };
    let _ = write!(out, ",\"{name}\":{value}");
}

/// An item with its document apart from its metadata, as a JSON object.
pub(crate) fn item_json(item: &Item, notation: Notation) -> Result<String, FormatError> {
    Ok(Object::new()
        .field("version", item.version)
        .field("last_changed_at", item.changed_at.millis())
        .field("deleted", item.deleted)
        .raw("document", &notation.text(&item.document)?)
        .finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use highwater::{ItemKey, Millis, Timestamp};

    fn shown(document: &str, state: State, notation: Notation) -> String {
        let item = SyncItem {
            key: ItemKey::from("a"),
            version: 2,
            changed_at: Timestamp::first_of(Millis(1000)),
            state,
            document: Document::from_json(document).unwrap(),
        };
        let mut out = String::new();
        sync_item(&item, notation, true, &mut out).unwrap();
        out
    }

    #[test]
    fn metadata_stands_beside_the_attributes_and_wins_over_them() {
        let plain = shown(r#"{"id":"a","_version":9,"_deleted":7}"#, State::Live, Notation::Plain);
        assert_eq!(plain, r#"{"id":"a","_version":2,"_lastChangedAt":1000}"#);
        let left = shown("{}", State::Left, Notation::Plain);
        assert_eq!(left, r#"{"_version":2,"_lastChangedAt":1000,"_deleted":true,"_left":true}"#);
        let typed = shown(r#"{"id":"a"}"#, State::Deleted, Notation::Typed);
        let map = highwater_format::parse_typed_json(&typed).unwrap();
        assert_eq!(map.len(), 4, "{typed}");
    }
}
