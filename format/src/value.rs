//! A value as a tree: what a caller builds and takes apart.
//!
//! The engine itself rarely needs one; it reads documents in place ([`crate::ValueRef`]).

use crate::number::Number;
use std::collections::{BTreeMap, BTreeSet};

/// One attribute's value, in DynamoDB's type system.
///
/// ```
/// use highwater_format::Value;
/// let v = Value::from("sunday");
/// assert_eq!(v.type_name(), "string");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// The null value (an attribute that is present and null).
    Null,
    /// True or false.
    Bool(bool),
    /// A number of up to 38 digits.
    Number(Number),
    /// A UTF-8 string.
    String(String),
    /// Bytes.
    Binary(Vec<u8>),
    /// An ordered list of any values.
    List(Vec<Value>),
    /// Named values.
    Map(BTreeMap<String, Value>),
    /// A set of strings, never empty.
    StringSet(BTreeSet<String>),
    /// A set of numbers, never empty.
    NumberSet(BTreeSet<Number>),
    /// A set of byte strings, never empty.
    BinarySet(BTreeSet<Vec<u8>>),
}

impl Value {
    /// The type's name, as messages show it.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Binary(_) => "binary",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::StringSet(_) => "string set",
            Self::NumberSet(_) => "number set",
            Self::BinarySet(_) => "binary set",
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<Number> for Value {
    fn from(value: Number) -> Self {
        Self::Number(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Number(value.into())
    }
}

impl From<Vec<Value>> for Value {
    fn from(values: Vec<Value>) -> Self {
        Self::List(values)
    }
}
