//! `highwater index drop`.

use crate::app::Global;
use crate::failure::Failure;
use crate::output;
use crate::session::{table_spec, with_store};
use crate::show::{Object, safe};
use highwater::IndexChange;

/// Forget indexes and everything in them, at once; the items stay
///
/// A client that syncs a scope of a dropped index is told that there is none.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  highwater index drop notes byOwner")]
#[command(group = clap::ArgGroup::new("indexes").required(true).multiple(true))]
pub(crate) struct Args {
    /// The table's name
    table: String,
    /// The indexes' names
    #[arg(value_name = "NAME", group = "indexes")]
    names: Vec<String>,
    /// Items no longer expire by an attribute
    #[arg(long, group = "indexes")]
    expiry: bool,
}

impl Args {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        let mut changes: Vec<_> = self.names.iter().cloned().map(IndexChange::Drop).collect();
        if self.expiry {
            changes.push(IndexChange::ExpireBy(None));
        }
        with_store(global, |store| {
            let mut names = self.names.clone();
            names.extend(table_spec(store, &self.table)?.ttl_attribute.filter(|_| self.expiry));
            store.change_indexes(&self.table, &changes)?;
            output::result(&if global.json {
                Object::new().field("table", &self.table).field("dropped", names).finish()
            } else {
                let names: Vec<_> = names.iter().map(|name| safe(name)).collect();
                format!("table {}: dropped {}", safe(&self.table), names.join(", "))
            })?;
            Ok(())
        })
    }
}
