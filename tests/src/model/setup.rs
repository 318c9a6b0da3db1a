//! What a history begins with: tables, options and devices.

use super::body::TABLES;
use super::clash::RULES;
use super::gone::GONE;
use super::index::{Index, SCOPES};
use super::lookup::LOOKUP;
use super::once::RECEIPT_TTL;
use super::resolver::RESOLVER;
use super::view::View;
use highwater::{
    ClockLimits, ConflictStrategy, Durability, KeyKind, Limits, Millis, Options, Projection,
    TableSpec, TableSpecExt, Ttls, Tuning, WriteStall,
};

/// Everything that is fixed for a history.
#[derive(Debug, Clone)]
pub struct Setup {
    pub options: OptionSet,
    pub tables: [TableSetup; 2],
    /// The views of each device; all views of one device are of one table.
    pub devices: Vec<Vec<View>>,
    /// The parts of the sync of both tables.
    pub together: Vec<View>,
    /// How long it is quiet before the last syncs, with a compaction after it.
    pub quiet: Option<u64>,
}

/// The options that vary.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OptionSet {
    pub durability: Durability,
    pub bucket_width: Millis,
    /// Whether write buffers are so small that files and compactions are many.
    pub small_buffers: bool,
    /// Whether pages are bounded so tightly in bytes and in scanned items that both bounds are met.
    pub small_pages: bool,
    /// How many bytes of the newest changes are kept in memory.
    pub recent_bytes: usize,
}

/// A table's declaration, without its name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TableSetup {
    pub indexes: Indexes,
    /// Whether items are in an ordered index, too: by owner, in the order of `n`.
    pub lookup: bool,
    /// Whether items go when their time is over.
    pub expires: bool,
    pub ttls: Ttls,
    pub conflicts: ConflictStrategy,
}

/// The indexes that a table declares, each with what its entries carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Indexes {
    pub owner: Option<Projection>,
    pub tag: Option<Projection>,
    /// An index on the partition attribute.
    pub partition: Option<Projection>,
}

/// The wall may be this far from the store's clock while it is open.
pub const RUNNING_LIMIT: Millis = Millis(10_000);
/// And this far while it is closed.
pub const CLOSED_LIMIT: Millis = Millis(86_400_000);

impl OptionSet {
    /// The engine's options.
    pub fn options(&self) -> Options {
        let recent_bytes = self.recent_bytes;
        let mut limits = Limits { memory_bytes: 16 << 20, recent_bytes, ..Limits::default() };
        if self.small_pages {
            limits.page_bytes = 1024;
            limits.scan_items = 3;
        }
        let mut tuning = Tuning::default();
        if self.small_buffers {
            tuning.write_buffer_bytes = 64 << 10;
        }
        Options {
            durability: self.durability,
            // A slow disk holds writers back: that is no answer of a history. `pressure` asks for it.
            write_stall: WriteStall::Wait,
            bucket_width: self.bucket_width,
            clock: ClockLimits { running: RUNNING_LIMIT, closed: CLOSED_LIMIT },
            limits,
            tuning,
            receipt_ttl: RECEIPT_TTL,
            worker: None,
            ..Options::default()
        }
    }
}

impl Indexes {
    /// What the entries of an index carry, if it is declared.
    pub fn projection(&self, index: Index) -> Option<Projection> {
        match index {
            Index::Owner => self.owner,
            Index::Tag => self.tag,
            Index::Id => self.partition,
            Index::Lookup | Index::Expiry => None,
        }
    }

    pub fn set(&mut self, index: Index, projection: Option<Projection>) {
        match index {
            Index::Owner => self.owner = projection,
            Index::Tag => self.tag = projection,
            Index::Id => self.partition = projection,
            Index::Lookup | Index::Expiry => panic!("{index:?} has no projection"),
        }
    }

    /// Each declared index, with what its entries carry.
    pub fn declared(&self) -> Vec<(Index, Projection)> {
        SCOPES.into_iter().filter_map(|index| Some((index, self.projection(index)?))).collect()
    }
}

impl TableSetup {
    /// Whether it has such an index.
    pub fn declares(&self, index: Index) -> bool {
        match index {
            Index::Lookup => self.lookup,
            Index::Expiry => self.expires,
            scope => self.indexes.projection(scope).is_some(),
        }
    }

    /// Whether these times to live are none for it: merges need a past.
    pub fn refuses(&self, ttls: &Ttls) -> bool {
        self.conflicts == ConflictStrategy::ThreeWayMerge && ttls.history == Some(Millis(0))
    }

    /// The engine's declaration.
    pub fn spec(&self, table: usize) -> TableSpec {
        let mut spec =
            TableSpec::new(TABLES[table], "id").conflicts(self.conflicts).ttls(self.ttls);
        if table == 1 {
            spec = spec.sort("line", KeyKind::Number);
        }
        for (index, projection) in self.indexes.declared() {
            spec = spec.index(index.name(), index.attribute(), projection);
        }
        if self.lookup {
            spec = spec.lookup(LOOKUP, "owner", Some("n"));
        }
        if self.expires {
            spec = spec.expires_by(GONE);
        }
        match self.conflicts {
            ConflictStrategy::Custom => spec.resolver(RESOLVER),
            ConflictStrategy::ThreeWayMerge => {
                RULES.iter().fold(spec, |spec, (attribute, rule)| spec.merge_rule(attribute, *rule))
            }
            _ => spec,
        }
    }
}
