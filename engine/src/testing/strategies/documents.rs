//! Documents of a table: its key, its indexed attributes, and a few attributes of any kind.

use super::keys::keys;
use highwater_format::meta::TableSpec;
use highwater_format::strategies::values;
use highwater_format::{Document, ItemKey, KeyValue, Value};
use proptest::collection::btree_map;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;

/// Attributes by name; none of a key.
pub(super) type Body = BTreeMap<String, Value>;

/// The names of attributes that are neither key nor indexed.
const PLAIN: [&str; 3] = ["p", "q", "r"];
/// When a playground begins, in seconds.
const BEGINNING_SECONDS: i64 = 1_700_000_000;

fn scopes() -> Vec<KeyValue> {
    vec!["x".into(), "y".into(), 1.into(), KeyValue::Binary(vec![0, 9])]
}

/// One of the few values that make scopes: two strings, a number and bytes.
pub fn scope_values() -> impl Strategy<Value = KeyValue> {
    let weighted = [3, 3, 1, 1].into_iter().zip(scopes());
    proptest::strategy::Union::new_weighted(weighted.map(|(n, scope)| (n, Just(scope))).collect())
}

/// What an indexed attribute may hold: what makes a scope, or null, which makes none.
fn indexed_values() -> BoxedStrategy<Value> {
    prop_oneof![6 => scope_values().prop_map(Value::from), 1 => Just(Value::Null)].boxed()
}

/// What a time to live may be: a number of seconds within a day of when a playground begins, or null.
fn times_to_live() -> BoxedStrategy<Value> {
    let day = 86_400_i64;
    let times = (-day..day).prop_map(|offset| Value::from(BEGINNING_SECONDS + offset));
    prop_oneof![4 => times, 1 => Just(Value::Null)].boxed()
}

fn key_names(table: &TableSpec) -> impl Iterator<Item = &String> {
    [&table.partition.name].into_iter().chain(table.sort.iter().map(|sort| &sort.name))
}

/// What `table` declares of attributes beside its key, and what they may hold: those of indexes and the
/// time to live.
pub(super) fn declared(table: &TableSpec) -> BTreeMap<String, BoxedStrategy<Value>> {
    let scopes = table.indexes.iter().map(|index| &index.attribute);
    let ordered =
        table.lookups.iter().flat_map(|index| [&index.attribute].into_iter().chain(&index.sort));
    let indexed = scopes.chain(ordered).map(|name| (name.clone(), indexed_values()));
    let expiry = table.ttl_attribute.iter().map(|name| (name.clone(), times_to_live()));
    let mut declared: BTreeMap<_, _> = indexed.chain(expiry).collect();
    declared.retain(|name, _| key_names(table).all(|key| key != name));
    declared
}

/// The names that [`PLAIN`] gives to the attributes of `table` that it does not declare.
pub(super) fn plain_names(table: &TableSpec) -> Vec<String> {
    let declared = declared(table);
    let taken =
        |name: &String| declared.contains_key(name) || key_names(table).any(|key| key == name);
    PLAIN.iter().map(|name| (*name).to_owned()).filter(|name| !taken(name)).collect()
}

/// Attributes of an item of `table` beside its key.
pub(super) fn bodies(table: &TableSpec) -> BoxedStrategy<Body> {
    let plain = plain_names(table);
    let plain = if plain.is_empty() {
        Just(Body::new()).boxed()
    } else {
        btree_map(select(plain), values(), 0..3).boxed()
    };
    declared(table)
        .into_iter()
        .fold(plain, |body, (name, values)| {
            let held = proptest::option::weighted(0.9, values);
            (body, held)
                .prop_map(move |(mut body, held)| {
                    body.extend(held.map(|value| (name.clone(), value)));
                    body
                })
                .boxed()
        })
        .boxed()
}

/// The document of the item at `key` of `table`.
pub(super) fn document(table: &TableSpec, key: ItemKey, mut body: Body) -> Document {
    body.insert(table.partition.name.clone(), key.partition.into());
    if let (Some(sort), Some(value)) = (&table.sort, key.sort) {
        body.insert(sort.name.clone(), value.into());
    }
    // Nothing that is drawn is too deep or an empty set; a document without a key would be refused.
    Document::from_map(&body).unwrap_or_default()
}

/// Documents that `table` takes.
///
/// The key's attributes have the declared types and few values. An indexed attribute is missing, null, or
/// what makes a scope ([`scope_values`]); a time to live lies within a day of when a playground begins. Up to
/// two more, `p`, `q` and `r`, hold values of every type.
pub fn documents(table: &TableSpec) -> BoxedStrategy<Document> {
    let spec = table.clone();
    (keys(table), bodies(table)).prop_map(move |(key, body)| document(&spec, key, body)).boxed()
}
