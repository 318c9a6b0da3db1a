//! `highwater delete`: one item.

use super::outcome;
use crate::app::Global;
use crate::failure::Failure;
use crate::input::{Expectation, KeyArgs};
use crate::session::{table_spec, with_store};
use crate::show::Notation;
use highwater::Mutation;

/// Delete an item
///
/// It is remembered for the tombstone TTL, so that every client hears of it. Deleting what is not there
/// changes nothing and is no error.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  highwater delete notes --key n1 --expect 3")]
pub(crate) struct Args {
    /// The table's name
    table: String,
    #[command(flatten)]
    key: KeyArgs,
    /// Refuse it unless the item is at this version
    #[arg(long, value_name = "VERSION")]
    expect: Option<Expectation>,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        with_store(global, |store| {
            let key = self.key.item_key(&table_spec(store, &self.table)?)?;
            let mutation =
                Mutation::delete(&self.table, key).expect(Expectation::or_any(self.expect));
            outcome::apply(store, mutation, Notation::Plain, global.json)
        })
    }
}
