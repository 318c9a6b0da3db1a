//! How following ends: nobody sleeps for ever.

use crate::support::{World, all, in_thread, options, owner, spec};
use crate::telling::{told, watch};
use crate::waking::{Bell, LONG, asleep, next, poll};
use futures_core::Stream;
use highwater::testing::{ManualTime, MemoryDisk, Point};
use highwater::{
    Document, Error, IndexChange, Millis, Options, Store, SyncRequest, TableSpec, TableSpecExt,
    WatchRequest, Watcher, Worker,
};
use parking_lot::Mutex;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::task::{Context, Poll, Wake, Waker};

type Sleeper = (Watcher, Arc<Bell>);

/// One that slept was woken, and is told why.
fn end_of((mut watcher, bell): Sleeper) -> Error {
    assert_eq!(bell.rung(), 1, "it sleeps for ever");
    match poll(&mut watcher, &bell) {
        Poll::Ready(Some(Err(error))) => error,
        other => panic!("no end: {other:?}"),
    }
}

#[test]
fn closing_the_store_wakes_its_followers() {
    let world = World::new();
    let sleepers = [all(), owner("ann")].map(|request| asleep(&world, request));
    let mut idle = watch(&world, all());
    world.store.clone().close().expect("a clean close");
    for sleeper in sleepers {
        let error = end_of(sleeper);
        assert!(error.to_string().contains("the store was closed"), "{error}");
    }
    assert!(matches!(idle.try_next(), Err(Error::ReadOnly { .. })));
    assert!(matches!(idle.cursor(), Err(Error::ReadOnly { .. })));
    assert!(matches!(world.store.watch(WatchRequest::new("notes")), Err(Error::ReadOnly { .. })));
}

#[test]
fn a_follower_does_not_keep_the_store_open() {
    for closes in [true, false] {
        let dir = tempfile::tempdir().expect("a folder");
        let open = || Store::builder(dir.path().join("store")).options(options()).open();
        let store = open().expect("a new store");
        store.create_table(spec()).expect("a table");
        let mut watcher = store.watch(WatchRequest::new("notes")).expect("a watcher");
        let mut blocked = store.watch(WatchRequest::new("notes")).expect("a watcher");
        let blocked = in_thread(move || {
            loop {
                match blocked.next_batch(LONG) {
                    Ok(batch) => assert!(batch.is_some(), "it sleeps for ever"),
                    Err(error) => return error,
                }
            }
        });
        let document = Document::from_json(r#"{"id":"a"}"#).expect("a document");
        store.put("notes", document).expect("a commit");
        let last_sync = watcher.try_next().expect("readable").expect("a batch").last_sync;
        if closes {
            store.close().expect("a clean close")
        } else {
            drop(store)
        }

        // At once, with a follower still there that may have been reading.
        let store = open().expect("nobody has it open");
        assert!(matches!(watcher.try_next(), Err(Error::ReadOnly { .. })));
        let request = WatchRequest::new("notes").last_sync(last_sync);
        assert_eq!(told(&mut store.watch(request).expect("a watcher")), ["a+"]);
        assert!(matches!(blocked.join().expect("no panic"), Error::ReadOnly { .. }));
    }
}

/// Holds the last handle of a store, as a task does that owns it, until it is let go or called.
struct Last(Mutex<Option<Store>>);

impl Wake for Last {
    fn wake(self: Arc<Self>) {
        let store = self.0.lock().take();
        drop(store);
    }
}

fn sleeps_until(watcher: &mut Watcher, waker: &Waker) {
    assert!(Pin::new(watcher).poll_next(&mut Context::from_waker(waker)).is_pending());
}

#[test]
fn a_waker_that_is_let_go_may_let_the_last_handle_go() {
    let store = MemoryDisk::default().builder().options(options()).open().expect("a store");
    store.create_table(spec()).expect("a table");
    let mut watcher = store.watch(WatchRequest::new("notes")).expect("a watcher");
    let waker = Waker::from(Arc::new(Last(Mutex::new(Some(store)))));
    sleeps_until(&mut watcher, &waker);
    drop(waker);
    let (tell, told) = channel();
    let asked = in_thread(move || {
        assert!(matches!(watcher.try_next(), Err(Error::ReadOnly { .. })));
        let _ = tell.send(());
    });
    told.recv_timeout(LONG).expect("nobody waits for himself");
    asked.join().expect("no panic");
}

#[test]
fn a_waker_that_the_worker_calls_may_let_the_last_handle_go() {
    let time = Arc::new(ManualTime::at(Millis(1_800_000_000_000)));
    let worker = Some(Worker { every: Millis(1), sweep_every: Millis(86_400_000) });
    let options = Options { worker, ..Options::default() };
    let builder = MemoryDisk::default().builder().options(options);
    let store = builder.time_source(Arc::clone(&time) as _).open().expect("a store");
    store.create_table(TableSpec::new("notes", "id").expires_by("due")).expect("a table");
    let document = Document::from_json(r#"{"id":"a","due":1800000005}"#).expect("a document");
    store.put("notes", document).expect("a commit");
    let mut blocked = store.watch(WatchRequest::new("notes")).expect("a watcher");
    let mut watcher = store.watch(WatchRequest::new("notes")).expect("a watcher");
    let (tell, told) = channel();
    let sleeper = in_thread(move || {
        let error = loop {
            match blocked.next_batch(LONG) {
                Ok(batch) => assert!(batch.is_some(), "it sleeps for ever"),
                Err(error) => break error,
            }
        };
        let _ = tell.send(error.to_string());
    });
    sleeps_until(&mut watcher, &Waker::from(Arc::new(Last(Mutex::new(Some(store))))));
    time.advance(Millis(10_000));
    let error = told.recv_timeout(LONG).expect("the worker closes the store");
    assert!(error.contains("the store was closed"), "{error}");
    sleeper.join().expect("no panic");
}

#[test]
fn dropping_the_table_ends_its_followers_also_when_it_is_made_again() {
    let world = World::new();
    let sleeper = asleep(&world, owner("ann"));
    let mut idle = watch(&world, all());
    world.put(r#"{"id":"a"}"#);
    world.store.drop_table("notes").expect("it is there");
    assert!(matches!(end_of(sleeper), Error::UnknownTable { .. }));
    world.store.create_table(spec()).expect("a table");
    world.put(r#"{"id":"b"}"#);
    assert!(matches!(idle.try_next(), Err(Error::UnknownTable { .. })));
}

/// Another table may have the name since: what a follower goes on from is of its own.
#[test]
fn where_a_follower_ended_is_before_the_end_of_its_table() {
    let world = World::new();
    let mut watcher = watch(&world, all());
    world.put(r#"{"id":"a"}"#);
    assert_eq!(told(&mut watcher), ["a+"]);
    let told = watcher.up_to();
    world.time.advance(highwater::Millis(1_000));
    let mut other = spec();
    "others".clone_into(&mut other.name);
    world.store.create_table(other).expect("a table");
    world.store.drop_table("notes").expect("it is there");
    world.store.rename_table("others", "notes").expect("a rename");
    world.time.advance(highwater::Millis(1_000));
    for _ in 0..2 {
        assert!(watcher.up_to() <= told.plus(1 << 20), "{:?} after {told:?}", watcher.up_to());
        let request = SyncRequest::new("notes").last_sync(watcher.last_sync());
        assert!(world.store.sync(&request).expect("a page").reset);
        assert!(matches!(watcher.try_next(), Err(Error::UnknownTable { .. })));
    }
}

#[test]
fn truncating_the_table_ends_its_followers() {
    let world = World::new();
    let sleeper = asleep(&world, owner("ann"));
    let mut idle = watch(&world, all());
    world.store.truncate_table("notes").expect("it is there");
    assert!(matches!(end_of(sleeper), Error::UnknownTable { .. }));
    world.put(r#"{"id":"b"}"#);
    assert!(matches!(idle.try_next(), Err(Error::UnknownTable { .. })));
}

#[test]
fn a_follower_of_another_table_goes_on() {
    let world = World::new();
    let mut other = spec();
    "others".clone_into(&mut other.name);
    world.store.create_table(other).expect("a table");
    let mut watcher = watch(&world, all());
    world.store.drop_table("others").expect("it is there");
    world.put(r#"{"id":"a"}"#);
    assert_eq!(told(&mut watcher), ["a+"]);
}

#[test]
fn a_failed_write_ends_following_when_everything_before_it_is_told() {
    for point in [Point::BeforeWrite, Point::AfterWrite] {
        let world = World::new();
        let mut watcher = watch(&world, all());
        let sleeper = asleep(&world, owner("ann"));
        world.put(r#"{"id":"a"}"#);
        world.hooks.once(point, || Err("the disk says no".to_owned()));
        let document = Document::from_json(r#"{"id":"b"}"#).expect("a document");
        world.store.put("notes", document).expect_err("an unknown outcome");
        let batch = watcher.try_next().expect("readable").expect("a batch");
        assert_eq!(crate::telling::short(&batch), ["a+"]);
        let error = watcher.try_next().expect_err("nothing more will come");
        assert!(error.to_string().contains("the disk says no"), "{error}");
        assert!(end_of(sleeper).to_string().contains("the disk says no"));
    }
}

#[test]
fn a_stream_ends_after_its_first_error() {
    let world = World::new();
    let mut watcher = watch(&world, all());
    world.store.drop_table("notes").expect("it is there");
    let (first, second) =
        pollster::block_on(async { (next(&mut watcher).await, next(&mut watcher).await) });
    assert!(matches!(first, Some(Err(Error::UnknownTable { .. }))));
    assert!(second.is_none());
}

#[test]
fn dropping_an_index_wakes_who_follows_a_scope_of_it_and_nobody_else_ends() {
    let world = World::new();
    let sleeper = asleep(&world, owner("ann"));
    let mut others = [watch(&world, all()), watch(&world, owner("ann"))];
    world
        .store
        .change_indexes("notes", &[IndexChange::Drop("byOwner".to_owned())])
        .expect("a drop");
    let error = end_of(sleeper);
    assert!(matches!(error, Error::IndexDropped { .. }), "{error}");
    world.put(r#"{"id":"a","owner":"ann"}"#);
    let [table, scope] = &mut others;
    assert_eq!(told(table), ["a+"]);
    assert!(matches!(scope.try_next(), Err(Error::IndexDropped { .. })));
}
