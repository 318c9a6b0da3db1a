//! Syncing values: what is live, what was deleted, what left.

use super::json;
use super::table::{Note, note, store};
use crate::{Mode, State, Store, TypedChange, TypedPage};
use serde::{Deserialize, Serialize};

fn states(page: &TypedPage<Note>) -> Vec<(&str, State, Option<u8>)> {
    let told = |change: &TypedChange<Note>| change.value.as_ref().map(|note| note.stars);
    let key = |change: &TypedChange<Note>| match &change.key.partition {
        crate::KeyValue::String(id) => ["n1", "n2", "n3"].into_iter().find(|known| **known == **id),
        _ => None,
    };
    page.items.iter().map(|c| (key(c).expect("known"), c.state, told(c))).collect()
}

#[test]
fn each_change_carries_what_there_is_of_it() {
    let (_dir, _store, notes) = store();
    for id in ["n1", "n2", "n3"] {
        notes.put(&note(id, Some("ann"), 1)).expect("written");
    }
    let request = notes.sync_request().index("byOwner", "ann");
    let first = notes.sync(&request).expect("a page");
    assert!(first.reset && first.next_token.is_none());
    assert_eq!(first.items.len(), 3);

    notes.put(&note("n1", Some("ann"), 2)).expect("written");
    notes.delete("n2").expect("deleted");
    notes.put(&note("n3", Some("bob"), 3)).expect("written");
    let later = notes.sync(&request.last_sync(first.started_at)).expect("a page");
    // `lastSync` may tell of a change twice, so only what is new is looked at.
    assert_eq!(
        states(&later),
        [("n1", State::Live, Some(2)), ("n2", State::Deleted, Some(1)), ("n3", State::Left, None)]
    );
    assert!(later.items.iter().all(|change| change.version == 2));
}

#[test]
fn what_left_has_no_value_even_where_its_key_would_make_one() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Key {
        id: String,
    }
    let (_dir, store, notes) = store();
    let keys = store.typed::<Key>("notes").expect("the table");
    let request = keys.sync_request().index("byOwner", "ann");
    notes.put(&note("n1", Some("ann"), 1)).expect("written");
    let first = keys.sync(&request).expect("a page");
    let held = first.items.first().and_then(|change| change.value.as_ref());
    assert_eq!(held.map(|key| key.id.as_str()), Some("n1"));
    notes.put(&note("n1", Some("bob"), 1)).expect("written");
    let later = keys.sync(&request.last_sync(first.started_at)).expect("a page");
    let told: Vec<_> = later.items.iter().map(|c| (c.state, c.value.is_some())).collect();
    assert_eq!(told, [(State::Left, false)]);
}

#[test]
fn a_deleted_item_of_another_shape_is_still_told_of() {
    let (_dir, store, notes) = store();
    store.put("notes", json(r#"{"id":"n1","stars":"many"}"#)).expect("written");
    notes.delete("n1").expect("deleted");
    let page = notes.sync(&notes.sync_request()).expect("a page");
    assert_eq!(states(&page), [("n1", State::Deleted, None)]);
}

#[test]
fn a_typed_page_is_the_page_of_the_store() {
    let (_dir, store, notes) = store();
    for id in ["n1", "n2", "n3"] {
        notes.put(&note(id, None, 1)).expect("written");
    }
    let both = |store: &Store, request: &crate::SyncRequest| {
        let plain = store.sync(request).expect("a page");
        let typed = notes.sync(request).expect("a page");
        assert_eq!(typed.items.len(), plain.items.len());
        for (typed, plain) in typed.items.iter().zip(&plain.items) {
            assert_eq!((&typed.key, typed.state), (&plain.key, plain.state));
            assert_eq!((typed.version, typed.changed_at), (plain.version, plain.changed_at));
        }
        let described = |t: &TypedPage<Note>| (t.scanned_count, t.reset, t.mode, t.incarnation);
        assert_eq!(
            described(&typed),
            (plain.scanned_count, plain.reset, plain.mode, plain.incarnation)
        );
        assert_eq!(typed.next_token.is_some(), plain.next_token.is_some());
        assert_eq!(typed.cursor.is_some(), plain.cursor.is_some());
        typed
    };
    let first = both(&store, &notes.sync_request().limit(2));
    assert_eq!((first.items.len(), first.mode), (2, Mode::Base));
    let token = first.next_token.expect("more");
    let last = both(&store, &notes.sync_request().limit(2).next_token(token));
    assert_eq!((last.items.len(), last.started_at), (1, first.started_at));
    let cursor = last.cursor.expect("the last page");
    notes.put(&note("n2", None, 2)).expect("written");
    let later = both(&store, &notes.sync_request().cursor(cursor));
    assert_eq!(states(&later), [("n2", State::Live, Some(2))]);
    assert_eq!(later.mode, Mode::Delta);
}
