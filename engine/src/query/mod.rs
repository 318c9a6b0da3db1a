//! Queries: the items with one value in an attribute, in the order of another.
//!
//! [`request`] and [`page`] are what callers see. [`range`] says which keys of an ordered index a request
//! asks for, [`token`] carries a walk over them from page to page, and [`run`] fills a page.

mod page;
mod range;
mod request;
mod run;
mod token;

pub use page::QueryPage;
pub use request::{QueryRequest, SortCondition};
