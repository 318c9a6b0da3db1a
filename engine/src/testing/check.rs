//! A device held against the table.

use super::broken::{Breach, Broken, Difference};
use super::device::{Device, View};
use crate::error::Result;
use crate::filter::Subject;
use crate::item::Item;
use crate::read::ListRequest;
use crate::replica::ReplicaItem;
use crate::store::Store;
use crate::sync::{ScopeRequest, SyncRequest};
use highwater_format::meta::TableSpec;
use highwater_format::{Document, ItemKey, KeyValue, ValueRef};
use std::collections::{BTreeMap, BTreeSet};

/// A version and a document, as devices are compared by.
type State = (u64, Document);

/// The device in the place `at` holds what its views show, and nothing else, and was told no other digest.
pub(super) fn check_device(store: &Store, at: usize, device: &Device) -> Result<(), Broken> {
    let mut shown = BTreeMap::new();
    for view in &device.views {
        shown.extend(members(store, view)?);
    }
    let held: BTreeMap<_, _> = device.replica.live().map(of_replica).collect();
    let keys: BTreeSet<_> = shown.keys().chain(held.keys()).collect();
    keys.into_iter().try_for_each(|key| same(at, key, held.get(key), shown.get(key)))?;
    device.check_digests()
}

/// The device in the place `at` holds everything that one of its views shows, and was told no other digest.
pub(super) fn check_view(
    store: &Store,
    at: usize,
    device: &Device,
    view: &View,
) -> Result<(), Broken> {
    for (key, wanted) in members(store, view)? {
        let held = device.replica.get(&key).filter(|item| !item.deleted);
        let held = held.map(|item| (item.version, item.document.clone()));
        same(at, &key, held.as_ref(), Some(&wanted))?;
    }
    device.check_digests()
}

fn of_replica((key, item): (&ItemKey, &ReplicaItem)) -> (ItemKey, State) {
    (key.clone(), (item.version, item.document.clone()))
}

fn same(
    device: usize,
    key: &ItemKey,
    held: Option<&State>,
    wanted: Option<&State>,
) -> Result<(), Broken> {
    if held == wanted {
        return Ok(());
    }
    let (key, held, wanted) = (key.clone(), held.cloned(), wanted.cloned());
    Err(Breach::Differs(Box::new(Difference { device, key, held, wanted })).into())
}

/// The items that a view shows.
fn members(store: &Store, view: &View) -> Result<BTreeMap<ItemKey, State>, Broken> {
    shown(store, &view.request).map_err(Broken::failed("reading the table"))
}

fn shown(store: &Store, view: &SyncRequest) -> Result<BTreeMap<ItemKey, State>> {
    let tables = store.tables();
    let spec = tables.iter().find(|spec| spec.name == view.table);
    let mut found = BTreeMap::new();
    let mut request = ListRequest::new(&view.table).limit(1000);
    loop {
        let page = store.list(&request)?;
        for item in page.items {
            if shows(view, spec, &item)? {
                found.insert(item.key, (item.version, item.document));
            }
        }
        match page.next {
            Some(after) => request = request.after(after),
            None => return Ok(found),
        }
    }
}

/// Whether an item is among those that a view shows.
pub(crate) fn shows(view: &SyncRequest, spec: Option<&TableSpec>, item: &Item) -> Result<bool> {
    let in_scope = match &view.scope {
        ScopeRequest::Table => true,
        ScopeRequest::Partition(partition) => item.key.partition == *partition,
        ScopeRequest::Index { name, value } => {
            let index = spec.and_then(|spec| spec.indexes.iter().find(|i| i.name == *name));
            let held = index.map(|index| item.document.as_map().get(&index.attribute));
            held.transpose()?.flatten().is_some_and(|held| equals(held, value))
        }
    };
    let Some(filter) = view.filter.as_ref().filter(|_| in_scope) else {
        return Ok(in_scope);
    };
    Ok(filter.matches(&Subject {
        document: item.document.as_map(),
        version: item.version,
        changed_at: item.changed_at.millis(),
        deleted: false,
    })?)
}

fn equals(held: ValueRef<'_>, value: &KeyValue) -> bool {
    match (held, value) {
        (ValueRef::String(held), KeyValue::String(value)) => *held == **value,
        (ValueRef::Number(held), KeyValue::Number(value)) => held == *value,
        (ValueRef::Binary(held), KeyValue::Binary(value)) => held == value.as_slice(),
        _ => false,
    }
}
