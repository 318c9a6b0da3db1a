//! `highwater table`: declarations.

mod alter;
mod create;
mod drop;
mod list;
mod rename;
mod truncate;

use crate::app::Global;
use crate::failure::Failure;

/// Create, alter, rename, empty, list and drop tables
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  highwater table create notes --partition id\n  highwater table list"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Create(create::Args),
    Alter(alter::Args),
    List(list::Args),
    Rename(rename::Args),
    Truncate(truncate::Args),
    Drop(drop::Args),
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        match &self.command {
            Command::Create(args) => args.run(global),
            Command::Alter(args) => args.run(global),
            Command::List(args) => args.run(global),
            Command::Rename(args) => args.run(global),
            Command::Truncate(args) => args.run(global),
            Command::Drop(args) => args.run(global),
        }
    }
}
