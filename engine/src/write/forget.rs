//! Forgetting receipts: those that tell of an erased item, and those of a table that has ended.

use crate::catalog::{Catalog, Table};
use crate::error::{Error, Result};
use crate::fault::Point;
use crate::storage::{Batch, Storage, StorageError, View};
use crate::store::Inner;
use highwater_format::keys::ReceiptKey;
use highwater_format::{Family, ItemKey, Receipt, TableId, keys};

/// How many receipts of a table that has ended go in one batch.
const STEP: usize = 1000;

/// Removes the receipt of a mutation id that tells of an item, and what leads to it from its items. One that
/// cannot be read any more goes too; what else leads to it then expires.
///
/// The id may have been used again meanwhile, for a commit that tells of other items: that receipt stays.
pub(super) fn forget(
    batch: &mut Batch,
    view: &View<'_>,
    table: TableId,
    item: &[u8],
    id: &[u8],
) -> Result<()> {
    batch.delete(Family::Receipts, keys::receipt_of_item(table, item, id));
    let key = keys::receipt(id);
    match view.get(Family::Receipts, &key, Receipt::decode) {
        Ok(None) => return Ok(()),
        Ok(Some(receipt)) => {
            if !receipt.answers.iter().any(|told| told.table == table && told.item == item) {
                return Ok(());
            }
            for answer in &receipt.answers {
                let key = keys::receipt_of_item(answer.table, &answer.item, id);
                batch.delete(Family::Receipts, key);
            }
        }
        Err(StorageError::Value { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    batch.delete(Family::Receipts, key);
    Ok(())
}

impl Inner {
    /// Forgets the receipts of a table that has ended. The caller keeps commits out.
    ///
    /// The table is gone, whatever comes of this: what is left tells nobody anything, and goes when the store
    /// is opened the next time.
    pub(crate) fn forget_receipts_of(&self, table: &Table) {
        let forgotten = self.faults.hit(Point::TableEnded).map_err(Error::from);
        let write = |batch| self.storage.write_patiently(batch).map_err(|e| self.health.fail(&e));
        let forget = |()| forget_table(&self.storage, table.id(), write);
        if let Err(error) = forgotten.and_then(forget) {
            tracing::warn!(%error, "receipts of a table that has ended stay until the next opening");
        }
    }
}

/// Forgets the receipts of tables that have ended, which a crash has left.
///
/// That some cannot be read keeps nobody from opening the store: they tell of nothing that is there.
pub(crate) fn forget_ended(storage: &Storage, catalog: &Catalog) {
    if let Err(error) = forget_all_ended(storage, catalog) {
        tracing::warn!(%error, "receipts of a table that has ended stay until the next opening");
    }
}

fn forget_all_ended(storage: &Storage, catalog: &Catalog) -> Result<()> {
    let tables = catalog.all();
    let view = storage.latest();
    let end = keys::after_prefix(&keys::receipts_of_table(TableId(u32::MAX)));
    let mut from = keys::receipts_of_table(TableId(0));
    loop {
        let mut scan = view.scan(Family::Receipts, &from, end.clone())?;
        let Some(ReceiptKey::OfItem(id, _)) =
            scan.advance()?.map(keys::decode_receipt).transpose()?
        else {
            return Ok(());
        };
        if !tables.iter().any(|table| table.id() == id) {
            forget_table(storage, id, |batch| Ok(storage.write_patiently(batch)?))?;
        }
        from = keys::after_prefix(&keys::receipts_of_table(id));
    }
}

fn forget_table(
    storage: &Storage,
    table: TableId,
    write: impl Fn(Batch) -> Result<()>,
) -> Result<()> {
    let prefix = keys::receipts_of_table(table);
    loop {
        let view = storage.latest();
        let mut scan = view.scan(Family::Receipts, &prefix, keys::after_prefix(&prefix))?;
        let mut batch = Batch::default();
        let mut left = STEP;
        while left > 0
            && let Some(key) = scan.advance()?
        {
            left -= 1;
            batch.delete(Family::Receipts, key.to_vec());
            let ReceiptKey::OfItem(_, rest) = keys::decode_receipt(key)? else { continue };
            // Nobody knows any more whether its items had a sort value. The receipt itself does.
            for sorted in [false, true] {
                if let Ok((item, id)) = ItemKey::split_prefix(rest, sorted) {
                    forget(&mut batch, &view, table, item, id)?;
                }
            }
        }
        if batch.is_empty() {
            return Ok(());
        }
        write(batch)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::memory_store;
    use crate::{Document, Mutation, Store, TableSpec, TableSpecExt};

    fn scene() -> Store {
        let store = memory_store().unwrap();
        store.create_table(TableSpec::new("t", "id")).unwrap();
        store
    }

    fn put(id: &str) -> [Mutation; 1] {
        [Mutation::put("t", Document::from_json(&format!(r#"{{"id":"{id}"}}"#)).unwrap())]
    }

    fn receipts(store: &Store) -> Vec<Vec<u8>> {
        let view = store.inner().storage.latest();
        let mut scan = view.scan(Family::Receipts, &[], vec![0xff; 9]).unwrap();
        let mut found = Vec::new();
        while let Some(key) = scan.advance().unwrap() {
            found.push(key.to_vec());
        }
        found
    }

    /// Puts what leads from an item to a receipt that tells nothing of it, as an id that was used again
    /// after its time leaves it where a crash has kept the two apart.
    fn mislead(store: &Store, item: &str, id: &str) -> Vec<u8> {
        let key = keys::receipt_of_item(TableId(1), &ItemKey::from(item).encode(), id.as_bytes());
        let mut batch = Batch::default();
        batch.put(Family::Receipts, key.clone(), &[]);
        store.inner().storage.write(batch, false).unwrap();
        key
    }

    #[test]
    fn an_erasure_leaves_the_receipt_of_another_item_under_an_id_used_again() {
        let store = scene();
        store.apply_once("m", &put("y")).unwrap();
        let stray = mislead(&store, "x", "m");
        store.erase("t", "x").unwrap();
        assert!(!receipts(&store).contains(&stray));
        let again = store.apply_once("m", &put("y")).unwrap();
        assert_eq!(again[0].item.as_ref().unwrap().version, 1);
        assert_eq!(store.get("t", "y").unwrap().unwrap().version, 1, "it was not done again");
        assert_eq!(receipts(&store).len(), 2);
    }

    #[test]
    fn receipts_that_a_crash_has_left_of_an_ended_table_go_at_the_opening() {
        let store = scene();
        store.create_table(TableSpec::new("u", "id")).unwrap();
        store.apply_once("m", &put("y")).unwrap();
        let kept = receipts(&store);
        let other = Mutation::put("u", Document::from_json(r#"{"id":"y"}"#).unwrap());
        store.apply_once("n", &[other]).unwrap();
        let Inner { storage, catalog, .. } = store.inner();
        forget_ended(storage, catalog);
        assert_eq!(receipts(&store).len(), 4, "both tables are there");
        let left = receipts(&store);
        store.drop_table("u").unwrap();
        assert_eq!(receipts(&store), kept);
        let mut batch = Batch::default();
        for key in left.iter().filter(|key| !kept.contains(key)) {
            batch.put(Family::Receipts, key.clone(), &[]);
        }
        storage.write(batch, false).unwrap();
        forget_ended(storage, catalog);
        assert_eq!(receipts(&store), kept, "one that cannot be read goes too");
    }
}
