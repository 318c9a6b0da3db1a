//! Sync: what changed since the client last asked.
//!
//! [`request`] and [`page`] are what callers see. [`plan`] chooses the mode on page 1 and [`token`] carries
//! the choice to the next pages; [`source`] walks the base table, the log or an index, [`memory`] the newest
//! changes; [`fill`] fills a page within its [`budget`], in a [`room`] for its documents, [`lens`] says what the client
//! is told of an item, and [`run`] goes the way of one page, which [`measure`] counts. [`proof`] adds the digest to the
//! last one; [`tables`] syncs several tables at once.

mod budget;
mod fill;
mod lens;
mod measure;
mod memory;
mod page;
mod plan;
mod proof;
mod request;
mod room;
mod run;
mod source;
mod tables;
#[cfg(test)]
mod tests;
mod token;

pub use highwater_format::token::Mode;
pub use page::{State, SyncItem, SyncPage};
pub use request::{Leavers, Paging, ScopeRequest, Since, SyncRequest};
pub use tables::{TablesPage, TablesPart, TablesRequest};

pub(crate) use plan::{scope_of, through};
pub(crate) use request::{DEFAULT_LIMIT, check_limit};
pub(crate) use token::{View, open_cursor, seal_cursor, view_of};
