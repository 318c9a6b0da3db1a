//! `highwater table truncate`.

use crate::app::Global;
use crate::failure::Failure;
use crate::output;
use crate::session::{table_spec, with_store};
use crate::show::{Object, safe};

/// Forget everything in a table, at once and for good; the table stays, and every client is reset
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  highwater table truncate notes")]
pub(crate) struct Args {
    /// The table's name
    name: String,
}

impl Args {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        with_store(global, |store| {
            table_spec(store, &self.name)?;
            store.truncate_table(&self.name)?;
            output::result(&if global.json {
                Object::new().field("truncated", &self.name).finish()
            } else {
                format!("table {} is empty", safe(&self.name))
            })?;
            Ok(())
        })
    }
}
