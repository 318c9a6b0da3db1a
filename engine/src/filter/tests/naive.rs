//! The rules of evaluation once more, plainly, over trees: what the engine's evaluator must agree
//! with.

use super::spec::{Cond, Steps, Term};
use highwater_format::Value;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// An item as a tree: its attributes, with those of its metadata in place.
pub(super) struct Item(pub(super) BTreeMap<String, Value>);

impl Item {
    pub(super) fn new(
        mut attributes: BTreeMap<String, Value>,
        version: u64,
        changed_at: u64,
        deleted: bool,
    ) -> Self {
        attributes.insert("_version".to_owned(), Value::Number(version.into()));
        attributes.insert("_lastChangedAt".to_owned(), Value::Number(changed_at.into()));
        attributes.remove("_deleted");
        if deleted {
            attributes.insert("_deleted".to_owned(), Value::Bool(true));
        }
        Self(attributes)
    }

    fn at(&self, Steps(root, steps): &Steps) -> Option<Value> {
        let mut value = self.0.get(*root)?.clone();
        for step in steps {
            value = match (value, step) {
                (Value::Map(mut map), Ok(name)) => map.remove(*name)?,
                (Value::List(list), Err(index)) => list.into_iter().nth(*index)?,
                _ => return None,
            };
        }
        Some(value)
    }

    fn term(&self, term: &Term) -> Option<Value> {
        match term {
            Term::Path(path) => self.at(path),
            Term::Value(value) => Some(value.clone()),
            Term::Size(path) => size(&self.at(path)?).map(Value::from),
        }
    }

    pub(super) fn fulfils(&self, condition: &Cond) -> bool {
        match condition {
            Cond::And(parts) => parts.iter().filter(|part| !self.fulfils(part)).count() == 0,
            Cond::Or(parts) => parts.iter().filter(|part| self.fulfils(part)).count() > 0,
            Cond::Not(inner) => !self.fulfils(inner),
            Cond::Compare(l, op, r) => compare(self.term(l), op, self.term(r)),
            Cond::Between(v, l, h) => {
                compare(self.term(v), ">=", self.term(l))
                    && compare(self.term(v), "<=", self.term(h))
            }
            Cond::In(v, list) => {
                let equal = list.iter().filter(|t| compare(self.term(v), "=", self.term(t)));
                equal.count() > 0
            }
            Cond::Exists(path) => self.at(path).is_some(),
            Cond::Missing(path) => self.at(path).is_none(),
            Cond::Type(term, wanted) => self.term(term).is_some_and(|v| code(&v) == *wanted),
            Cond::BeginsWith(t, p) => match (self.term(t), self.term(p)) {
                (Some(Value::String(t)), Some(Value::String(p))) => t.find(&p) == Some(0),
                (Some(Value::Binary(t)), Some(Value::Binary(p))) => {
                    t.iter().take(p.len()).eq(p.iter())
                }
                _ => false,
            },
            Cond::Contains(c, e) => match (self.term(c), self.term(e)) {
                (Some(container), Some(element)) => contains(container, element),
                _ => false,
            },
        }
    }
}

pub(super) fn compare(left: Option<Value>, op: &str, right: Option<Value>) -> bool {
    let (Some(left), Some(right)) = (left, right) else {
        return op == "<>";
    };
    let order = match (&left, &right) {
        (Value::Number(l), Value::Number(r)) => Some(l.cmp(r)),
        (Value::String(l), Value::String(r)) => Some(l.as_bytes().cmp(r.as_bytes())),
        (Value::Binary(l), Value::Binary(r)) => Some(l.cmp(r)),
        _ => None,
    };
    match op {
        "=" => left == right,
        "<>" => left != right,
        "<" => order == Some(Ordering::Less),
        "<=" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        ">" => order == Some(Ordering::Greater),
        ">=" => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        _ => unreachable!("no operator {op}"),
    }
}

pub(super) fn contains(container: Value, element: Value) -> bool {
    match (container, element) {
        (Value::String(c), Value::String(e)) => c.contains(&e),
        (Value::Binary(c), Value::Binary(e)) => {
            (0..=c.len()).any(|from| c.iter().skip(from).take(e.len()).eq(e.iter()))
        }
        (Value::StringSet(c), Value::String(e)) => c.contains(&e),
        (Value::NumberSet(c), Value::Number(e)) => c.contains(&e),
        (Value::BinarySet(c), Value::Binary(e)) => c.contains(&e),
        (Value::List(c), e) => c.contains(&e),
        _ => false,
    }
}

pub(super) fn size(value: &Value) -> Option<i64> {
    let size = match value {
        Value::String(s) => s.char_indices().count(),
        Value::Binary(b) => b.len(),
        Value::List(l) => l.len(),
        Value::Map(m) => m.len(),
        Value::StringSet(s) => s.len(),
        Value::NumberSet(s) => s.len(),
        Value::BinarySet(s) => s.len(),
        _ => return None,
    };
    i64::try_from(size).ok()
}

pub(super) fn code(value: &Value) -> &'static str {
    match value {
        Value::Null => "NULL",
        Value::Bool(_) => "BOOL",
        Value::Number(_) => "N",
        Value::String(_) => "S",
        Value::Binary(_) => "B",
        Value::List(_) => "L",
        Value::Map(_) => "M",
        Value::StringSet(_) => "SS",
        Value::NumberSet(_) => "NS",
        Value::BinarySet(_) => "BS",
    }
}
