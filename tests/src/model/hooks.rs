//! Something that happens inside of a call to the store, once, at one of its points.

use highwater::testing::{Faults, Point};
use parking_lot::Mutex;
use std::sync::Arc;

type Act = Box<dyn FnOnce() -> Result<(), String> + Send>;

/// What is to happen at the next point that fits.
#[derive(Default)]
pub struct Hooks {
    armed: Mutex<Option<(Point, Act)>>,
}

impl Faults for Hooks {
    fn at(&self, point: Point) -> Result<(), String> {
        let act = {
            let mut armed = self.armed.lock();
            if armed.as_ref().is_none_or(|(wanted, _)| *wanted != point) {
                return Ok(());
            }
            armed.take()
        };
        // Not under the lock: what happens may come to a point itself.
        act.map_or(Ok(()), |(_, act)| act())
    }
}

/// What came of two calls, one inside of the other.
pub struct Amid<R, T> {
    pub outer: R,
    pub inner: T,
    /// Whether the outer one came to the point. Otherwise the inner one happened after it, so that
    /// the same things happen either way.
    pub amid: bool,
}

impl Hooks {
    /// Runs `outer`, and `inner` when it comes to `point`.
    pub fn amid<T: Send + 'static, R>(
        &self,
        point: Point,
        inner: impl FnOnce() -> T + Send + 'static,
        outer: impl FnOnce() -> R,
    ) -> Amid<R, T> {
        let slot = Arc::new(Mutex::new(None));
        let theirs = Arc::clone(&slot);
        let act = move || {
            *theirs.lock() = Some(inner());
            Ok(())
        };
        *self.armed.lock() = Some((point, Box::new(act)));
        let outer = outer();
        let left = self.armed.lock().take();
        let amid = left.is_none();
        if let Some((_, act)) = left {
            act().expect("it does not fail");
        }
        let inner = slot.lock().take().expect("it has happened");
        Amid { outer, inner, amid }
    }

    /// Runs `outer`, which fails at `point`. Tells whether it came there.
    pub fn fail<R>(&self, point: Point, outer: impl FnOnce() -> R) -> (R, bool) {
        let act = || Err("the disk has failed".to_owned());
        *self.armed.lock() = Some((point, Box::new(act)));
        let outer = outer();
        let failed = self.armed.lock().take().is_none();
        (outer, failed)
    }
}
