//! `highwater completions`: for shells.

use crate::app::Cli;
use crate::failure::Failure;
use crate::output;
use clap::CommandFactory;
use clap_complete::Shell;
use std::io::Write;

/// Print a shell's completion script
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  highwater completions bash > /etc/bash_completion.d/highwater
  highwater completions zsh > ~/.zfunc/_highwater")]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

impl Args {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        // It panics where it cannot write; a vector takes everything.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "highwater", &mut script);
        let mut out = output::results();
        out.write_all(&script)?;
        Ok(out.flush()?)
    }
}
