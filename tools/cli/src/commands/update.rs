//! `highwater update`: some fields of an item.

use super::outcome;
use crate::app::Global;
use crate::failure::Failure;
use crate::input::{Expectation, KeyArgs, typed_value};
use crate::session::{table_spec, with_store};
use crate::show::Notation;
use highwater::{Mutation, Update};

/// Set and remove fields of an item; all others stay
///
/// An item that is not there begins with its key alone.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  highwater update notes --key n1 --set title='\"Dusk\"' --set stars=5 --remove draft --expect 3
  highwater update notes --key n1 --typed --set tags='{\"SS\":[\"sea\",\"sand\"]}'")]
#[command(group = clap::ArgGroup::new("changes").required(true).multiple(true))]
pub(crate) struct Args {
    /// The table's name
    table: String,
    #[command(flatten)]
    key: KeyArgs,
    /// Set a field to a JSON value; may be repeated
    #[arg(long, value_name = "NAME=JSON", group = "changes", allow_hyphen_values = true)]
    set: Vec<String>,
    /// Remove a field; may be repeated
    #[arg(long, value_name = "NAME", group = "changes", allow_hyphen_values = true)]
    remove: Vec<String>,
    /// The values are in DynamoDB's typed JSON
    #[arg(long)]
    typed: bool,
    /// Refuse it unless the item is at this version, or `absent`
    #[arg(long, value_name = "absent|VERSION")]
    expect: Option<Expectation>,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        let notation = Notation::of(self.typed);
        let update = self.update(notation)?;
        with_store(global, |store| {
            let key = self.key.item_key(&table_spec(store, &self.table)?)?;
            let mutation =
                Mutation::update(&self.table, key, update).expect(Expectation::or_any(self.expect));
            outcome::apply(store, mutation, notation, global.json)
        })
    }

    fn update(&self, notation: Notation) -> Result<Update, Failure> {
        let mut update = Update::new();
        for text in &self.set {
            let (name, json) = text.split_once('=').ok_or_else(|| {
                Failure::refused(format!("--set: expected NAME=JSON, found `{text}`"))
            })?;
            let value = typed_value(name, json, notation).map_err(|error| {
                let failure = Failure::from(error).at(format!("--set {name}"));
                match notation {
                    Notation::Plain => {
                        failure.hint(format!("a string needs its quotes: --set '{name}=\"text\"'"))
                    }
                    Notation::Typed => failure.hint(format!(
                        "--typed wants the type too: --set '{name}={{\"S\":\"text\"}}'"
                    )),
                }
            })?;
            if update.set.contains_key(name) {
                return Err(Failure::refused(format!("--set {name} is given twice")));
            }
            update = update.set(name, value);
        }
        for name in &self.remove {
            if update.set.contains_key(name) {
                let message = format!("`{name}` cannot be both set and removed");
                return Err(Failure::refused(message));
            }
            update = update.remove(name);
        }
        Ok(update)
    }
}
