//! `highwater demo`: real history, replayed, with devices that sync it.

mod backend;
mod check;
mod data;
mod device;
mod error;
mod expected;
mod features;
mod report;
mod story;

pub(crate) use error::Error;

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use std::io::Write;
use std::path::PathBuf;

/// Replay half a year of real changes while three devices sync them
///
/// The data is built in: releases of MDN's browser-compat-data. The demo fails if any device ever holds
/// something else than it should.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Keep the store in this folder, which must be empty or not exist yet [default: a temporary one]
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
}

/// Plays the demo and tells `out` line by line, or with `json` once, at the end.
///
/// # Errors
/// [`Error::Differs`] and [`Error::Unclean`] if the demo has found a defect; others if it cannot be played.
pub(crate) fn run(args: &Args, json: bool, out: &mut dyn Write) -> Result<(), Failure> {
    // Ended by the signal itself, it would leave its folder behind.
    let interrupt = Interrupt::watch()?;
    let mut say = |line: &str| {
        if interrupt.is_raised() {
            return Err(Error::Interrupted);
        }
        if !json {
            writeln!(out, "{line}")?;
            out.flush()?;
        }
        Ok(())
    };
    match perform(args, &mut say) {
        Ok(summary) if json => Ok(writeln!(out, "{}", summary.json()?)?),
        Ok(_) => Ok(()),
        Err(Error::Interrupted) => Err(Failure::interrupted("the demo was interrupted")),
        Err(error) => Err(error.into()),
    }
}

fn perform(
    args: &Args,
    say: &mut dyn FnMut(&str) -> Result<(), Error>,
) -> Result<report::Summary, Error> {
    let temporary;
    let path = match &args.store {
        Some(path) => path.as_path(),
        None => {
            temporary = tempfile::Builder::new().prefix("highwater-demo-").tempdir()?;
            temporary.path()
        }
    };
    report::introduction().iter().try_for_each(|line| say(line))?;
    let summary = story::play(path, say)?;
    summary.lines().iter().try_for_each(|line| say(line))?;
    Ok(summary)
}
