//! What a whole sync does when it is refused, and what a replica shows of itself.

use super::{Replica, SyncSource};
use crate::testing::{ManualTime, MemoryDisk};
use crate::{
    Document, Error, ErrorKind, Millis, Options, Projection, Store, SyncPage, SyncRequest,
    TableSpec, TableSpecExt, TokenProblem, Ttls,
};
use std::cell::Cell;
use std::sync::Arc;

fn store() -> (Store, Arc<ManualTime>) {
    let time = Arc::new(ManualTime::at(Millis(1_700_000_000_000)));
    let options = Options { worker: None, bucket_width: Millis(50), ..Options::default() };
    let builder = MemoryDisk::default().builder().options(options).time_source(time.clone());
    let store = builder.open().unwrap();
    let ttls = Ttls { delta: Some(Millis(1_000)), tombstone: Some(Millis(5_000)), history: None };
    let spec = TableSpec::new("t", "id").index("byOwner", "owner", Projection::All).ttls(ttls);
    store.create_table(spec).unwrap();
    (store, time)
}

fn put(store: &Store, json: &str) {
    store.put("t", Document::from_json(json).unwrap()).unwrap();
}

fn ids(device: &Replica) -> Vec<String> {
    device.live().map(|(key, _)| key.to_string().replace('"', "")).collect()
}

#[test]
fn a_sync_that_expires_under_its_pages_begins_anew() {
    let (store, time) = store();
    put(&store, r#"{"id":"a"}"#);
    let mut device = Replica::default();
    device.sync(&store, "all", &SyncRequest::new("t")).unwrap();
    for id in ["b", "c", "d"] {
        put(&store, &format!(r#"{{"id":"{id}"}}"#));
    }
    store.delete("t", "a").unwrap();

    // Behind the second page everything that the run reads expires, tombstones included.
    let asked = Cell::new(0);
    let source = |request: &SyncRequest| {
        asked.set(asked.get() + 1);
        if asked.get() == 2 {
            time.advance(Millis(60_000));
            store.expire()?;
        }
        store.sync(request)
    };
    let done = device.sync(&source, "all", &SyncRequest::new("t").limit(1)).unwrap();
    assert!(done.restarts == 1 && done.reset, "{done:?}");
    assert_eq!(ids(&device), ["b", "c", "d"]);
}

/// What it keeps holds no page's memory, which the documents of a page share.
#[test]
fn what_is_kept_has_memory_of_its_own() {
    let (store, _) = store();
    for id in ["a", "b"] {
        put(&store, &format!(r#"{{"id":"{id}"}}"#));
    }
    let told = Cell::new(Vec::new());
    let source = |request: &SyncRequest| {
        let page = store.sync(request)?;
        told.set(page.items.iter().map(|item| item.document.clone()).collect());
        Ok(page)
    };
    let mut device = Replica::default();
    device.sync(&source, "all", &SyncRequest::new("t")).unwrap();
    let told: Vec<Document> = told.take();
    let kept: Vec<_> = device.live().map(|(_, item)| &item.document).collect();
    assert_eq!(kept, told.iter().collect::<Vec<_>>());
    for (kept, told) in kept.iter().zip(&told) {
        assert_ne!(kept.as_bytes().as_ptr(), told.as_bytes().as_ptr());
    }
}

#[test]
fn a_refused_cursor_begins_from_nothing() {
    let (store, _) = store();
    put(&store, r#"{"id":"a"}"#);
    let mut device = Replica::default();
    device.sync(&store, "all", &SyncRequest::new("t")).unwrap();
    put(&store, r#"{"id":"b"}"#);
    for _ in 0..4 {
        store.rotate_token_keys().unwrap();
    }
    let done = device.sync(&store, "all", &SyncRequest::new("t")).unwrap();
    assert!(done.restarts == 1 && done.reset, "{done:?}");
    assert_eq!(ids(&device), ["a", "b"]);
}

#[test]
fn what_an_interrupted_run_has_named_does_not_count_for_the_next() {
    let (store, time) = store();
    for id in ["a", "b", "c"] {
        put(&store, &format!(r#"{{"id":"{id}"}}"#));
    }
    let mut device = Replica::default();
    let first = store.sync(&SyncRequest::new("t").limit(1)).unwrap();
    device.apply("all", &first);
    assert_eq!(ids(&device), ["a"]);
    // Deleted and forgotten before the device asks again: nobody will tell it of `a` any more.
    store.delete("t", "a").unwrap();
    time.advance(Millis(60_000));
    store.expire().unwrap();
    device.sync(&store, "all", &SyncRequest::new("t")).unwrap();
    assert_eq!(ids(&device), ["b", "c"]);
}

#[test]
fn a_source_that_refuses_for_ever_is_given_up() {
    let asked = Cell::new(0);
    let source = |_: &SyncRequest| -> Result<SyncPage, Error> {
        asked.set(asked.get() + 1);
        Err(Error::Expired { table: "t".to_owned() })
    };
    let refused = Replica::default().sync(&source, "all", &SyncRequest::new("t"));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::SyncAgain);
    assert_eq!(asked.get(), 5);
}

#[test]
fn a_failure_of_another_kind_is_not_asked_twice() {
    let asked = Cell::new(0);
    let source = |_: &SyncRequest| -> Result<SyncPage, Error> {
        asked.set(asked.get() + 1);
        Err(Error::Busy)
    };
    let refused = Replica::default().sync(&source, "all", &SyncRequest::new("t"));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Retry);
    assert_eq!(asked.get(), 1);
}

#[test]
fn a_store_says_which_of_its_failures_begin_a_sync_anew() {
    let (store, _) = store();
    let token = TokenProblem::OtherIncarnation;
    assert!(store.begins_anew(&Error::Expired { table: "t".to_owned() }));
    assert!(store.begins_anew(&Error::Token { field: "nextToken", problem: token }));
    assert!(!store.begins_anew(&Error::UnknownTable { table: "t".to_owned() }));
}

#[test]
fn a_reset_run_shows_what_it_has_named_until_it_ends() {
    let (store, _) = store();
    for id in ["a", "b", "c"] {
        put(&store, &format!(r#"{{"id":"{id}"}}"#));
    }
    let mut device = Replica::default();
    let request = SyncRequest::new("t").limit(2);
    let first = store.sync(&request).unwrap();
    device.apply("all", &first);
    let view = device.view("all").unwrap();
    assert_eq!(view.named().map(|named| named.len()), Some(2));
    assert_eq!((view.last_sync(), view.cursor()), (None, None));

    let last = store.sync(&request.next_token(first.next_token.unwrap())).unwrap();
    device.apply("all", &last);
    let view = device.view("all").unwrap();
    assert_eq!(view.named(), None);
    assert_eq!(view.last_sync(), Some(last.started_at));
    assert_eq!(view.cursor(), last.cursor.as_deref());
    assert_eq!(device.newest(), Some((last.started_at, last.incarnation)));
}

#[test]
fn an_item_shows_the_views_that_hold_it() {
    let (store, time) = store();
    put(&store, r#"{"id":"x","owner":"ann"}"#);
    let mut device = Replica::default();
    let ann = SyncRequest::new("t").index("byOwner", "ann");
    device.sync(&store, "ann", &ann).unwrap();
    device.sync(&store, "all", &SyncRequest::new("t")).unwrap();
    let held = |device: &Replica| {
        let item = device.get(&"x".into()).unwrap();
        assert_eq!(item.incarnation(), store.stats().unwrap().incarnation);
        item.views().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(held(&device), ["all", "ann"]);
    assert_eq!(device.views().map(|(name, _)| name).collect::<Vec<_>>(), ["all", "ann"]);

    put(&store, r#"{"id":"x","owner":"bob"}"#);
    time.advance(Millis(10));
    device.sync(&store, "all", &SyncRequest::new("t")).unwrap();
    device.sync(&store, "ann", &ann).unwrap();
    assert_eq!(held(&device), ["all"]);
}
