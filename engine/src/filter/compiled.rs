//! A filter, read and checked: what a sync, a query or a follower is handed.

use super::ast::Expr;
use super::error::FilterError;
use super::subject::Subject;
use super::{amplify, digest, parser, request};
use highwater_format::{FormatError, KeyValue, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A condition that every item either fulfils or not. Cloning it copies a pointer.
///
/// There are two notations, DynamoDB's filter expressions ([`Filter::parse`]) and Amplify's
/// `Model*FilterInput` objects ([`Filter::from_amplify`]); [`Filter::from_request`] tells them
/// apart. The same condition in either is the same filter, with the same [`Filter::digest`].
///
/// # Meaning
/// DynamoDB's, in both notations:
/// * Values of different types are never equal and have no order. `= < <= > >= BETWEEN IN` are then
///   false and `<>` is true; the same goes for an attribute that is missing.
/// * Numbers compare as numbers, strings by their UTF-8 bytes, binaries by unsigned bytes; nothing
///   else has an order. Lists, maps and sets are equal when all they hold is.
/// * `contains` finds a part of a string or binary, a member of a set, an element of a list.
/// * `size` is the number of characters of a string, of bytes of a binary, of elements of a list,
///   map or set. Anything else has none, and counts as missing.
/// * `_version`, `_lastChangedAt` and `_deleted` come from the item's metadata (see [`Subject`]).
///
/// # Limits
/// An expression of 4 KiB; 300 operators, functions and groups; 64 levels of parentheses,
/// functions, NOTs or groups; 100 values in one IN; a value nested as deep as a document may be.
///
/// ```
/// use highwater::{Document, Filter, SyncRequest, TableSpec, TableSpecExt, parse_json};
/// # let store = highwater::testing::memory_store()?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// store.put("notes", Document::from_json(r#"{"id":"n1","rating":5}"#)?)?;
/// store.put("notes", Document::from_json(r#"{"id":"n2","rating":1}"#)?)?;
/// let good = Filter::from_request(&parse_json(r#"{"rating":{"ge":3}}"#)?)?;
/// let page = store.sync(&SyncRequest::new("notes").filter(good))?;
/// assert!(page.items.iter().any(|item| item.key == "n1".into()));
/// assert!(page.items.iter().all(|item| item.key != "n2".into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    inner: Arc<Inner>,
}

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    expr: Expr,
    digest: [u8; 32],
}

impl Filter {
    /// Reads a DynamoDB condition or filter expression with its `#name` and `:value` placeholders.
    ///
    /// The whole grammar is understood: comparators, BETWEEN, IN, AND, OR, NOT, parentheses, the
    /// six functions, and paths such as `a.b[3].#c`. Keywords may be written in any case, names of
    /// functions may not. What DynamoDB refuses before it reads an item is refused here, too:
    /// literals of a type that the operator can never be true for, bounds of BETWEEN in the wrong
    /// order, an attribute compared with itself, placeholders that are used and not defined or
    /// defined and not used. Two things are taken that DynamoDB refuses: attributes named by one of
    /// its reserved words (only `AND OR NOT BETWEEN IN` need a `#name`) or with an underscore in
    /// front, and redundant parentheses.
    ///
    /// # Errors
    /// [`FilterError`] with the byte offset, but in `UnusedPlaceholders` and `TooLong`.
    ///
    /// ```
    /// use highwater::{Filter, Value};
    /// use std::collections::BTreeMap;
    ///
    /// let names = BTreeMap::from([("#s".to_owned(), "status".to_owned())]);
    /// let values = BTreeMap::from([
    ///     (":open".to_owned(), Value::from("OPEN")),
    ///     (":few".to_owned(), Value::from(3)),
    /// ]);
    /// Filter::parse("#s = :open AND size(tags) < :few", &names, &values)?;
    ///
    /// let error = Filter::parse("#s = :open AND", &names, &values).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "filter at byte 14: expected a condition or an operand, found the end",
    /// );
    /// # Ok::<(), highwater::FilterError>(())
    /// ```
    ///
    /// Source: the DynamoDB developer guide, "Condition and filter expressions, operators, and
    /// functions"; its API reference, `ExpressionAttributeNames` and `ExpressionAttributeValues`.
    pub fn parse(
        expression: &str,
        names: &BTreeMap<String, String>,
        values: &BTreeMap<String, Value>,
    ) -> Result<Self, FilterError> {
        parser::parse(expression, names, values).map(Self::new)
    }

    /// Reads an Amplify filter object: `{"rating": {"gt": 5}, "or": [..]}`.
    ///
    /// One member per attribute, each an object of operators; and the groups `and`, `or` and `not`.
    /// Everything in one object must hold. The operators are those of `ModelStringInput` and its
    /// like: `eq ne le lt ge gt contains notContains between beginsWith attributeExists
    /// attributeType size`, and `in notIn`, which DataStore sends and AppSync refuses. Where
    /// GraphQL's input coercion takes one element for a list of one, so does this.
    ///
    /// * `{}` matches everything, and so does `null` in place of the object. A member that is
    ///   `null` counts as absent, except in `eq` and `ne`.
    /// * `eq: null` means missing or null, `ne: null` present and not null, and a `null` among the
    ///   values of `in` and `notIn` is read the same way.
    /// * `and: []` and `or: []` are ignored, as DataStore does with an empty group on the device.
    ///   `in: []` matches nothing and `notIn: []` everything. `not: {}` matches nothing.
    /// * An attribute named `and`, `or` or `not` can only be filtered by an expression.
    ///
    /// # Errors
    /// [`FilterError`] with the path from the root `$`.
    ///
    /// ```
    /// use highwater::{Filter, parse_json};
    ///
    /// let object = r#"{"or": [{"rating": {"gt": 5}}, {"title": {"beginsWith": "A"}}]}"#;
    /// Filter::from_amplify(&parse_json(object)?)?;
    ///
    /// let error = Filter::from_amplify(&parse_json(r#"{"rating": {"over": 5}}"#)?).unwrap_err();
    /// assert!(error.to_string().starts_with("filter at `$.rating.over`: there is no operator"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Source: Amplify's model transformer (`ModelStringInput`, `ModelSizeInput`,
    /// `ModelAttributeTypes`) and DataStore's predicates.
    pub fn from_amplify(filter: &Value) -> Result<Self, FilterError> {
        amplify::read(filter).map(Self::new)
    }

    /// Reads a filter in whichever notation it is.
    ///
    /// An object with a string under `expression`, and nothing beside it but `expressionNames` and
    /// `expressionValues`, is AppSync's form of a DynamoDB expression; the values are typed
    /// (`{"S": "x"}`). Everything else is taken as an Amplify filter.
    ///
    /// # Errors
    /// Those of [`Filter::parse`] or [`Filter::from_amplify`].
    ///
    /// ```
    /// use highwater::{Filter, parse_json};
    ///
    /// let expression = parse_json(
    ///     r##"{"expression": "#a = :a", "expressionNames": {"#a": "a"},
    ///          "expressionValues": {":a": {"S": "x"}}}"##,
    /// )?;
    /// let object = parse_json(r#"{"a": {"eq": "x"}}"#)?;
    /// assert_eq!(Filter::from_request(&expression)?, Filter::from_request(&object)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Source: the AppSync developer guide, the resolver mapping template reference for DynamoDB,
    /// `Sync` and its `filter`.
    pub fn from_request(filter: &Value) -> Result<Self, FilterError> {
        request::read(filter).map(Self::new)
    }

    fn new(expr: Expr) -> Self {
        let digest = digest::of(&expr);
        Self { inner: Arc::new(Inner { expr, digest }) }
    }

    /// Whether an item fulfils the condition.
    ///
    /// The document is read in place, one look-up for each attribute that must be known.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] or [`FormatError::TooDeep`] if the document is damaged.
    ///
    /// ```
    /// use highwater::{Document, Filter, Millis, Subject, parse_json};
    ///
    /// let filter = Filter::from_amplify(&parse_json(r#"{"tags": {"contains": "sea"}}"#)?)?;
    /// let document = Document::from_json(r#"{"tags": ["sea", "sand"]}"#)?;
    /// assert!(filter.matches(&Subject {
    ///     document: document.as_map(),
    ///     version: 1,
    ///     changed_at: Millis(0),
    ///     deleted: false,
    /// })?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn matches(&self, subject: &Subject<'_>) -> Result<bool, FormatError> {
        self.inner.expr.matches(subject)
    }

    /// A fingerprint of the condition: equal for equal filters, whichever notation they came in.
    ///
    /// It stays the same from one run and one release to the next, and is never all zeros.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.inner.digest
    }

    /// The value that a top-level attribute has in every item that matches, if there is just one.
    ///
    /// That is a string, number or binary that the filter compares the attribute with by `=`, or by
    /// an IN of one value, where nothing but ANDs lies above it; an OR pins what all its branches
    /// pin to the same value. The attributes that come from the metadata are never pinned.
    ///
    /// ```
    /// use highwater::{Filter, KeyValue, parse_json};
    ///
    /// let object = parse_json(r#"{"owner": {"eq": "ann"}, "rating": {"gt": 5}}"#)?;
    /// let filter = Filter::from_amplify(&object)?;
    /// assert_eq!(filter.pinned("owner"), Some(KeyValue::from("ann")));
    /// assert_eq!(filter.pinned("rating"), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn pinned(&self, attribute: &str) -> Option<KeyValue> {
        self.inner.expr.pinned(attribute)
    }
}
