//! Conditions of the tests written out as expressions.

use super::spec::{Cond, Steps, Term};
use highwater_format::Value;
use std::collections::BTreeMap;

/// Writes conditions out, with placeholders for values and for every other name.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) names: BTreeMap<String, String>,
    pub(super) values: BTreeMap<String, Value>,
}

impl Writer {
    /// `parent` is how tightly what stands around binds: 0 OR, 1 AND, 2 NOT.
    pub(super) fn condition(&mut self, condition: &Cond, parent: u8) -> String {
        let (binds, text) = match condition {
            Cond::And(parts) => (1, self.joined(parts, " AND ", 1)),
            Cond::Or(parts) => (0, self.joined(parts, " or ", 0)),
            Cond::Not(inner) => (2, format!("NOT {}", self.condition(inner, 2))),
            Cond::Compare(l, op, r) => (3, format!("{}{op}{}", self.term(l), self.term(r))),
            Cond::Between(v, l, h) => {
                let [v, l, h] = [v, l, h].map(|t| self.term(t));
                (3, format!("{v} BETWEEN {l} AND {h}"))
            }
            Cond::In(v, list) => {
                let value = self.term(v);
                let list: Vec<String> = list.iter().map(|t| self.term(t)).collect();
                (3, format!("{value} in ({})", list.join(", ")))
            }
            Cond::Exists(path) => (3, format!("attribute_exists({})", self.path(path))),
            Cond::Missing(path) => (3, format!("attribute_not_exists({})", self.path(path))),
            Cond::Type(t, code) => {
                let code = self.value(&Value::from(*code));
                (3, format!("attribute_type({}, {code})", self.term(t)))
            }
            Cond::BeginsWith(t, p) => {
                (3, format!("begins_with({}, {})", self.term(t), self.term(p)))
            }
            Cond::Contains(c, e) => (3, format!("contains ({},{})", self.term(c), self.term(e))),
        };
        // A parenthesis where it is needed, and now and then where it is not.
        if binds < parent || self.values.len() % 4 == 3 { format!("({text})") } else { text }
    }

    fn joined(&mut self, parts: &[Cond], by: &str, binds: u8) -> String {
        let parts: Vec<String> = parts.iter().map(|part| self.condition(part, binds)).collect();
        parts.join(by)
    }

    fn term(&mut self, term: &Term) -> String {
        match term {
            Term::Path(path) => self.path(path),
            Term::Value(value) => self.value(value),
            Term::Size(path) => format!("size({})", self.path(path)),
        }
    }

    fn value(&mut self, value: &Value) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value.clone());
        placeholder
    }

    fn path(&mut self, Steps(root, steps): &Steps) -> String {
        let mut text = self.name(root);
        for step in steps {
            match step {
                Ok(name) => text.push_str(&format!(".{}", self.name(name))),
                Err(index) => text.push_str(&format!("[{index}]")),
            }
        }
        text
    }

    fn name(&mut self, name: &str) -> String {
        if name != "and" && self.values.len().is_multiple_of(2) {
            return name.to_owned();
        }
        let placeholder = format!("#n{}", self.names.len());
        self.names.insert(placeholder.clone(), name.to_owned());
        placeholder
    }
}
