//! Who is woken, when, and by what.

use crate::support::{World, all, in_thread, owner};
use crate::telling::{short, told, watch};
use futures_core::Stream;
use highwater::testing::Point;
use highwater::{Document, Error, Mutation, SyncRequest, WatchBatch, WatchRequest, Watcher};
use parking_lot::Mutex;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// Long enough that only a lost wake-up lets it pass.
pub const LONG: Duration = Duration::from_secs(60);

/// Counts how often it is woken.
#[derive(Default)]
pub struct Bell(AtomicUsize);

impl Bell {
    pub fn rung(&self) -> usize {
        self.0.load(SeqCst)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

pub fn poll(watcher: &mut Watcher, bell: &Arc<Bell>) -> Poll<Option<Result<WatchBatch, Error>>> {
    let waker = Waker::from(Arc::clone(bell));
    Pin::new(watcher).poll_next(&mut Context::from_waker(&waker))
}

/// A watcher that sleeps, and what rings when it is woken.
pub fn asleep(world: &World, request: impl Into<WatchRequest>) -> (Watcher, Arc<Bell>) {
    let (mut watcher, bell) = (watch(world, request), Arc::default());
    assert!(poll(&mut watcher, &bell).is_pending());
    (watcher, bell)
}

/// The next batch of a stream.
pub async fn next(watcher: &mut Watcher) -> Option<Result<WatchBatch, Error>> {
    std::future::poll_fn(|context| Pin::new(&mut *watcher).poll_next(context)).await
}

fn document(id: &str, owner: &str) -> Document {
    Document::from_json(&format!(r#"{{"id":"{id}","owner":"{owner}"}}"#)).expect("a document")
}

/// A commit that is held at a point until it is released.
struct Held {
    release: mpsc::Sender<Result<(), String>>,
    commit: std::thread::JoinHandle<Result<highwater::Outcome, Error>>,
}

fn held(world: &World, point: Point, document: Document) -> Held {
    let (reached, is_reached) = mpsc::channel();
    let (release, is_released) = mpsc::channel();
    world.hooks.once(point, move || {
        reached.send(()).map_err(|e| e.to_string())?;
        is_released.recv().map_err(|e| e.to_string())?
    });
    let store = world.store.clone();
    let commit = in_thread(move || store.put("notes", document));
    is_reached.recv().expect("the commit has its timestamp");
    Held { release, commit }
}

impl Held {
    fn release(self) {
        self.release.send(Ok(())).expect("the commit waits");
        self.commit.join().expect("no panic").expect("a commit");
    }
}

/// The younger is on disk before the older, and is told after it.
#[test]
fn a_commit_behind_an_older_one_is_told_late_and_in_order() {
    for point in [Point::BeforeWrite, Point::AfterWrite] {
        let world = World::new();
        let mut watcher = watch(&world, all());
        let slow = held(&world, point, document("slow", "ann"));
        world.put(r#"{"id":"fast"}"#);
        assert_eq!(told(&mut watcher), [""; 0]);
        let waits = in_thread(move || watcher.next_batch(LONG));
        slow.release();
        let batch = waits.join().expect("no panic").expect("readable").expect("it was woken");
        assert_eq!(short(&batch), ["slow+", "fast+"]);
    }
}

#[test]
fn the_older_commit_wakes_the_followers_of_the_younger_and_only_then() {
    let world = World::new();
    let (mut ann, bell) = asleep(&world, owner("ann"));
    let (_cem, never) = asleep(&world, owner("cem"));
    let slow = held(&world, Point::BeforeWrite, document("slow", "bob"));
    world.put(r#"{"id":"fast","owner":"ann"}"#);
    assert_eq!(bell.rung(), 0, "the safe point is below it");
    slow.release();
    assert_eq!((bell.rung(), never.rung()), (1, 0));
    assert_eq!(told(&mut ann), ["fast+"]);
}

/// Whoever knows a commit above one in flight is told of it again, rather than not of the other.
#[test]
fn after_a_commit_that_is_known_an_older_one_is_still_told() {
    let world = World::new();
    let slow = held(&world, Point::BeforeWrite, document("slow", "ann"));
    let outcome = world.store.put("notes", document("fast", "ann")).expect("a commit");
    let known = outcome.item.expect("it was written").changed_at;
    let mut watcher = watch(&world, WatchRequest::new("notes").after(known));
    slow.release();
    assert_eq!(told(&mut watcher), ["slow+", "fast+"]);
}

#[test]
fn ten_thousand_followers_are_woken_each_for_its_own_scope() {
    let world = World::new();
    let scopes = 0..10_000;
    let mut followers: Vec<_> = scopes.map(|n| asleep(&world, owner(&format!("o{n}")))).collect();
    let put = |id: &str, owner: &str| Mutation::put("notes", document(id, owner));
    let woken = |followers: &[(Watcher, Arc<Bell>)]| -> Vec<usize> {
        let rung = followers.iter().enumerate().filter(|(_, (_, bell))| bell.0.swap(0, SeqCst) > 0);
        rung.map(|(n, _)| n).collect()
    };
    world.store.apply(put("a", "o7")).expect("a commit");
    assert_eq!(woken(&followers), [7]);
    assert_eq!(told(&mut followers[7].0), ["a+"]);
    // From one to another, and a third in the same batch.
    let (watcher, bell) = &mut followers[7];
    assert!(poll(watcher, bell).is_pending());
    let batch = [put("a", "o9000"), put("b", "o4"), put("c", "elsewhere")];
    world.store.apply_batch(&batch).expect("a commit");
    assert_eq!(woken(&followers), [4, 7, 9000]);
    assert_eq!(told(&mut followers[7].0), ["a~"]);
    assert_eq!(told(&mut followers[9000].0), ["a+"]);
    // One that is woken and does not look is not woken again.
    world.store.apply(put("b", "o4")).expect("a commit");
    assert_eq!(woken(&followers), [0; 0]);
    assert_eq!(told(&mut followers[4].0), ["b+"]);
}

#[test]
fn a_follower_is_small() {
    let size = size_of::<Watcher>();
    assert!(size <= 640, "{size} bytes, and what it asks: names, the scope's value, the filter");
}

#[test]
fn one_that_follows_a_partition_is_not_woken_for_another() {
    let world = World::new();
    let (_a, a) = asleep(&world, SyncRequest::new("notes").partition("a"));
    let (_b, b) = asleep(&world, SyncRequest::new("notes").partition("b"));
    let (_all, table) = asleep(&world, all());
    world.put(r#"{"id":"a"}"#);
    assert_eq!([a, b, table].map(|bell| bell.rung()), [1, 0, 1]);
}

#[test]
fn as_a_stream_it_waits_without_a_thread() {
    let world = World::new();
    let mut watcher = watch(&world, all().limit(1));
    let store = world.store.clone();
    let writer = in_thread(move || {
        for n in 0..20 {
            store.put("notes", document(&format!("k{n}"), "ann")).expect("a commit");
        }
    });
    let mut found = Vec::new();
    pollster::block_on(async {
        while found.len() < 20 {
            let batch = next(&mut watcher).await.expect("it goes on").expect("readable");
            found.extend(short(&batch));
        }
    });
    writer.join().expect("no panic");
    assert_eq!(found, (0..20).map(|n| format!("k{n}+")).collect::<Vec<_>>());
}

#[test]
fn it_returns_without_a_batch_when_the_time_is_over() {
    let world = World::new();
    let mut watcher = watch(&world, all());
    assert_eq!(watcher.next_batch(Duration::from_millis(1)).expect("readable"), None);
    world.put(r#"{"id":"a"}"#);
    // What is there is told without waiting.
    let batch = watcher.next_batch(Duration::ZERO).expect("readable").expect("a batch");
    assert_eq!(short(&batch), ["a+"]);
}

/// The last owner of a task, as an executor has none but its wakers.
struct Task {
    _follows: Mutex<Watcher>,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {}
}

/// Dropping a waker may drop what it wakes, and with it another follower.
#[test]
fn a_waker_that_owns_a_follower_is_let_go_of() {
    let world = World::new();
    let owned = watch(&world, all());
    let mut watcher = watch(&world, all());
    let waker = Waker::from(Arc::new(Task { _follows: Mutex::new(owned) }));
    let polled = Pin::new(&mut watcher).poll_next(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    drop(waker);
    let (done, is_done) = mpsc::channel();
    let polling = in_thread(move || {
        let polled = poll(&mut watcher, &Arc::default());
        done.send(polled.is_pending()).map_err(|e| e.to_string())
    });
    assert!(is_done.recv_timeout(LONG).expect("it waits for itself"));
    polling.join().expect("no panic").expect("told");
}
