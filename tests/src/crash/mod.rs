//! Processes that are killed: a child writes, syncs and tidies, and says what it was told; a parent kills it at a
//! random moment, opens the store, and holds it against what was said.
//!
//! The child says each thing before it asks for it and again when it is answered. What was answered must be
//! there after any number of crashes; what was only asked for may be there or not, wholly. That is so of commits, and of
//! imports, tables, indexes, checkpoints and backups.

mod child;
mod copies;
mod devices;
mod keeper;
mod kept;
mod ledger;
mod line;
mod rng;
mod scene;
mod shared;
mod task;
mod writer;

pub use child::main as child;
pub use copies::Copies;
pub use devices::{Devices, Live};
pub use ledger::Ledger;
pub use line::Line;
pub use rng::Rng;
pub use scene::{DEVICES, KEYS, NOTES, OWNERS, Scene, Tally, document, key, owner};
pub use task::Task;
