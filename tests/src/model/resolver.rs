//! The resolver of the model's tables: what an embedding program might decide, the same every time.

use super::body::Attributes;
use highwater::{Clash, Document, Resolution};

/// The name that tables call it by.
pub const RESOLVER: &str = "older";

/// What it is shown.
pub(super) struct Shown<'a> {
    /// What is there, and whether it is a tombstone.
    pub existing: Option<(&'a Attributes, bool)>,
    /// What would be there; nothing after a delete.
    pub preview: Option<&'a Attributes>,
    /// Whether the version that is believed in is known.
    pub has_ancestor: bool,
}

/// What it decides.
pub(super) enum Answer {
    Resolve(Attributes),
    Reject,
    Remove,
}

/// Of two documents the older one stays, with the newer one's numbers. Anybody may delete, and who has seen the
/// item may bring it back.
pub(super) fn answer(shown: &Shown<'_>) -> Answer {
    match (shown.existing, shown.preview) {
        (Some((old, false)), Some(new)) => {
            let mut document = old.clone();
            for name in ["n", "tag"] {
                document.remove(name);
                document.extend(new.get(name).map(|value| (name.to_owned(), value.clone())));
            }
            // The store knows the key.
            document.remove("id");
            Answer::Resolve(document)
        }
        (_, Some(new)) if shown.has_ancestor => Answer::Resolve(new.clone()),
        (Some((_, false)), None) => Answer::Remove,
        _ => Answer::Reject,
    }
}

/// The same as the engine asks for it.
pub(super) fn resolve(clash: &Clash<'_>) -> Resolution {
    let map = |document: &Document| document.to_map().expect("a document that can be read");
    let existing = clash.existing.as_ref().map(|item| (map(&item.document), item.deleted));
    let preview = clash.preview.as_ref().map(map);
    let shown = Shown {
        existing: existing.as_ref().map(|(map, deleted)| (map, *deleted)),
        preview: preview.as_ref(),
        has_ancestor: clash.ancestor.is_some(),
    };
    match answer(&shown) {
        Answer::Resolve(map) => Resolution::Resolve(super::body::document(&map)),
        Answer::Reject => Resolution::Reject,
        Answer::Remove => Resolution::Remove,
    }
}
