//! Who follows a table that an import replaces.

use crate::support::{Scene, doc, documents, import, replacing, spec};
use futures_core::Stream;
use highwater::{Error, WatchRequest};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

/// Counts how often it is woken.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn followers_of_a_replaced_table_wake_and_are_told_so() {
    let scene = Scene::new();
    scene.store.create_table(spec()).expect("a table");
    scene.store.put("notes", doc(r#"{"id":"old"}"#)).expect("a commit");
    let mut watcher = pin!(scene.store.watch(WatchRequest::new("notes")).expect("a watcher"));
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(Arc::clone(&bell));
    let mut context = Context::from_waker(&waker);
    while watcher.as_mut().poll_next(&mut context).is_ready() {}
    import(&scene.store, "notes", replacing(), &documents(10)).expect("a report");
    assert!(bell.0.load(SeqCst) > 0, "it sleeps for ever");
    let end = watcher.as_mut().poll_next(&mut context);
    assert!(matches!(end, Poll::Ready(Some(Err(Error::UnknownTable { .. })))), "{end:?}");
}
