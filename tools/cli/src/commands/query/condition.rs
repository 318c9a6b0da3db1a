//! What the sort attribute must be: `--sort-ge 2024`, `--between 1,10`, `--begins-with 2024-`.

use crate::failure::Failure;
use crate::input::key_value;
use clap::ValueEnum;
use highwater::{KeyKind, KeyValue, SortCondition, TableSpec};

/// A condition on the sort attribute; at most one.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("condition").multiple(false))]
pub(super) struct ConditionArgs {
    /// Items whose sort attribute is VALUE
    #[arg(long, value_name = "VALUE", group = "condition", allow_hyphen_values = true)]
    sort_eq: Option<String>,
    /// Items below VALUE
    #[arg(long, value_name = "VALUE", group = "condition", allow_hyphen_values = true)]
    sort_lt: Option<String>,
    /// Items up to VALUE
    #[arg(long, value_name = "VALUE", group = "condition", allow_hyphen_values = true)]
    sort_le: Option<String>,
    /// Items above VALUE
    #[arg(long, value_name = "VALUE", group = "condition", allow_hyphen_values = true)]
    sort_gt: Option<String>,
    /// Items from VALUE on
    #[arg(long, value_name = "VALUE", group = "condition", allow_hyphen_values = true)]
    sort_ge: Option<String>,
    /// Items from LOW to HIGH, both included
    #[arg(long, value_name = "LOW,HIGH", group = "condition", allow_hyphen_values = true)]
    between: Option<String>,
    /// Items whose sort attribute begins with PREFIX
    #[arg(long, value_name = "PREFIX", group = "condition", allow_hyphen_values = true)]
    begins_with: Option<String>,
    /// What these values are: text, numbers or base64 [default: as a key attribute declares, else S]
    #[arg(long, value_name = "KIND")]
    sort_kind: Option<Kind>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// Text
    #[value(name = "S")]
    String,
    /// A number
    #[value(name = "N")]
    Number,
    /// Base64
    #[value(name = "B")]
    Binary,
}

impl ConditionArgs {
    /// The condition, on an index that is ordered by `sort`.
    pub(super) fn condition(
        &self,
        spec: &TableSpec,
        sort: Option<&str>,
    ) -> Result<SortCondition, Failure> {
        let given = self.sort_kind.map(|kind| match kind {
            Kind::String => KeyKind::String,
            Kind::Number => KeyKind::Number,
            Kind::Binary => KeyKind::Binary,
        });
        let mut keys = std::iter::once(&spec.partition).chain(&spec.sort);
        let declared = keys.find(|key| Some(key.name.as_str()) == sort).map(|key| key.kind);
        let kind = given.or(declared).unwrap_or(KeyKind::String);
        let value = |option: &str, text: &str| {
            key_value(text, kind).map_err(|e| {
                Failure::refused(format!("--{option}: {e}"))
                    .hint("--sort-kind says what the values are: S, N or B")
            })
        };
        type Makes = fn(KeyValue) -> SortCondition;
        let one: [(&str, &Option<String>, Makes); 6] = [
            ("sort-eq", &self.sort_eq, SortCondition::Eq),
            ("sort-lt", &self.sort_lt, SortCondition::Lt),
            ("sort-le", &self.sort_le, SortCondition::Le),
            ("sort-gt", &self.sort_gt, SortCondition::Gt),
            ("sort-ge", &self.sort_ge, SortCondition::Ge),
            ("begins-with", &self.begins_with, SortCondition::BeginsWith),
        ];
        for (option, text, condition) in one {
            if let Some(text) = text {
                return Ok(condition(value(option, text)?));
            }
        }
        let Some(text) = &self.between else { return Ok(SortCondition::Any) };
        let (low, high) = text.split_once(',').ok_or_else(|| {
            Failure::refused(format!("--between: expected LOW,HIGH, found `{text}`"))
        })?;
        Ok(SortCondition::Between(value("between", low)?, value("between", high)?))
    }
}
