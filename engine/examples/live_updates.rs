//! Live updates: clients that are connected are told of changes as they are committed, and those that
//! were away go on from where they were.
//!
//! `cargo run -p highwater --example live_updates`

use futures_core::Stream;
use highwater::{
    Document, Projection, Replica, State, Store, SyncPage, SyncRequest, TableSpec, TableSpecExt,
    WatchBatch, WatchRequest, Watcher,
};
use std::error::Error;
use std::pin::Pin;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let store = Store::open(dir.path().join("store"))?;
    store.create_table(TableSpec::new("notes", "id").index(
        "byOwner",
        "ownerId",
        Projection::All,
    ))?;
    put(&store, r#"{"id":"n1","ownerId":"ann","title":"Dawn"}"#)?;

    let (device, cursor) = connected(&store)?;
    assert_eq!(device.live().count(), 2);
    pollster::block_on(streamed(&store))?;
    away(&store, cursor)?;

    // Nobody sleeps for ever: when the store closes, those who follow it are told.
    let mut watcher = store.watch(WatchRequest::new("notes"))?;
    store.close()?;
    assert!(watcher.next_batch(Duration::MAX).is_err());
    Ok(())
}

fn put(store: &Store, json: &str) -> Result<(), Box<dyn Error>> {
    store.put("notes", Document::from_json(json)?)?;
    Ok(())
}

/// A client syncs, then is told what changes in its scope: a thread that blocks.
fn connected(store: &Store) -> Result<(Replica, String), Box<dyn Error>> {
    let question = SyncRequest::new("notes").index("byOwner", "ann");
    let mut device = Replica::default();
    let page = store.sync(&question)?; // one page is all there is
    device.apply("mine", &page);

    // From the sync's cursor: nothing is lost between the two.
    let cursor = page.cursor.ok_or("the last page has a cursor")?;
    let mut watcher = store.watch(WatchRequest::from(question.cursor(cursor)))?;
    let client = std::thread::Builder::new().spawn(move || -> Result<_, highwater::Error> {
        while device.live().count() < 2 {
            // It sleeps; only commits in its scope wake it.
            if let Some(batch) = watcher.next_batch(Duration::from_secs(30))? {
                device.apply("mine", &SyncPage::from(batch));
            }
        }
        // The client goes away, and keeps this.
        Ok((device, watcher.cursor()?))
    })?;
    put(store, r#"{"id":"b1","ownerId":"bob","title":"Not for ann"}"#)?;
    put(store, r#"{"id":"n2","ownerId":"ann","title":"Noon"}"#)?;
    Ok(client.join().map_err(|_| "the client panicked")??)
}

/// The same without a thread for each client: a watcher is a `Stream`.
async fn streamed(store: &Store) -> Result<(), Box<dyn Error>> {
    let mut watcher = store.watch(WatchRequest::new("notes").index("byOwner", "bob"))?;
    // A note changes hands: its new owner is told of it.
    put(store, r#"{"id":"n1","ownerId":"bob","title":"Dawn"}"#)?;
    let batch = next(&mut watcher).await?;
    assert_eq!(batch.items.iter().map(|item| item.state).collect::<Vec<_>>(), [State::Live]);
    Ok(())
}

/// What `StreamExt::next` of the futures crate does.
async fn next(watcher: &mut Watcher) -> Result<WatchBatch, Box<dyn Error>> {
    let batch = std::future::poll_fn(|context| Pin::new(&mut *watcher).poll_next(context)).await;
    Ok(batch.ok_or("the stream has ended")??)
}

/// A client that comes back is told the newest state of what it missed, once, however often it changed.
fn away(store: &Store, cursor: String) -> Result<(), Box<dyn Error>> {
    for title in ["Dusk", "Night", "Midnight"] {
        let json = format!(r#"{{"id":"n2","ownerId":"ann","title":"{title}"}}"#);
        put(store, &json)?;
    }
    let request = WatchRequest::new("notes").index("byOwner", "ann").cursor(cursor);
    let mut watcher = store.watch(request)?;
    let batch = watcher.try_next()?.ok_or("it missed something")?;
    let told: Vec<_> = batch.items.iter().map(|item| (item.key.to_string(), item.state)).collect();
    let (left, live) = (State::Left, State::Live);
    assert_eq!(told, [("\"n1\"".to_owned(), left), ("\"n2\"".to_owned(), live)]);
    assert_eq!(batch.items.last().map(|item| item.version), Some(4));
    assert!(watcher.try_next()?.is_none());
    Ok(())
}
