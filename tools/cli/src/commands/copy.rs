//! `highwater copy`: another store with the same content.

use crate::app::Global;
use crate::failure::Failure;
use crate::output;
use crate::session::with_store;
use crate::show::{Object, bytes, count, safe};
use highwater::CopyReport;
use std::path::{Path, PathBuf};

/// Make another store with the same content and token keys of its own
///
/// Tokens of neither open in the other, and none of its files holds a key of this store, so it can be
/// given away as far as its content can. It has a folder of backups of its own.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  highwater copy /srv/staging/notes\n\nA client of the original that turns to the copy must begin anew, without a lastSync; a\n`checkpoint` resets it by itself."
)]
pub(crate) struct Args {
    /// The new folder, empty or not there yet
    #[arg(value_name = "DIR")]
    to: PathBuf,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        with_store(global, |store| {
            let made = store.copy(&self.to)?;
            report(global, "copy", &self.to, made)
        })
    }
}

/// Tells what was made, and where.
pub(super) fn report(
    global: &Global,
    what: &str,
    to: &Path,
    made: CopyReport,
) -> Result<(), Failure> {
    let shown = if global.json {
        let object = Object::new().field(what, to.to_string_lossy());
        object.field("files", made.files).field("bytes", made.bytes).finish()
    } else {
        let (path, files) = (safe(&to.display().to_string()), count(made.files, "file"));
        format!("made a {what} at {path}: {files}, {}", bytes(made.bytes))
    };
    Ok(output::result(&shown)?)
}
