//! `highwater index build`.

use crate::app::Global;
use crate::failure::Failure;
use crate::output;
use crate::session::with_store;
use crate::show::Object;

/// Go on with indexes whose building was interrupted
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  highwater index build")]
pub(crate) struct Args {}

impl Args {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        with_store(global, |store| {
            store.build_indexes()?;
            output::result(&if global.json {
                Object::new().field("built", true).finish()
            } else {
                "all indexes are built".to_owned()
            })?;
            Ok(())
        })
    }
}
