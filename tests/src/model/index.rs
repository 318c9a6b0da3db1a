//! The indexes of a table, and how far each of them is.

use super::gone::GONE;
use super::lookup::LOOKUP;
use super::oracle::Table;
use highwater::{IndexKind, IndexPhase, IndexSpec, LookupSpec, Projection, Timestamp};

/// An index of a table, in the order in which tables declare them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Index {
    Owner,
    Tag,
    /// Of the partition attribute.
    Id,
    Lookup,
    /// Of the times at which items go.
    Expiry,
}

/// The indexes that have scopes.
pub const SCOPES: [Index; 3] = [Index::Owner, Index::Tag, Index::Id];
/// All of them.
pub const ALL: [Index; 5] = [Index::Owner, Index::Tag, Index::Id, Index::Lookup, Index::Expiry];

/// How far an index is. One that came with its table is ready, and knows all that the table has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    pub phase: IndexPhase,
    /// The store's safe point when it was published.
    pub published: Timestamp,
    /// What it knows nothing from begins at some moment after the first of these, and not after the second.
    pub floor: (Timestamp, Timestamp),
}

/// How an index is told of in the store's state.
pub type Told = (String, IndexKind, IndexPhase, Option<Projection>);

impl Index {
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "byOwner",
            Self::Tag => "byTag",
            Self::Id => "byId",
            Self::Lookup => LOOKUP,
            Self::Expiry => GONE,
        }
    }

    fn kind(self) -> IndexKind {
        match self {
            Self::Owner | Self::Tag | Self::Id => IndexKind::Scope,
            Self::Lookup => IndexKind::Lookup,
            Self::Expiry => IndexKind::Expiry,
        }
    }

    /// The attribute whose values are the scopes, or the parts, of the index.
    pub fn attribute(self) -> &'static str {
        match self {
            Self::Owner | Self::Lookup => "owner",
            Self::Tag => "tag",
            Self::Id => "id",
            Self::Expiry => GONE,
        }
    }

    /// The declaration of an index with scopes.
    pub fn spec(self, projection: Projection) -> IndexSpec {
        let (name, attribute) = (self.name().to_owned(), self.attribute().to_owned());
        IndexSpec { name, attribute, projection }
    }

    /// The declaration of the ordered index.
    pub fn lookup_spec() -> LookupSpec {
        let (name, attribute) = (Self::Lookup.name(), Self::Lookup.attribute());
        LookupSpec {
            name: name.to_owned(),
            attribute: attribute.to_owned(),
            sort: Some("n".to_owned()),
        }
    }
}

impl Table {
    pub fn progress(&self, index: Index) -> Progress {
        self.progress.get(&index).copied().unwrap_or_default()
    }

    /// Whether it answers nothing yet.
    pub fn is_building(&self, index: Index) -> bool {
        self.setup.declares(index) && self.progress(index).phase == IndexPhase::Building
    }

    /// Whether it is there and knows everything that it must.
    pub fn is_ready(&self, index: Index) -> bool {
        self.setup.declares(index) && !self.is_building(index)
    }

    /// Those with work to be done.
    pub fn unfinished(&self) -> Vec<Index> {
        let is_unfinished = |index: &Index| {
            self.setup.declares(*index) && self.progress(*index).phase != IndexPhase::Ready
        };
        ALL.into_iter().filter(is_unfinished).collect()
    }

    /// All work is done: it came to its end after the first of these moments, and not after the second.
    pub fn finish_indexes(&mut self, ended: (Timestamp, Timestamp)) {
        for index in self.unfinished() {
            let mut progress = self.progress(index);
            if progress.phase == IndexPhase::Building {
                progress.floor = ended;
            }
            self.progress.insert(index, Progress { phase: IndexPhase::Ready, ..progress });
        }
    }

    /// What the store must tell of its indexes.
    pub fn told_indexes(&self) -> Vec<Told> {
        let told = |index: Index| {
            let projection = self.setup.indexes.projection(index);
            (index.name().to_owned(), index.kind(), self.progress(index).phase, projection)
        };
        ALL.into_iter().filter(|index| self.setup.declares(*index)).map(told).collect()
    }
}
