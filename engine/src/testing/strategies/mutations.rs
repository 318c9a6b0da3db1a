//! Mutations and batches of them.

use super::documents::{Body, bodies, declared, document, plain_names};
use super::keys::keys;
use crate::write::{Change, Expect, Mutation, Update};
use highwater_format::ItemKey;
use highwater_format::meta::TableSpec;
use highwater_format::strategies::values;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::strategy::Union;
use std::collections::BTreeSet;

/// Updates of an item of `table`: a few attributes set or removed, none of the key's.
pub fn updates(table: &TableSpec) -> BoxedStrategy<Update> {
    let plain = plain_names(table).into_iter().map(|name| (name, values().boxed()));
    declared(table)
        .into_iter()
        .chain(plain)
        .fold(Just(Update::new()).boxed(), |update, (name, values)| {
            // Half of the attributes stay as they are; a fifth of the others goes.
            let edit = option::of(option::weighted(0.8, values));
            (update, edit)
                .prop_map(move |(update, edit)| match edit {
                    None => update,
                    Some(None) => update.remove(&name),
                    Some(Some(value)) => update.set(&name, value),
                })
                .boxed()
        })
        .boxed()
}

/// What a writer believes to be there: mostly anything, sometimes right and sometimes not.
pub fn expectations() -> impl Strategy<Value = Expect> {
    prop_oneof![
        6 => Just(Expect::Any),
        1 => Just(Expect::Absent),
        1 => (1..5_u64).prop_map(Expect::Version),
    ]
}

#[derive(Debug, Clone)]
enum Kind {
    Put(Body),
    PutIfChanged(Body),
    Update(Update),
    Delete,
}

/// Mutations with the keys of their items.
fn keyed(table: &TableSpec) -> BoxedStrategy<(ItemKey, Mutation)> {
    let kind = prop_oneof![
        5 => bodies(table).prop_map(Kind::Put),
        1 => bodies(table).prop_map(Kind::PutIfChanged),
        3 => updates(table).prop_map(Kind::Update),
        4 => Just(Kind::Delete),
    ];
    let spec = table.clone();
    (keys(table), kind, expectations())
        .prop_map(move |(key, kind, expect)| {
            let change = match kind {
                Kind::Put(body) => Change::Put(document(&spec, key.clone(), body)),
                Kind::PutIfChanged(body) => {
                    Change::PutIfChanged(document(&spec, key.clone(), body))
                }
                Kind::Update(update) => Change::Update(key.clone(), update),
                Kind::Delete => Change::Delete(key.clone()),
            };
            (key, Mutation { table: spec.name.clone(), change, expect })
        })
        .boxed()
}

/// Mutations of items of `table`. They can be refused for what they expect, and for nothing else.
pub fn mutations(table: &TableSpec) -> BoxedStrategy<Mutation> {
    keyed(table).prop_map(|(_, mutation)| mutation).boxed()
}

/// Batches of one to four mutations of `tables`' items, none of them twice.
///
/// ```
/// use highwater::testing::{memory_store, strategies::batches};
/// use highwater::{ErrorKind, TableSpec, TableSpecExt};
/// use proptest::prelude::*;
///
/// let tables = [TableSpec::new("notes", "id"), TableSpec::new("tags", "name")];
/// proptest!(ProptestConfig::with_cases(16), |(batch in batches(&tables))| {
///     let store = memory_store()?;
///     for table in &tables {
///         store.create_table(table.clone())?;
///     }
///     if let Err(refused) = store.apply_batch(&batch) {
///         prop_assert_eq!(refused.kind(), ErrorKind::Conflict);
///     }
/// });
/// ```
///
/// # Panics
/// If there is no table.
pub fn batches(tables: &[TableSpec]) -> BoxedStrategy<Vec<Mutation>> {
    let any = Union::new(tables.iter().map(keyed));
    let many = prop_oneof![3 => vec(any.clone(), 1), 1 => vec(any, 2..5)];
    many.prop_map(|drawn| {
        let mut seen = BTreeSet::new();
        let mut first = |(key, mutation): &(ItemKey, Mutation)| {
            seen.insert((mutation.table.clone(), key.encode()))
        };
        let kept = drawn.into_iter().filter(|drawn| first(drawn));
        kept.map(|(_, mutation)| mutation).collect()
    })
    .boxed()
}
