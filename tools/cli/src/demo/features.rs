//! The table `features`: how it is declared, and the views that devices have of it.

use highwater::{Document, Projection, SyncRequest, TableSpec, TableSpecExt, ValueRef};

/// Its name.
pub(super) const TABLE: &str = "features";
/// The attribute that tells features apart.
pub(super) const ID: &str = "id";
const STATUS: &str = "status_label";
const BY_STATUS: &str = "byStatus";

/// Its declaration.
pub(super) fn spec() -> TableSpec {
    TableSpec::new(TABLE, ID).index(BY_STATUS, STATUS, Projection::All).index(
        "byEngines",
        "engines",
        Projection::KeysOnly,
    )
}

/// The part of the table that a device follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// All of it.
    Everything,
    /// The features of one status.
    Status(&'static str),
}

impl View {
    /// In words.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Status(status) => status,
        }
    }

    /// Whether a feature lies in it.
    pub(super) fn holds(self, feature: &Document) -> bool {
        match self {
            Self::Everything => true,
            Self::Status(status) => text(feature, STATUS) == Some(status),
        }
    }

    /// A request for it.
    pub(super) fn request(self) -> SyncRequest {
        let request = SyncRequest::new(TABLE);
        match self {
            Self::Everything => request,
            Self::Status(status) => request.index(BY_STATUS, status),
        }
    }
}

/// A text attribute.
pub(super) fn text<'a>(feature: &'a Document, attribute: &str) -> Option<&'a str> {
    match feature.as_map().get(attribute) {
        Ok(Some(ValueRef::String(text))) => Some(text),
        _ => None,
    }
}
