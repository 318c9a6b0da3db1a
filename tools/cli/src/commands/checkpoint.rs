//! `highwater checkpoint`: the store as it is now, beside it.

use super::copy::report;
use crate::app::Global;
use crate::failure::Failure;
use crate::session::with_store;
use std::path::PathBuf;

/// Make a second store folder of what is committed by now, sharing the data files
///
/// On the same file system it takes little time and little room. To its clients it is a restored store: its
/// first opening resets them, tokens of the store are refused.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  highwater checkpoint before-the-migration\n  highwater --store before-the-migration verify"
)]
pub(crate) struct Args {
    /// The new folder, empty or not there yet
    #[arg(value_name = "DIR")]
    to: PathBuf,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        with_store(global, |store| {
            let made = store.checkpoint(&self.to)?;
            report(global, "checkpoint", &self.to, made)
        })
    }
}
