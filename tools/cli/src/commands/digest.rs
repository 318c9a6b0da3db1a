//! `highwater digest`: what a copy of a table is held against.

use crate::app::Global;
use crate::failure::Failure;
use crate::input::ScopeArgs;
use crate::output;
use crate::session::{table_spec, with_store};
use crate::show::Object;

/// Show the digest of a table's live items, or of those of one scope
///
/// The sum of a hash of each item's key, time and version: equal for equal contents, whatever the order.
/// A client whose copy has the same digest has the same items. A partition needs an index on the partition
/// attribute.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  highwater digest notes\n  highwater digest notes --index byOwner=ann --json"
)]
pub(crate) struct Args {
    /// The table's name
    table: String,
    #[command(flatten)]
    scope: ScopeArgs,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        with_store(global, |store| {
            let scope = self.scope.request(&table_spec(store, &self.table)?)?;
            let Some(digest) = store.digest(&self.table, &scope)? else {
                let message = "a partition without an index has no digest";
                let hint =
                    "declare an index on the partition attribute, or ask for the whole table";
                return Err(Failure::refused(message).hint(hint));
            };
            let (sum, items) = (digest.to_string(), digest.items);
            output::result(&if global.json {
                Object::new().field("digest", &sum).field("items", items).finish()
            } else {
                format!("{sum} of {items} items")
            })?;
            Ok(())
        })
    }
}
