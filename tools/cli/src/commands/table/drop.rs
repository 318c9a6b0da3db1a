//! `highwater table drop`.

use crate::app::Global;
use crate::failure::Failure;
use crate::output;
use crate::session::{table_spec, with_store};
use crate::show::{Object, safe};

/// Forget a table and everything in it, at once and for good
///
/// A table made again under its name starts from nothing, and every client of the old one is reset.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  highwater table drop notes")]
pub(crate) struct Args {
    /// The table's name
    name: String,
}

impl Args {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        with_store(global, |store| {
            table_spec(store, &self.name)?;
            store.drop_table(&self.name)?;
            output::result(&if global.json {
                Object::new().field("dropped", &self.name).finish()
            } else {
                format!("dropped table {}", safe(&self.name))
            })?;
            Ok(())
        })
    }
}
