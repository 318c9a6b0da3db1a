//! `highwater index project`.

use crate::app::Global;
use crate::failure::Failure;
use crate::output;
use crate::session::{table_spec, with_store};
use crate::show::{Object, safe};
use clap::ValueEnum;
use highwater::{IndexChange, Projection};

/// Change what the entries of a scope index carry, and rewrite those that are there
///
/// With the whole item in them a scope is read in one go; with keys alone they take less space. Clients
/// are told the same either way.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  highwater index project notes byOwner keys-only")]
pub(crate) struct Args {
    /// The table's name
    table: String,
    /// The index's name
    name: String,
    /// What its entries carry
    projection: Choice,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Choice {
    /// The whole item
    All,
    /// The item's key
    KeysOnly,
}

impl Args {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        let projection = match self.projection {
            Choice::All => Projection::All,
            Choice::KeysOnly => Projection::KeysOnly,
        };
        with_store(global, |store| {
            table_spec(store, &self.table)?;
            let change = IndexChange::Project(self.name.clone(), projection);
            store.change_indexes(&self.table, &[change])?;
            output::result(&if global.json {
                let object = Object::new().field("table", &self.table).field("index", &self.name);
                object.field("projection", projection).finish()
            } else {
                let what = match self.projection {
                    Choice::All => "whole items",
                    Choice::KeysOnly => "keys only",
                };
                format!("table {}: index {} holds {what}", safe(&self.table), safe(&self.name))
            })?;
            Ok(())
        })
    }
}
