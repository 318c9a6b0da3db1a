//! `highwater backup`: another backup in a folder of them.

use crate::app::Global;
use crate::failure::Failure;
use crate::output;
use crate::session::with_store;
use crate::show::{Columns, Object, bytes};
use highwater::{BackupOptions, BackupReport};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Add a backup of the store to a folder
///
/// The folder belongs to this store; one that is empty or not there yet becomes its own. Files that an
/// earlier backup holds are not copied again. One that was interrupted leaves nothing behind but what the
/// next one clears away.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  highwater backup /mnt/backups/notes --keep 7\n  highwater backups /mnt/backups/notes --check"
)]
pub(crate) struct Args {
    /// The folder of backups
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Keep so many backups, this one included, and let the oldest go [default: all]
    #[arg(long, value_name = "N")]
    keep: Option<NonZeroUsize>,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        let options = BackupOptions { keep: self.keep.map(NonZeroUsize::get) };
        with_store(global, |store| {
            let report = store.backup(&self.folder, &options)?;
            let shown = if global.json { as_json(&report) } else { as_text(&report) };
            Ok(output::result(&shown)?)
        })
    }
}

fn as_json(report: &BackupReport) -> String {
    Object::new()
        .field("backup", report.id)
        .field("files", report.files)
        .field("bytes", report.bytes)
        .field("files_added", report.files_added)
        .field("bytes_added", report.bytes_added)
        .field("dropped", &report.dropped)
        .field("held", report.held)
        .finish()
}

fn as_text(report: &BackupReport) -> String {
    let mut columns = Columns::new();
    columns.pair("backup", report.id);
    columns.pair("files", report.files);
    columns.pair("size", bytes(report.bytes));
    columns.pair("added to the folder", bytes(report.bytes_added));
    if !report.dropped.is_empty() {
        let ids: Vec<_> = report.dropped.iter().map(u32::to_string).collect();
        columns.pair("dropped", ids.join(", "));
    }
    columns.pair("backups in the folder", report.held);
    columns.text()
}
