//! Which part of a table: `--partition VALUE`, `--index NAME=VALUE`.

use super::key_value;
use crate::failure::Failure;
use crate::show::kind_name;
use highwater::{Error, IndexSpec, KeyKind, KeyValue, ScopeRequest, TableSpec};

/// The part of a table that is asked for; all of it without an option.
#[derive(Debug, clap::Args)]
pub(crate) struct ScopeArgs {
    /// Only the items of this partition
    #[arg(long, value_name = "VALUE", conflicts_with = "index", allow_hyphen_values = true)]
    partition: Option<String>,
    /// Only the items with VALUE in the attribute of index NAME; NAME:N= for a number, NAME:B= for base64
    #[arg(long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    index: Option<String>,
}

impl ScopeArgs {
    /// The scope, in a table of this declaration.
    pub(crate) fn request(&self, spec: &TableSpec) -> Result<ScopeRequest, Failure> {
        if let Some(text) = &self.partition {
            let kind = spec.partition.kind;
            let value = key_value(text, kind).map_err(|reason| {
                Failure::refused(format!("--partition is a {}: {reason}", kind_name(kind)))
            })?;
            return Ok(ScopeRequest::Partition(value));
        }
        match &self.index {
            None => Ok(ScopeRequest::Table),
            Some(text) => index_scope(text, spec),
        }
    }
}

fn index_scope(text: &str, spec: &TableSpec) -> Result<ScopeRequest, Failure> {
    let indexes = spec.indexes.iter();
    let known: Vec<_> = indexes.map(|i| (i.name.as_str(), i.attribute.as_str())).collect();
    let (name, value) = index_value(text, spec, &known)?;
    Ok(ScopeRequest::Index { name, value })
}

/// `NAME=VALUE`: the name of one of the `known` indexes, which have a name and an attribute, and a value.
pub(crate) fn index_value(
    text: &str,
    spec: &TableSpec,
    known: &[(&str, &str)],
) -> Result<(String, KeyValue), Failure> {
    let (left, value) = text
        .split_once('=')
        .ok_or_else(|| Failure::refused(format!("--index: expected NAME=VALUE, found `{text}`")))?;
    let attribute = |name: &str| known.iter().find(|(known, _)| *known == name).map(|(_, a)| *a);
    let is_known = attribute(left).is_some();
    let (name, tag) = match left.rsplit_once(':') {
        Some((name, "S")) if !is_known => (name, Some(KeyKind::String)),
        Some((name, "N")) if !is_known => (name, Some(KeyKind::Number)),
        Some((name, "B")) if !is_known => (name, Some(KeyKind::Binary)),
        _ => (left, None),
    };
    let names = known.iter().map(|(name, _)| *name);
    let attribute = attribute(name).ok_or_else(|| unknown(spec, name, names))?;
    // A key attribute has a kind; any other may hold a string, a number or bytes.
    let mut keys = std::iter::once(&spec.partition).chain(&spec.sort);
    let declared = keys.find(|key| key.name == attribute).map(|key| key.kind);
    let kind = tag.or(declared).unwrap_or(KeyKind::String);
    let value = key_value(value, kind)
        .map_err(|reason| Failure::refused(format!("--index {name}: {reason}")))?;
    Ok((name.to_owned(), value))
}

fn unknown<'a>(spec: &TableSpec, name: &str, known: impl Iterator<Item = &'a str>) -> Failure {
    let known: Vec<_> = known.collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let (table, index) = (spec.name.clone(), name.to_owned());
    Error::UnknownIndex { table, index, known }.into()
}

/// A declared index.
pub(crate) fn index_spec<'a>(spec: &'a TableSpec, name: &str) -> Result<&'a IndexSpec, Failure> {
    let found = spec.indexes.iter().find(|index| index.name == name);
    found.ok_or_else(|| unknown(spec, name, spec.indexes.iter().map(|index| index.name.as_str())))
}
