//! A follower.

use super::batch::{WatchBatch, last_sync};
use super::hub::{Late, Look, Seat};
use super::question::Question;
use super::request::WatchRequest;
use crate::clock::{SystemTime, TimeSource};
use crate::error::Result;
use crate::health;
use crate::store::Inner;
use futures_core::Stream;
use highwater_format::{Millis, Timestamp};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

/// Follows a table or a part of it: changes in commit order, as they are committed.
///
/// Made by [`crate::Store::watch`]; follows until it is dropped. It keeps no changes: what it is told is
/// read from the log, or from an index, when it asks. So a slow one costs no memory, and finds of each
/// item the newest state alone. It sleeps until a commit touches what it follows, and no other commit
/// wakes it (a filter on an attribute without an index follows the whole table).
///
/// It does not keep the store open. When the store is closed, or its last handle dropped, it is told
/// [`crate::Error::ReadOnly`]; the same after a write whose outcome is unknown, once everything before that
/// write has been told. When its table is dropped it is told [`crate::Error::UnknownTable`].
///
/// # Waiting
/// [`Watcher::next_batch`] blocks the thread. As a [`Stream`] the watcher never waits, but a poll reads one
/// batch from the store, which may come from disk. The stream ends after its first error.
///
/// ```
/// use highwater::{Document, Store, TableSpec, TableSpecExt, WatchRequest};
/// use std::time::Duration;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// let store = Store::open(dir.path().join("store"))?;
/// store.create_table(TableSpec::new("notes", "id"))?;
/// let mut watcher = store.watch(WatchRequest::new("notes"))?;
/// store.put("notes", Document::from_json(r#"{"id":"n1"}"#)?)?;
///
/// let batch = watcher.next_batch(Duration::from_secs(5))?.ok_or("nothing came")?;
/// assert_eq!(batch.items.len(), 1);
/// let cursor = watcher.cursor()?; // where a sync, or another watcher, goes on
/// assert!(watcher.try_next()?.is_none());
/// # drop(cursor);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Watcher {
    seat: Seat,
    store: Weak<Inner>,
    question: Question,
    /// Up to where it was told when it last found its table.
    sure: Timestamp,
    /// The stream has said its last.
    ended: bool,
}

/// What one look came to.
enum Step {
    Batch(WatchBatch),
    /// Nothing to tell so far; there may be, at the next look. When `behind`, there is more that was
    /// committed before this one.
    Again {
        behind: bool,
    },
    /// There is nothing to read; with a waker, it will be called.
    Nothing,
}

impl Watcher {
    pub(crate) fn start(store: &Arc<Inner>, request: WatchRequest) -> Result<Self> {
        let mut late = Late::default();
        let _stays_open = store.followers.enter()?;
        let (ask, from) = request.split();
        let (question, known) = Question::begin(store, ask, &from)?;
        let pass = || store.clock.pass();
        let seat = store.followers.join(question.topic(), known, pass, &mut late);
        let sure = seat.last_told();
        Ok(Self { seat, store: Arc::downgrade(store), question, sure, ended: false })
    }

    /// Runs `act` on the store while it cannot close.
    fn with_store<T>(&self, act: impl FnOnce(&Inner) -> Result<T>) -> Result<T> {
        let _stays_open = self.seat.hub().enter()?;
        // Given back before the store may close, so that closing is never left to a follower.
        let store = self.store.upgrade().ok_or_else(health::closed)?;
        act(&store)
    }

    fn step(&mut self, waker: Option<&Waker>) -> Result<Step> {
        let step = self.take_step(waker)?;
        self.sure = self.seat.last_told();
        Ok(step)
    }

    fn take_step(&self, waker: Option<&Waker>) -> Result<Step> {
        let look = {
            // Who is to be called does not wait for the page.
            let mut late = Late::default();
            self.with_store(|store| Ok(self.seat.look(|| store.clock.pass(), &mut late)))?
        };
        let mut late = Late::default();
        self.with_store(|store| match look {
            Look::Unread(after, to) => {
                let (items, up_to) = self.question.read(store, after, to)?;
                self.seat.told(up_to);
                Ok(if items.is_empty() {
                    Step::Again { behind: up_to < to }
                } else {
                    Step::Batch(WatchBatch::new(items, up_to, store.incarnation))
                })
            }
            Look::Nothing(told) => {
                // After the look: what happens from here on will not let it lie down.
                self.question.check(store, told)?;
                let stays_up = waker.is_some_and(|waker| !self.seat.lie_down(waker, &mut late));
                Ok(if stays_up { Step::Again { behind: false } } else { Step::Nothing })
            }
        })
    }

    /// Waits for the next changes, at most for `timeout` (`Duration::MAX`: without end). `None` when the
    /// time is over; what is there to be read at the beginning is told even without time to wait.
    ///
    /// # Errors
    /// [`crate::Error::Expired`] if the table's floors have passed changes that were not told yet: sync, and watch
    /// from the sync's cursor. [`crate::Error::ReadOnly`] if the store was closed or can no longer be written to,
    /// [`crate::Error::UnknownTable`] if the table was dropped, [`crate::Error::Damaged`], [`crate::Error::Io`].
    pub fn next_batch(&mut self, timeout: Duration) -> Result<Option<WatchBatch>> {
        // Waiting takes its time by the machine's clock, whatever the store's does.
        let clock = SystemTime::default();
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        loop {
            let step = self.step(Some(&waker))?;
            let left = timeout.saturating_sub(clock.monotonic());
            match step {
                Step::Batch(batch) => return Ok(Some(batch)),
                Step::Again { behind: false } | Step::Nothing if left.is_zero() => {
                    self.seat.get_up();
                    return Ok(None);
                }
                Step::Again { .. } => {}
                Step::Nothing => std::thread::park_timeout(left),
            }
        }
    }

    /// The next changes, if there are any by now. Does not wait.
    ///
    /// # Errors
    /// Those of [`Watcher::next_batch`].
    pub fn try_next(&mut self) -> Result<Option<WatchBatch>> {
        loop {
            match self.step(None)? {
                Step::Batch(batch) => return Ok(Some(batch)),
                Step::Again { behind: true } => {}
                Step::Again { behind: false } | Step::Nothing => return Ok(None),
            }
        }
    }

    /// Where to go on from: after what was told, and after all that did not concern this watcher. For
    /// [`crate::WatchFrom::Cursor`] and [`crate::Since::Cursor`] with the same question.
    ///
    /// # Errors
    /// [`crate::Error::ReadOnly`] when the store was closed: [`WatchBatch::last_sync`] needs no store.
    pub fn cursor(&self) -> Result<String> {
        let mut late = Late::default();
        self.with_store(|store| {
            let at = self.seat.up_to(|| store.clock.pass(), &mut late);
            self.question.cursor(store, at)
        })
    }

    /// Everything up to this was told, or did not concern this watcher.
    #[must_use]
    pub fn up_to(&self) -> Timestamp {
        let mut late = Late::default();
        let now = self.with_store(|store| {
            let at = self.seat.up_to(|| store.clock.pass(), &mut late);
            // Of a later time another table may have the name.
            self.question.is_there(store)?;
            Ok(at)
        });
        now.unwrap_or(self.sure)
    }

    /// What to send as `lastSync` to go on from [`Watcher::up_to`].
    #[must_use]
    pub fn last_sync(&self) -> Millis {
        last_sync(self.up_to())
    }
}

impl Stream for Watcher {
    type Item = Result<WatchBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        match self.step(Some(context.waker())) {
            Ok(Step::Batch(batch)) => Poll::Ready(Some(Ok(batch))),
            Ok(Step::Nothing) => Poll::Pending,
            // Others have their turn before the next page is read.
            Ok(Step::Again { .. }) => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Err(error) => {
                self.ended = true;
                Poll::Ready(Some(Err(error)))
            }
        }
    }
}

/// Wakes a thread that has parked.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
