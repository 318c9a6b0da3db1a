//! `highwater index add`.

use crate::app::Global;
use crate::failure::Failure;
use crate::input::{Index, Lookup};
use crate::output;
use crate::session::{table_spec, with_store};
use crate::show::{Object, safe};
use highwater::IndexChange;

/// Add indexes to a table, and build them from the items that are there
///
/// All of them are built in one pass over the table. An interrupted build is gone on with by
/// `highwater index build`. If an item cannot be in one of them, none is added.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  highwater index add notes --scope byOwner=ownerId --lookup recent=ownerId:editedAt
  highwater index add notes --expires-by _ttl")]
#[command(group = clap::ArgGroup::new("indexes").required(true).multiple(true))]
pub(crate) struct Args {
    /// The table's name
    table: String,
    /// A scope for each value of an attribute, which clients can sync alone; may be repeated
    #[arg(long, value_name = "NAME=ATTRIBUTE[:all|keys-only]", group = "indexes")]
    scope: Vec<Index>,
    /// An ordered index: the items with one value, in the order of another attribute; may be repeated
    #[arg(long, value_name = "NAME=ATTRIBUTE[:SORT]", group = "indexes")]
    lookup: Vec<Lookup>,
    /// The attribute that says, in seconds since 1970, when an item is to be deleted
    #[arg(long, value_name = "ATTRIBUTE", group = "indexes")]
    expires_by: Option<String>,
}

impl Args {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        let scopes = self.scope.iter().map(|index| IndexChange::Add(index.0.clone()));
        let lookups = self.lookup.iter().map(|lookup| IndexChange::AddLookup(lookup.0.clone()));
        let expiry = self.expires_by.iter().map(|by| IndexChange::ExpireBy(Some(by.clone())));
        let changes: Vec<_> = scopes.chain(lookups).chain(expiry).collect();
        with_store(global, |store| {
            table_spec(store, &self.table)?;
            store.change_indexes(&self.table, &changes)?;
            let names: Vec<_> = changes.iter().filter_map(name).collect();
            output::result(&if global.json {
                Object::new().field("table", &self.table).field("added", names).finish()
            } else {
                let names: Vec<_> = names.into_iter().map(safe).collect();
                format!("table {}: added and built {}", safe(&self.table), names.join(", "))
            })?;
            Ok(())
        })
    }
}

fn name(change: &IndexChange) -> Option<&str> {
    match change {
        IndexChange::Add(spec) => Some(&spec.name),
        IndexChange::AddLookup(spec) => Some(&spec.name),
        IndexChange::ExpireBy(attribute) => attribute.as_deref(),
        IndexChange::Drop(_) | IndexChange::Project(..) => None,
    }
}
