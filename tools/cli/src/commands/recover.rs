//! `highwater recover`: open over a damaged write-ahead log.

use crate::app::Global;
use crate::failure::Failure;
use crate::output;
use crate::session::{builder, folder};
use crate::show::{Object, safe};

/// Give up what a damaged write-ahead log has lost, and go on without it
///
/// Only for a store that refuses to open because its write-ahead log is damaged. Every commit from the
/// damage on is lost; the store says so to every client at its next sync by a reset. Where there is a
/// backup, restore that instead.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  cp -a highwater-store before && highwater recover && highwater verify"
)]
pub(crate) struct Args {}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        let damage = match builder(global).open() {
            Ok(store) => {
                store.close()?;
                let message = "the store opens without loss: there is nothing to recover from";
                return Err(Failure::refused(message));
            }
            Err(highwater::Error::DamagedLog { reason, .. }) => reason,
            Err(error) => return Err(error.into()),
        };
        let store = builder(global).recover().open()?;
        let incarnation = store.stats()?.incarnation.to_string();
        store.close()?;
        output::result(&if global.json {
            let object = Object::new().field("recovered", true).field("incarnation", incarnation);
            object.field("gave_up_from", damage).finish()
        } else {
            let path = safe(&folder(global).display().to_string());
            let damage = safe(&damage);
            format!(
                "the store at {path} is open again, without the commits from the damage to the end of the \
                 log ({damage}), and without those of any later log; every client is reset at its next sync"
            )
        })?;
        Ok(())
    }
}
