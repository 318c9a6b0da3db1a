//! What backends test themselves with (feature `testing`): stores in memory, a clock to turn by hand, a
//! reference client, faults on demand, and `proptest` strategies up to whole histories.
//!
//! A backend adds `highwater` with this feature, and `proptest`, to its `dev-dependencies`, and hands its
//! own code to a drawn history: commits, clocks that jump, expiry, crashes, and devices whose syncs are cut
//! short anywhere. Once writes stop every device must equal the table, and no device may have been told a
//! digest that was not that of its copy. A history that breaks something comes back as short as it can be.
//!
//! ```
//! use highwater::testing::{Site, strategies::Histories};
//! use highwater::{Projection, Result, SyncPage, SyncRequest, TableSpec, TableSpecExt};
//! use proptest::prelude::*;
//!
//! /// The code under test: here it hands every question on.
//! fn answer(site: &Site, request: &SyncRequest) -> Result<SyncPage> {
//!     site.store.sync(request)
//! }
//!
//! let notes = TableSpec::new("notes", "id").index("byOwner", "owner", Projection::All);
//! let histories = Histories::of(&[notes]);
//! proptest!(ProptestConfig::with_cases(8), |(history in histories.strategy())| {
//!     history.play(&mut answer)?;
//! });
//! ```
//!
//! | | |
//! |---|---|
//! | [`memory_store`], [`MemoryDisk`] | a store that leaves nothing behind, to be closed, killed and opened again |
//! | [`ManualTime`] | time that passes when told to |
//! | [`Faults`], [`Point`] | failures and pauses at the places where they hurt |
//! | [`Replica`], [`SyncSource`] | a client that follows the protocol, its state open to look at |
//! | [`strategies`] | values, keys, documents, mutations, views, operations, histories |
//! | [`History`], [`Playground`], [`Backend`] | a history played against your code |
//! | [`Model`] | the engine itself, held against a plain model of what its commits must answer and keep |
//!
//! `examples/property_test.rs` shows how the kit finds the rows that `updated_at > last_sync` loses.

mod backend;
mod broken;
mod check;
mod device;
mod history;
mod model;
mod playground;
pub mod strategies;

pub use crate::clock::ManualTime;
pub use crate::fault::{Faults, Point};
pub use crate::replica::{Replica, ReplicaItem, ReplicaView, SyncSource, Synced};
pub use crate::storage::Environment;
pub use crate::store::{MemoryDisk, memory_store};
pub use backend::{Backend, Site};
pub use broken::{Breach, Broken, Difference};
#[cfg(test)]
pub(crate) use check::shows;
pub use history::{History, Operation};
pub use model::Model;
pub use playground::{Played, Playground};
