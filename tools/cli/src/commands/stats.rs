//! `highwater stats`: what the store says of itself.

use crate::app::Global;
use crate::failure::Failure;
use crate::output;
use crate::session::{folder, with_store};
use crate::show::{Columns, Object, bytes, moment, safe};
use highwater::{Stats, Timestamp};
use serde_json::json;
use std::path::Path;

/// Show sizes, how far back each table's past can be told, and the clock
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  highwater stats --json")]
pub(crate) struct Args {}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        with_store(global, |store| {
            let (stats, folder) = (store.stats()?, folder(global));
            let shown =
                if global.json { as_json(&stats, &folder) } else { as_text(&stats, &folder) };
            Ok(output::result(&shown)?)
        })
    }
}

fn as_json(stats: &Stats, folder: &Path) -> String {
    let clock = &stats.clock;
    let families = stats.families.iter().map(|family| {
        json!({
            "name": family.name,
            "keys": family.keys,
            "file_bytes": family.file_bytes,
            "memory_bytes": family.memory_bytes,
        })
    });
    let tables = stats.tables.iter().map(|table| {
        json!({
            "name": table.name,
            "floors": {
                "delta": table.floors.delta.millis(),
                "tombstone": table.floors.tombstone.millis(),
                "history": table.floors.history.millis(),
            },
        })
    });
    Object::new()
        .field("store", folder.to_string_lossy())
        .field("incarnation", stats.incarnation.to_string())
        .field(
            "clock",
            json!({
                "now": clock.now,
                "aged": clock.aged,
                "safe_point": clock.safe_point.millis(),
                "in_flight": clock.in_flight,
                "leap": clock.leap.map(|leap| json!({ "wall": leap.wall, "clock": leap.clock })),
            }),
        )
        .field("families", families.collect::<Vec<_>>())
        .field("tables", tables.collect::<Vec<_>>())
        .field("read_only", &stats.read_only)
        .field("write_stopped", stats.write_stopped)
        .field("background_errors", stats.background_errors)
        .finish()
}

fn as_text(stats: &Stats, folder: &Path) -> String {
    let mut head = Columns::new();
    head.pair("store", safe(&folder.display().to_string()));
    head.pair("incarnation", stats.incarnation);
    head.pair("clock", moment(stats.clock.now));
    head.pair("background errors", stats.background_errors);
    if let Some(reason) = &stats.read_only {
        head.pair("read-only", safe(reason));
    }
    if stats.write_stopped {
        head.pair("writes", "held back while the disk catches up");
    }

    let mut families = Columns::headed(&["family", "keys, about", "files", "memory"], &[1, 2, 3]);
    for family in &stats.families {
        families.row([
            family.name.to_owned(),
            family.keys.to_string(),
            bytes(family.file_bytes),
            bytes(family.memory_bytes),
        ]);
    }
    let mut text = format!("{}\n\n{}", head.text(), families.text());
    if !stats.tables.is_empty() {
        let headings = ["table", "deltas since", "deletes since", "history since"];
        let mut tables = Columns::headed(&headings, &[]);
        let since = |floor: Timestamp| moment(floor.millis());
        for table in &stats.tables {
            let floors = &table.floors;
            let [delta, tombstone, history] =
                [floors.delta, floors.tombstone, floors.history].map(since);
            tables.row([safe(&table.name), delta, tombstone, history]);
        }
        text.push_str(&format!("\n\n{}", tables.text()));
    }
    text
}
