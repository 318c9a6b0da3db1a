//! Making the digests of a store that has none yet: one from before there were digests.

use super::parts::DigestChanges;
use crate::catalog::Catalog;
use crate::error::Result;
use crate::storage::{Batch, Storage};
use highwater_format::keys::{self, DigestOf};
use highwater_format::{Family, Record, meta};
use std::collections::HashMap;

/// Items that are summed up between two writes.
const STRIDE: usize = 10_000;

/// Makes every digest unless they have been made. Nothing else writes meanwhile: the store is being
/// opened. What an interrupted making has left is thrown away first.
pub(crate) fn make_missing(storage: &Storage, catalog: &Catalog) -> Result<()> {
    let view = storage.latest();
    if view.get(Family::Meta, meta::DIGESTS, |_| Ok(()))?.is_some() {
        return Ok(());
    }
    let mut batch = Batch::default();
    batch.delete_range(Family::Digest, Vec::new(), Vec::new());
    let tables: HashMap<_, _> =
        catalog.all().into_iter().map(|table| (table.id(), table)).collect();
    let mut changes = DigestChanges::default();
    let mut scan = view.scan(Family::Base, &[], Vec::new())?;
    let mut items = 0;
    while scan.advance()?.is_some() {
        let (key, payload) = scan.entry()?;
        let (id, item) = keys::decode_base(key)?;
        let Some(table) = tables.get(&id) else { continue };
        let record = Record::decode(payload)?;
        changes.add(DigestOf::Table(id), item, &record);
        for index in &table.indexes {
            if let Some(value) = index.scope_in(&record) {
                changes.add(DigestOf::Scope(index.id, &value), item, &record);
            }
        }
        items += 1;
        if items % STRIDE == 0 {
            storage.write_patiently(std::mem::take(&mut batch))?;
            std::mem::take(&mut changes).put_into(&mut batch, &storage.latest())?;
        }
    }
    storage.write_patiently(std::mem::take(&mut batch))?;
    changes.put_into(&mut batch, &storage.latest())?;
    batch.put(Family::Meta, meta::DIGESTS.to_vec(), &[]);
    storage.write_patiently(batch)?;
    if items > 0 {
        tracing::info!(items, "the digests of all tables have been made");
    }
    Ok(())
}
