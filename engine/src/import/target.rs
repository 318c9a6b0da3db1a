//! The table that an import is for, and whether it may be.

use super::error::ImportError;
use super::options::BulkTarget;
use crate::catalog::Table;
use crate::error::{Error, Result};
use crate::options::Limits;
use crate::store::Inner;
use crate::write::check_document;
use highwater_format::meta::{Floors, TableRecord, TableSpec};
use highwater_format::{Document, Family, RecordRef, TableId, Timestamp, keys};
use std::sync::Arc;

/// What an import is to make, and what it puts an end to.
pub(super) struct Target {
    pub(super) spec: TableSpec,
    pub(super) replaced: Option<Arc<Table>>,
}

impl Inner {
    /// Looks at what is there now.
    pub(super) fn import_target(&self, target: &BulkTarget, replace: bool) -> Result<Target> {
        let found = self.catalog.find(target.name());
        let spec = match (target, &found) {
            (BulkTarget::New(spec), Some(_)) if !replace => {
                return Err(Error::TableExists { table: spec.name.clone() });
            }
            (BulkTarget::New(spec), _) => {
                self.catalog.check(spec, &self.options.limits)?;
                TableSpec::clone(spec)
            }
            (BulkTarget::Table(_), Some(table)) => table.record.spec.clone(),
            (BulkTarget::Table(name), None) => {
                return Err(Error::UnknownTable { table: name.clone() });
            }
        };
        if let Some(table) = found.as_ref().filter(|_| !replace)
            && self.has_items(table)?
        {
            return Err(ImportError::NotEmpty { table: spec.name }.into());
        }
        Ok(Target { spec, replaced: found })
    }

    fn has_items(&self, table: &Table) -> Result<bool> {
        let prefix = keys::table(table.id());
        let view = self.storage.latest();
        let mut scan = view.scan(Family::Base, &prefix, keys::after_prefix(&prefix))?;
        while scan.advance()?.is_some() {
            if !RecordRef::decode(scan.entry()?.1)?.deleted {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// A table that is nowhere but here: what documents are held against.
pub(super) fn unlisted(record: TableRecord) -> Table {
    let nowhere = Timestamp::ZERO;
    Table::new(record, Floors { delta: nowhere, tombstone: nowhere, history: nowhere })
}

/// The same before there are identifiers.
pub(super) fn without_ids(spec: &TableSpec) -> Table {
    unlisted(crate::catalog::imported(spec.clone(), TableId(0), Timestamp::ZERO, Timestamp::ZERO))
}

/// The encoded key of a document, checked as a put checks it.
pub(super) fn key_of(table: &Table, document: &Document, limits: &Limits) -> Result<Vec<u8>> {
    let key = table.key_of(document, limits)?;
    check_document(table, &key, document, limits)?;
    table.indexed_values(document, limits)?;
    Ok(key.encode())
}
