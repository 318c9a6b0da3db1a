//! A value that a filter carries: as a tree for the checks, as document bytes for the comparisons.

use highwater_format::{Document, FormatError, MAX_DEPTH, Value, ValueRef, write_json_value};
use std::collections::BTreeMap;

/// Both forms are made once, so that evaluation compares bytes in place with bytes in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Literal {
    value: Value,
    /// A document with the value as its one attribute, named by the empty string.
    encoded: Document,
}

impl Literal {
    pub(super) fn new(value: Value) -> Result<Self, FormatError> {
        let map = BTreeMap::from([(String::new(), value)]);
        let encoded = Document::from_map(&map)?;
        let value = map.into_values().next().unwrap_or(Value::Null);
        Ok(Self { value, encoded })
    }

    /// Copies `value`, unless it nests deeper than a document can.
    pub(super) fn copy_of(value: &Value) -> Result<Self, FormatError> {
        check_depth(value, MAX_DEPTH)?;
        Self::new(value.clone())
    }

    pub(super) fn value(&self) -> &Value {
        &self.value
    }

    pub(super) fn get(&self) -> Result<ValueRef<'_>, FormatError> {
        // `new` wrote the attribute; the error answers if that is ever not so.
        let missing = FormatError::Malformed { what: "filter literal" };
        self.encoded.as_map().get("")?.ok_or(missing)
    }

    /// The same literal always has the same bytes, and different ones differ.
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.encoded.as_bytes()
    }

    /// The value as JSON for a message, cut after 64 characters.
    pub(super) fn shown(&self) -> String {
        let mut json = String::new();
        match self.get().and_then(|v| write_json_value(v, &mut json)) {
            Ok(()) => json.chars().take(64).collect(),
            Err(_) => self.value.type_name().to_owned(),
        }
    }
}

/// Refuses a tree of more than `limit` levels, without a recursion deeper than that.
pub(super) fn check_depth(value: &Value, limit: usize) -> Result<(), FormatError> {
    let below = |inner: &Value| match limit.checked_sub(1) {
        Some(limit) => check_depth(inner, limit),
        None => Err(FormatError::TooDeep { limit: MAX_DEPTH }),
    };
    match value {
        Value::List(values) => values.iter().try_for_each(below),
        Value::Map(map) => map.values().try_for_each(below),
        _ => Ok(()),
    }
}
