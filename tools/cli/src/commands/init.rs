//! `highwater init`: a new store.

use crate::app::Global;
use crate::failure::Failure;
use crate::input::span;
use crate::output;
use crate::session::{builder, folder, options};
use crate::show::{Object, safe};
use highwater::{Error, Millis, Options};
use std::path::Path;

/// Make a new, empty store
///
/// The folder must be empty or not there yet. No other command makes a store.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  highwater init --store /var/lib/notes")]
pub(crate) struct Args {
    /// The width of the change log's time buckets, 1 ms to 1 day; it cannot be changed later
    #[arg(long, value_name = "SPAN", default_value = "1h", value_parser = span)]
    bucket_width: Millis,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        let path = folder(global);
        let shown = safe(&path.display().to_string());
        // Whatever is there already is looked at before anything is made.
        match builder(global).open() {
            Err(Error::NotFound { .. }) => {}
            Err(Error::NotAStore { .. }) if is_empty(&path) => {}
            Err(error @ Error::NotAStore { .. }) => {
                let hint = "name a folder that is empty or not there yet with --store";
                return Err(Failure::from(error).hint(hint));
            }
            Err(error) => return Err(error.into()),
            Ok(store) => {
                store.close()?;
                let message = format!("there is a store at {shown} already");
                return Err(Failure::refused(message).hint("go on with `highwater table create`"));
            }
        }
        let bucket_width = self.bucket_width;
        let new = Options { create_if_missing: true, bucket_width, ..options(global) };
        builder(global).options(new).open()?.close()?;
        output::result(&if global.json {
            Object::new().field("store", path.to_string_lossy()).finish()
        } else {
            format!("made a store at {shown}")
        })?;
        Ok(())
    }
}

fn is_empty(path: &Path) -> bool {
    path.read_dir().is_ok_and(|mut files| files.next().is_none())
}
