//! `highwater table create`.

use crate::app::Global;
use crate::failure::Failure;
use crate::input::{Index, Key, Lookup, Merge, Ttl};
use crate::output;
use crate::session::with_store;
use crate::show::{Object, safe};
use clap::ValueEnum;
use highwater::{ConflictStrategy, Projection, TableSpec, TableSpecExt};

/// Declare a table: its key, its indexes, its times to live
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  highwater table create notes --partition id --index byOwner=ownerId
  highwater table create pages --partition book --sort page:N --delta-ttl 30d --tombstone-ttl none
  highwater table create tasks --partition id --conflicts three-way --merge minutes=add")]
pub(crate) struct Args {
    /// The table's name
    name: String,
    /// The attribute that items are told apart by: a string, a number (:N) or binary (:B)
    #[arg(long, value_name = "ATTRIBUTE[:S|N|B]")]
    partition: Key,
    /// A second key attribute: many items in one partition, in its order
    #[arg(long, value_name = "ATTRIBUTE[:S|N|B]")]
    sort: Option<Key>,
    /// A scope for each value of an attribute, which clients can sync alone; may be repeated
    #[arg(long, value_name = "NAME=ATTRIBUTE[:all|keys-only]")]
    index: Vec<Index>,
    /// An ordered index: the items with one value, in the order of another attribute; may be repeated
    #[arg(long, value_name = "NAME=ATTRIBUTE[:SORT]")]
    lookup: Vec<Lookup>,
    /// The attribute that says, in seconds since 1970, when an item is to be deleted
    #[arg(long, value_name = "ATTRIBUTE")]
    expires_by: Option<String>,
    /// How long the change log serves deltas: 7d, 12h, 30m, 90s, 250ms, 0, none [default: 7d]
    #[arg(long, value_name = "TTL")]
    delta_ttl: Option<Ttl>,
    /// How long a deleted item is remembered, no shorter than the delta TTL [default: 365d]
    #[arg(long, value_name = "TTL")]
    tombstone_ttl: Option<Ttl>,
    /// How long superseded versions are kept [default: 0]
    #[arg(long, value_name = "TTL")]
    history_ttl: Option<Ttl>,
    /// What happens to a write that expects another version
    #[arg(long, value_name = "STRATEGY", default_value = "optimistic")]
    conflicts: Strategy,
    /// What a three-way merge does with an attribute that both sides changed: keep, take, union, append or
    /// add; may be repeated [default: keep]
    #[arg(long, value_name = "ATTRIBUTE=RULE")]
    merge: Vec<Merge>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Strategy {
    /// It is refused and told the current item
    Optimistic,
    /// It is merged by AppSync's Automerge rules
    Automerge,
    /// It is merged, both sides held against the version that it expects; turns history on
    ThreeWay,
    /// It is written all the same
    LastWriter,
}

impl Args {
    fn spec(&self) -> TableSpec {
        let mut spec = TableSpec::new(&self.name, &self.partition.0.name)
            .partition_kind(self.partition.0.kind)
            .conflicts(match self.conflicts {
                Strategy::Optimistic => ConflictStrategy::OptimisticConcurrency,
                Strategy::Automerge => ConflictStrategy::Automerge,
                Strategy::ThreeWay => ConflictStrategy::ThreeWayMerge,
                Strategy::LastWriter => ConflictStrategy::LastWriterWins,
            });
        for Merge { attribute, rule } in &self.merge {
            spec = spec.merge_rule(attribute, *rule);
        }
        spec.sort = self.sort.as_ref().map(|key| key.0.clone());
        spec.indexes = self.index.iter().map(|index| index.0.clone()).collect();
        spec.lookups = self.lookup.iter().map(|lookup| lookup.0.clone()).collect();
        spec.ttl_attribute.clone_from(&self.expires_by);
        if let Some(ttl) = self.delta_ttl {
            spec.ttls.delta = ttl.0;
        }
        if let Some(ttl) = self.tombstone_ttl {
            spec.ttls.tombstone = ttl.0;
        }
        if let Some(ttl) = self.history_ttl {
            spec.ttls.history = ttl.0;
        }
        spec
    }

    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        let spec = self.spec();
        with_store(global, |store| {
            store.create_table(spec.clone())?;
            output::result(&if global.json {
                Object::new().field("created", &spec).finish()
            } else {
                format!("created table {}: {}", safe(&spec.name), describe(&spec))
            })?;
            Ok(())
        })
    }
}

fn describe(spec: &TableSpec) -> String {
    let sort = spec.sort.iter().map(|sort| format!(", sorted by {}", safe(&sort.name)));
    let indexes = spec.indexes.iter().map(|index| {
        let keys = if index.projection == Projection::KeysOnly { ", keys only" } else { "" };
        format!(", index {} on {}{keys}", safe(&index.name), safe(&index.attribute))
    });
    let lookups = spec.lookups.iter().map(|lookup| {
        let sort = lookup.sort.as_ref().map(|sort| format!(" in the order of {}", safe(sort)));
        let (name, attribute) = (safe(&lookup.name), safe(&lookup.attribute));
        format!(", ordered index {name} on {attribute}{}", sort.unwrap_or_default())
    });
    let expiry = spec.ttl_attribute.iter().map(|by| format!(", expiring by {}", safe(by)));
    let rest: String = sort.chain(indexes).chain(lookups).chain(expiry).collect();
    format!("items by {}{rest}", safe(&spec.partition.name))
}
