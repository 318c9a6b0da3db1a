//! Watching: changes in commit order, as they are committed.
//!
//! [`request`] and [`batch`] are what callers see, and [`watcher`], which sleeps and reads. [`question`] is
//! what it asks, held against the store. [`hub`] knows who has to wake, by what a commit [`touched`] when it
//! [`land`]s.

mod batch;
mod hub;
mod land;
mod question;
mod request;
mod touched;
mod watcher;

pub use batch::WatchBatch;
pub use request::{WatchFrom, WatchRequest};
pub use watcher::Watcher;

pub(crate) use hub::Hub;
#[cfg(test)]
pub(crate) use touched::Topic;
pub(crate) use touched::{Passed, Touched};
