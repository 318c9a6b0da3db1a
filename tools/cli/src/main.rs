//! The `highwater` command: the tables, items and syncs of a store, from a shell.

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

use std::process::ExitCode;

fn main() -> ExitCode {
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
