//! The background worker: one thread that does what `compact` does by hand, a little at a time.

use crate::error::{Error, Result};
use crate::options::Worker;
use crate::store::Inner;
use highwater_format::Millis;
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::thread::{JoinHandle, ThreadId};
use std::time::Duration;

/// The running worker.
pub(crate) struct BackgroundWorker {
    signal: Arc<Signal>,
    id: ThreadId,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Signal {
    stopped: Mutex<bool>,
    changed: Condvar,
}

impl Signal {
    fn goes_on(&self) -> bool {
        !*self.stopped.lock()
    }

    /// Sleeps for `pause`; false when it is time to stop.
    fn sleep(&self, pause: Duration) -> bool {
        let mut stopped = self.stopped.lock();
        if !*stopped {
            self.changed.wait_for(&mut stopped, pause);
        }
        !*stopped
    }
}

impl BackgroundWorker {
    /// Starts the engine's thread.
    pub(crate) fn start(inner: &Arc<Inner>, plan: Worker) -> Result<Self> {
        let signal = Arc::new(Signal::default());
        let (theirs, inner) = (Arc::clone(&signal), Arc::clone(inner));
        let thread = std::thread::Builder::new()
            .name("highwater-worker".to_owned())
            .spawn(move || run(&inner, plan, &theirs))
            .map_err(|e| Error::io("starting the background worker", &e))?;
        Ok(Self { signal, id: thread.thread().id(), thread: Mutex::new(Some(thread)) })
    }

    /// Whether this is what the worker does itself, who cannot wait for its own end.
    pub(crate) fn is_at_work_here(&self) -> bool {
        std::thread::current().id() == self.id
    }

    /// Stops the worker and waits for it.
    pub(crate) fn stop(&self) {
        *self.signal.stopped.lock() = true;
        self.signal.changed.notify_all();
        if let Some(thread) = self.thread.lock().take() {
            // A worker that panicked has logged it; there is nothing to add at the end.
            let _ = thread.join();
        }
    }
}

fn run(inner: &Inner, plan: Worker, signal: &Signal) {
    let mut since_sweep = Millis(0);
    while signal.sleep(Duration::from_millis(plan.every.0.max(1))) {
        since_sweep = since_sweep.after(plan.every);
        let sweep = since_sweep >= plan.sweep_every;
        let goes_on = || signal.goes_on();
        // Each for itself: what one cannot do is no reason to leave the others.
        for done in [
            inner.expire_while(&goes_on).map(drop),
            inner.build_indexes_if_idle(&goes_on),
            if sweep && goes_on() { inner.sweep_while(&goes_on).map(drop) } else { Ok(()) },
        ] {
            if let Err(error) = done {
                tracing::warn!(%error, "the background worker could not finish its round");
            }
        }
        if sweep {
            since_sweep = Millis(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::metrics::{Counter, Histogram};
    use crate::options::Worker;
    use crate::testing::{ManualTime, MemoryDisk};
    use crate::{Document, Metrics, Millis, Options, Store, TableSpec, TableSpecExt};
    use std::sync::Arc;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::time::Duration;

    /// Longer than any of these tests takes.
    const NEVER: Millis = Millis(86_400_000);

    #[derive(Debug, PartialEq, Eq)]
    enum Done {
        Expiry,
        Sweep,
        Items(u64),
    }

    struct Told(Sender<Done>);

    impl Metrics for Told {
        fn count(&self, counter: Counter, _: Option<&str>, n: u64) {
            if counter == Counter::ItemsExpired {
                let _ = self.0.send(Done::Items(n));
            }
        }

        fn observe(&self, histogram: Histogram, _: Option<&str>, _: f64) {
            let _ = match histogram {
                Histogram::ExpirySeconds => self.0.send(Done::Expiry),
                Histogram::CompactionSeconds => self.0.send(Done::Sweep),
                _ => Ok(()),
            };
        }
    }

    fn open(every: Millis, sweep_every: Millis) -> (Store, Arc<Told>, Receiver<Done>) {
        let (sender, done) = channel();
        let told = Arc::new(Told(sender));
        let options = Options { worker: Some(Worker { every, sweep_every }), ..Options::default() };
        let time = Arc::new(ManualTime::at(Millis(1_800_000_000_000)));
        let builder = MemoryDisk::default().builder().options(options).time_source(time);
        (builder.metrics(Arc::clone(&told) as _).open().unwrap(), told, done)
    }

    fn next(done: &Receiver<Done>) -> Done {
        done.recv_timeout(Duration::from_secs(20)).expect("the worker works")
    }

    #[test]
    fn it_expires_in_each_round_and_sweeps_after_many() {
        let (store, _, done) = open(Millis(1), Millis(4));
        for _ in 0..2 {
            let rounds = (0..).find(|_| next(&done) == Done::Sweep);
            assert_eq!(rounds, Some(4));
        }
        store.create_table(TableSpec::new("t", "id").expires_by("due")).unwrap();
        store.put("t", Document::from_json(r#"{"id":"a","due":1}"#).unwrap()).unwrap();
        while next(&done) != Done::Items(1) {}
    }

    #[test]
    fn it_waits_for_its_time_and_ends_with_the_store() {
        let (store, told, done) = open(NEVER, NEVER);
        assert!(done.recv_timeout(Duration::from_millis(50)).is_err());
        store.close().unwrap();
        assert!(done.try_recv().is_err());
        // Its thread, which would hold the store, is gone.
        assert_eq!(Arc::strong_count(&told), 1);
    }
}
