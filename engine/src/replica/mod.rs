//! A client that follows the protocol, for tests and as a model for clients in other languages.

mod apply;
mod item;
mod look;
mod sync;
#[cfg(test)]
mod tests;
mod view;

pub use apply::Replica;
pub use item::ReplicaItem;
pub use sync::{SyncSource, Synced};
pub use view::ReplicaView;
