//! Partial sync: each device holds the notes of its owner, and loses those that move away.
//!
//! `cargo run --example partial_sync`

use highwater::{
    Document, Projection, Replica, Store, SyncRequest, TableSpec, TableSpecExt, Update, Value,
};
use std::io::Write;

/// Brings a device up to date: every page of what changed in its scope since it last asked.
fn sync(store: &Store, device: &mut Replica, owner: &str) -> Result<usize, highwater::Error> {
    let mut request = SyncRequest::new("notes").index("byOwner", owner).audience(owner);
    // A cursor tells nothing twice; `last_sync` tells again what its last millisecond held.
    if let Some(cursor) = device.cursor("mine") {
        request = request.cursor(cursor);
    }
    let mut told = 0;
    loop {
        let page = store.sync(&request)?;
        told += page.items.len();
        device.apply("mine", &page);
        if let Some(digest) = page.digest {
            assert_eq!(digest, device.digest("mine"), "the copy is what the store has");
        }
        match page.next_token {
            Some(token) => request.next_token = Some(token),
            None => return Ok(told),
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let store = Store::open(folder.path().join("store"))?;
    store.create_table(TableSpec::new("notes", "id").index(
        "byOwner",
        "ownerId",
        Projection::All,
    ))?;
    for (n, owner) in ["ann", "bob", "cid"].into_iter().cycle().take(300).enumerate() {
        let json = format!(r#"{{"id":"n{n}","ownerId":"{owner}","title":"Note {n}"}}"#);
        store.put("notes", Document::from_json(&json)?)?;
    }

    let (mut ann, mut bob) = (Replica::default(), Replica::default());
    assert_eq!(sync(&store, &mut ann, "ann")?, 100);
    assert_eq!(sync(&store, &mut bob, "bob")?, 100);

    // A note is handed over: Ann's device forgets it, Bob's learns of it. Neither reads anything else.
    store.update("notes", "n0", Update::new().set("ownerId", Value::from("bob")))?;
    let told = (sync(&store, &mut ann, "ann")?, sync(&store, &mut bob, "bob")?);
    assert_eq!(told, (1, 1));
    assert_eq!((ann.live().count(), bob.live().count()), (99, 101));
    writeln!(std::io::stdout(), "ann holds {}, bob {}", ann.live().count(), bob.live().count())?;
    Ok(())
}
