//! A table of a derived type: written, read, changed and synced.

use highwater::{Expect, Projection, State, Store, TableSpec, TableSpecExt};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Note {
    id: String,
    owner: Option<String>,
    title: String,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    #[serde(with = "highwater::typed::string_set")]
    tags: BTreeSet<String>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir()?;
    let store = Store::open(dir.path().join("store"))?;
    let spec = TableSpec::new("notes", "id").index("byOwner", "owner", Projection::All);
    store.create_table(spec)?;
    let notes = store.typed::<Note>("notes")?;

    let tags = BTreeSet::from(["sky".to_owned()]);
    let dawn = Note { id: "n1".into(), owner: Some("ann".into()), title: "Dawn".into(), tags };
    notes.put_expecting(&dawn, Expect::Absent)?;
    let mut held = notes.get("n1")?.ok_or("it was written")?;
    assert_eq!((held.version, &held.value), (1, &dawn));

    // A device of ann's has everything; then the note has no owner any more, so it leaves that device.
    let hers = notes.sync_request().index("byOwner", "ann");
    let first = notes.sync(&hers)?;
    assert_eq!(first.items.first().and_then(|change| change.value.as_ref()), Some(&dawn));
    held.value.owner = None;
    notes.put_expecting(&held.value, Expect::Version(held.version))?;
    let later = notes.sync(&hers.last_sync(first.started_at))?;
    assert_eq!(later.items.first().map(|change| change.state), Some(State::Left));

    // It is a document like any other.
    let item = store.get("notes", "n1")?.ok_or("it was written")?;
    assert_eq!(item.document.to_json()?, r#"{"id":"n1","tags":["sky"],"title":"Dawn"}"#);
    Ok(())
}
