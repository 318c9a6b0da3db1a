//! `highwater index`: indexes of tables, with data or without.

mod add;
mod build;
mod drop;
mod list;
mod project;

use crate::app::Global;
use crate::failure::Failure;

/// Add, drop, list and rewrite the indexes of a table that may hold data
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  highwater index add notes --scope byOwner=ownerId
  highwater index list notes")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Add(add::Args),
    Drop(drop::Args),
    Project(project::Args),
    List(list::Args),
    Build(build::Args),
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        match &self.command {
            Command::Add(args) => args.run(global),
            Command::Drop(args) => args.run(global),
            Command::Project(args) => args.run(global),
            Command::List(args) => args.run(global),
            Command::Build(args) => args.run(global),
        }
    }
}
