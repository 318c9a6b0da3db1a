//! How long something takes, where anybody is told.

use crate::store::Inner;
use std::time::Duration;

impl Inner {
    /// Whether anybody collects or traces.
    pub(crate) fn is_measured(&self) -> bool {
        self.metrics.is_on() || tracing::enabled!(tracing::Level::DEBUG)
    }

    /// Does it, and says how long that took: nothing where nobody collects and nobody traces, for two looks at
    /// a clock are a quarter of an empty poll.
    pub(crate) fn timed<T>(&self, work: impl FnOnce() -> T) -> (T, Duration) {
        if !self.is_measured() {
            return (work(), Duration::ZERO);
        }
        let began = self.clock.elapsed();
        let done = work();
        (done, self.clock.elapsed().saturating_sub(began))
    }
}
