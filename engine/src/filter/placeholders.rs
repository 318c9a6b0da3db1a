//! The `#name` and `:value` placeholders of an expression: each must be defined, and each used.

use super::error::{FilterError, Place};
use super::limits::MAX_SUBSTITUTED_BYTES;
use super::literal::Literal;
use highwater_format::Value;
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Placeholders<'a> {
    names: &'a BTreeMap<String, String>,
    values: &'a BTreeMap<String, Value>,
    used_names: BTreeSet<&'a str>,
    used_values: BTreeSet<&'a str>,
    /// Bytes of what each use stands for.
    substituted: usize,
}

impl<'a> Placeholders<'a> {
    pub(super) fn new(
        names: &'a BTreeMap<String, String>,
        values: &'a BTreeMap<String, Value>,
    ) -> Self {
        Self {
            names,
            values,
            used_names: BTreeSet::new(),
            used_values: BTreeSet::new(),
            substituted: 0,
        }
    }

    /// The attribute's name that `#name` stands for.
    pub(super) fn name(&mut self, placeholder: &str, at: usize) -> Result<String, FilterError> {
        let (key, name) = self
            .names
            .get_key_value(placeholder)
            .ok_or_else(|| undefined(placeholder, "names", at))?;
        self.used_names.insert(key);
        self.substitute(name.len(), at)?;
        Ok(name.clone())
    }

    /// The value that `:value` stands for.
    pub(super) fn value(&mut self, placeholder: &str, at: usize) -> Result<Literal, FilterError> {
        let (key, value) = self
            .values
            .get_key_value(placeholder)
            .ok_or_else(|| undefined(placeholder, "values", at))?;
        self.used_values.insert(key);
        let at_byte = Place::Byte(at);
        let literal =
            Literal::copy_of(value).map_err(|source| FilterError::Value { at: at_byte, source })?;
        self.substitute(literal.as_bytes().len(), at)?;
        Ok(literal)
    }

    /// Each use is a copy, in a filter that lives for as long as whoever asks.
    fn substitute(&mut self, bytes: usize, at: usize) -> Result<(), FilterError> {
        self.substituted += bytes;
        if self.substituted > MAX_SUBSTITUTED_BYTES {
            let (at, limit) = (Place::Byte(at), MAX_SUBSTITUTED_BYTES);
            return Err(FilterError::TooMuchSubstituted { at, limit });
        }
        Ok(())
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
