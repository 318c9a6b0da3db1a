//! What a filter is asked about: an item's document and its metadata.

use super::ast::{Path, Segment};
use highwater_format::{FormatError, MapRef, Millis, Number, ValueRef};

/// An item, as a filter sees it.
///
/// Three top-level attributes come from the metadata, whatever the document holds under their
/// names: `_version` (a number), `_lastChangedAt` (a number, milliseconds) and `_deleted` (true,
/// and only on deleted items: AppSync has no such attribute on live ones).
///
/// ```
/// use highwater::{Document, Filter, Millis, Subject, parse_json};
///
/// let document = Document::from_json(r#"{"title": "Low tide"}"#)?;
/// let subject = Subject {
///     document: document.as_map(),
///     version: 3,
///     changed_at: Millis(1_550_000_000_000),
///     deleted: false,
/// };
/// let filter = Filter::from_amplify(&parse_json(r#"{"_version": {"gt": 2}}"#)?)?;
/// assert!(filter.matches(&subject)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The attributes.
    pub document: MapRef<'a>,
    /// The item's version.
    pub version: u64,
    /// When its newest change was committed.
    pub changed_at: Millis,
    /// Whether that change deleted it.
    pub deleted: bool,
}

const VERSION: &str = "_version";
const LAST_CHANGED_AT: &str = "_lastChangedAt";
const DELETED: &str = "_deleted";

/// Whether the metadata answers for this attribute, and not the document.
pub(super) fn is_virtual(attribute: &str) -> bool {
    matches!(attribute, VERSION | LAST_CHANGED_AT | DELETED)
}

impl<'a> Subject<'a> {
    /// The value at `path`, reading only what lies on the way to it.
    pub(super) fn lookup(&self, path: &Path) -> Result<Option<ValueRef<'a>>, FormatError> {
        let mut found = self.attribute(&path.root)?;
        for step in &path.steps {
            found = match (found, step) {
                (Some(ValueRef::Map(map)), Segment::Field(name)) => map.get(name)?,
                // Not `nth`: it would step over an element that cannot be read.
                (Some(ValueRef::List(list)), Segment::Index(index)) => list
                    .iter()
                    .enumerate()
                    .find(|(i, element)| i == index || element.is_err())
                    .map(|(_, element)| element)
                    .transpose()?,
                _ => return Ok(None),
            };
        }
        Ok(found)
    }

    fn attribute(&self, name: &str) -> Result<Option<ValueRef<'a>>, FormatError> {
        match name {
            VERSION => Ok(Some(ValueRef::Number(Number::from(self.version)))),
            LAST_CHANGED_AT => Ok(Some(ValueRef::Number(Number::from(self.changed_at.0)))),
            DELETED => Ok(self.deleted.then_some(ValueRef::Bool(true))),
            _ => self.document.get(name),
        }
    }
}
