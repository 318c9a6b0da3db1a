//! Processes that are killed: a child writes, syncs and tidies, and says what it was told; a parent kills it at a
//! random moment, opens the store, and holds it against what was said.
//!
//! The child says each thing before it asks for it and again when it is answered. What was answered must be
//! there after any number of crashes; what was only asked for may be there or not, wholly.

mod child;
mod devices;
mod ledger;
mod line;
mod rng;
mod scene;

pub use child::main as child;
pub use devices::{Devices, Live};
pub use ledger::Ledger;
pub use line::{Line, Role};
pub use rng::Rng;
pub use scene::{DEVICES, KEYS, NOTES, OWNERS, Scene, Tally, document, key, owner};
