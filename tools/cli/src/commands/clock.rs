//! `highwater clock`: the store's time, and the machine's when they have come apart.

use crate::app::Global;
use crate::failure::Failure;
use crate::output;
use crate::session::with_store;
use crate::show::{Columns, Object, moment};
use highwater::{Leap, Store};
use serde_json::{Value, json};

/// Show the store's clock, or follow a leap of the machine's
///
/// A store keeps its own time. Small differences to the machine's clock are absorbed; a leap (more than an
/// hour while it is open, more than 90 days while it is closed) is reported and not followed until it is
/// confirmed, because timestamps can never go back. If the machine's clock is wrong, set it right; if it
/// is right and ahead, confirm the leap: nothing expires by it. A store that is ahead goes on from there.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  highwater clock status\n  highwater clock confirm")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show the store's time, and a leap that waits to be confirmed
    #[command(after_help = "Example:\n  highwater clock status --json")]
    Status,
    /// Follow a leap forward of the machine's clock
    #[command(after_help = "Example:\n  highwater clock confirm")]
    Confirm,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        with_store(global, |store| match self.command {
            Command::Status => status(store, global.json),
            Command::Confirm => confirm(store, global.json),
        })
    }
}

fn as_json(leap: Option<Leap>) -> Option<Value> {
    leap.map(|leap| json!({ "wall": leap.wall, "clock": leap.clock }))
}

fn status(store: &Store, json: bool) -> Result<(), Failure> {
    let clock = store.stats()?.clock;
    let text = if json {
        Object::new().field("now", clock.now).field("leap", as_json(clock.leap)).finish()
    } else {
        let mut columns = Columns::new();
        columns.pair("store's clock", moment(clock.now));
        match clock.leap {
            None => columns.pair("leap", "none"),
            Some(leap) => columns.pair("machine's clock", moment(leap.wall)),
        }
        columns.text()
    };
    Ok(output::result(&text)?)
}

fn confirm(store: &Store, json: bool) -> Result<(), Failure> {
    let seen = store.stats()?.clock.leap;
    let followed = store.confirm_clock_leap()?;
    let text = match (followed, seen) {
        (Some(leap), _) => {
            let (from, to) = (moment(leap.clock), moment(leap.wall));
            format!("the store's clock went from {from} to {to}; nothing expires by it")
        }
        (None, Some(leap)) => {
            let message = format!(
                "the machine's clock shows {}, before the store's {}: a store's time never goes back",
                moment(leap.wall),
                moment(leap.clock)
            );
            let hint = "set the machine's clock right if it is wrong; the store goes on by its own";
            return Err(Failure::refused(message).hint(hint));
        }
        (None, None) => "there is no leap to follow".to_owned(),
    };
    let json_text = || Object::new().field("followed", as_json(followed)).finish();
    Ok(output::result(&if json { json_text() } else { text })?)
}
