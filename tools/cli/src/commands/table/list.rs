//! `highwater table list`.

use crate::app::Global;
use crate::failure::Failure;
use crate::output;
use crate::session::with_store;
use crate::show::{Columns, Object, kind_tag, safe, ttl};
use highwater::{ConflictStrategy, KeyAttribute, Projection, TableSpec};

/// Show the declarations of all tables
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  highwater table list --json")]
pub(crate) struct Args {}

impl Args {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        with_store(global, |store| {
            let tables = store.tables();
            if global.json {
                output::result(&Object::new().field("tables", tables).finish())?;
            } else if tables.is_empty() {
                output::note("there are no tables");
            } else {
                output::result(&text(&tables))?;
            }
            Ok(())
        })
    }
}

fn text(tables: &[TableSpec]) -> String {
    let headings =
        ["table", "partition", "sort", "delta", "tombstone", "history", "conflicts", "indexes"];
    let mut columns = Columns::headed(&headings, &[]);
    for spec in tables {
        let conflicts = match spec.conflicts {
            ConflictStrategy::OptimisticConcurrency => "optimistic",
            ConflictStrategy::Automerge => "automerge",
            ConflictStrategy::ThreeWayMerge => "three-way",
            ConflictStrategy::LastWriterWins => "last-writer",
            ConflictStrategy::Custom => "custom",
        };
        columns.row([
            safe(&spec.name),
            key(&spec.partition),
            spec.sort.as_ref().map_or_else(|| "-".to_owned(), key),
            ttl(spec.ttls.delta),
            ttl(spec.ttls.tombstone),
            ttl(spec.ttls.history),
            conflicts.to_owned(),
            indexes(spec),
        ]);
    }
    columns.text()
}

fn key(attribute: &KeyAttribute) -> String {
    format!("{}:{}", safe(&attribute.name), kind_tag(attribute.kind))
}

fn indexes(spec: &TableSpec) -> String {
    let shown = spec.indexes.iter().map(|index| {
        let projection = match index.projection {
            Projection::All => "",
            Projection::KeysOnly => ":keys-only",
        };
        format!("{}={}{projection}", safe(&index.name), safe(&index.attribute))
    });
    let lookups = spec.lookups.iter().map(|lookup| {
        let sort = lookup.sort.as_ref().map(|sort| format!(":{}", safe(sort)));
        let (name, attribute) = (safe(&lookup.name), safe(&lookup.attribute));
        format!("{name}={attribute}{}", sort.unwrap_or_default())
    });
    let shown: Vec<_> = shown.chain(lookups).collect();
    if shown.is_empty() { "-".to_owned() } else { shown.join(" ") }
}
