//! `highwater compact`: what has expired goes.

use crate::app::Global;
use crate::failure::Failure;
use crate::output;
use crate::session::with_store;
use crate::show::{Columns, Object, bytes};
use highwater::CompactReport;

/// Forget what has expired and give its space back
///
/// A client within the times to live is told the same before and after.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  highwater compact")]
pub(crate) struct Args {}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        with_store(global, |store| {
            let report = store.compact()?;
            output::result(&if global.json {
                Object::new().field("compact", report).finish()
            } else {
                text(&report)
            })?;
            Ok(())
        })
    }
}

fn text(report: &CompactReport) -> String {
    let mut columns = Columns::new();
    columns.pair("tables whose past was shortened", report.floors_raised);
    columns.pair("items whose time was over", report.items_expired);
    columns.pair("ranges of the change log dropped", report.log_ranges);
    columns.pair("log files dropped whole", bytes(report.file_bytes_dropped));
    columns.pair("tombstones dropped", report.tombstones_dropped);
    columns.pair("index markers dropped", report.markers_dropped);
    columns.pair("earlier versions dropped", report.history_dropped);
    columns.pair("receipts dropped", report.receipts_dropped);
    columns.pair("data files before", bytes(report.bytes_before));
    columns.pair("data files after", bytes(report.bytes_after));
    columns.text()
}
