//! `highwater index list`.

use crate::app::Global;
use crate::failure::Failure;
use crate::output;
use crate::session::{table_spec, with_store};
use crate::show::{Columns, Object, safe};
use highwater::{IndexKind, IndexPhase, IndexStats, Projection, TableSpec};
use serde_json::{Value, json};

/// Show a table's indexes: what each is for, and how far its building is
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  highwater index list notes")]
pub(crate) struct Args {
    /// The table's name
    table: String,
}

/// An index as it is shown.
struct Row {
    stats: IndexStats,
    kind: &'static str,
    attribute: String,
    sort: Option<String>,
    projection: Option<Projection>,
}

impl Args {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        with_store(global, |store| {
            let spec = table_spec(store, &self.table)?;
            let tables = store.stats()?.tables.into_iter();
            let stats = tables.filter(|table| table.name == spec.name);
            let stats = stats.flat_map(|table| table.indexes);
            let rows: Vec<_> = stats.map(|stats| Row::of(stats, &spec)).collect();
            if global.json {
                let indexes: Vec<_> = rows.iter().map(Row::json).collect();
                output::result(&Object::new().field("indexes", indexes).finish())?;
            } else if rows.is_empty() {
                output::note("the table has no indexes");
            } else {
                output::result(&text(&rows))?;
            }
            Ok(())
        })
    }
}

impl Row {
    fn of(stats: IndexStats, spec: &TableSpec) -> Self {
        let (kind, attribute, sort, projection) = match stats.kind {
            IndexKind::Scope => {
                let index = spec.indexes.iter().find(|index| index.name == stats.name);
                let attribute = index.map(|index| index.attribute.clone());
                ("scope", attribute, None, index.map(|index| index.projection))
            }
            IndexKind::Lookup => {
                let lookup = spec.lookups.iter().find(|lookup| lookup.name == stats.name);
                let attribute = lookup.map(|lookup| lookup.attribute.clone());
                ("lookup", attribute, lookup.and_then(|lookup| lookup.sort.clone()), None)
            }
            IndexKind::Expiry => ("expiry", Some(stats.name.clone()), None, None),
        };
        Self { stats, kind, attribute: attribute.unwrap_or_default(), sort, projection }
    }

    fn phase(&self) -> &'static str {
        match self.stats.phase {
            IndexPhase::Ready => "ready",
            IndexPhase::Building => "building",
            IndexPhase::Reprojecting => "reprojecting",
        }
    }

    fn reached(&self) -> Option<String> {
        self.stats.reached.as_ref().map(ToString::to_string)
    }

    fn json(&self) -> Value {
        json!({
            "name": self.stats.name,
            "kind": self.kind,
            "attribute": self.attribute,
            "sort": self.sort,
            "projection": self.projection,
            "phase": self.phase(),
            "reached": self.reached(),
        })
    }
}

fn text(rows: &[Row]) -> String {
    let headings = ["index", "kind", "attribute", "sort", "entries", "phase"];
    let mut columns = Columns::headed(&headings, &[]);
    for row in rows {
        let entries = match row.projection {
            Some(Projection::All) => "items",
            Some(Projection::KeysOnly) | None => "keys",
        };
        let reached = row.reached().map(|key| format!(", came to {}", safe(&key)));
        columns.row([
            safe(&row.stats.name),
            row.kind.to_owned(),
            safe(&row.attribute),
            row.sort.as_deref().map_or_else(|| "-".to_owned(), safe),
            entries.to_owned(),
            format!("{}{}", row.phase(), reached.unwrap_or_default()),
        ]);
    }
    columns.text()
}
