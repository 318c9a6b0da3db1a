//! The `#name` and `:value` placeholders of an expression: each must be defined, and each used.

use super::error::{FilterError, Place};
use super::literal::Literal;
use highwater_format::Value;
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Placeholders<'a> {
    names: &'a BTreeMap<String, String>,
    values: &'a BTreeMap<String, Value>,
    used_names: BTreeSet<&'a str>,
    used_values: BTreeSet<&'a str>,
}

impl<'a> Placeholders<'a> {
    pub(super) fn new(
        names: &'a BTreeMap<String, String>,
        values: &'a BTreeMap<String, Value>,
    ) -> Self {
        Self { names, values, used_names: BTreeSet::new(), used_values: BTreeSet::new() }
    }

    /// The attribute's name that `#name` stands for.
    pub(super) fn name(&mut self, placeholder: &str, at: usize) -> Result<String, FilterError> {
        let (key, name) = self
            .names
            .get_key_value(placeholder)
            .ok_or_else(|| undefined(placeholder, "names", at))?;
        self.used_names.insert(key);
        Ok(name.clone())
    }

    /// The value that `:value` stands for.
    pub(super) fn value(&mut self, placeholder: &str, at: usize) -> Result<Literal, FilterError> {
        let (key, value) = self
            .values
            .get_key_value(placeholder)
            .ok_or_else(|| undefined(placeholder, "values", at))?;
        self.used_values.insert(key);
        Literal::copy_of(value).map_err(|source| FilterError::Value { at: Place::Byte(at), source })
    }

    /// An error if anything was defined in vain: most often a misspelt filter.
    pub(super) fn all_used(&self) -> Result<(), FilterError> {
        let names = self.names.keys().filter(|key| !self.used_names.contains(key.as_str()));
        let values = self.values.keys().filter(|key| !self.used_values.contains(key.as_str()));
        let placeholders: Vec<String> = names.chain(values).map(|key| format!("`{key}`")).collect();
        if placeholders.is_empty() {
            Ok(())
        } else {
            Err(FilterError::UnusedPlaceholders { placeholders })
        }
    }
}

fn undefined(placeholder: &str, kind: &'static str, at: usize) -> FilterError {
    FilterError::UndefinedPlaceholder {
        at: Place::Byte(at),
        placeholder: placeholder.to_owned(),
        kind,
    }
}
