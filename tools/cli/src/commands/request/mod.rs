//! `highwater request`: AppSync's Sync request document.

mod document;

use crate::app::Global;
use crate::failure::Failure;
use crate::input::read_text;
use crate::output;
use crate::session::{table_spec, with_store};
use crate::show::{Notation, Object, sync_item};
use document::SyncDocument;
use highwater::{SyncPage, SyncRequest, TableSpec};
use std::path::PathBuf;

/// Answer an AppSync Sync request document
///
/// The document is a JSON object: version (must be "2018-05-29") and operation (must be "Sync"), and, each
/// optional, basePartitionKey, deltaIndexName, limit (1 to 1000, default 100), nextToken, lastSync
/// (milliseconds) and filter (an Amplify filter object, or {"expression", "expressionNames",
/// "expressionValues"}). A field that is null counts as absent.
///
/// basePartitionKey alone asks for one partition; deltaIndexName alone for the whole table; both for the
/// items with that value in the index's attribute.
///
/// The answer is one JSON object: items, nextToken (null at the end), scannedCount, startedAt; and, beyond
/// AppSync, reset (the answer replaces what is held) and cursor (on the last page; `highwater sync --cursor`
/// takes it). An item has its attributes and `_version`, `_lastChangedAt` (milliseconds) and, if it was
/// deleted or has left the view, `_deleted`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  echo '{\"version\":\"2018-05-29\",\"operation\":\"Sync\",\"limit\":100}' | highwater request --table notes
  highwater request --table notes request.json")]
pub(crate) struct Args {
    /// The table that answers
    #[arg(long, value_name = "NAME")]
    table: String,
    /// The request document, or - for standard input
    #[arg(default_value = "-")]
    file: PathBuf,
    /// Who asks: tokens open for the same audience only
    #[arg(long, value_name = "WHO")]
    audience: Option<String>,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        let document = SyncDocument::read(&read_text(&self.file)?)?;
        with_store(global, |store| {
            let mut request = document.request(&table_spec(store, &self.table)?)?;
            request.audience.clone_from(&self.audience);
            let page = store.sync(&request)?;
            Ok(output::result(&answer(&page)?)?)
        })
    }
}

/// The request that a document makes of a table.
pub(crate) fn sync_request(document: &str, table: &TableSpec) -> Result<SyncRequest, Failure> {
    SyncDocument::read(document)?.request(table)
}

fn answer(page: &SyncPage) -> Result<String, Failure> {
    let mut items = "[".to_owned();
    for (place, item) in page.items.iter().enumerate() {
        if place > 0 {
            items.push(',');
        }
        sync_item(item, Notation::Plain, false, &mut items)?;
    }
    items.push(']');
    Ok(Object::new()
        .raw("items", &items)
        .field("nextToken", &page.next_token)
        .field("scannedCount", page.scanned_count)
        .field("startedAt", page.started_at)
        .field("reset", page.reset)
        .field("cursor", &page.cursor)
        .finish())
}
