//! Indexes on tables with data: built, rewritten and dropped while writes go on, whatever crashes.

#[path = "indexes/build.rs"]
mod build;
#[path = "indexes/crash.rs"]
mod crash;
#[path = "indexes/dropped.rs"]
mod dropped;
#[path = "indexes/refused.rs"]
mod refused;
#[path = "indexes/support.rs"]
mod support;
#[path = "indexes/younger.rs"]
mod younger;
