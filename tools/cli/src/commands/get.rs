//! `highwater get`: one item.

use crate::app::Global;
use crate::failure::Failure;
use crate::input::KeyArgs;
use crate::output;
use crate::session::{table_spec, with_store};
use crate::show::{Notation, item_json, moment};
use highwater::{Item, ItemKey, Store};

/// Show an item's document
///
/// The document goes to standard output, its version and time to standard error; with --json both are
/// one object: {"version", "last_changed_at", "deleted", "document"}.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  highwater get notes --key n1
  highwater get pages --key 'Moby Dick' --sort 42 --typed
  highwater get notes --key n1 --deleted --json")]
pub(crate) struct Args {
    /// The table's name
    table: String,
    #[command(flatten)]
    key: KeyArgs,
    /// Show the document in DynamoDB's typed JSON
    #[arg(long)]
    typed: bool,
    /// Show a deleted item too, while it is remembered
    #[arg(long)]
    deleted: bool,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        with_store(global, |store| {
            let key = self.key.item_key(&table_spec(store, &self.table)?)?;
            let item = self.item(store, key)?;
            let notation = Notation::of(self.typed);
            if global.json {
                output::result(&item_json(&item, notation)?)?;
            } else {
                output::result(&notation.text(&item.document)?)?;
                output::note(&state(&item));
            }
            Ok(())
        })
    }

    fn item(&self, store: &Store, key: ItemKey) -> Result<Item, Failure> {
        let missing = || format!("table `{}` has no item {key}", self.table);
        match store.get_with_tombstone(&self.table, key.clone())? {
            Some(item) if !item.deleted || self.deleted => Ok(item),
            Some(item) => {
                let hint = format!(
                    "version {} deleted it; see its last state with --deleted",
                    item.version
                );
                Err(Failure::new("not_found", missing()).hint(hint))
            }
            None => Err(Failure::new("not_found", missing())),
        }
    }
}

fn state(item: &Item) -> String {
    let what = if item.deleted { "deleted by " } else { "" };
    format!("{what}version {}, {}", item.version, moment(item.changed_at.millis()))
}
