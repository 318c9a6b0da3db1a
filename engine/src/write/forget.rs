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
        if let Err(error) = forgotten.and_then(|()| forget_table(&self.storage, table.id())) {
            tracing::warn!(%error, "receipts of a table that has ended stay until the next opening");
        }
    }
}

/// Forgets the receipts of tables that have ended, which a crash has left.
pub(crate) fn forget_ended(storage: &Storage, catalog: &Catalog) -> Result<()> {
    let tables = catalog.all();
    let view = storage.latest();
    let end = keys::after_prefix(&keys::receipts_of_table(TableId(u32::MAX)));
    let mut from = keys::receipts_of_table(TableId(0));
    loop {
        let mut scan = view.scan(Family::Receipts, &from, &end)?;
        let Some(ReceiptKey::OfItem(id, _)) =
            scan.advance()?.map(keys::decode_receipt).transpose()?
        else {
            return Ok(());
        };
        if !tables.iter().any(|table| table.id() == id) {
            forget_table(storage, id)?;
        }
        from = keys::after_prefix(&keys::receipts_of_table(id));
    }
}

fn forget_table(storage: &Storage, table: TableId) -> Result<()> {
    let prefix = keys::receipts_of_table(table);
    loop {
        let view = storage.latest();
        let mut scan = view.scan(Family::Receipts, &prefix, &keys::after_prefix(&prefix))?;
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
        storage.write_patiently(batch)?;
    }
}
