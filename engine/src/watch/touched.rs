//! What a commit touches and what a follower follows, in a form that the two can be held against each other.

use crate::catalog::Table;
use highwater_format::token::Scope;
use highwater_format::{ItemKey, Record, TableId, Timestamp};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A part of a table that somebody can follow: all of it, a partition, a scope of an index.
///
/// Parts are told apart by a hash. Where two of one table fall together, a follower wakes, finds
/// nothing, and sleeps again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Topic {
    table: TableId,
    part: u64,
}

impl Topic {
    /// What is read from `scope`.
    pub(crate) fn of(table: TableId, scope: &Scope) -> Self {
        match scope {
            Scope::Table => Self::part(table, None, &[]),
            Scope::Partition(value) => Self::part(table, Some(0), value),
            Scope::Index { index, value } => Self::part(table, Some(index.0), value),
        }
    }

    /// No index has the identifier 0: the first one given is a table's.
    fn part(table: TableId, index: Option<u32>, value: &[u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        (index, value).hash(&mut hasher);
        Self { table, part: hasher.finish() }
    }

    /// Every part of a table lies between these.
    pub(super) fn all_of(table: TableId) -> (Self, Self) {
        (Self { table, part: 0 }, Self { table, part: u64::MAX })
    }
}

/// The parts of tables that one commit changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Touched(Vec<Topic>);

impl Touched {
    /// An item became `after`; `before` is what was stored until then.
    pub(crate) fn add(
        &mut self,
        table: &Table,
        key: &ItemKey,
        before: Option<&Record>,
        after: &Record,
    ) {
        let id = table.id();
        self.0.push(Topic::part(id, None, &[]));
        self.0.push(Topic::part(id, Some(0), &key.partition.encode()));
        for index in &table.indexes {
            // The scope that it left hears of it as the one that it came to.
            let values = before.into_iter().chain([after]).filter_map(|r| index.scope_in(r));
            self.0.extend(values.map(|value| Topic::part(id, Some(index.id.0), &value)));
        }
    }

    /// Each part once.
    pub(crate) fn sorted(mut self) -> Self {
        self.0.sort_unstable();
        self.0.dedup();
        self
    }

    #[cfg(test)]
    pub(crate) fn only(topic: Topic) -> Self {
        Self(vec![topic])
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn topics(&self) -> impl Iterator<Item = Topic> {
        self.0.iter().copied()
    }
}

/// What the safe point has passed since it was last asked.
#[derive(Debug)]
pub(crate) struct Passed {
    /// The safe point.
    pub(crate) safe: Timestamp,
    /// The commits that it passed, by their first timestamp, and what each touched.
    pub(crate) commits: BTreeMap<Timestamp, Touched>,
}
