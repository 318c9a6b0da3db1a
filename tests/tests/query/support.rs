//! A store with an ordered index, and every page of a query.

use highwater::{Document, Item, Options, QueryRequest, Store, TableSpec, TableSpecExt};

pub(crate) fn store_with(options: Options, spec: TableSpec) -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().expect("a folder");
    let options = Options { worker: None, ..options };
    let store = Store::builder(dir.path().join("s")).options(options).open().expect("a store");
    store.create_table(spec).expect("a table");
    (dir, store)
}

/// Notes by owner, in the order of `at`; and by owner alone.
pub(crate) fn notes() -> TableSpec {
    TableSpec::new("notes", "id")
        .lookup("byOwner", "owner", Some("at"))
        .lookup("owned", "owner", None)
}

pub(crate) fn store() -> (tempfile::TempDir, Store) {
    store_with(Options::default(), notes())
}

pub(crate) fn put(store: &Store, json: &str) {
    store.put("notes", Document::from_json(json).expect("JSON")).expect("a commit");
}

/// Every item of a query; fails if it does not end.
pub(crate) fn all(store: &Store, mut request: QueryRequest) -> Vec<Item> {
    let mut items = Vec::new();
    for _ in 0..10_000 {
        let page = store.query(&request).expect("a page");
        assert!(page.scanned_count <= request.limit as usize);
        assert!(page.items.len() <= page.scanned_count);
        items.extend(page.items);
        match page.next_token {
            Some(token) => request.next_token = Some(token),
            None => return items,
        }
    }
    panic!("the query does not end");
}

pub(crate) fn ids(items: &[Item]) -> Vec<String> {
    items.iter().map(|item| item.key.to_string().replace('"', "")).collect()
}
