//! What a query asks.

use crate::filter::Filter;
use crate::sync::DEFAULT_LIMIT;
use highwater_format::KeyValue;

/// Which values of the index's sort attribute are wanted.
///
/// A value is compared with values of its own type alone: strings by their UTF-8 bytes, binaries by
/// unsigned bytes, numbers as numbers. Items that hold another type there do not fulfil the condition.
///
/// Source: the DynamoDB developer guide, "Key condition expressions for the Query operation"; Amplify's
/// `ModelStringKeyConditionInput`.
///
/// ```
/// use highwater::{Document, KeyValue, QueryRequest, SortCondition, TableSpec, TableSpecExt};
/// # let store = highwater::testing::memory_store()?;
/// store.create_table(TableSpec::new("notes", "id").lookup("byOwner", "owner", Some("day")))?;
/// for day in ["2024-01-31", "2024-02-01", "2024-02-28"] {
///     let note = format!(r#"{{"id":"{day}","owner":"ann","day":"{day}"}}"#);
///     store.put("notes", Document::from_json(&note)?)?;
/// }
/// let february = SortCondition::BeginsWith(KeyValue::from("2024-02-"));
/// let request = QueryRequest::new("notes", "byOwner", "ann").sort(february);
/// assert_eq!(store.query(&request)?.items.len(), 2);
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SortCondition {
    /// All of them, numbers before strings before binary.
    #[default]
    Any,
    /// This one.
    Eq(KeyValue),
    /// Those below it.
    Lt(KeyValue),
    /// Those below it, and it.
    Le(KeyValue),
    /// Those above it.
    Gt(KeyValue),
    /// Those above it, and it.
    Ge(KeyValue),
    /// Those from the first to the second, both included. They are of one type.
    Between(KeyValue, KeyValue),
    /// Strings, or binaries, that begin with it.
    BeginsWith(KeyValue),
}

/// A request for one page of a query.
///
/// ```
/// use highwater::{KeyValue, QueryRequest, SortCondition};
/// let request = QueryRequest::new("notes", "byOwner", "ann")
///     .sort(SortCondition::Ge(KeyValue::from("2024")))
///     .descending(true)
///     .limit(20);
/// assert_eq!(request.limit, 20);
/// ```
#[derive(Debug, Clone)]
pub struct QueryRequest {
    /// The table's name.
    pub table: String,
    /// The ordered index's name.
    pub index: String,
    /// The value that the index's attribute has in every item.
    pub value: KeyValue,
    /// What the index's sort attribute must be; [`SortCondition::Any`] where it has none.
    pub sort: SortCondition,
    /// From the greatest sort value to the least, and each key order backwards too.
    pub descending: bool,
    /// The most items to examine, 1 to 1000; may differ from page to page.
    pub limit: u32,
    /// Which of the examined items to return.
    pub filter: Option<Filter>,
    /// Who asks: tokens open for the same audience only.
    pub audience: Option<String>,
    /// The token of the page before.
    pub next_token: Option<String>,
}

impl QueryRequest {
    /// The items with `value` in the attribute of `index`, 100 a page.
    #[must_use]
    pub fn new(table: &str, index: &str, value: impl Into<KeyValue>) -> Self {
        Self {
            table: table.to_owned(),
            index: index.to_owned(),
            value: value.into(),
            sort: SortCondition::Any,
            descending: false,
            limit: DEFAULT_LIMIT,
            filter: None,
            audience: None,
            next_token: None,
        }
    }

    /// Only items whose sort attribute fulfils `condition`.
    #[must_use]
    pub fn sort(mut self, condition: SortCondition) -> Self {
        self.sort = condition;
        self
    }

    /// The other way round, if `descending`.
    #[must_use]
    pub fn descending(mut self, descending: bool) -> Self {
        self.descending = descending;
        self
    }

    /// At most `limit` items examined.
    #[must_use]
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }

    /// Only items that pass `filter`.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = Some(filter);
        self
    }

    /// Tokens for `audience` alone.
    #[must_use]
    pub fn audience(mut self, audience: &str) -> Self {
        self.audience = Some(audience.to_owned());
        self
    }

    /// The page after the one that gave `token`.
    #[must_use]
    pub fn next_token(mut self, token: impl Into<String>) -> Self {
        self.next_token = Some(token.into());
        self
    }
}
