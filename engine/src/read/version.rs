//! An item as it was: the version that somebody believes in.

use crate::catalog::Table;
use crate::error::Result;
use crate::item::Item;
use crate::storage::View;
use crate::store::Inner;
use highwater_format::{Family, ItemKey, Record, RecordRef, Timestamp, keys};

/// A superseded version of an item.
pub(crate) struct Past {
    pub(crate) record: Record,
    /// A version between it and the present one is a tombstone: the item was deleted and made anew.
    pub(crate) deleted_since: bool,
}

/// The superseded `version` of an item whose present record is `current`, if history still tells of it.
///
/// It walks back from the present, one step a version, so that what is recent is near.
pub(crate) fn version_before(
    view: &View<'_>,
    table: &Table,
    item: &[u8],
    current: Option<&Record>,
    version: u64,
) -> Result<Option<Past>> {
    let mut newer = current.map_or(u64::MAX, |record| record.version);
    if version == 0 || version >= newer {
        return Ok(None);
    }
    let from = keys::history(table.id(), item, table.floors().history);
    let mut to = keys::history(table.id(), item, Timestamp(u64::MAX));
    to.push(0);
    let mut scan = view.scan_back(Family::History, &from, to)?;
    let mut deleted_since = false;
    while scan.advance()?.is_some() {
        let (_, payload) = scan.entry()?;
        let RecordRef { deleted, version: found, .. } = RecordRef::decode(payload)?;
        // Versions that do not fall any more are those of an item whose tombstone has expired since.
        if found < version || found >= newer {
            break;
        }
        if found == version {
            return Ok(Some(Past { record: Record::decode(payload)?, deleted_since }));
        }
        deleted_since |= deleted;
        newer = found;
    }
    Ok(None)
}

impl Inner {
    pub(crate) fn get_version(
        &self,
        table: &str,
        key: ItemKey,
        version: u64,
    ) -> Result<Option<Item>> {
        self.catalog.answer(table, |table| self.version_in(table, &key, version))
    }

    fn version_in(&self, table: &Table, key: &ItemKey, version: u64) -> Result<Option<Item>> {
        table.check_key(key)?;
        let item = key.encode();
        // The present and the past must agree.
        let view = self.storage.snapshot();
        let base = keys::base(table.id(), &item);
        let current = view.get(Family::Base, &base, Record::decode)?;
        let current = current.filter(|record| table.sees(record));
        let record = match current {
            Some(record) if record.version == version => Some(record),
            current => version_before(&view, table, &item, current.as_ref(), version)?
                .map(|past| past.record),
        };
        Ok(record.map(|record| Item::new(key.clone(), record)))
    }
}
