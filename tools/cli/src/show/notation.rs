//! The two notations of documents: plain JSON, and DynamoDB's typed JSON that loses nothing.

use highwater_format::{Document, FormatError, MapRef, ValueRef, write_json, write_typed_json};

/// How documents are read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notation {
    /// `{"id":"a"}`: sets become lists and binary becomes base64 text.
    Plain,
    /// `{"id":{"S":"a"}}`.
    Typed,
}

impl Notation {
    /// What `--typed` chooses.
    pub(crate) fn of(typed: bool) -> Self {
        if typed { Self::Typed } else { Self::Plain }
    }

    /// Reads a document.
    pub(crate) fn read(self, text: &str) -> Result<Document, FormatError> {
        match self {
            Self::Plain => Document::from_json(text),
            Self::Typed => Document::from_typed_json(text),
        }
    }

    /// Appends a document.
    pub(crate) fn write(self, document: &Document, out: &mut String) -> Result<(), FormatError> {
        match self {
            Self::Plain => write_json(document.as_map(), out),
            Self::Typed => write_typed_json(document.as_map(), out),
        }
    }

    /// A document's text.
    pub(crate) fn text(self, document: &Document) -> Result<String, FormatError> {
        let mut out = String::new();
        self.write(document, &mut out)?;
        Ok(out)
    }

    /// The first attribute that would not come back as it is: its path and its type.
    pub(crate) fn loses(
        self,
        document: &Document,
    ) -> Result<Option<(String, &'static str)>, FormatError> {
        match self {
            Self::Plain => lost_in_map(document.as_map()),
            Self::Typed => Ok(None),
        }
    }
}

fn lost_in_map(map: MapRef<'_>) -> Result<Option<(String, &'static str)>, FormatError> {
    for entry in map.iter() {
        let (name, value) = entry?;
        if let Some((path, found)) = lost_in(value)? {
            return Ok(Some((format!("{name}{path}"), found)));
        }
    }
    Ok(None)
}

/// Documents are at most 32 levels deep, and reading them holds to that.
fn lost_in(value: ValueRef<'_>) -> Result<Option<(String, &'static str)>, FormatError> {
    match value {
        ValueRef::Binary(_)
        | ValueRef::StringSet(_)
        | ValueRef::NumberSet(_)
        | ValueRef::BinarySet(_) => Ok(Some((String::new(), value.type_name()))),
        ValueRef::Map(map) => {
            Ok(lost_in_map(map)?.map(|(path, found)| (format!(".{path}"), found)))
        }
        ValueRef::List(list) => {
            for (place, value) in list.iter().enumerate() {
                if let Some((path, found)) = lost_in(value?)? {
                    return Ok(Some((format!("[{place}]{path}"), found)));
                }
            }
            Ok(None)
        }
        ValueRef::Null | ValueRef::Bool(_) | ValueRef::Number(_) | ValueRef::String(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_plain_json_loses_is_named_by_its_path() {
        let loses = |typed: &str| {
            Notation::Plain.loses(&Document::from_typed_json(typed).unwrap()).unwrap()
        };
        assert_eq!(loses(r#"{"a":{"S":"x"},"b":{"L":[{"N":"1"},{"NULL":true}]}}"#), None);
        let nested = r#"{"a":{"L":[{"N":"1"},{"M":{"b":{"SS":["x"]}}}]}}"#;
        assert_eq!(loses(nested), Some(("a[1].b".to_owned(), "string set")));
        assert_eq!(loses(r#"{"a":{"B":"AA=="}}"#), Some(("a".to_owned(), "binary")));
        let document = Document::from_typed_json(nested).unwrap();
        assert_eq!(Notation::Typed.loses(&document).unwrap(), None);
    }
}
