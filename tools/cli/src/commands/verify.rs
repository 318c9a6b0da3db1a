//! `highwater verify`: everything is read and checked.

use crate::app::Global;
use crate::failure::Failure;
use crate::output;
use crate::session::with_store;
use crate::show::{Columns, Object, safe};
use highwater::VerifyReport;

/// Read everything, check every checksum, hold tables, log and indexes against each other
///
/// Exits with 3 if there are problems, and names each of the first thousand.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  highwater verify && highwater backup /mnt/backups/notes")]
pub(crate) struct Args {}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        with_store(global, |store| {
            let report = store.verify()?;
            let shown = if global.json {
                Object::new().field("clean", report.is_clean()).field("verify", &report).finish()
            } else {
                text(&report)
            };
            output::verdict(&shown, report.is_clean())
        })
    }
}

fn text(report: &VerifyReport) -> String {
    let mut columns = Columns::new();
    columns.pair("live items", report.items);
    columns.pair("tombstones", report.tombstones);
    columns.pair("log entries", report.log_entries);
    columns.pair("index entries", report.index_entries);
    columns.pair("ordered entries", report.lookup_entries);
    columns.pair("digest parts", report.digest_parts);
    columns.pair("earlier versions", report.history_records);
    columns.pair("receipts", report.receipts);
    columns.pair("settings", report.meta_values);
    columns.pair("problems", report.problem_count);
    let mut text = columns.text();
    for problem in &report.problems {
        text.push_str(&format!("\n{}: {}", safe(&problem.place), safe(&problem.what)));
    }
    let more = report.problem_count - report.problems.len() as u64;
    if more > 0 {
        text.push_str(&format!("\nand {more} more"));
    }
    text
}
