//! Sets: how a field says that it is one, and what becomes of it.
//!
//! Serde knows sequences only. A field says `#[serde(with = "highwater::typed::string_set")]` and travels
//! in a newtype of a name that highwater knows; to other formats it stays a sequence.

use super::failure::Failure;
use highwater_format::Value;
use std::collections::BTreeSet;

pub(super) const STRINGS: &str = "$highwater.StringSet";
pub(super) const NUMBERS: &str = "$highwater.NumberSet";
pub(super) const BINARIES: &str = "$highwater.BinarySet";

/// DynamoDB's three sets.
#[derive(Clone, Copy)]
pub(super) enum SetKind {
    Strings,
    Numbers,
    Binaries,
}

impl SetKind {
    /// The set that a newtype of this name stands for.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            STRINGS => Some(Self::Strings),
            NUMBERS => Some(Self::Numbers),
            BINARIES => Some(Self::Binaries),
            _ => None,
        }
    }

    /// Makes a set of the list that a sequence was written as; null stays null.
    pub(super) fn collect(self, written: Value) -> Result<Option<Value>, Failure> {
        let list = match written {
            Value::Null => return Ok(Some(Value::Null)),
            Value::List(list) => list,
            other => {
                let found = other.type_name();
                return Err(Failure::new(format!("a set is made of a sequence, not of a {found}")));
            }
        };
        if list.is_empty() {
            return Err(Failure::new(
                "a set has a member or more; leave an empty one out, with \
                 #[serde(default, skip_serializing_if = \"...::is_empty\")]",
            ));
        }
        Ok(Some(match self {
            Self::Strings => Value::StringSet(members(list, "strings", |value| match value {
                Value::String(text) => Ok(text),
                other => Err(other),
            })?),
            Self::Numbers => Value::NumberSet(members(list, "numbers", |value| match value {
                Value::Number(number) => Ok(number),
                other => Err(other),
            })?),
            Self::Binaries => {
                Value::BinarySet(members(list, "byte strings", |value| match value {
                    Value::Binary(bytes) => Ok(bytes),
                    other => Err(other),
                })?)
            }
        }))
    }
}

fn members<M: Ord>(
    list: Vec<Value>,
    of: &str,
    member: impl Fn(Value) -> Result<M, Value>,
) -> Result<BTreeSet<M>, Failure> {
    let mut set = BTreeSet::new();
    for (index, value) in list.into_iter().enumerate() {
        let refuse = |reason: String| Failure::new(reason).at(index);
        let member = member(value)
            .map_err(|other| refuse(format!("a set of {of} holds no {}", other.type_name())))?;
        if !set.insert(member) {
            return Err(refuse("a set holds no member twice".to_owned()));
        }
    }
    Ok(set)
}
