//! The store and the devices held against the oracle.

use super::body::{Attributes, TABLES, document};
use super::oracle::{Known, Table};
use super::view::View;
use super::world::World;
use highwater::{Item, ItemKey, ListRequest, Store};

impl World {
    /// An item as the store tells it and as the oracle knows it.
    pub(super) fn same(
        &self,
        table: usize,
        key: &ItemKey,
        item: Option<&Item>,
        known: Option<&Known>,
    ) {
        let name = TABLES[table];
        let told = item.map(|item| {
            assert_eq!(item.key, *key, "in `{name}`");
            (item.version, item.changed_at, item.deleted, item.document.clone())
        });
        let wanted = known.map(|known| {
            let document = document(&known.attributes);
            (known.version, known.changed_at, known.deleted, document)
        });
        assert_eq!(told, wanted, "item {key} of `{name}`");
    }

    /// Every read gives what the oracle knows, and the store finds nothing wrong with itself.
    pub(super) fn check_store(&self) {
        let store = self.store();
        for (place, (table, name)) in self.oracle.tables.iter().zip(TABLES).enumerate() {
            for key in table.items.keys() {
                let item = store.get_with_tombstone(name, key.clone()).expect("readable");
                self.same(place, key, item.as_ref(), table.seen(key));
                let past = store.history(name, key.clone()).expect("a readable past");
                let past: Vec<_> = past
                    .into_iter()
                    .map(|item| (item.version, item.changed_at, item.deleted, item.document))
                    .collect();
                let wanted: Vec<_> = table
                    .history(key)
                    .into_iter()
                    .map(|v| (v.version, v.changed_at, v.deleted, document(&v.attributes)))
                    .collect();
                assert_eq!(past, wanted, "the past of item {key} of `{name}`");
            }
            check_listing(&store, name, table);
        }
        self.check_lookups();
        self.check_digests();
        let report = store.verify().expect("a verification");
        assert!(report.is_clean(), "{:#?}", report.problems);
    }

    /// The device holds every item of the view, as it is.
    pub(super) fn check_view(&self, device: usize, view: usize) {
        let state = &self.devices[device];
        let viewing = &state.views[view];
        for (key, known) in members(&self.oracle.tables[state.table()], &viewing.view) {
            let held = state.replica.get(key).filter(|held| !held.deleted);
            let held = held.map(|held| (held.version, held.changed_at, &held.document));
            let document = document(&known.attributes);
            let wanted = Some((known.version, known.changed_at, &document));
            assert_eq!(held, wanted, "item {key} on device {device}, which sees {viewing:?}");
        }
    }

    /// The device holds what its views show, and nothing else.
    pub(super) fn check_device(&self, device: usize) {
        let state = &self.devices[device];
        let table = &self.oracle.tables[state.table()];
        for view in 0..state.views.len() {
            self.check_view(device, view);
        }
        let seen = |key: &ItemKey, attributes: &Attributes| {
            state.views.iter().any(|viewing| viewing.view.contains(key, attributes))
        };
        for (key, held) in state.replica.live() {
            let known = table.seen(key).filter(|known| !known.deleted);
            let inside = known.is_some_and(|known| seen(key, &known.attributes));
            let views = &state.views;
            assert!(inside, "device {device} keeps {held:?}, known as {known:?}, of {views:#?}");
        }
    }
}

/// The store lists what lives, and nothing else.
pub(super) fn check_listing(store: &Store, name: &str, table: &Table) {
    let mut listed = Vec::new();
    let mut request = ListRequest::new(name).limit(2);
    loop {
        let page = store.list(&request).expect("a listing");
        let told = page.items.into_iter().map(|item| (item.key, item.version, item.changed_at));
        listed.extend(told);
        match page.next {
            Some(after) => request = request.after(after),
            None => break,
        }
    }
    let live = table.live().map(|(key, known)| (key.clone(), known.version, known.changed_at));
    assert_eq!(listed, live.collect::<Vec<_>>(), "the live items of `{name}`");
}

/// The items that a view shows.
pub(super) fn members<'a>(
    table: &'a Table,
    view: &'a View,
) -> impl Iterator<Item = (&'a ItemKey, &'a Known)> {
    table.live().filter(|(key, known)| view.contains(key, &known.attributes))
}
