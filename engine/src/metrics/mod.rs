//! Numbers about what the engine does, for whoever collects them.

mod names;
mod recorder;
mod timed;

pub use names::{Counter, Gauge, Histogram};
pub use recorder::Metrics;

pub(crate) use recorder::Recorder;
