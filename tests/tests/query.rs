//! Queries: the items with one value in an ordered index, in order, page by page.

#[path = "query/naive.rs"]
mod naive;
#[path = "query/pages.rs"]
mod pages;
#[path = "query/support.rs"]
mod support;
#[path = "query/tokens.rs"]
mod tokens;
