//! Sync: what changed since the client last asked.
//!
//! [`request`] and [`page`] are what callers see. [`plan`] chooses the mode on page 1 and [`token`] carries
//! the choice to the next pages; [`source`] walks the base table, the log or an index; [`run`] fills a page.

mod page;
mod plan;
mod request;
mod run;
mod source;
mod token;

pub use highwater_format::token::Mode;
pub use page::{State, SyncItem, SyncPage};
pub use request::{Leavers, Paging, ScopeRequest, Since, SyncRequest};

pub(crate) use plan::{scope_of, through};
pub(crate) use request::{DEFAULT_LIMIT, check_limit};
pub(crate) use token::{View, open_cursor, seal_cursor, view_of};
