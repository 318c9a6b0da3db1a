//! The handle: reading, writing, and sharing a table with callers of documents.

use super::{json, read, refused};
use crate::typed::{Table, to_value};
use crate::{
    Document, Error, Expect, ItemKey, KeyKind, Mutation, Options, Projection, Store, SyncRequest,
    TableSpec, TableSpecExt, Update, Value,
};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Note {
    pub(super) id: String,
    pub(super) owner: Option<String>,
    pub(super) stars: u8,
}

pub(super) fn note(id: &str, owner: Option<&str>, stars: u8) -> Note {
    Note { id: id.to_owned(), owner: owner.map(str::to_owned), stars }
}

pub(super) fn store() -> (tempfile::TempDir, Store, Table<Note>) {
    let dir = tempfile::tempdir().expect("a folder");
    let options = Options { worker: None, ..Options::default() };
    let store = Store::builder(dir.path().join("s")).options(options).open().expect("a store");
    let spec = TableSpec::new("notes", "id").index("byOwner", "owner", Projection::All);
    store.create_table(spec).expect("a table");
    let notes = store.typed("notes").expect("the table");
    (dir, store, notes)
}

#[test]
fn a_handle_is_of_a_table_that_is_there() {
    let (_dir, store, _notes) = store();
    let unknown = store.typed::<Note>("ghosts").map(drop);
    assert!(matches!(unknown, Err(Error::UnknownTable { table }) if table == "ghosts"));
    let notes = store.typed::<Note>("notes").expect("the table");
    store.drop_table("notes").expect("dropped");
    assert!(matches!(notes.get("n1"), Err(Error::UnknownTable { .. })));
}

#[test]
fn a_value_comes_back_with_its_version() {
    let (_dir, _store, notes) = store();
    assert_eq!(notes.get("n1").expect("read"), None);
    for stars in 1..=3 {
        let outcome = notes.put(&note("n1", Some("ann"), stars)).expect("written");
        let item = outcome.item.expect("an item");
        let held = notes.get("n1").expect("read").expect("there");
        assert_eq!(held.value, note("n1", Some("ann"), stars));
        assert_eq!((held.version, held.key), (u64::from(stars), ItemKey::from("n1")));
        assert_eq!(held.changed_at, item.changed_at);
        assert_eq!(notes.read(&item).expect("read").value, held.value);
    }
}

#[test]
fn a_stale_value_is_a_conflict_that_shows_the_newer_one() {
    let (_dir, _store, notes) = store();
    let first = note("n1", None, 1);
    notes.put_expecting(&first, Expect::Absent).expect("written");
    notes.put_expecting(&note("n1", None, 2), Expect::Version(1)).expect("written");
    let stale = notes.put_expecting(&note("n1", None, 3), Expect::Version(1));
    let Err(Error::Conflict(conflict)) = stale else { panic!("{stale:?}") };
    let current = notes.read(&conflict.current.expect("an item")).expect("read");
    assert_eq!((current.version, current.value.stars), (2, 2));
}

#[test]
fn the_same_value_is_not_written_again() {
    let (_dir, _store, notes) = store();
    assert!(notes.put_if_changed(&note("n1", None, 1)).expect("written").written);
    assert!(!notes.put_if_changed(&note("n1", None, 1)).expect("kept").written);
    assert!(notes.put_if_changed(&note("n1", None, 2)).expect("written").written);
    assert_eq!(notes.get("n1").expect("read").map(|note| note.version), Some(2));
}

#[test]
fn updates_and_deletes_are_those_of_the_store() {
    let (_dir, store, notes) = store();
    notes.put(&note("n1", Some("ann"), 1)).expect("written");
    let update = Update::new().set("stars", to_value(&5_u8).expect("a value")).remove("owner");
    notes.update("n1", update).expect("written");
    let held = notes.get("n1").expect("read").expect("there");
    assert_eq!((held.value, held.version), (note("n1", None, 5), 2));
    assert!(notes.delete("n1").expect("deleted").written);
    assert_eq!(notes.get("n1").expect("read"), None);
    assert!(store.get_with_tombstone("notes", "n1").expect("read").expect("there").deleted);
}

#[test]
fn mutations_of_values_join_a_batch() {
    let (_dir, store, notes) = store();
    notes.put(&note("gone", None, 1)).expect("written");
    let batch = [
        notes.put_mutation(&note("a", None, 1)).expect("a mutation").expect(Expect::Absent),
        notes.put_if_changed_mutation(&note("b", None, 2)).expect("a mutation"),
        Mutation::delete(notes.name(), "gone"),
    ];
    let outcomes = store.apply_batch(&batch).expect("written");
    assert!(outcomes.iter().all(|outcome| outcome.written));
    // The first is stale now, so neither is written.
    let again = [notes.put_mutation(&note("c", None, 1)).expect("a mutation"), batch[0].clone()];
    assert!(matches!(store.apply_batch(&again), Err(Error::Conflict(_))));
    let list = notes.list(&notes.list_request()).expect("a listing");
    let ids: Vec<_> = list.items.iter().map(|note| note.value.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
}

#[test]
fn a_listing_goes_on_where_the_page_before_ended() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Page {
        book: String,
        page: u32,
    }
    let (_dir, store, _notes) = store();
    let spec = TableSpec::new("pages", "book").sort("page", KeyKind::Number);
    store.create_table(spec).expect("a table");
    let pages = store.typed::<Page>("pages").expect("the table");
    for (book, page) in [("a", 10), ("a", 2), ("b", 1), ("a", 1)] {
        pages.put(&Page { book: book.to_owned(), page }).expect("written");
    }
    let request = pages.list_request().partition("a").limit(2);
    let first = pages.list(&request).expect("a listing");
    let rest = pages.list(&request.after(first.next.expect("more"))).expect("a listing");
    let items = first.items.into_iter().chain(rest.items);
    assert_eq!(items.map(|held| held.value.page).collect::<Vec<_>>(), [1, 2, 10]);
    assert_eq!(rest.next, None);
    let key = ItemKey::from("a").with_sort(10);
    assert_eq!(pages.get(key).expect("read").map(|held| held.value.page), Some(10));
}

#[test]
fn typed_and_untyped_callers_share_a_table() {
    let (_dir, store, notes) = store();
    let document = json(r#"{"id":"n1","owner":null,"stars":4,"colour":"blue"}"#);
    store.put("notes", document).expect("written");
    assert_eq!(notes.get("n1").expect("read").map(|held| held.value), Some(note("n1", None, 4)));
    notes.put(&note("n2", Some("ann"), 5)).expect("written");
    let item = store.get("notes", "n2").expect("read").expect("there");
    assert_eq!(item.document.to_json().as_deref(), Ok(r#"{"id":"n2","owner":"ann","stars":5}"#));
    assert_eq!(read::<Note>(&item.document), note("n2", Some("ann"), 5));
}

#[test]
fn an_item_whose_field_is_none_is_in_no_index_by_it() {
    let (_dir, store, notes) = store();
    notes.put(&note("n1", Some("ann"), 1)).expect("written");
    notes.put(&note("n2", None, 1)).expect("written");
    let document: Document = store.get("notes", "n2").expect("read").expect("there").document;
    assert!(document.as_map().get("owner").expect("well-formed").is_none());
    let page = notes.sync(&notes.sync_request().index("byOwner", "ann")).expect("a page");
    assert_eq!(page.items.len(), 1);
}

#[test]
fn what_cannot_be_stored_is_named_under_the_table_and_changes_nothing() {
    #[derive(Serialize, Deserialize)]
    struct Measured {
        id: Option<String>,
        tags: Vec<f64>,
    }
    let (_dir, store, _notes) = store();
    let measured = store.typed::<Measured>("notes").expect("the table");
    let bad = Measured { id: Some("n1".into()), tags: vec![0.0, 1.0, 2.0, f64::NAN] };
    refused(measured.put(&bad), "notes.tags[3]", &["NaN"]);
    refused(measured.put_expecting(&bad, Expect::Absent), "notes.tags[3]", &["NaN"]);
    refused(measured.put_if_changed(&bad), "notes.tags[3]", &["NaN"]);
    refused(measured.put_mutation(&bad), "notes.tags[3]", &["NaN"]);
    let keyless = Measured { id: None, tags: Vec::new() };
    assert!(matches!(measured.put(&keyless), Err(Error::KeyAttribute { .. })));
    assert_eq!(measured.list(&measured.list_request()).expect("a listing").items.len(), 0);
}

#[test]
fn an_item_of_another_shape_is_named_by_its_key() {
    let (_dir, store, notes) = store();
    store.put("notes", json(r#"{"id":"n1","stars":"many"}"#)).expect("written");
    let words = ["string \"many\"", "u8"];
    refused(notes.get("n1"), r#"notes["n1"].stars"#, &words);
    refused(notes.list(&notes.list_request()), r#"notes["n1"].stars"#, &words);
    refused(notes.sync(&notes.sync_request()), r#"notes["n1"].stars"#, &words);
    // It is not lost: whoever asks for documents has it.
    assert_eq!(store.sync(&SyncRequest::new("notes")).expect("a page").items.len(), 1);
    notes.update("n1", Update::new().set("stars", Value::from(5))).expect("written");
    assert_eq!(notes.get("n1").expect("read").map(|held| held.value.stars), Some(5));
}

#[test]
fn a_request_for_another_table_is_refused() {
    let (_dir, store, notes) = store();
    store.create_table(TableSpec::new("tasks", "id")).expect("a table");
    let tasks = store.typed::<Note>("tasks").expect("the table");
    for refused in
        [notes.list(&tasks.list_request()).map(drop), notes.sync(&tasks.sync_request()).map(drop)]
    {
        let text = refused.expect_err("another table").to_string();
        assert!(text.contains("tasks") && text.contains("`notes`"), "{text}");
    }
}

#[test]
fn a_handle_goes_wherever_the_store_does() {
    fn anywhere<T: Send + Sync + Clone + std::fmt::Debug + 'static>(_: &T) {}
    #[derive(Serialize, Deserialize)]
    struct Fixed {
        id: String,
        #[serde(skip)]
        local: Rc<u8>,
    }
    let (_dir, store, _notes) = store();
    let fixed = store.typed::<Fixed>("notes").expect("the table");
    anywhere(&fixed);
    assert_eq!(format!("{fixed:?}"), r#"Table("notes")"#);
    let other = std::thread::scope(|scope| {
        let table = fixed.clone();
        let write = move || {
            let value = Fixed { id: "n1".into(), local: Rc::new(0) };
            table.put(&value).map(|outcome| outcome.written)
        };
        scope.spawn(write).join().expect("no panic")
    });
    assert_eq!(other.ok(), Some(true));
    let held = fixed.get("n1").expect("read").expect("there");
    assert_eq!((held.value.id.as_str(), *held.value.local), ("n1", 0));
    assert_eq!(fixed.store().tables().len(), 1);
}
