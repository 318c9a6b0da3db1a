//! What a table is declared to be.

use crate::time::Millis;
use bincode::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The type of a key attribute.
///
/// ```
/// use highwater_format::KeyValue;
/// use highwater_format::meta::KeyKind;
/// let kind = |value: &KeyValue| match value {
///     KeyValue::String(_) => KeyKind::String,
///     KeyValue::Number(_) => KeyKind::Number,
///     KeyValue::Binary(_) => KeyKind::Binary,
/// };
/// assert_eq!(kind(&"a".into()), KeyKind::String);
/// assert_eq!(kind(&7.into()), KeyKind::Number);
/// ```
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
///
/// ```
/// use highwater_format::Document;
/// use highwater_format::meta::{KeyAttribute, KeyKind};
/// let partition = KeyAttribute { name: "id".to_owned(), kind: KeyKind::String };
/// let document = Document::from_json(r#"{"id":"a"}"#)?;
/// let value = document.as_map().get(&partition.name)?;
/// assert_eq!(value.map(|value| value.type_name()), Some("string"));
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
pub struct KeyAttribute {
    /// The attribute's name, at the top level of the document.
    pub name: String,
    /// The type that every item must have there.
    pub kind: KeyKind,
}

/// What an index entry carries.
///
/// ```
/// use highwater_format::meta::Projection;
/// use highwater_format::{Document, IndexEntry, IndexEvent, Record, Timestamp};
/// # let document = Document::from_json(r#"{"id":"a","text":"long"}"#)?;
/// # let (version, changed_at) = (1, Timestamp(1));
/// # let record = Record { version, changed_at, deleted: false, indexed: Vec::new(), document };
/// let entry = |projection| {
///     let projected = (projection == Projection::All).then(|| record.encode());
///     IndexEntry::encode(IndexEvent::Changed, record.version, b"item", projected.as_deref())
/// };
/// assert!(entry(Projection::KeysOnly).len() < entry(Projection::All).len());
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Projection {
    /// The whole record: a scope is read in one scan.
    All,
    /// The item's key: the record is looked up in the same snapshot.
    KeysOnly,
}

/// A declared index of the change log: a scope for each value of `attribute`.
///
/// ```
/// use highwater_format::meta::{IndexSpec, Projection};
/// // The notes of each owner are a scope of their own.
/// let by_owner = IndexSpec {
///     name: "byOwner".to_owned(),
///     attribute: "ownerId".to_owned(),
///     projection: Projection::All,
/// };
/// let lean = IndexSpec { projection: Projection::KeysOnly, ..by_owner.clone() };
/// assert_eq!((&lean.name, &lean.attribute), (&by_owner.name, &by_owner.attribute));
/// ```
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
/// | is not there: delete | refused | refused | nothing to do \* | nothing to do | asked |
/// | is older, the version being from the future: put, update | refused | merged | refused | applied | asked |
/// | is older, the version being from the future: delete | refused | refused | refused | applied | asked |
///
/// \* Refused where history does not tell of that version any more. \*\* Applied where the document is still
/// the one of that version.
///
/// A `put_if_changed` is a put, but for two cases: under every strategy except the optimistic one, wanting
/// what is there already changes nothing; and so does coming to what is there by a merge or a resolver.
///
/// ```
/// use highwater_format::meta::ConflictStrategy;
/// // Nothing is overwritten unless the table says so.
/// assert_eq!(ConflictStrategy::default(), ConflictStrategy::OptimisticConcurrency);
/// ```
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
///
/// ```
/// use highwater_format::Millis;
/// use highwater_format::meta::Ttls;
/// let day = 86_400_000;
/// let ttls = Ttls {
///     delta: Some(Millis(7 * day)),
///     tombstone: Some(Millis(365 * day)),
///     history: Some(Millis(0)),
/// };
/// // A client that was away for longer than the log reaches is still told what was deleted.
/// assert!(ttls.delta <= ttls.tombstone);
/// ```
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
///
/// ```
/// use highwater_format::meta::LookupSpec;
/// // `@index(name: "byOwner", sortKeyFields: ["createdAt"])` on `ownerId`.
/// let lookup = LookupSpec {
///     name: "byOwner".to_owned(),
///     attribute: "ownerId".to_owned(),
///     sort: Some("createdAt".to_owned()),
/// };
/// assert_eq!(lookup.sort.as_deref(), Some("createdAt"));
/// ```
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
///
/// ```
/// use highwater_format::meta::MergeRule;
/// // Whoever committed first keeps what both changed.
/// assert_eq!(MergeRule::default(), MergeRule::KeepStored);
/// ```
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
///
/// ```
/// use highwater_format::meta::{MergeRule, MergeRules};
/// let mut rules = MergeRules { others: MergeRule::TakeNew, ..MergeRules::default() };
/// rules.attributes.insert("likes".to_owned(), MergeRule::Add);
/// let rule = |name: &str| rules.attributes.get(name).copied().unwrap_or(rules.others);
/// assert_eq!((rule("likes"), rule("title")), (MergeRule::Add, MergeRule::TakeNew));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Encode, Decode, Serialize, Deserialize)]
pub struct MergeRules {
    /// For attributes that have no rule of their own.
    pub others: MergeRule,
    /// By top-level attribute.
    pub attributes: BTreeMap<String, MergeRule>,
}

/// A table's declaration.
///
/// ```
/// use highwater_format::meta::{
///     ConflictStrategy, KeyAttribute, KeyKind, MergeRules, TableSpec, Ttls,
/// };
/// let notes = TableSpec {
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
/// // The engine's `TableSpecExt` declares the same in one line, with defaults.
/// assert!(notes.sort.is_none() && notes.merge == MergeRules::default());
/// ```
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
