//! Live items in key order.

use crate::catalog::Table;
use crate::error::{Error, Result};
use crate::item::Item;
use crate::store::Inner;
use crate::sync::{DEFAULT_LIMIT, check_limit};
use highwater_format::{Family, ItemKey, KeyValue, Record, RecordRef, keys};

/// Which items to list.
///
/// ```
/// use highwater::ListRequest;
/// let request = ListRequest::new("notes").partition("n1").limit(50);
/// assert_eq!(request.limit, 50);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRequest {
    /// The table's name.
    pub table: String,
    /// One partition alone, in the order of the sort attribute; the whole table otherwise.
    pub partition: Option<KeyValue>,
    /// The most items to return, 1 to 1000.
    pub limit: u32,
    /// Begin after this item: [`ListPage::next`] of the page before.
    pub after: Option<ItemKey>,
}

impl ListRequest {
    /// All of a table, 100 items a page.
    #[must_use]
    pub fn new(table: &str) -> Self {
        Self { table: table.to_owned(), partition: None, limit: DEFAULT_LIMIT, after: None }
    }

    /// One partition alone.
    #[must_use]
    pub fn partition(mut self, partition: impl Into<KeyValue>) -> Self {
        self.partition = Some(partition.into());
        self
    }

    /// At most `limit` items.
    #[must_use]
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }

    /// Begin after an item.
    #[must_use]
    pub fn after(mut self, key: ItemKey) -> Self {
        self.after = Some(key);
        self
    }
}

/// A page of a listing.
///
/// ```
/// use highwater::{Document, ListRequest, TableSpec, TableSpecExt, testing::memory_store};
/// # let store = memory_store()?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// for id in ["n1", "n2", "n3"] {
///     store.put("notes", Document::from_json(&format!(r#"{{"id":"{id}"}}"#))?)?;
/// }
/// let request = ListRequest::new("notes").limit(2);
/// let page = store.list(&request)?;
/// let rest = store.list(&request.after(page.next.unwrap()))?;
/// assert_eq!((page.items.len(), rest.items.len()), (2, 1));
/// assert!(rest.next.is_none());
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage {
    /// Live items, in key order.
    pub items: Vec<Item>,
    /// Where the next page begins, if there may be one.
    pub next: Option<ItemKey>,
}

impl Inner {
    pub(crate) fn list(&self, request: &ListRequest) -> Result<ListPage> {
        self.catalog.answer(&request.table, |table| self.list_in(table, request))
    }

    fn list_in(&self, table: &Table, request: &ListRequest) -> Result<ListPage> {
        let limit = check_limit(request.limit)?;
        let mut prefix = keys::table(table.id());
        if let Some(partition) = &request.partition {
            table.check_value(&table.record.spec.partition, partition)?;
            prefix = keys::base(table.id(), &partition.encode());
        }
        let mut from = prefix.clone();
        if let Some(after) = &request.after {
            table.check_key(after)?;
            from = keys::base(table.id(), &after.encode());
            if !from.starts_with(&prefix) {
                return Err(Error::out_of_range("after", after, "an item of the partition"));
            }
            from.push(0);
        }
        let view = self.storage.latest();
        let mut scan = view.scan(Family::Base, &from, keys::after_prefix(&prefix))?;
        let mut items = Vec::new();
        let mut bytes = 0;
        while scan.advance()?.is_some() {
            let (key, payload) = scan.entry()?;
            if RecordRef::decode(payload)?.deleted {
                continue;
            }
            bytes += payload.len();
            if items.len() == limit || (bytes > self.options.limits.page_bytes && !items.is_empty())
            {
                let next = items.last().map(|item: &Item| item.key.clone());
                return Ok(ListPage { items, next });
            }
            let key = ItemKey::decode(keys::decode_base(key)?.1)?;
            items.push(Item::new(key, Record::decode(payload)?));
        }
        Ok(ListPage { items, next: None })
    }
}
