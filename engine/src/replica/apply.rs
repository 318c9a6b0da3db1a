//! A client that follows the protocol: what every client must do, in a hundred lines.
//!
//! One [`Replica`] holds a table's items for a device that syncs one view of it or several that
//! overlap. The rules are few and each is needed:
//!
//! * A change is applied only if it is newer than the copy by (`changed_at`, `version`), or the copy is
//!   from another incarnation of the store.
//! * *Left* removes only a copy that is strictly older: another view may have brought a newer one.
//! * A page from an incarnation that has been replaced is dropped, however late it arrives: a newer
//!   incarnation begins above every `startedAt` of an older one.
//! * A run that says `reset` replaces what its view held. The old copy stays until the run has ended; then
//!   what the run did not name goes.

use super::item::ReplicaItem;
use super::view::ReplicaView;
use crate::sync::{State, SyncItem, SyncPage};
use highwater_format::{Incarnation, ItemKey, Millis};
use std::collections::{BTreeMap, BTreeSet};

/// A device's copy of a table, by views: each a question that the device asks under a name of its own.
///
/// [`Replica::sync`] asks and applies until the run has ended; [`Replica::apply`] takes one page, for
/// devices that fetch pages in their own way. Its state is open to look at: [`Replica::items`],
/// [`Replica::views`].
///
/// ```
/// use highwater::testing::memory_store;
/// use highwater::{Document, Replica, SyncRequest, TableSpec, TableSpecExt};
///
/// let store = memory_store()?;
/// store.create_table(TableSpec::new("notes", "id"))?;
/// store.put("notes", Document::from_json(r#"{"id":"n1"}"#)?)?;
///
/// let mut device = Replica::default();
/// let mut request = SyncRequest::new("notes");
/// loop {
///     let page = store.sync(&request)?;
///     device.apply("all", &page);
///     match page.next_token {
///         Some(token) => request.next_token = Some(token),
///         None => break,
///     }
/// }
/// assert_eq!(device.live().count(), 1);
/// let again = SyncRequest::new("notes").last_sync(device.last_sync("all").unwrap());
/// assert!(!store.sync(&again)?.reset);
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Replica {
    pub(super) items: BTreeMap<ItemKey, ReplicaItem>,
    pub(super) views: BTreeMap<String, ReplicaView>,
    /// The newest `startedAt` and the incarnation that it is from.
    pub(super) newest: Option<(Millis, Incarnation)>,
}

impl Replica {
    /// Applies a page of `view`, the device's own name for what it asked.
    ///
    /// Pages of one run are applied in order. A run that is given up halfway leaves a copy that is
    /// incomplete but never wrong: begin it again with the same [`Replica::last_sync`].
    pub fn apply(&mut self, view: &str, page: &SyncPage) {
        match self.newest {
            Some((at, line)) if line != page.incarnation && page.started_at <= at => return,
            Some((at, _)) if page.started_at <= at => {}
            _ => self.newest = Some((page.started_at, page.incarnation)),
        }
        let state = self.views.entry(view.to_owned()).or_default();
        let mut named = state.named.take().filter(|_| page.reset);
        if page.reset {
            let named = named.get_or_insert_default();
            named.extend(page.items.iter().map(|item| item.key.clone()));
        }
        for item in &page.items {
            self.apply_item(view, item, page.incarnation);
        }
        let finished = page.next_token.is_none();
        if let Some(named) = named.as_ref().filter(|_| finished) {
            self.sweep(view, named);
        }
        let state = self.views.entry(view.to_owned()).or_default();
        state.named = named.filter(|_| !finished);
        if finished {
            state.last_sync = Some(page.started_at);
            state.cursor.clone_from(&page.cursor);
        }
    }

    /// A run of `view` begins from its first page: what an interrupted reset run had named is void.
    pub fn restart(&mut self, view: &str) {
        if let Some(state) = self.views.get_mut(view) {
            state.named = None;
        }
    }

    fn apply_item(&mut self, view: &str, item: &SyncItem, incarnation: Incarnation) {
        let held = self.items.get_mut(&item.key);
        let newer = held.as_ref().is_none_or(|held| {
            held.incarnation != incarnation
                || (held.changed_at, held.version) < (item.changed_at, item.version)
        });
        match (item.state, held) {
            (State::Left, Some(held)) if held.changed_at < item.changed_at => {
                self.items.remove(&item.key);
            }
            (State::Left, Some(held)) => {
                held.views.remove(view);
                if held.views.is_empty() {
                    self.items.remove(&item.key);
                }
            }
            (State::Left, None) => {}
            (State::Live | State::Deleted, held) => {
                let mut views = held.map(|held| held.views.clone()).unwrap_or_default();
                views.insert(view.to_owned());
                if newer {
                    let copy = ReplicaItem {
                        version: item.version,
                        changed_at: item.changed_at,
                        deleted: item.state == State::Deleted,
                        // Kept for long, and few of a page perhaps.
                        document: item.document.detached(),
                        incarnation,
                        views,
                    };
                    self.items.insert(item.key.clone(), copy);
                } else if let Some(held) = self.items.get_mut(&item.key) {
                    held.views = views;
                }
            }
        }
    }

    /// The run has ended: what it did not name is no longer in its view.
    fn sweep(&mut self, view: &str, named: &BTreeSet<ItemKey>) {
        self.items.retain(|key, held| {
            if !named.contains(key) {
                held.views.remove(view);
            }
            !held.views.is_empty()
        });
    }
}
