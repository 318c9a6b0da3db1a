//! What the tests that cross crates share.

pub mod crash;
pub mod damage;
pub mod many;
pub mod model;
pub mod power;
