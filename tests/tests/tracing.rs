//! What is traced of a commit and a page, with how long it took, whether it is asked for by level, module or span.

use highwater::testing::memory_store;
use highwater::{Document, SyncRequest, TableSpec, TableSpecExt};
use parking_lot::Mutex;
use std::io::{self, Write};
use std::sync::Arc;
use tracing_subscriber::EnvFilter;

/// What was traced, as text.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<u8>>>);

impl Write for Told {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is traced under a filter while a store takes a commit, refuses another, and answers a page and no page.
fn told(filter: &str) -> String {
    let told = Told::default();
    let writer = told.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        let store = memory_store().expect("a store");
        store.create_table(TableSpec::new("notes", "id")).expect("a table");
        let note = Document::from_json(r#"{"id":"a"}"#).expect("JSON");
        store.put("notes", note.clone()).expect("a commit");
        store.put("nowhere", note).expect_err("there is no such table");
        store.sync(&SyncRequest::new("notes")).expect("a page");
        store.sync(&SyncRequest::new("nowhere")).expect_err("there is no such table");
        store.compact().expect("a compaction");
    });
    let text = String::from_utf8(told.0.lock().clone()).expect("text");
    text.lines().filter(|line| line.contains("DEBUG")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_page_is_traced_however_it_is_asked_for() {
    for filter in ["debug", "highwater::sync=debug", "[sync]=debug"] {
        let told = told(filter);
        for said in ["a page", "no page", "scanned=1", "returned=1", "took="] {
            assert!(told.contains(said), "{filter} does not tell \"{said}\":\n{told}");
        }
        assert!(!told.contains("took=0ns"), "{filter}:\n{told}");
    }
}

#[test]
fn commits_and_retention_are_traced_too() {
    for (filter, said) in [
        ("highwater::write=debug", "not committed"),
        ("[commit]=debug", "not committed"),
        ("highwater::retention=debug", "done"),
        ("[retention]=debug", "done"),
    ] {
        let told = told(filter);
        assert!(told.contains(said), "{filter} does not tell \"{said}\":\n{told}");
        assert!(!told.contains("took=0ns"), "{filter}:\n{told}");
    }
    assert_eq!(told("highwater=info"), "");
}
