//! What a query is answered.

use crate::item::Item;

/// A page of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryPage {
    /// Live items that pass the filter, in the order of the index.
    pub items: Vec<Item>,
    /// Present until the last page.
    pub next_token: Option<String>,
    /// How many items were examined for this page.
    pub scanned_count: usize,
}
