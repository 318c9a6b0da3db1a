//! Indexes of tables with data: built, rewritten and dropped while writes go on.
//!
//! A change of indexes is published in one step, while no commit is on its way: every write from then on
//! keeps the new index up. What was written before is added by [`build`], [`chunk`] by chunk in key order,
//! each under the locks of its items ([`adding`]) and in one batch with how far it has come. So a crash
//! anywhere is gone on from, and an item that is written meanwhile is added once, by its write or by the
//! build.
//! No record and no entry of the log is ever rewritten: what an older record would hold for an index is
//! computed from its document ([`crate::catalog::Index::scope_in`]).

mod adding;
mod build;
mod chunk;
mod state;

pub use state::{IndexKind, IndexStats};

pub(crate) use chunk::works;
