//! Stores of a known size for the benchmarks.

use highwater::{
    Document, Durability, Millis, Mutation, Options, Projection, Store, TableSpec, TableSpecExt,
    WriteStall,
};

/// A store and the folder that goes with it.
pub struct Bench {
    /// The store.
    pub store: Store,
    /// `startedAt` before the last tenth of the items was written.
    pub before_the_last_tenth: Millis,
    _dir: tempfile::TempDir,
}

/// A document of about 256 bytes.
///
/// # Panics
/// Never: the text is JSON.
#[must_use]
pub fn document(n: u64) -> Document {
    let text = "lorem ipsum dolor sit amet ".repeat(6);
    let json = format!(
        r#"{{"id":"item-{n:08}","owner":"owner-{}","stars":{},"done":{},"text":"{text}"}}"#,
        n % 100,
        n % 5,
        n.is_multiple_of(2)
    );
    Document::from_json(&json).expect("valid JSON")
}

/// A buffered store of `items` items.
///
/// # Panics
/// If the disk fails.
#[must_use]
pub fn store_of(items: u64) -> Bench {
    let dir = tempfile::tempdir().expect("a folder");
    let options = Options {
        durability: Durability::Buffered,
        write_stall: WriteStall::Wait,
        worker: None,
        ..Options::default()
    };
    let store = Store::builder(dir.path().join("store")).options(options).open().expect("a store");
    let spec = TableSpec::new("items", "id").index("byOwner", "owner", Projection::All);
    store.create_table(spec).expect("a table");
    let started = || {
        let page = store.sync(&highwater::SyncRequest::new("items").limit(1));
        page.expect("a page").started_at
    };
    let mut before_the_last_tenth = started();
    for first in (0..items).step_by(500) {
        if first <= items - items / 10 {
            before_the_last_tenth = started();
        }
        let batch: Vec<Mutation> = (first..(first + 500).min(items))
            .map(|n| Mutation::put("items", document(n)))
            .collect();
        store.apply_batch(&batch).expect("a commit");
    }
    Bench { store, before_the_last_tenth, _dir: dir }
}
