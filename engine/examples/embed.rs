//! Embedding: a backend that stores its users' notes, and answers what changed.
//!
//! `cargo run --example embed`

use highwater::{
    Document, Error, Expect, ListRequest, Mutation, Store, SyncRequest, TableSpec, TableSpecExt,
    Update, Value,
};
use std::io::Write;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let store = Store::open(folder.path().join("store"))?;
    store.create_table(TableSpec::new("notes", "id"))?;

    // Create only what is not there yet; a batch is wholly there or not at all.
    let note = |json: &str| Document::from_json(json);
    store.apply_batch(&[
        Mutation::put("notes", note(r#"{"id":"n1","title":"Dawn"}"#)?).expect(Expect::Absent),
        Mutation::put("notes", note(r#"{"id":"n2","title":"Dusk"}"#)?).expect(Expect::Absent),
    ])?;

    // Two editors read version 1. The first one wins; the second is told what is there now.
    let noon = Update::new().set("title", Value::from("Noon"));
    let edit = Mutation::update("notes", "n1", noon).expect(Expect::Version(1));
    store.apply(edit.clone())?;
    match store.apply(edit) {
        Err(Error::Conflict(conflict)) => {
            let version = conflict.current.map(|item| item.version);
            assert_eq!(version, Some(2));
        }
        other => return Err(format!("no conflict: {other:?}").into()),
    }

    // What a new client is told, and what it is told later.
    let first = store.sync(&SyncRequest::new("notes"))?;
    assert_eq!(first.items.len(), 2);
    store.delete("notes", "n2")?;
    let later = store.sync(&SyncRequest::new("notes").last_sync(first.started_at))?;
    let gone = later.items.iter().find(|item| item.key.to_string() == "\"n2\"");
    assert!(gone.is_some(), "a delete is a change");

    let page = store.list(&ListRequest::new("notes"))?;
    for item in &page.items {
        writeln!(std::io::stdout(), "{} v{} {}", item.key, item.version, item.document.to_json()?)?;
    }
    store.close()?;
    Ok(())
}
