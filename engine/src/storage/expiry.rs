//! What compaction may forget: markers, tombstones and history below their table's floors, and receipts
//! below theirs.
//!
//! `delta` is not among them: a family that sees SingleDelete may have no compaction filter. A filter
//! removes a key with a plain Delete, and the SingleDelete that meets it stops the store.

use highwater_format::meta::Floors;
use highwater_format::{
    Family, IndexEntry, IndexEvent, IndexId, MarkerEntry, Millis, Receipt, RecordRef, TableId,
    Timestamp, keys, open,
};
use parking_lot::RwLock;
use rocksdb::CompactionDecision as Decision;
use rocksdb::compaction_filter::CompactionFilter;
use rocksdb::compaction_filter_factory::{CompactionFilterContext, CompactionFilterFactory};
use std::collections::HashMap;
use std::ffi::CStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The floors of one table, shared by readers, writers, expiry and compaction.
///
/// Readers must learn of a floor before anything below it goes, and nothing may go before the floor is
/// in a file: the end of the log can be lost, floors and all, and what compaction forgot by them does not
/// come back. So a floor rises twice: for readers first, for the sweep once it cannot be lost.
#[derive(Debug)]
pub(crate) struct TableFloors {
    delta: AtomicU64,
    tombstone: AtomicU64,
    history: AtomicU64,
    swept_tombstone: AtomicU64,
    swept_history: AtomicU64,
}

impl TableFloors {
    /// Floors as an opening finds them: RocksDB has put what the log held into files by then.
    pub(crate) fn new(floors: Floors) -> Self {
        Self {
            delta: AtomicU64::new(floors.delta.0),
            tombstone: AtomicU64::new(floors.tombstone.0),
            history: AtomicU64::new(floors.history.0),
            swept_tombstone: AtomicU64::new(floors.tombstone.0),
            swept_history: AtomicU64::new(floors.history.0),
        }
    }

    /// The floors as readers and writers see them.
    pub(crate) fn get(&self) -> Floors {
        Floors {
            delta: Timestamp(self.delta.load(Ordering::SeqCst)),
            tombstone: Timestamp(self.tombstone.load(Ordering::SeqCst)),
            history: Timestamp(self.history.load(Ordering::SeqCst)),
        }
    }

    /// Raises the floors for readers; none ever goes back.
    pub(crate) fn raise(&self, floors: Floors) {
        self.delta.fetch_max(floors.delta.0, Ordering::SeqCst);
        self.tombstone.fetch_max(floors.tombstone.0, Ordering::SeqCst);
        self.history.fetch_max(floors.history.0, Ordering::SeqCst);
    }

    /// Takes a rise back that was not written. The caller keeps commits out from before the rise.
    pub(crate) fn take_back(&self, held: Floors) {
        self.delta.store(held.delta.0, Ordering::SeqCst);
        self.tombstone.store(held.tombstone.0, Ordering::SeqCst);
        self.history.store(held.history.0, Ordering::SeqCst);
    }

    /// The floors are in files: compaction may forget what is below them.
    pub(crate) fn put_in_files(&self, floors: Floors) {
        self.swept_tombstone.fetch_max(floors.tombstone.0, Ordering::SeqCst);
        self.swept_history.fetch_max(floors.history.0, Ordering::SeqCst);
    }

    fn swept_tombstone(&self) -> Timestamp {
        Timestamp(self.swept_tombstone.load(Ordering::SeqCst))
    }

    fn swept_history(&self) -> Timestamp {
        Timestamp(self.swept_history.load(Ordering::SeqCst))
    }
}

/// How many entries compaction has dropped since the store was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Dropped {
    pub(crate) tombstones: u64,
    pub(crate) markers: u64,
    pub(crate) history: u64,
    pub(crate) receipts: u64,
}

/// The floors by table and by index, as the filters ask for them.
#[derive(Debug, Default)]
pub(crate) struct ExpiryRules {
    tables: RwLock<HashMap<TableId, Arc<TableFloors>>>,
    indexes: RwLock<HashMap<IndexId, Arc<TableFloors>>>,
    tombstones: AtomicU64,
    markers: AtomicU64,
    history: AtomicU64,
    receipts: AtomicU64,
    /// Receipts below the first are absent for readers, those below the second may be removed: the same two
    /// steps as with [`TableFloors`].
    receipts_floor: AtomicU64,
    swept_receipts: AtomicU64,
}

impl ExpiryRules {
    pub(crate) fn add(
        &self,
        table: TableId,
        indexes: impl Iterator<Item = IndexId>,
        floors: &Arc<TableFloors>,
    ) {
        self.tables.write().insert(table, Arc::clone(floors));
        self.indexes.write().extend(indexes.map(|index| (index, Arc::clone(floors))));
    }

    pub(crate) fn remove(&self, table: TableId, indexes: impl Iterator<Item = IndexId>) {
        self.tables.write().remove(&table);
        self.forget(indexes);
    }

    /// Nothing of these indexes is left.
    pub(crate) fn forget(&self, indexes: impl Iterator<Item = IndexId>) {
        let mut map = self.indexes.write();
        for index in indexes {
            map.remove(&index);
        }
    }

    pub(crate) fn dropped(&self) -> Dropped {
        Dropped {
            tombstones: self.tombstones.load(Ordering::Relaxed),
            markers: self.markers.load(Ordering::Relaxed),
            history: self.history.load(Ordering::Relaxed),
            receipts: self.receipts.load(Ordering::Relaxed),
        }
    }

    /// Receipts before this are absent for everybody.
    pub(crate) fn receipts_floor(&self) -> Millis {
        Millis(self.receipts_floor.load(Ordering::SeqCst))
    }

    /// Raises the floor of receipts for readers; it never goes back.
    pub(crate) fn raise_receipts(&self, floor: Millis) {
        self.receipts_floor.fetch_max(floor.0, Ordering::SeqCst);
    }

    /// Takes a rise back that was not written, as `TableFloors::take_back`.
    pub(crate) fn take_back_receipts(&self, held: Millis) {
        self.receipts_floor.store(held.0, Ordering::SeqCst);
    }

    /// The floor of receipts is in files: compaction may forget what is below it.
    pub(crate) fn receipts_put_in_files(&self, floor: Millis) {
        self.swept_receipts.fetch_max(floor.0, Ordering::SeqCst);
    }

    fn table_floors(&self, table: TableId) -> Option<Arc<TableFloors>> {
        self.tables.read().get(&table).cloned()
    }

    fn index_floors(&self, index: IndexId) -> Option<Arc<TableFloors>> {
        self.indexes.read().get(&index).cloned()
    }

    /// Whether the entry may go. What cannot be read is kept: damage is for `verify` to find.
    fn expired(&self, family: Family, key: &[u8], value: &[u8]) -> Option<&AtomicU64> {
        let payload = open(family, key, value).ok()?;
        match family {
            Family::Base => {
                let (table, _) = keys::decode_base(key).ok()?;
                let RecordRef { deleted, changed_at, .. } = RecordRef::decode(payload).ok()?;
                let floor = self.table_floors(table)?.swept_tombstone();
                (deleted && changed_at < floor).then_some(&self.tombstones)
            }
            Family::DeltaIndex => {
                let (index, at) = match keys::decode_index(key).ok()? {
                    keys::IndexKey::Entry { index, at, .. } => {
                        let event = IndexEntry::peek(payload).ok()?;
                        if event == IndexEvent::Changed {
                            return None;
                        }
                        (index, at)
                    }
                    keys::IndexKey::Marker { index, .. } => {
                        (index, MarkerEntry::decode(payload).ok()?.0)
                    }
                };
                (at < self.index_floors(index)?.swept_tombstone()).then_some(&self.markers)
            }
            Family::History => {
                let (table, _, at) = keys::decode_history(key).ok()?;
                (at < self.table_floors(table)?.swept_history()).then_some(&self.history)
            }
            Family::Receipts => {
                let floor = Millis(self.swept_receipts.load(Ordering::SeqCst));
                (Receipt::peek(payload).ok()? < floor).then_some(&self.receipts)
            }
            Family::Delta | Family::Meta | Family::Lookup | Family::Digest => None,
        }
    }
}

pub(super) struct ExpiryFilter {
    family: Family,
    rules: Arc<ExpiryRules>,
}

impl CompactionFilter for ExpiryFilter {
    fn filter(&mut self, _level: u32, key: &[u8], value: &[u8]) -> Decision {
        match self.rules.expired(self.family, key, value) {
            Some(counter) => {
                counter.fetch_add(1, Ordering::Relaxed);
                Decision::Remove
            }
            None => Decision::Keep,
        }
    }

    fn name(&self) -> &CStr {
        c"highwater.expiry"
    }
}

pub(super) struct ExpiryFilterFactory {
    pub(super) family: Family,
    pub(super) rules: Arc<ExpiryRules>,
}

impl CompactionFilterFactory for ExpiryFilterFactory {
    type Filter = ExpiryFilter;

    fn create(&mut self, _context: CompactionFilterContext) -> ExpiryFilter {
        ExpiryFilter { family: self.family, rules: Arc::clone(&self.rules) }
    }

    fn name(&self) -> &CStr {
        c"highwater.expiry"
    }
}
