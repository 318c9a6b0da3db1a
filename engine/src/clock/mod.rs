//! Time: where timestamps, the safe point and `startedAt` come from.
//!
//! [`source`] reads the machine's clocks, [`physical`] makes one steady clock of them, [`hybrid`] hands
//! out timestamps and knows which are in flight, [`lease`] keeps all of it ahead of a crash.

mod hybrid;
mod lease;
mod physical;
mod source;
#[cfg(test)]
mod tests;

pub use physical::Leap;
#[cfg(feature = "testing")]
pub use source::ManualTime;
pub use source::{SystemTime, TimeSource};

pub(crate) use hybrid::{Flight, Observation};
#[cfg(test)]
pub(crate) use hybrid::{State, tests::state as clock_at_1000};
pub(crate) use lease::{Clock, Loss};
