//! Keys from the command line, read by the kinds that the table declares.

use crate::failure::Failure;
use crate::show::kind_name;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use highwater::{ItemKey, KeyAttribute, KeyKind, KeyValue, Number, TableSpec};

/// Which item.
#[derive(Debug, clap::Args)]
pub(crate) struct KeyArgs {
    /// The item's key: text, a number, or base64, as the table declares it
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    key: String,
    /// The item's sort value, for tables with a sort attribute
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    sort: Option<String>,
}

impl KeyArgs {
    /// The key, for a table of this declaration.
    pub(crate) fn item_key(&self, spec: &TableSpec) -> Result<ItemKey, Failure> {
        let partition = attribute_value(&self.key, &spec.partition)?;
        let sort = match (&self.sort, &spec.sort) {
            (None, None) => None,
            (Some(text), Some(attribute)) => Some(attribute_value(text, attribute)?),
            (None, Some(attribute)) => {
                let message = format!(
                    "items of table `{}` have a sort value too, the {} `{}`",
                    spec.name,
                    kind_name(attribute.kind),
                    attribute.name
                );
                return Err(Failure::refused(message).hint("give it with --sort"));
            }
            (Some(_), None) => {
                let message = format!("table `{}` has no sort attribute", spec.name);
                return Err(Failure::refused(message).hint("leave --sort out"));
            }
        };
        Ok(ItemKey { partition, sort })
    }
}

fn attribute_value(text: &str, attribute: &KeyAttribute) -> Result<KeyValue, Failure> {
    key_value(text, attribute.kind).map_err(|reason| {
        Failure::refused(format!(
            "key attribute `{}` is a {}: {reason}",
            attribute.name,
            kind_name(attribute.kind)
        ))
    })
}

/// Reads a value of a kind: text as it is, a number, or base64.
pub(crate) fn key_value(text: &str, kind: KeyKind) -> Result<KeyValue, String> {
    match kind {
        KeyKind::String => Ok(KeyValue::from(text)),
        KeyKind::Number => text.parse::<Number>().map(KeyValue::Number).map_err(|e| e.to_string()),
        KeyKind::Binary => STANDARD
            .decode(text)
            .map(KeyValue::Binary)
            .map_err(|e| format!("`{text}` is not base64: {e}")),
    }
}
