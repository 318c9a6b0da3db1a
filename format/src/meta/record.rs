//! A table as it is stored.
//!
//! ```text
//! table record := id, created_at, name, partition, sort, indexes, ttls, conflicts,
//!                 { index id, floor }*, [ extension ]
//! ```
//!
//! The extension holds what was not there in the first version of the format. It is left out where there
//! is nothing in it, so that such a table has the same bytes as ever.

use super::spec::{
    ConflictStrategy, IndexSpec, KeyAttribute, LookupSpec, MergeRules, TableSpec, Ttls,
};
use crate::codec;
use crate::error::FormatError;
use crate::ids::{IndexId, TableId};
use crate::time::Timestamp;
use bincode::{Decode, Encode};

/// How far an index is.
///
/// ```
/// use highwater_format::meta::{IndexPhase, IndexState};
/// use highwater_format::{IndexId, Timestamp};
/// // What is declared with its table has nothing to be built of.
/// let state = IndexState::with_table(IndexId(2), Timestamp(1));
/// assert_eq!(state.phase, IndexPhase::Ready);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub enum IndexPhase {
    /// It holds everything it must.
    #[default]
    Ready,
    /// Writes keep it up, but items from before it was declared may be missing.
    Building,
    /// It holds everything, but some entries have another projection than the declared one.
    Reprojecting,
}

/// An index as it is stored: its identifier and from when on it knows everything.
///
/// ```
/// use highwater_format::meta::{IndexPhase, IndexState};
/// use highwater_format::{IndexId, Timestamp};
/// let state = IndexState::with_table(IndexId(2), Timestamp(1));
/// assert_eq!((state.floor, state.published), (Timestamp(1), Timestamp(1)));
/// // One that is added later is built, and kept up by writes meanwhile.
/// let added = IndexState { published: Timestamp(9), phase: IndexPhase::Building, ..state };
/// assert!(added.published > state.published);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexState {
    /// The identifier in its keys.
    pub id: IndexId,
    /// No change before this moment is promised to be in it.
    pub floor: Timestamp,
    /// Every write since this moment has kept it up.
    pub published: Timestamp,
    /// How far it is.
    pub phase: IndexPhase,
}

impl IndexState {
    /// An index that was declared with its table at `created_at`.
    #[must_use]
    pub fn with_table(id: IndexId, created_at: Timestamp) -> Self {
        Self { id, floor: created_at, published: created_at, phase: IndexPhase::Ready }
    }
}

/// How far the building or rewriting of an index has come.
///
/// ```
/// use highwater_format::ItemKey;
/// use highwater_format::meta::IndexWork;
/// let work = IndexWork { after: ItemKey::from("m").encode() };
/// // An item at or before that place has been added already.
/// assert!(ItemKey::from("a").encode() <= work.after);
/// assert_eq!(IndexWork::decode(&work.encode()?)?, work);
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct IndexWork {
    /// The key after which the work goes on; empty before its first step.
    pub after: Vec<u8>,
}

/// A table as it is stored.
///
/// ```
/// use highwater_format::meta::{
///     ConflictStrategy, KeyAttribute, KeyKind, MergeRules, TableRecord, TableSpec, Ttls,
/// };
/// use highwater_format::{TableId, Timestamp};
/// let spec = TableSpec {
///     name: "notes".to_owned(),
///     partition: KeyAttribute { name: "id".to_owned(), kind: KeyKind::String },
///     sort: None,
///     indexes: Vec::new(),
///     ttls: Ttls { delta: None, tombstone: None, history: None },
///     conflicts: ConflictStrategy::default(),
///     lookups: Vec::new(),
///     merge: MergeRules::default(),
///     resolver: None,
///     ttl_attribute: None,
/// };
/// let record = TableRecord {
///     id: TableId(1),
///     created_at: Timestamp(1),
///     spec,
///     indexes: Vec::new(),
///     lookups: Vec::new(),
///     ttl_index: None,
/// };
/// assert_eq!(TableRecord::decode(&record.encode()?)?, record);
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRecord {
    /// The identifier in its keys.
    pub id: TableId,
    /// When it was created: the first timestamp of a millisecond of its own.
    pub created_at: Timestamp,
    /// Its declaration.
    pub spec: TableSpec,
    /// The state of each declared index, in the order of the declaration.
    pub indexes: Vec<IndexState>,
    /// The state of each ordered secondary index, in the order of the declaration.
    pub lookups: Vec<IndexState>,
    /// The state of the index of expiry times, where items have a time to live.
    pub ttl_index: Option<IndexState>,
}

#[derive(Encode, Decode)]
struct FirstSpec {
    name: String,
    partition: KeyAttribute,
    sort: Option<KeyAttribute>,
    indexes: Vec<IndexSpec>,
    ttls: Ttls,
    conflicts: ConflictStrategy,
}

#[derive(Encode, Decode)]
struct First {
    id: TableId,
    created_at: Timestamp,
    spec: FirstSpec,
    indexes: Vec<(IndexId, Timestamp)>,
}

#[derive(Default, PartialEq, Encode, Decode)]
struct Extension {
    lookups: Vec<LookupSpec>,
    lookup_states: Vec<(IndexId, Timestamp)>,
    merge: MergeRules,
    resolver: Option<String>,
    ttl: Option<(String, IndexId, Timestamp)>,
    /// Indexes that were not declared with their table, or are not ready.
    younger: Vec<(IndexId, Timestamp, IndexPhase)>,
}

/// The encoding of what can be read again: a store with a table that cannot does not open any more.
fn readable<T: Encode + Decode<()>>(part: &T) -> Result<Vec<u8>, FormatError> {
    let bytes = codec::encode(part)?;
    codec::decode::<T>(&bytes, "table record: it is too large")?;
    Ok(bytes)
}

impl TableRecord {
    fn states(&self) -> impl Iterator<Item = &IndexState> {
        self.indexes.iter().chain(&self.lookups).chain(&self.ttl_index)
    }

    /// The encoding.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] only if it outgrows what a decoder accepts.
    pub fn encode(&self) -> Result<Vec<u8>, FormatError> {
        let TableSpec { name, partition, sort, indexes, ttls, conflicts, .. } = self.spec.clone();
        let pair = |state: &IndexState| (state.id, state.floor);
        let first = First {
            id: self.id,
            created_at: self.created_at,
            spec: FirstSpec { name, partition, sort, indexes, ttls, conflicts },
            indexes: self.indexes.iter().map(pair).collect(),
        };
        let ttl = self.spec.ttl_attribute.clone().zip(self.ttl_index);
        let with_table = |state: &IndexState| {
            state.published == self.created_at && state.phase == IndexPhase::Ready
        };
        let younger = self.states().filter(|state| !with_table(state));
        let extension = Extension {
            lookups: self.spec.lookups.clone(),
            lookup_states: self.lookups.iter().map(pair).collect(),
            merge: self.spec.merge.clone(),
            resolver: self.spec.resolver.clone(),
            ttl: ttl.map(|(attribute, state)| (attribute, state.id, state.floor)),
            younger: younger.map(|state| (state.id, state.published, state.phase)).collect(),
        };
        let mut out = readable(&first)?;
        if extension != Extension::default() {
            out.extend(readable(&extension)?);
        }
        Ok(out)
    }

    /// Reads a value that must fill `bytes` exactly.
    ///
    /// # Errors
    /// [`FormatError::Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        const WHAT: &str = "table record";
        let (first, rest) = codec::decode_prefix::<First>(bytes, WHAT)?;
        let extension = match rest {
            [] => Extension::default(),
            rest => codec::decode(rest, WHAT)?,
        };
        let fits = first.indexes.len() == first.spec.indexes.len()
            && extension.lookup_states.len() == extension.lookups.len();
        if !fits {
            return Err(FormatError::malformed(WHAT));
        }
        let created_at = first.created_at;
        let state = |(id, floor)| {
            let younger = extension.younger.iter().find(|(younger, ..)| *younger == id);
            let (published, phase) =
                younger.map_or((created_at, IndexPhase::Ready), |y| (y.1, y.2));
            IndexState { id, floor, published, phase }
        };
        let (ttl_attribute, ttl_index) = match &extension.ttl {
            None => (None, None),
            Some((attribute, id, floor)) => (Some(attribute.clone()), Some(state((*id, *floor)))),
        };
        let FirstSpec { name, partition, sort, indexes, ttls, conflicts } = first.spec;
        Ok(Self {
            id: first.id,
            created_at,
            indexes: first.indexes.into_iter().map(state).collect(),
            lookups: extension.lookup_states.iter().copied().map(state).collect(),
            ttl_index,
            spec: TableSpec {
                name,
                partition,
                sort,
                indexes,
                ttls,
                conflicts,
                lookups: extension.lookups,
                merge: extension.merge,
                resolver: extension.resolver,
                ttl_attribute,
            },
        })
    }
}

impl IndexWork {
    /// The encoding.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] only if it outgrows what a decoder accepts.
    pub fn encode(&self) -> Result<Vec<u8>, FormatError> {
        codec::encode(self)
    }

    /// Reads a value that must fill `bytes` exactly.
    ///
    /// # Errors
    /// [`FormatError::Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        codec::decode(bytes, "index work")
    }
}
