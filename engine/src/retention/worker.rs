//! The background worker: one thread that does what `compact` does by hand, a little at a time.

use crate::error::{Error, Result};
use crate::options::Worker;
use crate::store::Inner;
use highwater_format::Millis;
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// The running worker.
pub(crate) struct BackgroundWorker {
    signal: Arc<Signal>,
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
    /// Starts the engine's only thread.
    pub(crate) fn start(inner: &Arc<Inner>, plan: Worker) -> Result<Self> {
        let signal = Arc::new(Signal::default());
        let (theirs, inner) = (Arc::clone(&signal), Arc::clone(inner));
        let thread = std::thread::Builder::new()
            .name("highwater-worker".to_owned())
            .spawn(move || run(&inner, plan, &theirs))
            .map_err(|e| Error::io("starting the background worker", &e))?;
        Ok(Self { signal, thread: Mutex::new(Some(thread)) })
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
            if sweep && goes_on() { inner.sweep().map(drop) } else { Ok(()) },
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
