//! Declaring a table.

use crate::error::{Error, Result};
use crate::options::Limits;
use highwater_format::Millis;
use highwater_format::meta::{
    ConflictStrategy, IndexSpec, KeyAttribute, KeyKind, LookupSpec, MergeRule, MergeRules,
    Projection, TableSpec, Ttls,
};
use std::collections::BTreeSet;

const DAY: u64 = 86_400_000;
const MAX_NAME: usize = 255;
/// Attributes with merge rules of their own.
const MAX_RULES: usize = 1_000;

/// How a table is declared: start with a partition attribute, add what differs from the defaults.
///
/// ```
/// use highwater::{KeyKind, Projection, TableSpec, TableSpecExt};
/// let spec = TableSpec::new("messages", "room")
///     .sort("sentAt", KeyKind::Number)
///     .index("bySender", "sender", Projection::KeysOnly)
///     .lookup("byKind", "kind", Some("sentAt"))
///     .expires_by("expiresAt");
/// assert_eq!((spec.indexes.len(), spec.lookups.len()), (1, 1));
/// ```
pub trait TableSpecExt: Sized {
    /// A table whose items are told apart by one string attribute.
    ///
    /// Defaults: no sort attribute, no indexes, delta TTL 7 days, tombstone TTL 365 days, no history,
    /// optimistic concurrency.
    ///
    /// ```
    /// use highwater::{KeyKind, Projection, TableSpec, TableSpecExt};
    /// let spec = TableSpec::new("notes", "id")
    ///     .sort("page", KeyKind::Number)
    ///     .index("byOwner", "ownerId", Projection::All);
    /// assert_eq!(spec.indexes.len(), 1);
    /// ```
    fn new(name: &str, partition: &str) -> Self;

    /// Gives the partition attribute another type than string.
    #[must_use]
    fn partition_kind(self, kind: KeyKind) -> Self;

    /// Adds a sort attribute: many items in one partition, in its order.
    #[must_use]
    fn sort(self, attribute: &str, kind: KeyKind) -> Self;

    /// Declares an index: a scope for each value of `attribute`.
    #[must_use]
    fn index(self, name: &str, attribute: &str, projection: Projection) -> Self;

    /// Declares an ordered secondary index: the items with one value in `attribute`, in the order of
    /// `sort` if one is given.
    #[must_use]
    fn lookup(self, name: &str, attribute: &str, sort: Option<&str>) -> Self;

    /// Deletes items at the time, in seconds since the Unix epoch, that they hold in `attribute`.
    #[must_use]
    fn expires_by(self, attribute: &str) -> Self;

    /// Sets the times to live.
    #[must_use]
    fn ttls(self, ttls: Ttls) -> Self;

    /// Sets what happens on a version mismatch.
    ///
    /// [`ConflictStrategy::ThreeWayMerge`] needs history: where there is none, it is kept for 30 days.
    #[must_use]
    fn conflicts(self, strategy: ConflictStrategy) -> Self;

    /// Sets how a three-way merge settles a top-level attribute that both sides changed.
    ///
    /// ```
    /// use highwater::{ConflictStrategy, MergeRule, TableSpec, TableSpecExt};
    /// let spec = TableSpec::new("posts", "id")
    ///     .conflicts(ConflictStrategy::ThreeWayMerge)
    ///     .merge_rule("likes", MergeRule::Add)
    ///     .merge_rule("tags", MergeRule::Union)
    ///     .merge_others(MergeRule::TakeNew);
    /// assert!(spec.ttls.history.is_some_and(|ttl| ttl.0 > 0));
    /// ```
    #[must_use]
    fn merge_rule(self, attribute: &str, rule: MergeRule) -> Self;

    /// Sets how a three-way merge settles the attributes without a rule of their own; the stored value stays
    /// otherwise.
    #[must_use]
    fn merge_others(self, rule: MergeRule) -> Self;

    /// Names the resolver that decides under [`ConflictStrategy::Custom`]; see [`crate::Resolver`].
    #[must_use]
    fn resolver(self, name: &str) -> Self;
}

impl TableSpecExt for TableSpec {
    fn new(name: &str, partition: &str) -> Self {
        Self {
            name: name.to_owned(),
            partition: KeyAttribute { name: partition.to_owned(), kind: KeyKind::String },
            sort: None,
            indexes: Vec::new(),
            ttls: Ttls {
                delta: Some(Millis(7 * DAY)),
                tombstone: Some(Millis(365 * DAY)),
                history: Some(Millis(0)),
            },
            conflicts: ConflictStrategy::default(),
            lookups: Vec::new(),
            merge: MergeRules::default(),
            resolver: None,
            ttl_attribute: None,
        }
    }

    fn partition_kind(mut self, kind: KeyKind) -> Self {
        self.partition.kind = kind;
        self
    }

    fn sort(mut self, attribute: &str, kind: KeyKind) -> Self {
        self.sort = Some(KeyAttribute { name: attribute.to_owned(), kind });
        self
    }

    fn index(mut self, name: &str, attribute: &str, projection: Projection) -> Self {
        let (name, attribute) = (name.to_owned(), attribute.to_owned());
        self.indexes.push(IndexSpec { name, attribute, projection });
        self
    }

    fn lookup(mut self, name: &str, attribute: &str, sort: Option<&str>) -> Self {
        let (name, attribute) = (name.to_owned(), attribute.to_owned());
        self.lookups.push(LookupSpec { name, attribute, sort: sort.map(str::to_owned) });
        self
    }

    fn expires_by(mut self, attribute: &str) -> Self {
        self.ttl_attribute = Some(attribute.to_owned());
        self
    }

    fn ttls(mut self, ttls: Ttls) -> Self {
        self.ttls = ttls;
        self
    }

    fn conflicts(mut self, strategy: ConflictStrategy) -> Self {
        self.conflicts = strategy;
        if strategy == ConflictStrategy::ThreeWayMerge && self.ttls.history == Some(Millis(0)) {
            self.ttls.history = Some(Millis(30 * DAY));
        }
        self
    }

    fn merge_rule(mut self, attribute: &str, rule: MergeRule) -> Self {
        self.merge.attributes.insert(attribute.to_owned(), rule);
        self
    }

    fn merge_others(mut self, rule: MergeRule) -> Self {
        self.merge.others = rule;
        self
    }

    fn resolver(mut self, name: &str) -> Self {
        self.resolver = Some(name.to_owned());
        self
    }
}

/// Refuses a declaration that cannot be kept.
pub(super) fn check(spec: &TableSpec, limits: &Limits) -> Result<()> {
    let bad = |reason: String| Err(Error::BadSpec { table: spec.name.clone(), reason });
    let mut names = vec![("the table's name", &spec.name)];
    names.push(("the partition attribute", &spec.partition.name));
    names.extend(spec.sort.iter().map(|sort| ("the sort attribute", &sort.name)));
    for index in &spec.indexes {
        names
            .extend([("an index's name", &index.name), ("an indexed attribute", &index.attribute)]);
    }
    for lookup in &spec.lookups {
        names.extend([
            ("an index's name", &lookup.name),
            ("an indexed attribute", &lookup.attribute),
        ]);
        names.extend(lookup.sort.iter().map(|sort| ("an index's sort attribute", sort)));
    }
    names.extend(spec.merge.attributes.keys().map(|name| ("an attribute with a merge rule", name)));
    names.extend(spec.resolver.iter().map(|name| ("the resolver's name", name)));
    names.extend(spec.ttl_attribute.iter().map(|name| ("the time-to-live attribute", name)));
    names.into_iter().try_for_each(|(what, name)| check_name(&spec.name, what, name))?;
    if spec.sort.as_ref().is_some_and(|sort| sort.name == spec.partition.name) {
        return bad(format!("`{}` cannot be both partition and sort", spec.partition.name));
    }
    let count = spec.indexes.len() + spec.lookups.len();
    if count > limits.indexes {
        return bad(format!("{count} indexes, the limit is {}", limits.indexes));
    }
    let mut seen = BTreeSet::new();
    let names = spec.indexes.iter().map(|index| &index.name);
    let mut names = names.chain(spec.lookups.iter().map(|lookup| &lookup.name));
    if let Some(twice) = names.find(|name| !seen.insert(*name)) {
        return bad(format!("two indexes are named `{twice}`"));
    }
    let rules = spec.merge.attributes.len();
    if rules > MAX_RULES {
        return bad(format!("{rules} attributes with a merge rule, the limit is {MAX_RULES}"));
    }
    check_strategy(spec)?;
    check_ttls(spec, &spec.ttls)
}

/// Refuses a name that is empty or too long.
pub(super) fn check_name(table: &str, what: &str, name: &str) -> Result<()> {
    if (1..=MAX_NAME).contains(&name.len()) {
        return Ok(());
    }
    let reason = format!("{what} must be 1 to {MAX_NAME} bytes, `{name}` is {}", name.len());
    Err(Error::BadSpec { table: table.to_owned(), reason })
}

/// Refuses what the table's strategy needs and lacks, or would never look at.
fn check_strategy(spec: &TableSpec) -> Result<()> {
    let bad =
        |reason: &str| Err(Error::BadSpec { table: spec.name.clone(), reason: reason.to_owned() });
    let custom = spec.conflicts == ConflictStrategy::Custom;
    match &spec.resolver {
        None if custom => return bad("the Custom strategy needs the name of a resolver"),
        Some(_) if !custom => return bad("a resolver needs the Custom strategy"),
        _ => {}
    }
    if spec.conflicts != ConflictStrategy::ThreeWayMerge && spec.merge != MergeRules::default() {
        return bad("merge rules need the ThreeWayMerge strategy");
    }
    Ok(())
}

/// Refuses times to live under which deletes would be forgotten before the log is, or merges would lack
/// what they merge with.
pub(super) fn check_ttls(spec: &TableSpec, ttls: &Ttls) -> Result<()> {
    let bad = |reason: String| Err(Error::BadSpec { table: spec.name.clone(), reason });
    if spec.conflicts == ConflictStrategy::ThreeWayMerge && ttls.history == Some(Millis(0)) {
        return bad("the ThreeWayMerge strategy needs history; give it a TTL above 0".to_owned());
    }
    for (name, ttl) in
        [("delta", ttls.delta), ("tombstone", ttls.tombstone), ("history", ttls.history)]
    {
        if let Some(ttl) = ttl.filter(|ttl| *ttl > Millis::MAX) {
            return bad(format!("the {name} TTL of {} ms is beyond the clock; use none", ttl.0));
        }
    }
    match (ttls.delta, ttls.tombstone) {
        (_, None) => Ok(()),
        (None, Some(tombstone)) => bad(format!(
            "the tombstone TTL ({} ms) is below the delta TTL (none); raise it or bound the delta TTL",
            tombstone.0
        )),
        (Some(delta), Some(tombstone)) if tombstone < delta => bad(format!(
            "the tombstone TTL ({} ms) is below the delta TTL ({} ms); raise it",
            tombstone.0, delta.0
        )),
        _ => Ok(()),
    }
}
