//! What a query is answered.

use crate::item::Item;

/// A page of a query.
///
/// ```
/// use highwater::{Document, QueryRequest, TableSpec, TableSpecExt, testing::memory_store};
/// # let store = memory_store()?;
/// store.create_table(TableSpec::new("notes", "id").lookup("byOwner", "owner", Some("rank")))?;
/// for rank in [2, 3, 1] {
///     let note = format!(r#"{{"id":"n{rank}","owner":"ann","rank":{rank}}}"#);
///     store.put("notes", Document::from_json(&note)?)?;
/// }
/// let mut request = QueryRequest::new("notes", "byOwner", "ann").limit(2);
/// let first = store.query(&request)?;
/// assert_eq!(first.items[0].key, "n1".into());
/// request.next_token = first.next_token;
/// let last = store.query(&request)?;
/// assert!(last.items.len() == 1 && last.next_token.is_none());
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryPage {
    /// Live items that pass the filter, in the order of the index.
    pub items: Vec<Item>,
    /// Present until the last page.
    pub next_token: Option<String>,
    /// How many items were examined for this page.
    pub scanned_count: usize,
}
