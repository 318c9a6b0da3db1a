//! The end of a commit, as followers see it.

use super::touched::Touched;
use crate::clock::Flight;
use crate::store::Inner;

impl Inner {
    /// The commit is no longer in flight: it is visible and touched this, or it was certainly not written and
    /// touched nothing. Wakes whom it concerns, and whom those commits concern that have waited for it.
    ///
    /// A commit of which neither is known never lands.
    pub(crate) fn land(&self, flight: Flight, touched: Touched) {
        self.clock.finish(flight, touched);
        self.followers.settle(|| self.clock.pass());
    }
}
