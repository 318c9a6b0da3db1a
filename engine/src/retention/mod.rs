//! Retention: what is forgotten, when, and in which order.
//!
//! [`floors`] says how far back a table's past reaches, [`expire`] moves the floors and drops whole files
//! of the log once [`readers`] knows that nobody is left who could read them, [`items`] deletes items whose
//! time to live is over, [`compact`] sweeps the rest, and [`worker`] does all of it in the background.
//! [`measure`] counts it.

mod compact;
mod expire;
mod floors;
mod items;
mod measure;
mod readers;
#[cfg(test)]
mod tests;
mod worker;

pub use compact::CompactReport;

pub(crate) use expire::Retention;
pub(crate) use readers::Readers;
pub(crate) use worker::BackgroundWorker;
