//! What a table is declared to be.

use crate::time::Millis;
use bincode::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The type of a key attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
pub enum KeyKind {
    /// A string.
    #[serde(rename = "S")]
    String,
    /// A number.
    #[serde(rename = "N")]
    Number,
    /// Bytes.
    #[serde(rename = "B")]
    Binary,
}

/// A key attribute: its name and its type.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
pub struct KeyAttribute {
    /// The attribute's name, at the top level of the document.
    pub name: String,
    /// The type that every item must have there.
    pub kind: KeyKind,
}

/// What an index entry carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Projection {
    /// The whole record: a scope is read in one scan.
    All,
    /// The item's key: the record is looked up in the same snapshot.
    KeysOnly,
}

/// A declared index of the change log: a scope for each value of `attribute`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
pub struct IndexSpec {
    /// The index's name, unique in its table.
    pub name: String,
    /// The top-level attribute whose value makes the scope.
    pub attribute: String,
    /// What its entries carry.
    pub projection: Projection,
}

/// What happens when a mutation believes in another version than the stored one.
///
/// A mutation that believes in any version is applied; one that believes in none is refused where there is an
/// item, whatever the strategy. For one that believes in a number which is not the stored one:
///
/// | the item, seen from that version | optimistic | Automerge | three-way | last writer | custom |
/// |---|---|---|---|---|---|
/// | has changed since: put, update | refused | merged | merged \* | applied | asked |
/// | has changed since: delete | refused | refused | refused \*\* | applied | asked |
/// | was deleted and made anew: put, update | refused | merged | refused | applied | asked |
/// | was deleted and made anew: delete | refused | refused | refused | applied | asked |
/// | is deleted: put, update | refused | refused | refused | applied | asked |
/// | is deleted: delete | refused | refused | nothing to do \* | nothing to do | asked |
/// | is not there: put, update | refused | refused | refused | applied | asked |
/// | is not there: delete | refused | refused | refused | nothing to do | asked |
/// | is older, the version being from the future: put, update | refused | merged | refused | applied | asked |
/// | is older, the version being from the future: delete | refused | refused | refused | applied | asked |
///
/// \* Refused where history does not tell of that version any more. \*\* Applied where the document is still
/// the one of that version.
///
/// A `put_if_changed` is a put, but for two cases: under every strategy except the optimistic one, wanting
/// what is there already changes nothing; and so does coming to what is there by a merge or a resolver.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Encode, Decode, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ConflictStrategy {
    /// The mutation is rejected and told the current item.
    #[default]
    OptimisticConcurrency,
    /// The mutation is merged into the stored item by AppSync's Automerge rules.
    Automerge,
    /// What the mutation changed is merged into the stored item, both held against the version that the
    /// mutation believes in. Needs history.
    ThreeWayMerge,
    /// The mutation is applied whatever version it believes in.
    LastWriterWins,
    /// The resolver that the table names decides.
    Custom,
}

/// Times to live, in milliseconds; `None` keeps for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
pub struct Ttls {
    /// How long the change log serves deltas.
    pub delta: Option<Millis>,
    /// How long a deleted item is remembered; never shorter than `delta`.
    pub tombstone: Option<Millis>,
    /// How long superseded records are kept. `Some(0)` keeps none at all.
    pub history: Option<Millis>,
}

/// An ordered secondary index: the items with one value in `attribute`, in the order of `sort`.
///
/// Source: Amplify's `@index` directive, DynamoDB's global secondary indexes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
pub struct LookupSpec {
    /// The index's name, unique among all indexes of its table.
    pub name: String,
    /// The top-level attribute that a query gives a value for.
    pub attribute: String,
    /// The top-level attribute that its items are ordered by; items without it are not in the index.
    pub sort: Option<String>,
}

/// What a three-way merge does with an attribute that both sides changed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Encode, Decode, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum MergeRule {
    /// The stored value stays.
    #[default]
    KeepStored,
    /// The mutation's value replaces it.
    TakeNew,
    /// Sets: what either side added is in, what either side removed is out.
    Union,
    /// Lists: what the mutation added is appended.
    Append,
    /// Numbers: what the mutation added is added, as for a counter.
    Add,
}

/// How a three-way merge settles attributes that both sides changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Encode, Decode, Serialize, Deserialize)]
pub struct MergeRules {
    /// For attributes that have no rule of their own.
    pub others: MergeRule,
    /// By top-level attribute.
    pub attributes: BTreeMap<String, MergeRule>,
}

/// A table's declaration.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TableSpec {
    /// The table's name, unique in its store.
    pub name: String,
    /// The partition attribute.
    pub partition: KeyAttribute,
    /// The sort attribute, if items of one partition are to be many.
    pub sort: Option<KeyAttribute>,
    /// The declared indexes.
    pub indexes: Vec<IndexSpec>,
    /// The three times to live.
    pub ttls: Ttls,
    /// What happens on a version mismatch.
    pub conflicts: ConflictStrategy,
    /// The ordered secondary indexes.
    #[serde(default)]
    pub lookups: Vec<LookupSpec>,
    /// How [`ConflictStrategy::ThreeWayMerge`] settles what both sides changed.
    #[serde(default)]
    pub merge: MergeRules,
    /// The name of the resolver that decides under [`ConflictStrategy::Custom`].
    #[serde(default)]
    pub resolver: Option<String>,
    /// The attribute that says, in seconds since the Unix epoch, when an item is to be deleted: DynamoDB's
    /// time to live, which AppSync calls `_ttl`.
    #[serde(default)]
    pub ttl_attribute: Option<String>,
}
