//! `highwater erase`: one item, with everything that is kept of it.

use crate::app::Global;
use crate::failure::Failure;
use crate::input::KeyArgs;
use crate::output;
use crate::session::{table_spec, with_store};
use crate::show::Object;

/// Erase an item with its past, so that nothing of it can be read any more
///
/// Its document, its earlier versions, its entries in the log and in indexes and the answers that tell of it
/// go; a tombstone with the key alone stays, so that every client hears of it. `highwater compact` then takes
/// the bytes out of the files. Backups keep what they hold.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  highwater erase notes --key n1 && highwater compact")]
pub(crate) struct Args {
    /// The table's name
    table: String,
    #[command(flatten)]
    key: KeyArgs,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        with_store(global, |store| {
            let key = self.key.item_key(&table_spec(store, &self.table)?)?;
            let outcome = store.erase(&self.table, key)?;
            let version = outcome.item.map(|item| item.version);
            output::result(&if global.json {
                Object::new().field("erased", outcome.written).field("version", version).finish()
            } else {
                match version {
                    Some(version) if outcome.written => format!("erased by version {version}"),
                    _ => "there was no item, or only its tombstone; its past is gone".to_owned(),
                }
            })?;
            Ok(())
        })
    }
}
