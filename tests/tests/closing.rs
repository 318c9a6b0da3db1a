//! A store is closed while another thread is at work in it.

use highwater::testing::{Faults, ManualTime, Point};
use highwater::{
    Document, Durability, Millis, Options, Store, TableSpec, TableSpecExt, TimeSource, Worker,
};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// Tells of the next look at the wall, and holds it for as long as somebody else needs to take a lock. That
/// he waits for one cannot be seen from here, hence a span.
struct Held {
    time: ManualTime,
    span: Duration,
    next: Mutex<Option<(Sender<()>, Receiver<()>)>>,
}

impl TimeSource for Held {
    fn wall(&self) -> Duration {
        if let Some((begun, go_on)) = self.next.lock().take() {
            begun.send(()).expect("somebody listens");
            let _ = go_on.recv_timeout(self.span);
        }
        self.time.wall()
    }

    fn monotonic(&self) -> Duration {
        self.time.monotonic()
    }
}

fn scene(span: Duration) -> (tempfile::TempDir, Arc<Held>, Store) {
    let dir = tempfile::tempdir().expect("a folder");
    let time = ManualTime::at(Millis(1_700_000_000_000));
    let held = Arc::new(Held { time, span, next: Mutex::default() });
    let store = Store::builder(dir.path().join("s"))
        .options(Options { worker: None, ..Options::default() })
        .time_source(Arc::clone(&held) as _)
        .open()
        .expect("a store");
    (dir, held, store)
}

/// Expiry has its own lock by then, and wants that of the tables next.
#[test]
#[expect(clippy::disallowed_methods, reason = "a scope would wait for ever where this must fail")]
fn closing_and_an_expiry_do_not_wait_for_each_other() {
    let (_dir, held, store) = scene(Duration::from_millis(300));
    let (begun, has_begun) = channel();
    let (_kept, go_on) = channel();
    *held.next.lock() = Some((begun, go_on));
    let (done, is_done) = channel();
    let (expiring, expired) = (store.clone(), done.clone());
    std::thread::spawn(move || expired.send(expiring.expire().map(|_| ())));
    has_begun.recv().expect("the expiry is at work");
    std::thread::spawn(move || done.send(store.close()));
    for _ in 0..2 {
        let done = is_done.recv_timeout(Duration::from_secs(30)).expect("neither waits for ever");
        done.expect("both succeed");
    }
}

/// Whoever has closed a store may open it again. That nobody has answered cannot be seen but by waiting.
#[test]
#[expect(clippy::disallowed_methods, reason = "a scope would wait for ever where this must fail")]
fn closing_another_handle_waits_for_the_closing() {
    let (dir, held, store) = scene(Duration::from_secs(30));
    let (begun, has_begun) = channel();
    let (release, go_on) = channel();
    *held.next.lock() = Some((begun, go_on));
    let expiring = store.clone();
    let expiry = std::thread::spawn(move || expiring.expire());
    has_begun.recv().expect("the expiry is at work, and a closing waits for it");
    let (done, is_done) = channel();
    for store in [store.clone(), store] {
        let done = done.clone();
        std::thread::spawn(move || done.send(store.close()));
    }
    is_done.recv_timeout(Duration::from_millis(100)).expect_err("neither has closed it");
    release.send(()).expect("the expiry waits");
    for _ in 0..2 {
        let done = is_done.recv_timeout(Duration::from_secs(30)).expect("neither waits for ever");
        done.expect("both succeed");
    }
    expiry.join().expect("no panic").expect("an expiry");
    Store::open(dir.path().join("s")).expect("nobody has it open");
}

type Act = Box<dyn FnMut() + Send>;

/// What is done whenever items that are due are known.
#[derive(Default)]
struct Due(Mutex<Option<Act>>);

impl Faults for Due {
    fn at(&self, point: Point) -> Result<(), String> {
        if point == Point::ItemsDue
            && let Some(act) = &mut *self.0.lock()
        {
            act();
        }
        Ok(())
    }
}

/// Each time it has found an item that is due, another is: it would never come to an end by itself.
#[test]
fn closing_does_not_wait_for_all_that_has_expired() {
    const ENOUGH: u32 = 5_000;
    let dir = tempfile::tempdir().expect("a folder");
    let due = Arc::new(Due::default());
    let worker = Some(Worker { every: Millis(1), sweep_every: Millis(u64::MAX) });
    let store = Store::builder(dir.path().join("s"))
        .options(Options { worker, durability: Durability::Buffered, ..Options::default() })
        .faults(Arc::clone(&due) as _)
        .open()
        .expect("a store");
    store.create_table(TableSpec::new("t", "id").expires_by("ttl")).expect("a table");
    let put = |store: &Store, n: u32| {
        let document = Document::from_json(&format!(r#"{{"id":"{n}","ttl":{n}}}"#)).expect("JSON");
        store.put("t", document).map(drop)
    };
    let (found, is_found) = channel();
    let theirs = store.clone();
    let mut count = 0;
    *due.0.lock() = Some(Box::new(move || {
        count += 1;
        // Nobody listens any more once the store is closed.
        let _ = found.send(count);
        let _ = if count < ENOUGH { put(&theirs, count) } else { Ok(()) };
    }));
    put(&store, 0).expect("a commit");
    is_found.recv().expect("the worker is at it");
    store.close().expect("a clean close");
    due.0.lock().take();
    assert!(is_found.iter().all(|count| count < ENOUGH), "it did not stop");
}
