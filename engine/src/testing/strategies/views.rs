//! What devices ask for.

use super::documents::{plain_names, scope_values};
use super::keys::key_values;
use crate::filter::Filter;
use crate::sync::{Leavers, Paging, ScopeRequest, SyncRequest};
use highwater_format::Value;
use highwater_format::meta::TableSpec;
use proptest::bool::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;
use std::collections::BTreeMap;

/// Requests for the whole of `table`, one of its partitions or one of its scopes, with a filter or without.
pub fn views(table: &TableSpec) -> BoxedStrategy<SyncRequest> {
    let whole = Just(ScopeRequest::Table).boxed();
    let partition = key_values(table.partition.kind).prop_map(ScopeRequest::Partition).boxed();
    let scopes = table.indexes.iter().map(|index| {
        let name = index.name.clone();
        let scope = move |value| ScopeRequest::Index { name: name.clone(), value };
        let value = match index.attribute == table.partition.name {
            true => key_values(table.partition.kind),
            false => scope_values().boxed(),
        };
        (2, value.prop_map(scope).boxed())
    });
    let scope =
        Union::new_weighted([(3, whole), (1, partition)].into_iter().chain(scopes).collect());
    let paging = select(vec![Paging::Evaluated, Paging::Filled]);
    let leavers = select(vec![Leavers::Report, Leavers::ReportInBase]);
    let tombstones = weighted(0.8);
    let name = table.name.clone();
    (scope, 1..=5_u32, filters(table), paging, leavers, tombstones)
        .prop_map(move |(scope, limit, filter, paging, leavers, tombstones)| SyncRequest {
            scope,
            limit,
            filter,
            paging,
            leavers,
            tombstones,
            ..SyncRequest::new(&name)
        })
        .boxed()
}

/// Now and then a filter by whether an attribute is there.
fn filters(table: &TableSpec) -> BoxedStrategy<Option<Filter>> {
    let names = plain_names(table).into_iter();
    let exists = |name: String, there: bool| {
        let operator = BTreeMap::from([("attributeExists".to_owned(), Value::Bool(there))]);
        let filter = Value::Map(BTreeMap::from([(name, Value::Map(operator))]));
        Filter::from_amplify(&filter).ok()
    };
    let filters: Vec<_> = names
        .flat_map(|name| [exists(name.clone(), true), exists(name, false)])
        .chain([None])
        .collect();
    prop_oneof![3 => Just(None), 1 => select(filters)].boxed()
}
