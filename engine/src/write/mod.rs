//! Writing: from a mutation to one batch.
//!
//! [`mutation`] says what a caller wants, [`locks`] keeps two of them apart, [`decide`] holds it against
//! the stored item ([`case`]) and has the table's strategy settle a mismatch ([`automerge`], [`three_way`]
//! with [`merge_rule`], [`resolver`]), [`entries`] turns the outcome into [`changes`] of every family,
//! [`commit`] runs the steps in order, and [`receipts`] has a retry answered as the first time. [`erase`]
//! takes back all of it, [`forget`] what receipts tell of it.

mod automerge;
mod case;
mod changes;
mod commit;
mod decide;
mod entries;
mod erase;
mod fingerprint;
mod forget;
mod locks;
mod lookups;
mod measure;
mod merge_rule;
mod mutation;
mod receipts;
mod resolver;
mod scopes;
mod three_way;

pub use commit::Outcome;
pub use mutation::{Change, Expect, Mutation, Update};
pub use resolver::{Clash, Resolution, Resolver};

pub(crate) use decide::check as check_document;
pub(crate) use forget::forget_ended;
pub(crate) use locks::Locks;
pub(crate) use resolver::Resolvers;
