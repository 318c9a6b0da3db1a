//! Writing: from a mutation to one batch.
//!
//! [`mutation`] says what a caller wants, [`locks`] keeps two of them apart, [`decide`] holds it against
//! the stored item (with [`automerge`] where the table merges), [`entries`] turns the outcome into
//! changes of every family, and [`commit`] runs the steps in order.

mod automerge;
mod commit;
mod decide;
mod entries;
mod locks;
mod lookups;
mod mutation;
mod scopes;

pub use commit::Outcome;
pub use mutation::{Change, Expect, Mutation, Update};

pub(crate) use decide::check as check_document;
pub(crate) use locks::Locks;
