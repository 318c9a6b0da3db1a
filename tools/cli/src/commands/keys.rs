//! `highwater keys`: what tokens and cursors are sealed with.

use crate::app::Global;
use crate::failure::Failure;
use crate::output;
use crate::session::with_store;
use crate::show::Object;

/// Manage the keys that seal tokens and cursors
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  highwater keys rotate")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Seal with a new key from now on; tokens of the last four keys still open
    ///
    /// A client whose token no longer opens begins its sync anew; its lastSync stays good.
    #[command(after_help = "Example:\n  highwater keys rotate --json")]
    Rotate,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        let Command::Rotate = self.command;
        with_store(global, |store| {
            let kept = store.rotate_token_keys()?;
            output::result(&if global.json {
                Object::new().field("keys", kept).finish()
            } else {
                format!("tokens are sealed with a new key; {kept} keys open them")
            })?;
            Ok(())
        })
    }
}
