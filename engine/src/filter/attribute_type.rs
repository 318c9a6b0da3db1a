//! The ten attribute types, under DynamoDB's names and under Amplify's.

use highwater_format::ValueRef;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AttributeType {
    String,
    StringSet,
    Number,
    NumberSet,
    Binary,
    BinarySet,
    Bool,
    Null,
    List,
    Map,
}

/// Each type with its DynamoDB code and its name in Amplify's `ModelAttributeTypes`.
const NAMES: [(AttributeType, &str, &str); 10] = [
    (AttributeType::String, "S", "string"),
    (AttributeType::StringSet, "SS", "stringSet"),
    (AttributeType::Number, "N", "number"),
    (AttributeType::NumberSet, "NS", "numberSet"),
    (AttributeType::Binary, "B", "binary"),
    (AttributeType::BinarySet, "BS", "binarySet"),
    (AttributeType::Bool, "BOOL", "bool"),
    (AttributeType::Null, "NULL", "_null"),
    (AttributeType::List, "L", "list"),
    (AttributeType::Map, "M", "map"),
];

/// DynamoDB's codes, for messages.
pub(super) const CODES: &str = "S SS N NS B BS BOOL NULL L M";

/// Amplify's names, for messages.
pub(super) const AMPLIFY_NAMES: &str =
    "binary binarySet bool list map number numberSet string stringSet _null";

impl AttributeType {
    pub(super) fn from_code(code: &str) -> Option<Self> {
        NAMES.iter().find(|(_, c, _)| *c == code).map(|(t, ..)| *t)
    }

    pub(super) fn from_amplify(name: &str) -> Option<Self> {
        NAMES.iter().find(|(.., n)| *n == name).map(|(t, ..)| *t)
    }

    pub(super) fn code(self) -> &'static str {
        NAMES.iter().find(|(t, ..)| *t == self).map_or("", |(_, code, _)| code)
    }

    pub(super) fn of(value: &ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Bool(_) => Self::Bool,
            ValueRef::Number(_) => Self::Number,
            ValueRef::String(_) => Self::String,
            ValueRef::Binary(_) => Self::Binary,
            ValueRef::List(_) => Self::List,
            ValueRef::Map(_) => Self::Map,
            ValueRef::StringSet(_) => Self::StringSet,
            ValueRef::NumberSet(_) => Self::NumberSet,
            ValueRef::BinarySet(_) => Self::BinarySet,
        }
    }
}
