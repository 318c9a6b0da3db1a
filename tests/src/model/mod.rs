//! A random model of the whole protocol: writers, expiry, crashes, restores, clocks, devices.
//!
//! A history is a [`Setup`] and a list of [`Transition`]s. A [`World`] plays it against a real store
//! and holds every answer against an oracle, a few maps in memory. Nothing in it reads a clock
//! or a random number: the same history always plays the same way.
//!
//! Any part of a history can be left out and the rest still plays, so a failure shrinks well.

mod backup;
mod beginning;
mod body;
mod claim;
mod clash;
mod commit;
mod compare;
mod copy;
mod declare;
mod deliver;
mod device;
mod digest;
mod doubt;
mod due;
mod erase;
mod expect;
mod fetch;
mod folder;
mod follow;
mod gather;
mod gone;
mod hooks;
mod import;
mod index;
mod indexing;
mod left;
mod lookup;
mod loss;
mod once;
mod oracle;
mod outcome;
mod play;
mod promise;
mod query;
mod reach;
mod refusal;
mod reopen;
mod resolver;
mod settle;
mod setup;
mod show;
mod strategy;
mod transition;
mod view;
mod world;
mod writing;

pub use beginning::setups;
pub use body::{Body, Edit, Field};
pub use folder::copy as copy_store;
pub use gone::Gone;
pub use import::CutShort;
pub use index::Index;
pub use indexing::Reindexing;
pub use lookup::{Question, Sorts};
pub use outcome::Outcome;
pub use reach::ALL as ALL_THAT_IS_REACHED;
pub use setup::{Indexes, OptionSet, Setup, TableSetup};
pub use strategy::{steady_transitions, transitions};
pub use transition::{
    Batch, Belief, Closing, Damage, Deed, Interference, Jump, Keeping, Step, StepSince, Transition,
    Write,
};
pub use view::{Condition, Part, View};
pub use world::World;
