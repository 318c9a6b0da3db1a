//! `highwater table rename`.

use crate::app::Global;
use crate::failure::Failure;
use crate::output;
use crate::session::{table_spec, with_store};
use crate::show::{Object, safe};

/// Give a table another name; its clients go on as they are
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  highwater table rename notes memos")]
pub(crate) struct Args {
    /// The table's name
    name: String,
    /// Its new name
    to: String,
}

impl Args {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        with_store(global, |store| {
            table_spec(store, &self.name)?;
            store.rename_table(&self.name, &self.to)?;
            output::result(&if global.json {
                Object::new().field("renamed", &self.name).field("to", &self.to).finish()
            } else {
                format!("table {} is now {}", safe(&self.name), safe(&self.to))
            })?;
            Ok(())
        })
    }
}
