//! The works, each measured side by side.

pub mod engine_alone;
pub mod expiry;
pub mod growth;
pub mod reads;
pub mod threads;
pub mod ycsb;
