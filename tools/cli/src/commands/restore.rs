//! `highwater restore`: from a backup back to a store.

use crate::app::Global;
use crate::failure::Failure;
use crate::output;
use crate::session::{builder, folder};
use crate::show::{Object, count, moment, safe};
use highwater::{Millis, RestoreOptions, RestoreReport};
use std::path::PathBuf;

/// Make a store of a backup: a new one, or in the place of the one that is there
///
/// Commits after the backup are lost, and every client is reset at its next sync, because it may hold some
/// of them. The restored store is verified before anything is replaced; exits with 3 if there are
/// problems, and then replaces nothing; where no store was, it is put there all the same, for what can be
/// read of it. An interrupted restore is simply repeated.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  highwater restore /mnt/backups/notes --store /var/lib/notes\n  highwater restore /mnt/backups/notes --id 3 --replace"
)]
pub(crate) struct Args {
    /// The folder of backups
    #[arg(value_name = "DIR")]
    from: PathBuf,
    /// Which backup [default: the newest]
    #[arg(long, value_name = "N")]
    id: Option<u32>,
    /// Put it in the place of the store that is there
    #[arg(long)]
    replace: bool,
    /// Let its clock begin no earlier, in milliseconds since the epoch: for a store lost with its disk, on a
    /// machine whose clock may be behind. No client may hold a `startedAt` at or above it
    #[arg(long, value_name = "MS")]
    clock_at_least: Option<u64>,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        let clock_at_least = self.clock_at_least.map(Millis);
        let how = RestoreOptions { id: self.id, replace: self.replace, clock_at_least };
        let report = builder(global).restore(&self.from, &how)?;
        let shown = if global.json {
            as_json(&report)
        } else {
            as_text(&report, &safe(&folder(global).display().to_string()))
        };
        output::verdict(&shown, report.verify.is_clean())
    }
}

fn as_json(report: &RestoreReport) -> String {
    Object::new()
        .field("backup", report.id)
        .field("made_at", report.made_at)
        .field("incarnation", report.incarnation.to_string())
        .field("replaced", report.replaced)
        .field("put_in_place", report.put_in_place)
        .field("clean", report.verify.is_clean())
        .field("verify", &report.verify)
        .finish()
}

fn as_text(report: &RestoreReport, path: &str) -> String {
    let (id, made_at) = (report.id, moment(report.made_at));
    if report.verify.is_clean() {
        return format!(
            "the store at {path} is that of backup {id}, made at {made_at}; every client is reset at its next sync"
        );
    }
    let outcome = match report.put_in_place {
        true => format!("it stands at {path} for what can be read of it"),
        false => format!("the store at {path} was not replaced"),
    };
    let problems = count(report.verify.problem_count, "problem");
    let mut text = format!("backup {id}, made at {made_at}, has {problems}; {outcome}");
    for problem in &report.verify.problems {
        text.push_str(&format!("\n{}: {}", safe(&problem.place), safe(&problem.what)));
    }
    text
}
