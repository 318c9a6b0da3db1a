//! Whether two parties hold the same.

use super::error::Error;
use super::features::View;
use highwater::{Document, Item, ItemKey, Replica};
use std::collections::BTreeMap;

/// An item as one party holds it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held<'a> {
    key: &'a ItemKey,
    /// `None` in the history, which counts none.
    version: Option<u64>,
    document: &'a Document,
}

/// What the history says.
pub(super) fn in_history<'a>((key, document): (&'a ItemKey, &'a Document)) -> Held<'a> {
    Held { key, version: None, document }
}

/// What the store holds of a view.
pub(super) fn in_store(stored: &[Item], view: View) -> impl Iterator<Item = Held<'_>> {
    let of_view = stored.iter().filter(move |item| view.holds(&item.document));
    of_view.map(|item| Held {
        key: &item.key,
        version: Some(item.version),
        document: &item.document,
    })
}

/// What a device holds.
pub(super) fn in_copy(replica: &Replica) -> impl Iterator<Item = Held<'_>> {
    replica.live().map(|(key, item)| Held {
        key,
        version: Some(item.version),
        document: &item.document,
    })
}

/// Fails with the first difference, if there is one, between what `who` must hold and what it holds.
pub(super) fn same<'a>(
    who: &str,
    must: impl Iterator<Item = Held<'a>>,
    found: impl Iterator<Item = Held<'a>>,
) -> Result<(), Error> {
    match differences(must, found).as_slice() {
        [] => Ok(()),
        [first, rest @ ..] => {
            let (who, first, others) = (who.to_owned(), first.clone(), rest.len());
            Err(Error::Differs { who, first, others })
        }
    }
}

/// Items that are missing, that are too many, of another version, with another document.
fn differences<'a>(
    must: impl Iterator<Item = Held<'a>>,
    found: impl Iterator<Item = Held<'a>>,
) -> Vec<String> {
    let mut rest: BTreeMap<_, _> = found.map(|held| (held.key, held)).collect();
    let mut differences = Vec::new();
    for must in must {
        let key = must.key;
        let Some(found) = rest.remove(key) else {
            differences.push(format!("{key} is missing"));
            continue;
        };
        match (must.version, found.version) {
            (Some(must), Some(found)) if must != found => {
                differences.push(format!("{key} has version {found} instead of {must}"));
            }
            _ if must.document != found.document => {
                differences.push(format!("{key} has another document"));
            }
            _ => {}
        }
    }
    differences.extend(rest.keys().map(|key| format!("{key} should not be there")));
    differences
}

#[cfg(test)]
mod tests {
    use super::*;
    use highwater::{Store, SyncPage, SyncRequest, TableSpec, TableSpecExt};

    const VIEW: View = View::Status("experimental");

    fn document(id: &str, status: &str, note: &str) -> Document {
        let json = format!(r#"{{"id":"{id}","status_label":"{status}","note":"{note}"}}"#);
        Document::from_json(&json).unwrap()
    }

    /// A store with `a` and `b` in the view and `c` outside of it, and the page that tells of all three.
    fn store() -> (tempfile::TempDir, Store, SyncPage) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        store.create_table(TableSpec::new("t", "id")).unwrap();
        for (id, status) in [("a", "experimental"), ("b", "experimental"), ("c", "standard")] {
            store.put("t", document(id, status, "first")).unwrap();
        }
        let page = store.sync(&SyncRequest::new("t")).unwrap();
        (dir, store, page)
    }

    fn stored(store: &Store) -> Vec<Item> {
        store.list(&highwater::ListRequest::new("t")).unwrap().items
    }

    fn replica(page: &SyncPage) -> Replica {
        let mut replica = Replica::default();
        replica.apply("all", page);
        replica
    }

    fn found(store: &Store, view: View, replica: &Replica) -> Vec<String> {
        differences(in_store(&stored(store), view), in_copy(replica))
    }

    #[test]
    fn a_faithful_copy_differs_in_nothing() {
        let (_dir, store, mut page) = store();
        let everything = replica(&page);
        assert_eq!(found(&store, View::Everything, &everything), [""; 0]);
        page.items.pop();
        assert_eq!(found(&store, VIEW, &replica(&page)), [""; 0]);
    }

    #[test]
    fn a_missing_item_is_found() {
        let (_dir, store, mut page) = store();
        page.items.remove(1);
        assert_eq!(found(&store, View::Everything, &replica(&page)), [r#""b" is missing"#]);
    }

    #[test]
    fn an_item_that_was_deleted_or_left_is_found() {
        let (_dir, store, page) = store();
        store.delete("t", "a").unwrap();
        let copy = replica(&page);
        assert_eq!(found(&store, View::Everything, &copy), [r#""a" should not be there"#]);
        store.put("t", document("b", "standard", "first")).unwrap();
        let all_three = ["a", "b", "c"].map(|id| format!("\"{id}\" should not be there"));
        assert_eq!(found(&store, VIEW, &copy), all_three);
    }

    #[test]
    fn an_older_version_is_found() {
        let (_dir, store, page) = store();
        store.put("t", document("b", "experimental", "second")).unwrap();
        let what = r#""b" has version 1 instead of 2"#;
        assert_eq!(found(&store, View::Everything, &replica(&page)), [what]);
    }

    #[test]
    fn another_document_is_found_also_by_who_counts_no_versions() {
        let (_dir, store, mut page) = store();
        page.items[1].document = document("b", "experimental", "flipped");
        let what = [r#""b" has another document"#];
        let copy = replica(&page);
        assert_eq!(found(&store, View::Everything, &copy), what);
        let items = stored(&store);
        let history = items.iter().map(|item| in_history((&item.key, &item.document)));
        assert_eq!(differences(history, in_copy(&copy)), what);
    }

    #[test]
    fn a_difference_fails_and_names_who() {
        let (_dir, store, mut page) = store();
        page.items.clear();
        let items = stored(&store);
        let copy = replica(&page);
        let error = same("phone", in_store(&items, VIEW), in_copy(&copy)).unwrap_err();
        let what = r#"phone does not hold what it must: "a" is missing (and 1 more differences)"#;
        assert_eq!(error.to_string(), what);
    }
}
