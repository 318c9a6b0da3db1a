//! What the tests that cross crates share.

pub mod crash;
pub mod model;
