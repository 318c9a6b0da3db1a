//! `highwater table alter`.

use crate::app::Global;
use crate::failure::Failure;
use crate::input::Ttl;
use crate::output;
use crate::session::{table_spec, with_store};
use crate::show::{Object, safe, ttl};

/// Change a table's times to live; those that are not named stay
///
/// What has expired already does not come back.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  highwater table alter notes --delta-ttl 30d --tombstone-ttl none"
)]
#[command(group = clap::ArgGroup::new("ttls").required(true).multiple(true))]
pub(crate) struct Args {
    /// The table's name
    name: String,
    /// How long the change log serves deltas: 7d, 12h, 30m, 90s, 250ms, 0, none
    #[arg(long, value_name = "TTL", group = "ttls")]
    delta_ttl: Option<Ttl>,
    /// How long a deleted item is remembered, no shorter than the delta TTL
    #[arg(long, value_name = "TTL", group = "ttls")]
    tombstone_ttl: Option<Ttl>,
    /// How long superseded versions are kept
    #[arg(long, value_name = "TTL", group = "ttls")]
    history_ttl: Option<Ttl>,
}

impl Args {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        with_store(global, |store| {
            let mut ttls = table_spec(store, &self.name)?.ttls;
            let changes = [
                (self.delta_ttl, &mut ttls.delta),
                (self.tombstone_ttl, &mut ttls.tombstone),
                (self.history_ttl, &mut ttls.history),
            ];
            for (given, kept) in changes {
                if let Some(given) = given {
                    *kept = given.0;
                }
            }
            store.alter_ttls(&self.name, ttls)?;
            output::result(&if global.json {
                Object::new().field("altered", &self.name).field("ttls", ttls).finish()
            } else {
                let [delta, tombstone, history] =
                    [ttls.delta, ttls.tombstone, ttls.history].map(ttl);
                let name = safe(&self.name);
                format!(
                    "altered table {name}: delta {delta}, tombstone {tombstone}, history {history}"
                )
            })?;
            Ok(())
        })
    }
}
