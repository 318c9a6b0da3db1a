//! Looking at a replica: its items, its views, and what it would send next.

use super::apply::Replica;
use super::item::ReplicaItem;
use super::view::ReplicaView;
use highwater_format::{Digest, Incarnation, ItemKey, Millis};

impl Replica {
    /// What to send as `lastSync` for `view`; `None` before its first run has been completed.
    #[must_use]
    pub fn last_sync(&self, view: &str) -> Option<Millis> {
        self.view(view)?.last_sync()
    }

    /// What to send as cursor for `view`.
    #[must_use]
    pub fn cursor(&self, view: &str) -> Option<&str> {
        self.view(view)?.cursor()
    }

    /// What is remembered of `view`; `None` before its first page.
    #[must_use]
    pub fn view(&self, view: &str) -> Option<&ReplicaView> {
        self.views.get(view)
    }

    /// All views of which a page has come, by name.
    pub fn views(&self) -> impl Iterator<Item = (&str, &ReplicaView)> {
        self.views.iter().map(|(name, view)| (name.as_str(), view))
    }

    /// The digest of the live items that `view` holds. Once a run has ended whose last page tells a digest
    /// ([`crate::SyncPage::digest`]), the two are equal; otherwise the copy is not what the store has, and is
    /// to be thrown away: begin again with [`crate::Since::Never`].
    #[must_use]
    pub fn digest(&self, view: &str) -> Digest {
        let mut digest = Digest::default();
        for (key, item) in self.live().filter(|(_, item)| item.views.contains(view)) {
            digest.add(&key.encode(), item.changed_at, item.version);
        }
        digest
    }

    /// The copy of one item, tombstones included.
    #[must_use]
    pub fn get(&self, key: &ItemKey) -> Option<&ReplicaItem> {
        self.items.get(key)
    }

    /// The live items, in key order.
    pub fn live(&self) -> impl Iterator<Item = (&ItemKey, &ReplicaItem)> {
        self.items().filter(|(_, item)| !item.deleted)
    }

    /// All items with the tombstones among them, in key order.
    ///
    /// ```
    /// use highwater::testing::memory_store;
    /// use highwater::{Document, Replica, SyncRequest, TableSpec, TableSpecExt};
    ///
    /// let store = memory_store()?;
    /// store.create_table(TableSpec::new("notes", "id"))?;
    /// store.put("notes", Document::from_json(r#"{"id":"n1"}"#)?)?;
    /// store.delete("notes", "n1")?;
    /// let mut device = Replica::default();
    /// device.sync(&store, "all", &SyncRequest::new("notes"))?;
    /// let (_, tombstone) = device.items().next().unwrap();
    /// assert!(tombstone.deleted);
    /// assert_eq!(tombstone.views().collect::<Vec<_>>(), ["all"]);
    /// assert_eq!(device.live().count(), 0);
    /// # Ok::<(), highwater::Error>(())
    /// ```
    pub fn items(&self) -> impl Iterator<Item = (&ItemKey, &ReplicaItem)> {
        self.items.iter()
    }

    /// The newest `startedAt` that a page has brought, and the line of commits it is from. A page from
    /// another line is applied only if its `startedAt` is above this.
    #[must_use]
    pub fn newest(&self) -> Option<(Millis, Incarnation)> {
        self.newest
    }
}
