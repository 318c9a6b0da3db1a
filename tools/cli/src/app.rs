//! The command line: global options, and what reading it may end in.

use crate::commands::Command;
use crate::output;
use crate::show::Object;
use clap::{ArgAction, Parser, ValueEnum};
use highwater::Durability;
use std::path::PathBuf;
use std::process::ExitCode;

const AFTER_HELP: &str = "\
Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 verify found problems, 130 interrupted.

Example:
  highwater init
  highwater table create notes --partition id --index byOwner=ownerId
  highwater put notes '{\"id\":\"n1\",\"ownerId\":\"ann\",\"title\":\"Dawn\"}'
  highwater sync notes --all
  highwater sync notes --since STARTED_AT";

/// A store that answers one question: what changed since I last asked?
///
/// Tables of versioned JSON documents, and AppSync's Sync operation over them. Results go to standard
/// output, everything else to standard error.
#[derive(Debug, Parser)]
#[command(name = "highwater", version, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// The store's folder [env: HIGHWATER_STORE] [default: ./highwater-store]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,
    /// Answer in JSON; an error is a JSON object on standard error
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// When a write counts as done
    #[arg(long, global = true, value_name = "WHEN", default_value = "sync")]
    pub(crate) durability: DurabilityChoice,
    /// Log to standard error; repeat for more (or set RUST_LOG)
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// The values of `--durability`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DurabilityChoice {
    /// On disk: nothing acknowledged is lost
    Sync,
    /// With the operating system: faster, lost if the machine goes down
    Buffered,
}

impl From<DurabilityChoice> for Durability {
    fn from(choice: DurabilityChoice) -> Self {
        match choice {
            DurabilityChoice::Sync => Self::Sync,
            DurabilityChoice::Buffered => Self::Buffered,
        }
    }
}

/// Reads the command line. What clap answers itself (help, a version, wrong usage) ends the process.
pub(crate) fn parse() -> Result<Cli, ExitCode> {
    Cli::try_parse().map_err(|error| {
        let wanted_json = std::env::args_os().skip(1).any(|arg| arg == "--json");
        if error.use_stderr() && wanted_json {
            let text = error.to_string();
            let first = text.split("\n\n").next().unwrap_or_default();
            let message = first.strip_prefix("error: ").unwrap_or(first).trim();
            output::note(&Object::new().field("error", message).field("kind", "usage").finish());
        } else {
            // Nobody reading is no failure of ours.
            let _ = error.print();
        }
        ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
    })
}
