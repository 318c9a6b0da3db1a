//! `highwater history`: an item's past.

use crate::app::Global;
use crate::failure::Failure;
use crate::input::KeyArgs;
use crate::output;
use crate::session::{table_spec, with_store};
use crate::show::{Notation, Object, item_json};

/// Show the versions of an item before the present one that are still kept, oldest first
///
/// A table keeps history if it was created with --history-ttl, or merges three ways. Each version is one
/// line: {"version", "last_changed_at", "deleted", "document"}; the newest 1000 of them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  highwater history notes --key n1
  highwater history notes --key n1 --version 3")]
pub(crate) struct Args {
    /// The table's name
    table: String,
    #[command(flatten)]
    key: KeyArgs,
    /// Show documents in DynamoDB's typed JSON
    #[arg(long)]
    typed: bool,
    /// Show the item as this version left it, the present one included
    #[arg(long, value_name = "VERSION")]
    version: Option<u64>,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        with_store(global, |store| {
            let key = self.key.item_key(&table_spec(store, &self.table)?)?;
            let notation = Notation::of(self.typed);
            if let Some(version) = self.version {
                let item = store.get_version(&self.table, key.clone(), version)?;
                let item = item.ok_or_else(|| {
                    let message = format!("version {version} of item {key} is not kept");
                    Failure::new("not_found", message)
                })?;
                return Ok(output::result(&item_json(&item, notation)?)?);
            }
            let items = store.history(&self.table, key)?;
            let shown = items.iter().map(|item| item_json(item, notation));
            let shown = shown.collect::<Result<Vec<_>, _>>()?;
            if global.json {
                let list = format!("[{}]", shown.join(","));
                output::result(&Object::new().raw("history", &list).finish())?;
            } else if shown.is_empty() {
                output::note("no earlier versions are kept");
            } else {
                output::result(&shown.join("\n"))?;
            }
            Ok(())
        })
    }
}
