//! The commands, one file or folder each.

mod backup;
mod backups;
mod checkpoint;
mod clock;
mod compact;
mod completions;
mod copy;
mod delete;
mod digest;
mod erase;
mod export;
mod get;
mod history;
mod import;
mod index;
mod init;
mod keys;
mod outcome;
mod put;
mod query;
mod recover;
mod request;
mod restore;
mod stats;
mod sync;
mod table;
mod update;
mod verify;
mod watch;

use crate::app::Cli;
use crate::demo;
use crate::failure::Failure;
use crate::output;
use std::io::Write;

pub(crate) use request::sync_request;

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Init(init::Args),
    Table(table::Args),
    Index(index::Args),
    Import(import::Args),
    Export(export::Args),
    Get(get::Args),
    Put(put::Args),
    Update(update::Args),
    Delete(delete::Args),
    Erase(erase::Args),
    History(history::Args),
    Sync(sync::Args),
    Query(query::Args),
    Watch(watch::Args),
    Request(request::Args),
    Compact(compact::Args),
    Verify(verify::Args),
    Digest(digest::Args),
    Stats(stats::Args),
    Clock(clock::Args),
    Keys(keys::Args),
    Recover(recover::Args),
    Backup(backup::Args),
    Backups(backups::Args),
    Restore(restore::Args),
    Checkpoint(checkpoint::Args),
    Copy(copy::Args),
    Demo(demo::Args),
    Completions(completions::Args),
}

/// Does it.
pub(crate) fn run(cli: &Cli) -> Result<(), Failure> {
    let global = &cli.global;
    match &cli.command {
        Command::Init(args) => args.run(global),
        Command::Table(args) => args.run(global),
        Command::Index(args) => args.run(global),
        Command::Import(args) => args.run(global),
        Command::Export(args) => args.run(global),
        Command::Get(args) => args.run(global),
        Command::Put(args) => args.run(global),
        Command::Update(args) => args.run(global),
        Command::Delete(args) => args.run(global),
        Command::Erase(args) => args.run(global),
        Command::History(args) => args.run(global),
        Command::Sync(args) => args.run(global),
        Command::Query(args) => args.run(global),
        Command::Watch(args) => args.run(global),
        Command::Request(args) => args.run(global),
        Command::Compact(args) => args.run(global),
        Command::Verify(args) => args.run(global),
        Command::Digest(args) => args.run(global),
        Command::Stats(args) => args.run(global),
        Command::Clock(args) => args.run(global),
        Command::Keys(args) => args.run(global),
        Command::Recover(args) => args.run(global),
        Command::Backup(args) => args.run(global),
        Command::Backups(args) => args.run(global),
        Command::Restore(args) => args.run(global),
        Command::Checkpoint(args) => args.run(global),
        Command::Copy(args) => args.run(global),
        Command::Completions(args) => args.run(),
        Command::Demo(args) => {
            let mut out = output::results();
            demo::run(args, global.json, &mut out)?;
            Ok(out.flush()?)
        }
    }
}
