//! The `highwater` command: the tables, items and syncs of a store, from a shell.
//!
//! A library only so that a fuzz target reaches what reads bytes from strangers; programs embed the engine.

mod app;
mod commands;
mod demo;
mod failure;
mod input;
mod interrupt;
mod logging;
mod output;
mod progress;
mod session;
mod show;
mod target;

use highwater::{SyncRequest, TableSpec};
use std::process::ExitCode;

/// The command, from its arguments to its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match app::parse() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    logging::start(cli.global.verbose, cli.global.json);
    match commands::run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(cli.global.json),
    }
}

/// The request that AppSync's Sync request document makes of a table, as `highwater request` reads it.
///
/// # Errors
/// What the command would say.
pub fn sync_request(document: &str, table: &TableSpec) -> Result<SyncRequest, String> {
    commands::sync_request(document, table).map_err(|failure| failure.as_text())
}
