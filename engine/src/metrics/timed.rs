//! How long something takes, where anybody is told.

use crate::store::Inner;
use std::time::Duration;
use tracing::Span;

/// When something began; nothing where nobody is told how long it takes.
#[must_use]
pub(crate) struct Timer(Option<Duration>);

impl Inner {
    /// Begins with what happens in `span`. Where nobody collects and nobody sees the span, no clock is looked at: two
    /// looks are a quarter of an empty poll.
    pub(crate) fn timer(&self, span: &Span) -> Timer {
        let is_told = self.metrics.is_on() || !span.is_disabled();
        Timer(is_told.then(|| self.clock.elapsed()))
    }

    /// How long it took.
    pub(crate) fn took(&self, Timer(began): Timer) -> Duration {
        began.map_or(Duration::ZERO, |began| self.clock.elapsed().saturating_sub(began))
    }
}
