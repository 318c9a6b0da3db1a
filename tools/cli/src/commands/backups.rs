//! `highwater backups`: what a folder of backups holds, and whether it is sound.

use crate::app::Global;
use crate::failure::Failure;
use crate::output;
use crate::show::{Columns, Object, bytes, count, moment, safe};
use highwater::{BackupCheck, BackupInfo, backups, check_backups};
use serde_json::json;
use std::path::PathBuf;

/// List the backups in a folder, and check their files
///
/// With --check every file is read and its checksum computed; exits with 3 if one is missing or not as it
/// was written, and names the backups that need it. The store may be open meanwhile, or gone.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  highwater backups /mnt/backups/notes\n  highwater backups /mnt/backups/notes --check --id 3"
)]
pub(crate) struct Args {
    /// The folder of backups
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Read every file and check its checksum
    #[arg(long)]
    check: bool,
    /// Check this backup alone
    #[arg(long, value_name = "N", requires = "check")]
    id: Option<u32>,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        let held = backups(&self.folder)?;
        if !self.check {
            if held.is_empty() && !global.json {
                output::note("there are no backups in it");
                return Ok(());
            }
            let shown = if global.json { list_json(&held) } else { list_text(&held) };
            return Ok(output::result(&shown)?);
        }
        let check = check_backups(&self.folder, self.id)?;
        let clean = check.is_clean();
        let shown = if global.json {
            Object::new().field("clean", clean).field("check", &check).finish()
        } else {
            check_text(&check)
        };
        output::verdict(&shown, clean)
    }
}

fn list_json(held: &[BackupInfo]) -> String {
    let held = held.iter().map(|backup| {
        json!({
            "id": backup.id,
            "made_at": backup.made_at,
            "incarnation": backup.incarnation.to_string(),
            "files": backup.files,
            "bytes": backup.bytes,
        })
    });
    Object::new().field("backups", held.collect::<Vec<_>>()).finish()
}

fn list_text(held: &[BackupInfo]) -> String {
    let mut columns = Columns::headed(&["backup", "made at", "files", "size"], &[0, 2, 3]);
    for backup in held {
        columns.row([
            backup.id.to_string(),
            moment(backup.made_at),
            backup.files.to_string(),
            bytes(backup.bytes),
        ]);
    }
    columns.text()
}

fn check_text(check: &BackupCheck) -> String {
    let read = count(check.files, "file");
    let mut text = format!(
        "{} of {} read, {}: {}",
        read,
        count(check.backups.len() as u64, "backup"),
        bytes(check.bytes),
        count(check.problems.len() as u64, "problem")
    );
    for problem in &check.problems {
        text.push_str(&format!("\n{}: {}", safe(&problem.place), safe(&problem.what)));
    }
    text
}
